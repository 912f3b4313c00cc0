import Foundation

/// How a line does on turns that it has not seen: the figures of a card's row.
package struct CalibrationScore: Sendable, Equatable {
  /// Calls; one that was sent several times counts once.
  package var turnCount: Int
  /// Median and 90th percentile of |estimate ÷ truth − 1|.
  package var medianError: Double
  package var p90Error: Double
  /// Share of turns within the 90 % interval.
  package var coverage: Double
  /// High over low of the median interval.
  package var width: Double
  /// Total of the means over the total of the truth, less 1.
  package var bias: Double
  /// Mean interval score on the log ratio (Gneiting and Raftery 2007, section 6.2): the width, and twenty times what a
  /// turn lies outside. The smaller, the better the interval as a whole.
  package var intervalScore: Double
  /// Mean of |log(estimate ÷ truth)|: what the line alone is worth.
  package var meanLogError: Double

  /// - Returns: nil without pairs.
  init?(_ pairs: [CalibrationPair], _ line: Calibration) {
    guard !pairs.isEmpty else { return nil }
    var errors: [Double] = []
    var widths: [Double] = []
    var (held, total, truth, score, logError) = (0, 0.0, 0.0, 0.0, 0.0)
    for pair in pairs {
      let estimate = line.estimate(pair.statistic)
      errors.append((estimate.likely / pair.tokens - 1).magnitude)
      widths.append(estimate.high / estimate.low)
      if estimate.low <= pair.tokens, pair.tokens <= estimate.high { held += 1 }
      logError += log(estimate.likely / pair.tokens).magnitude
      total += estimate.mean
      truth += pair.tokens
      let outside = max(
        0, log(estimate.low / pair.tokens), log(pair.tokens / estimate.high))
      score += log(estimate.high / estimate.low) + 20 * outside
    }
    errors.sort()
    widths.sort()
    let count = pairs.count
    turnCount = pairs.callCount
    medianError = errors[count / 2]
    p90Error = errors[min(count - 1, Int(0.9 * Double(count)))]
    coverage = Double(held) / Double(count)
    width = widths[count / 2]
    bias = total / truth - 1
    intervalScore = score / Double(count)
    meanLogError = logError / Double(count)
  }
}
