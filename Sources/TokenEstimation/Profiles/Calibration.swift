import Foundation

/// One fitted line from a statistic of a turn (events, octets of text, octets of body) to tokens, with how far the
/// truth was from it on turns that the fit had not seen.
package struct Calibration: Sendable, Equatable {
  /// For estimates up to ``upTo`` tokens, the truth lies within likely × e^low … likely × e^high for nine turns in ten.
  package struct Band: Sendable, Equatable {
    /// Infinite in the last band.
    package var upTo: Double
    package var low: Double
    package var high: Double
  }

  /// What turns of about one size had, where the statistic tells little.
  package struct Step: Sendable, Equatable {
    /// Of the statistic.
    package var upTo: Double
    package var likely: Double
    /// The truth lies within likely × e^low … likely × e^high for nine turns in ten.
    package var low: Double
    package var high: Double
    /// Tokens for sums.
    package var mean: Double
  }

  /// Tokens that do not depend on the statistic; negative when opening and closing octets bear none.
  package var offset: Double
  /// The statistic's growth for one token, more than 0.
  package var perToken: Double
  /// What the statistic is raised to: more than 1 where long turns are denser, as requests are whose JSON weighs less
  /// the longer their text.
  package var power = 1.0
  /// Fewer tokens cannot be told from each other by the statistic.
  package var least = 1.0
  /// Units of the statistic for one token that long turns come to, where ``power`` alone would have ever fewer; nil without
  /// a limit.
  package var densest: Double?
  /// What `likely` is multiplied by for sums: small errors per turn and unbiased sums are different aims.
  package var meanFactor: Double
  /// See ``TokenEstimate/sharedVariance``.
  package var sharedVariance: Double
  /// Tokens of the longest turn it was calibrated on.
  package var mostTokens: Double
  /// In ascending order of `upTo`; never empty.
  package var bands: [Band]
  /// In ascending order of `upTo`; the line is for what is above the last.
  package var steps: [Step] = []

  /// How much wider an interval gets for each reason not to trust the calibration fully.
  package static let widening = 1.5

  /// Tokens for a value of the statistic, at least ``least``.
  package func likely(_ statistic: Double) -> Double {
    guard statistic.isFinite else { return least }
    if let step = step(of: statistic) { return step.likely }
    return max(least, offset + grown(statistic) / perToken)
  }

  /// The statistic raised to ``power``, within ``densest``: what the line is straight in.
  package func grown(_ statistic: Double) -> Double {
    let raised = power == 1 ? statistic : pow(max(0, statistic), power)
    guard let densest else { return raised }
    return min(raised, max(0, statistic) / densest * perToken)
  }

  /// Tokens with their interval, `doubts` times widened. What was answered took one token at least.
  package func estimate(_ statistic: Double, doubts: Int = 0) -> TokenEstimate {
    let likely = likely(statistic)
    let step = step(of: statistic)
    let band =
      step.map { Band(upTo: .infinity, low: $0.low, high: $0.high) } ?? band(of: likely)
    var widening = 1.0
    for _ in 0..<max(0, min(doubts, 4)) { widening *= Self.widening }
    return TokenEstimate(
      low: max(min(1, likely), likely * exp(band.low * widening)),
      likely: likely,
      high: likely * exp(band.high * widening),
      mean: step?.mean ?? likely * meanFactor,
      sharedVariance: sharedVariance)
  }

  private func step(of statistic: Double) -> Step? {
    steps.first { statistic <= $0.upTo }
  }

  /// High over low of the widest interval, for those who ask whether a figure says anything.
  package func band(of likely: Double) -> Band {
    bands.first { likely <= $0.upTo } ?? bands[bands.count - 1]
  }
}
