/// How many tokens, and how sure: a likely value within a 90 % interval.
///
/// `likely` is the median of what the truth may be; `mean` is what adds up without bias over many turns.
package struct TokenEstimate: Sendable, Equatable {
  package var low: Double
  package var likely: Double
  package var high: Double
  package var mean: Double
  /// The part of the variance, 0…1, that turns under one profile have in common, so that it does not average out
  /// over many turns.
  package var sharedVariance: Double

  package init(
    low: Double, likely: Double, high: Double, mean: Double? = nil, sharedVariance: Double = 0
  ) {
    self.low = low
    self.likely = likely
    self.high = high
    self.mean = mean ?? likely
    self.sharedVariance = sharedVariance
  }

  /// So many of the same: ends and middle alike, as what is wrong with one is wrong with all.
  func times(_ count: Double) -> TokenEstimate {
    TokenEstimate(
      low: low * count, likely: likely * count, high: high * count, mean: mean * count,
      sharedVariance: sharedVariance)
  }

  /// A count that was read, not estimated.
  package init(exactly count: Int) {
    self.init(low: Double(count), likely: Double(count), high: Double(count))
  }
}
