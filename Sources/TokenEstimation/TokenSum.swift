/// The tokens of many turns added up, with an interval for the sum.
///
/// Errors of single turns partly cancel, and partly do not (a profile that is 3 % high is 3 % high on every turn), so
/// the ends of the intervals are not summed. Each half-width is split into a shared part, which adds linearly, and an
/// independent part, which adds in quadrature. The five figures merge by addition, so that windows roll up to hours
/// and days without the turns.
package struct TokenSum: Sendable, Equatable {
  package var likely = 0.0
  /// Shared half-widths below and above, summed.
  package var sharedBelow = 0.0
  package var sharedAbove = 0.0
  /// Squares of the independent half-widths below and above, summed.
  package var squaresBelow = 0.0
  package var squaresAbove = 0.0
  /// Turns that are in the sum.
  package var estimatedTurnCount = 0
  /// Turns that are not, because the estimator abstained.
  package var abstainedTurnCount = 0

  package init() {}

  package var low: Double { max(0, likely - sharedBelow - squaresBelow.squareRoot()) }
  package var high: Double { likely + sharedAbove + squaresAbove.squareRoot() }

  package mutating func add(_ estimate: TokenEstimate) {
    let share = estimate.sharedVariance.squareRoot()
    let below = max(0, estimate.mean - estimate.low)
    let above = max(0, estimate.high - estimate.mean)
    likely += estimate.mean
    sharedBelow += share * below
    sharedAbove += share * above
    squaresBelow += (1 - estimate.sharedVariance) * below * below
    squaresAbove += (1 - estimate.sharedVariance) * above * above
    estimatedTurnCount += 1
  }

  package mutating func addAbstention() { abstainedTurnCount += 1 }

  package static func + (a: TokenSum, b: TokenSum) -> TokenSum {
    var sum = a
    sum.likely += b.likely
    sum.sharedBelow += b.sharedBelow
    sum.sharedAbove += b.sharedAbove
    sum.squaresBelow += b.squaresBelow
    sum.squaresAbove += b.squaresAbove
    sum.estimatedTurnCount += b.estimatedTurnCount
    sum.abstainedTurnCount += b.abstainedTurnCount
    return sum
  }
}
