import Foundation

/// A line from a statistic to tokens, fitted on a site's turns and drawn towards the line that was there before.
///
/// The fit takes the least mean |log(estimate ÷ truth)|, an offset below zero allowed, and a turn that is off by more than
/// a factor of two counts as one that is off by that: turns of another kind then do not bend the line, and long turns
/// weigh no more than short ones. How far the site's own line is believed
/// follows from the model of partial pooling (Gelman et al., Bayesian Data Analysis, section 5.4): with n turns that
/// scatter by σ about their line, and lines of sites that scatter by τ about the prior one, its weight is
/// n ÷ (n + σ² ÷ τ²).
struct PooledLine: Equatable {
  var offset: Double
  var perToken: Double
  /// Of the site's own line, 0…1.
  var weight: Double

  /// Pairs that a fit looks at; of more an even selection.
  private static let mostPairs = 1_000
  /// Fewer pairs than these tell a slope, and the offset stays.
  private static let enoughForOffset = 8
  /// The least and the most turns that the prior line is worth.
  private static let priorTurns = 1.0...40.0
  /// What the prior says of its own precision is not believed below this, as a log ratio.
  private static let leastScatter = 0.02
  /// Bounds of the profile's form.
  private static let slopes = 0.01...100_000.0
  private static let offsets = -100_000.0...100_000.0

  init(_ pairs: [CalibrationPair], prior: Calibration) {
    let rows = Self.selection(Self.straightened(pairs, prior))
    guard !rows.isEmpty else {
      (offset, perToken, weight) = (prior.offset, prior.perToken, 0)
      return
    }
    let own = Self.fit(rows, prior)
    let residuals = rows.map {
      Self.logRatio($0, own.offset, own.perToken, least: prior.least).magnitude
    }.sorted()
    let scatter = max(1.4826 * residuals[residuals.count / 2], Self.leastScatter)
    let usual = rows.map(\.tokens).sorted()[rows.count / 2]
    let band = prior.band(of: usual)
    // Half of a 90 % band is 1.645 standard deviations.
    let spread = (band.high - band.low) / 2 / 1.645
    let between = max(prior.sharedVariance.squareRoot() * spread, Self.leastScatter)
    let worth = scatter * scatter / (between * between)
    let bounded = min(max(worth, Self.priorTurns.lowerBound), Self.priorTurns.upperBound)
    weight = Double(pairs.count) / (Double(pairs.count) + bounded)
    // The mean of two lines is a line.
    offset = weight * own.offset + (1 - weight) * prior.offset
    perToken = 1 / (weight / own.perToken + (1 - weight) / prior.perToken)
    offset = min(max(offset, Self.offsets.lowerBound), Self.offsets.upperBound)
    perToken = min(max(perToken, Self.slopes.lowerBound), Self.slopes.upperBound)
  }

  /// The pairs with their statistics raised to the line's power.
  static func straightened(
    _ pairs: [CalibrationPair], _ line: Calibration
  ) -> [CalibrationPair] {
    pairs.map { pair in
      var pair = pair
      pair.statistic = line.grown(pair.statistic)
      return pair
    }
  }

  private static func selection(_ pairs: [CalibrationPair]) -> [CalibrationPair] {
    guard pairs.count > mostPairs else { return pairs }
    return (0..<mostPairs).map { pairs[$0 * pairs.count / mostPairs] }
  }

  private static func logRatio(
    _ pair: CalibrationPair, _ offset: Double, _ slope: Double, least: Double
  ) -> Double {
    log(max(least, offset + pair.statistic / slope) / pair.tokens)
  }

  /// The mean that the fit makes least, of straightened pairs.
  static func misfit(
    _ rows: [CalibrationPair], _ offset: Double, _ slope: Double, least: Double
  ) -> Double {
    let sum = rows.reduce(0) {
      $0 + min(logRatio($1, offset, slope, least: least).magnitude, mostMisfit)
    }
    return sum / Double(max(1, rows.count))
  }

  private static let mostMisfit = log(2.0)

  /// The least ``misfit(_:_:_:least:)``, on a grid that closes in on the best place. Of lines that do equally well the one
  /// nearest to the prior is taken.
  private static func fit(
    _ rows: [CalibrationPair], _ prior: Calibration
  ) -> (offset: Double, perToken: Double) {
    let usual = rows.map(\.tokens).sorted()[rows.count / 2]
    let ratios = rows.map { max($0.statistic, 1e-3) / $0.tokens }.sorted()
    let ratio = min(max(ratios[ratios.count / 2], slopes.lowerBound), slopes.upperBound)
    func loss(_ offset: Double, _ logSlope: Double) -> Double {
      let slope = exp(logSlope)
      let distance =
        (logSlope - log(prior.perToken)).magnitude
        + (offset - prior.offset).magnitude / (1 + usual)
      return misfit(rows, offset, slope, least: prior.least) + 1e-4 * distance
    }

    let priorLog = log(prior.perToken)
    var best = (offset: prior.offset, logSlope: priorLog, loss: loss(prior.offset, priorLog))
    func consider(_ offset: Double, _ logSlope: Double) {
      let found = loss(offset, logSlope)
      if found < best.loss { best = (offset, logSlope, found) }
    }
    let fitsOffset = rows.count >= enoughForOffset
    let reach = max(20, 2 * prior.offset.magnitude, usual)
    let bottom = min(priorLog, log(ratio)) - log(3)
    let top = max(priorLog, log(ratio)) + log(3)
    var slopeStep = (top - bottom) / 32
    var offsetStep = reach / 12
    for slope in 0...32 {
      for offset in fitsOffset ? -12...12 : 0...0 {
        consider(
          prior.offset * (fitsOffset ? 0 : 1) + Double(offset) * offsetStep,
          bottom + Double(slope) * slopeStep)
      }
      consider(prior.offset, bottom + Double(slope) * slopeStep)
    }
    for offset in fitsOffset ? -12...12 : 0...0 {
      consider(prior.offset + Double(offset) * offsetStep, priorLog)
    }
    for _ in 0..<7 {
      let centre = best
      slopeStep /= 3
      offsetStep /= 3
      for slope in -4...4 {
        for offset in fitsOffset ? -4...4 : 0...0 {
          consider(
            centre.offset + Double(offset) * offsetStep,
            centre.logSlope + Double(slope) * slopeStep)
        }
      }
    }
    return (best.offset, exp(best.logSlope))
  }
}
