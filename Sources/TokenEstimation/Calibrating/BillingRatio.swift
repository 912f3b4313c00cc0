import Foundation

/// What a bill says over what was estimated: catches what the wire does not show, such as reasoning, prompts that the
/// provider adds, and what a profile is off by.
///
/// The ratio of the two totals over all stretches of time, drawn towards 1. With log ratio y of sampling variance s², and a
/// prior around 0 with variance τ² from the estimates' own interval, the posterior has mean y·w and variance s²·w,
/// w = τ² ÷ (τ² + s²). s² is the jackknife's, a stretch left out at a time (Efron and Tibshirani 1993, chapter 11).
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

  /// A prior that is surer of itself than this is not believed.
  private static let leastSpread = 0.05
  private static let leastError = 0.005

  /// - Returns: nil where no stretch has both.
  package init?(_ stretches: [Stretch]) {
    let rows = stretches.filter { $0.billed > 0 && $0.estimated.likely > 0 }
    let billed = rows.reduce(0) { $0 + $1.billed }
    let sum = rows.reduce(TokenSum()) { $0 + $1.estimated }
    guard !rows.isEmpty, billed.isFinite, sum.likely.isFinite, sum.likely > 0 else { return nil }
    stretchCount = rows.count
    raw = billed / sum.likely
    let width = sum.low > 0 ? log(sum.high / sum.low) / 2 : log(max(2, sum.high / sum.likely))
    let spread = max(width / 1.645, Self.leastSpread)
    // One stretch says nothing of how much stretches differ: it is believed half.
    var error = spread
    if rows.count > 1 {
      let left = rows.map { row in
        log((billed - row.billed) / (sum.likely - row.estimated.likely))
      }
      let mean = left.reduce(0, +) / Double(left.count)
      let squares = left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      error = (squares * Double(rows.count - 1) / Double(rows.count)).squareRoot()
    }
    error = max(error, Self.leastError)
    weight = spread * spread / (spread * spread + error * error)
    let centre = weight * log(raw)
    let half = Self.quantile(freedom: rows.count - 1) * error * weight.squareRoot()
    ratio = exp(centre)
    low = exp(centre - half)
    high = exp(centre + half)
  }

  /// 95 % of Student's distribution; of the normal one where nothing was learnt of the variance.
  private static func quantile(freedom: Int) -> Double {
    let table = [1.645, 6.314, 2.92, 2.353, 2.132, 2.015, 1.943, 1.895, 1.86, 1.833, 1.812]
    if table.indices.contains(freedom) { return table[freedom] }
    return freedom < 30 ? 1.76 : 1.665
  }
}
