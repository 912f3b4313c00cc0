import Foundation

/// One line of one profile, calibrated on a site's turns, with what it was before and how both do on turns that neither
/// was fitted on.
package struct FigureCalibration: Sendable {
  /// What was done.
  package enum Decision: String, Sendable {
    case taken = "taken"
    /// The line of before fits as well; its intervals and totals do not.
    case takenForBands = "taken: the line of before, with intervals and totals of its own"
    /// Bands as before, wider: there are too few turns for bands of their own.
    case takenWithPriorBands = "taken, intervals of before widened (few turns)"
    /// On the held-out turns the line of before does as well.
    case keptAsGood = "kept: no better on held-out turns"
    case keptTooFew = "kept: too few turns"
    /// The line is better, but with intervals of before, widened, the estimator would abstain.
    case keptTooWide = "kept: too few turns for an interval that says something"
  }

  package var figure: CalibratedFigure
  package var decision: Decision
  /// Calls; one that was sent several times counts once.
  package var fittedTurns: Int
  /// Those of them that the fit has not seen.
  package var bandTurns: Int
  /// What the profile has from here on.
  package var line: Calibration
  /// On the held-out turns; nil where there are none.
  package var before: CalibrationScore?
  package var after: CalibrationScore?

  /// Fewer turns change nothing.
  static let leastTurns = 30
  /// By so much few turns may move a total: a long one among them is no bias yet.
  private static let mostFactorOfFew = 0.15
  private static let leastBlocks = 4
  /// Bound of the profile's form.
  private static let mostTokens = 100_000_000.0

  init(_ figure: CalibratedFigure, _ pairs: [CalibrationPair], prior: Calibration) {
    let usable = pairs.filter {
      $0.statistic.isFinite && $0.tokens.isFinite && $0.tokens >= 1 && $0.statistic >= 0
    }
    let split = TimeSplit(usable)
    self.figure = figure
    fittedTurns = split.fit.callCount
    bandTurns = (split.fit + split.bands).callCount - fittedTurns
    before = CalibrationScore(split.test, prior)
    guard usable.callCount >= Self.leastTurns, let before else {
      (line, decision) = (prior, .keptTooFew)
      return
    }
    var fitted = Self.calibrate(split, prior, keepsLine: false)
    after = CalibrationScore(split.test, fitted.line)
    if fitted.hasOwnBands, let found = after, found.meanLogError > before.meanLogError {
      fitted = Self.calibrate(split, prior, keepsLine: true)
      after = CalibrationScore(split.test, fitted.line)
    }
    let decision =
      after.map {
        Self.decide(before, $0, hasOwnBands: fitted.hasOwnBands, isPrompt: figure.isPrompt)
      } ?? .keptAsGood
    let keepsLine = fitted.line.offset == prior.offset && fitted.line.perToken == prior.perToken
    self.decision = decision == .taken && keepsLine ? .takenForBands : decision
    line = decision == .taken || decision == .takenWithPriorBands ? fitted.line : prior
  }

  /// Bands of its own are judged with their line. Where they are those of before, widened, the line alone is, and has to
  /// be a tenth better, as few turns tell little.
  private static func decide(
    _ before: CalibrationScore, _ after: CalibrationScore, hasOwnBands: Bool, isPrompt: Bool
  ) -> Decision {
    guard isNoWorse(after, than: before) else { return .keptAsGood }
    guard !hasOwnBands else {
      return after.intervalScore < before.intervalScore ? .taken : .keptAsGood
    }
    guard after.meanLogError < 0.9 * before.meanLogError else { return .keptAsGood }
    // A prompt is printed however far below its lower end is.
    let isTooWide =
      !isPrompt && after.width > Estimator.mostWidth && before.width <= Estimator.mostWidth
    return isTooWide ? .keptTooWide : .takenWithPriorBands
  }

  /// A better middle does not make good for worse tails, totals or intervals.
  private static func isNoWorse(_ after: CalibrationScore, than before: CalibrationScore) -> Bool {
    after.p90Error <= 1.05 * before.p90Error + 0.005
      && after.bias.magnitude <= before.bias.magnitude + 0.01
      && after.coverage >= min(before.coverage, 0.88)
  }

  /// Whether the profile has changed.
  package var isTaken: Bool {
    switch decision {
    case .taken, .takenForBands, .takenWithPriorBands: true
    case .keptAsGood, .keptTooFew, .keptTooWide: false
    }
  }

  /// Whether the intervals of replies that were taken are so wide on most held-out turns that the estimator abstains on
  /// them, where they do not end below 200 tokens.
  package var leadsToAbstentions: Bool {
    isTaken && !figure.isPrompt && (after?.width ?? 0) > Estimator.mostWidth
  }

  private static func calibrate(
    _ split: TimeSplit, _ prior: Calibration, keepsLine: Bool
  ) -> (line: Calibration, hasOwnBands: Bool) {
    let pooled = PooledLine(split.fit, prior: prior)
    var line = prior
    // A site's own turns tell more than a table of what others had.
    line.steps = []
    // On turns that it was not fitted on, the site's line has to be the better one.
    let later = PooledLine.straightened(split.bands, prior)
    let isBetter =
      PooledLine.misfit(later, pooled.offset, pooled.perToken, least: prior.least)
      < PooledLine.misfit(later, prior.offset, prior.perToken, least: prior.least)
    if !keepsLine, isBetter || split.bands.isEmpty {
      line.offset = rounded(pooled.offset)
      line.perToken = max(0.01, rounded(pooled.perToken))
    }
    let known = split.fit + split.bands
    let graded = known.map { (likely: line.likely($0.statistic), truth: $0.tokens) }
    // A fit for small errors per turn is off for sums; the factor sets them right (design of estimation).
    let factor = graded.reduce(0) { $0 + $1.truth } / graded.reduce(0) { $0 + $1.likely }
    let mean = pooled.weight * factor + (1 - pooled.weight) * prior.meanFactor
    line.meanFactor = rounded(min(max(mean, 0.1), 10))
    let longest = (known.map(\.tokens).max() ?? 1).rounded(.up)
    line.mostTokens = max(prior.mostTokens, min(longest, Self.mostTokens))
    if let shared = sharedVariance(known, line) { line.sharedVariance = rounded(shared) }
    let unseen = split.bands.map { (likely: line.likely($0.statistic), truth: $0.tokens) }
    guard unseen.count >= ConformalBands.leastCount else {
      let reach = (1 - mostFactorOfFew)...(1 + mostFactorOfFew)
      let change = min(max(mean / prior.meanFactor, reach.lowerBound), reach.upperBound)
      line.meanFactor = rounded(min(max(prior.meanFactor * change, 0.1), 10))
      line.bands = rounded(ConformalBands.widened(prior))
      return (line, false)
    }
    let bands = ConformalBands.bands(unseen, prior: prior)
    line.bands = rounded(bands.bands)
    return (line, bands.fitted > 0)
  }

  /// The part of the log ratio's variance that lies between sources: the intraclass correlation of a one-way analysis of
  /// variance (Searle, Casella and McCulloch 1992, section 3.6), within the bounds of the profiles that are shipped.
  ///
  /// - Returns: nil with fewer than four sources, which tell nothing.
  private static func sharedVariance(_ pairs: [CalibrationPair], _ line: Calibration) -> Double? {
    var blocks: [Int: [Double]] = [:]
    for pair in pairs {
      blocks[pair.source, default: []].append(log(pair.tokens / line.likely(pair.statistic)))
    }
    let (count, groups) = (Double(pairs.count), Double(blocks.count))
    guard blocks.count >= leastBlocks, pairs.count >= 2 * blocks.count else { return nil }
    let mean = blocks.values.joined().reduce(0, +) / count
    var (between, within, squares) = (0.0, 0.0, 0.0)
    for block in blocks.values {
      let size = Double(block.count)
      let own = block.reduce(0, +) / size
      between += size * (own - mean) * (own - mean)
      within += block.reduce(0) { $0 + ($1 - own) * ($1 - own) }
      squares += size * size
    }
    between /= groups - 1
    within /= count - groups
    let size = (count - squares / count) / (groups - 1)
    guard between + (size - 1) * within > 1e-12, size > 0 else { return nil }
    let shared = (between - within) / (between + (size - 1) * within)
    return min(0.6, max(0.05, shared))
  }

  /// As the files have them: four decimal places.
  private static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }

  private static func rounded(_ bands: [Calibration.Band]) -> [Calibration.Band] {
    bands.map {
      Calibration.Band(upTo: $0.upTo, low: rounded($0.low), high: rounded($0.high))
    }
  }
}
