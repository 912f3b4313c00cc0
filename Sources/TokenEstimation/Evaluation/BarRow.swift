/// One line of the bar: what is asked, what is there, and whether it is met.
package struct BarRow: Sendable {
  package enum Outcome: String, Sendable {
    case met, missed
    /// So few turns that chance alone may have put the figure where it is.
    case tooFew = "too few turns"
    case noData = "no data"
  }

  package enum Measure: String, Sendable {
    case median, p90, total, coverage, segmentation
  }

  /// One figure with what is asked of it.
  package struct Reading: Sendable {
    package var measure: Measure
    package var value: Double
    package var allowed: ClosedRange<Double>
    package var isMet: Bool { allowed.contains(value) }
  }

  /// Stable: the case's name, `coverage` or `segmentation`.
  package var id: String
  package var title: String
  /// Nil for all profiles together.
  package var profile: String?
  package var figure: TokenFigure?
  package var turnCount = 0
  package var estimatedCount = 0
  package var readings: [Reading] = []
  package var outcome = Outcome.noData

  package static let coverage = 0.88...0.92
  package static let segmentation = 0.95...1

  /// A case's row.
  init(_ barCase: BarCase, profile: String?, _ score: FigureScore) {
    id = barCase.rawValue
    title = barCase.title
    self.profile = profile
    figure = barCase.figure
    turnCount = score.turnCount
    estimatedCount = score.estimatedCount
    guard turnCount > 0 else { return }
    guard let limits = barCase.limits else {
      judgeInterval(score)
      return
    }
    guard estimatedCount > 0 else {
      // An abstention is lost coverage: it may not hide that there is no figure.
      outcome = .missed
      return
    }
    if let value = score.medianError { read(.median, value, 0...limits.median) }
    if let value = score.p90Error { read(.p90, value, 0...limits.p90) }
    if let value = score.bias {
      let day = score.medianHostDayBias ?? 0
      read(.total, max(value.magnitude, day), 0...limits.total)
    }
    outcome = readings.isEmpty ? .noData : readings.allSatisfy(\.isMet) ? .met : .missed
  }

  /// A profile's coverage.
  init(coverageOf profile: String, _ figure: TokenFigure, _ score: FigureScore) {
    id = "coverage"
    title = "90 % interval, profile by profile"
    self.profile = profile
    self.figure = figure
    turnCount = score.turnCount
    estimatedCount = score.estimatedCount
    guard let share = score.coverage else { return }
    read(.coverage, share, Self.coverage)
    judgeShare(score)
  }

  init(_ segmentation: Segmentation) {
    id = "segmentation"
    title = "turns found as exactly one"
    turnCount = segmentation.trueTurns
    estimatedCount = segmentation.trueTurns
    guard let share = segmentation.rightShare else { return }
    read(.segmentation, share, Self.segmentation)
    outcome = Self.segmentation.contains(share) ? .met : .missed
  }

  /// An interval that holds, or an abstention.
  private mutating func judgeInterval(_ score: FigureScore) {
    guard let share = score.coverage else {
      outcome = .met
      return
    }
    read(.coverage, share, Self.coverage.lowerBound...1)
    judgeShare(score)
  }

  /// Missed only where so many turns tell it from what is allowed.
  private mutating func judgeShare(_ score: FigureScore) {
    guard let reading = readings.first else { return }
    let isOutside = Statistics.isOutside(
      reading.allowed, hits: score.coveredCount, of: score.estimatedCount)
    outcome = reading.isMet ? .met : isOutside ? .missed : .tooFew
  }

  private mutating func read(
    _ measure: Measure, _ value: Double, _ allowed: ClosedRange<Double>
  ) {
    readings.append(Reading(measure: measure, value: value, allowed: allowed))
  }
}
