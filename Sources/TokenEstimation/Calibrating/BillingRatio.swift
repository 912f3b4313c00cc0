import Foundation

/// What a bill says over what was estimated: catches what the wire does not show, such as reasoning, prompts that the
/// provider adds, and what a profile is off by.
///
/// The ratio of the two totals over all stretches of time, drawn towards 1. The prior says of the log ratio that it is 0
/// with variance τ², as wide as such ratios are (docs/decisions/bills-over-estimates.md), and knows nothing of the
/// estimates' own intervals, which hold neither reasoning nor what a provider adds. With log ratio y of sampling variance
/// s² the posterior has mean y·w and variance s²·w, w = τ² ÷ (τ² + s²). s² is the variance between the stretches, each
/// weighed by what was billed in it, over as many stretches as their weights are worth (Kish 1965, section 11.7); a prior
/// variance, worth two stretches, stands in where there are few, and is the larger the fewer turns a stretch has. So few
/// stretches leave the interval wide and many let the data win.
package struct BillingRatio: Sendable, Equatable {
  /// Billed ÷ estimated as it is, over all stretches.
  package var raw: Double
  /// The same drawn towards 1, with its 90 % interval.
  package var ratio: Double
  package var low: Double
  package var high: Double
  /// How far the raw ratio is believed, 0…1.
  package var weight: Double
  /// Stretches of time that have both a bill and an estimate.
  package var stretchCount: Int

  /// One stretch of time.
  package struct Stretch: Sendable {
    package var billed: Double
    package var estimated: TokenSum

    package init(billed: Double, estimated: TokenSum) {
      self.billed = billed
      self.estimated = estimated
    }
  }

  /// Nine of ten ratios of sites lie from 1/10 to 10.
  static let siteVariance = pow(log(10) / 1.645, 2)
  /// How much stretches of one site differ beyond chance, and how much single turns do, as variances of log ratios.
  static let stretchVariance = 0.3 * 0.3
  static let turnVariance = 1.5 * 1.5
  /// Stretches that the two are worth.
  static let priorStretches = 2.0
  private static let leastVariance = 0.005 * 0.005

  /// - Returns: nil where no stretch has both.
  package init?(_ stretches: [Stretch]) {
    let rows = stretches.filter {
      $0.billed > 0 && $0.billed.isFinite && $0.estimated.likely > 0
        && $0.estimated.likely.isFinite
    }
    let billed = rows.reduce(0) { $0 + $1.billed }
    let estimated = rows.reduce(0) { $0 + $1.estimated.likely }
    guard !rows.isEmpty, billed.isFinite, estimated.isFinite else { return nil }
    let centre = log(billed) - log(estimated)
    let shares = rows.map { $0.billed / billed }
    // As many stretches of equal weight would tell as much.
    let count = max(1, 1 / shares.reduce(0) { $0 + $1 * $1 })
    let spread = zip(rows, shares).reduce(0.0) { sum, one in
      let difference = log(one.0.billed) - log(one.0.estimated.likely) - centre
      return sum + one.1 * difference * difference
    }
    let turns = zip(rows, shares).reduce(0.0) { sum, one in
      sum + one.1 * Double(max(1, one.0.estimated.estimatedTurnCount))
    }
    let expected = Self.stretchVariance + Self.turnVariance / turns
    // `spread` is divided by all stretches, not by all but one: times `count` it is the sum of squares.
    let between =
      (Self.priorStretches * expected + count * spread) / (Self.priorStretches + count - 1)
    let variance = max(Self.leastVariance, between / count)
    let weight = Self.siteVariance / (Self.siteVariance + variance)
    let half =
      Self.quantile(freedom: Self.priorStretches + count - 1) * (variance * weight).squareRoot()
    stretchCount = rows.count
    raw = exp(centre)
    self.weight = weight
    ratio = exp(centre * weight)
    low = exp(centre * weight - half)
    high = exp(centre * weight + half)
  }

  /// 95 % of Student's distribution, of whole degrees rounded down.
  private static func quantile(freedom: Double) -> Double {
    let table = [2.92, 2.353, 2.132, 2.015, 1.943, 1.895, 1.86, 1.833, 1.812]
    let place = freedom < 100 ? Int(freedom) - 2 : 100
    if table.indices.contains(place) { return table[place] }
    return freedom < 30 ? 1.76 : 1.67
  }
}
