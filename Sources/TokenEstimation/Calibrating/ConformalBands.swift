import Foundation

/// Bands from turns that the line has not seen: split-conformal prediction on the log ratio, in each stretch of
/// estimates by itself (Vovk, Lindsay, Nouretdinov and Gammerman 2003; Lei et al. 2018).
enum ConformalBands {
  /// Ends of the stretches, in tokens: short turns scatter more.
  static let edges: [Double] = [8, 20, 50, 120, 300]
  /// Fewer turns do not tell 5 % at either end: rank ⌈0.95 (n + 1)⌉ is beyond them.
  static let leastCount = 19
  /// No interval claims to know a count to the token, nor a ratio more closely than this.
  private static let oneToken = 1.25
  private static let leastRatio = 0.01
  private static let limit = 12.0

  /// - Parameters:
  ///   - rows: estimates and truths.
  ///   - prior: whose bands, widened, stand where there are too few turns.
  /// - Returns: the bands, and how many of them come from the rows.
  static func bands(
    _ rows: [(likely: Double, truth: Double)], prior: Calibration
  ) -> (bands: [Calibration.Band], fitted: Int) {
    var result: [Calibration.Band] = []
    var fitted = 0
    var current: [Double] = []
    var begin = 0.0
    var lower = 0.0
    for edge in edges + [.infinity] {
      let here = rows.filter { $0.likely > lower && $0.likely <= edge }
      lower = edge
      current += here.map { log($0.truth / max($0.likely, 1)) }
      if current.count >= leastCount {
        let least = max(leastRatio, oneToken / max(begin, 4))
        result.append(
          Calibration.Band(
            upTo: edge, low: max(-limit, min(-quantile(current.map { -$0 }), -least)),
            high: min(limit, max(quantile(current), least))))
        fitted += 1
        current = []
        begin = edge
      } else if current.isEmpty || edge == .infinity {
        // Nothing was seen here, or too little: the prior's, at its widest in this stretch.
        result.append(widened(prior, from: begin, upTo: edge, covering: current))
        current = []
        begin = edge
      }
    }
    return (result, fitted)
  }

  /// The prior's bands, each reason for doubt widening them as estimates do.
  static func widened(_ prior: Calibration) -> [Calibration.Band] {
    prior.bands.map {
      Calibration.Band(
        upTo: $0.upTo, low: max(-limit, $0.low * Calibration.widening),
        high: min(limit, $0.high * Calibration.widening))
    }
  }

  private static func widened(
    _ prior: Calibration, from begin: Double, upTo edge: Double, covering seen: [Double]
  ) -> Calibration.Band {
    var band = Calibration.Band(upTo: edge, low: seen.min() ?? 0, high: seen.max() ?? 0)
    var lower = 0.0
    for old in widened(prior) {
      if old.upTo > begin, lower < edge {
        band.low = min(band.low, old.low)
        band.high = max(band.high, old.high)
      }
      lower = old.upTo
    }
    (band.low, band.high) = (max(-limit, min(band.low, 0)), min(limit, max(band.high, 0)))
    return band
  }

  /// The order statistic that split-conformal prediction asks for at 95 %.
  private static func quantile(_ values: [Double]) -> Double {
    let ordered = values.sorted()
    let rank = Int((0.95 * Double(ordered.count + 1)).rounded(.up)) - 1
    return ordered[min(max(rank, 0), ordered.count - 1)]
  }
}
