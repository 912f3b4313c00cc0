package import WireFormat

/// Which of a turn's two figures.
package enum TokenFigure: String, Sendable, CaseIterable {
  case prompt, completion
}

/// One scored figure of one turn: what was true, and what was said.
struct ScoredFigure {
  var truth: Double
  var estimate: TokenEstimate
  /// Net application octets in the figure's direction.
  var wireBytes: Double
  /// Octets of the HTTP body in it, where the truth says.
  var plainBytes: Double?
  var start: Timestamp

  /// |likely ÷ true − 1|; nil where nothing was true.
  var error: Double? { ScoredFigure.error(estimate.likely, truth) }

  static func error(_ value: Double, _ truth: Double) -> Double? {
    guard truth > 0, value.isFinite else { return nil }
    return (value / truth - 1).magnitude
  }
}

/// One host's turns of one UTC day in a set.
package struct HostDay: Hashable, Sendable {
  package var set: Int
  package var host: IPAddress
  package var day: Int64

  package init(set: Int, host: IPAddress, time: Timestamp) {
    self.set = set
    self.host = host
    let length: Int64 = 86_400_000_000_000
    day = time.nanoseconds / length - (time.nanoseconds % length < 0 ? 1 : 0)
  }
}

/// How well one figure was told over a group of turns.
package struct FigureScore: Sendable {
  /// Turns whose truth is known and that were found one to one: estimated and abstained ones.
  package var turnCount = 0
  package var estimatedCount = 0
  /// Turns without an estimate, by reason.
  package var abstentions: [String: Int] = [:]
  /// Of the estimated turns those whose truth is 0: they have no relative error, and count in all else.
  package var zeroTruthCount = 0
  /// Of |likely ÷ true − 1| per turn.
  package var medianError: Double?
  package var p90Error: Double?
  /// Estimated turns whose interval holds the truth.
  package var coveredCount = 0
  /// The median of high ÷ low; an end below 1 token counts as 1.
  package var medianWidth: Double?
  /// Sum of `mean` ÷ sum of truth − 1, as a report would have it: invented turns count, missed turns are missing; turns
  /// that were abstained on are in neither sum.
  package var bias: Double?
  /// The same for each host and day: how many there are, the median of the magnitudes, the largest.
  package var hostDayCount = 0
  package var medianHostDayBias: Double?
  package var worstHostDayBias: Double?
  /// What others would have said of the same turns, for scale.
  package var predictors: [Predictor] = []
  /// For drawings: at most ``maximumPoints`` turns, evenly spread over all, without time or host.
  package var points: [Point] = []
  /// Errors per turn in ascending order, at most ``maximumPoints`` of them.
  package var errors: [Double] = []

  package static let maximumPoints = 2_000

  package struct Point: Sendable, Equatable {
    package var truth, low, likely, high: Double
    package init(truth: Double, low: Double, likely: Double, high: Double) {
      (self.truth, self.low, self.likely, self.high) = (truth, low, likely, high)
    }
  }

  /// Something simpler, or something that sees more.
  package struct Predictor: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
      /// Net octets on the wire ÷ 4.
      case wireBytes = "wire bytes ÷ 4"
      /// The median truth of these turns: it has seen the truth.
      case constant = "constant (median truth)"
      /// The octets of the HTTP body through a robust line; each half of the turns in time by a line through the other.
      case plainBytes = "plaintext bytes, line"
    }
    package var kind: Kind
    package var turnCount: Int
    package var medianError: Double?
    package var p90Error: Double?
    package var bias: Double?
    /// As ``FigureScore/errors``.
    package var errors: [Double] = []
  }

  package init() {}

  package var abstainedCount: Int { turnCount - estimatedCount }
  package var abstainedShare: Double? {
    turnCount > 0 ? Double(abstainedCount) / Double(turnCount) : nil
  }
  /// Of the estimated turns.
  package var coverage: Double? {
    estimatedCount > 0 ? Double(coveredCount) / Double(estimatedCount) : nil
  }
  /// The 95 % interval of the coverage, from so many turns.
  package var coverageRange: ClosedRange<Double>? {
    Statistics.wilson(coveredCount, of: estimatedCount)
  }
  package func predictor(_ kind: Predictor.Kind) -> Predictor? {
    predictors.first { $0.kind == kind }
  }
}

/// Gathers what a ``FigureScore`` is made from.
struct FigureTally {
  private var figures: [ScoredFigure] = []
  private var abstentions: [String: Int] = [:]
  /// Sums of `mean` and of truth.
  private var totals: [HostDay: (mean: Double, truth: Double)] = [:]

  mutating func add(_ figure: ScoredFigure) { figures.append(figure) }

  mutating func add(abstention reason: String) { abstentions[reason, default: 0] += 1 }

  mutating func add(mean: Double, truth: Double, on day: HostDay) {
    let sum = totals[day] ?? (0, 0)
    totals[day] = (sum.mean + mean, sum.truth + truth)
  }

  func score() -> FigureScore {
    var score = FigureScore()
    score.abstentions = abstentions
    score.estimatedCount = figures.count
    score.turnCount = figures.count + abstentions.values.reduce(0, +)
    let errors = figures.compactMap(\.error)
    score.zeroTruthCount = figures.count { $0.truth <= 0 }
    score.medianError = Statistics.median(errors)
    score.p90Error = Statistics.quantile(errors, 0.9)
    score.coveredCount = figures.count {
      $0.estimate.low <= $0.truth && $0.truth <= $0.estimate.high
    }
    score.medianWidth = Statistics.median(
      figures.map { max(1, $0.estimate.high) / max(1, $0.estimate.low) })
    addTotals(to: &score)
    score.predictors = predictors()
    score.points = Self.spread(figures).map {
      FigureScore.Point(
        truth: $0.truth, low: $0.estimate.low, likely: $0.estimate.likely, high: $0.estimate.high)
    }
    score.errors = Self.spread(errors.sorted())
    return score
  }

  private func addTotals(to score: inout FigureScore) {
    score.bias = Self.bias(
      totals.values.reduce(0) { $0 + $1.mean }, totals.values.reduce(0) { $0 + $1.truth })
    let days = totals.values.compactMap { Self.bias($0.mean, $0.truth) }
    score.hostDayCount = days.count
    score.medianHostDayBias = Statistics.median(days.map(\.magnitude))
    score.worstHostDayBias = days.max { $0.magnitude < $1.magnitude }
  }

  private static func bias(_ sum: Double, _ truth: Double) -> Double? {
    guard truth > 0, sum.isFinite else { return nil }
    return sum / truth - 1
  }

  private func predictors() -> [FigureScore.Predictor] {
    var predictors: [FigureScore.Predictor] = []
    func add(_ kind: FigureScore.Predictor.Kind, _ pairs: [(value: Double, truth: Double)]) {
      guard !pairs.isEmpty else { return }
      let errors = pairs.compactMap { ScoredFigure.error($0.value, $0.truth) }
      predictors.append(
        FigureScore.Predictor(
          kind: kind, turnCount: pairs.count, medianError: Statistics.median(errors),
          p90Error: Statistics.quantile(errors, 0.9),
          bias: Self.bias(
            pairs.reduce(0) { $0 + $1.value }, pairs.reduce(0) { $0 + $1.truth }),
          errors: Self.spread(errors.sorted())))
    }
    add(.wireBytes, figures.map { ($0.wireBytes / 4, $0.truth) })
    if let middle = Statistics.median(figures.map(\.truth)) {
      add(.constant, figures.map { (middle, $0.truth) })
    }
    add(.plainBytes, byPlainBytes())
    return predictors
  }

  /// Each half in time by a line through the other; none where a half has fewer than four turns.
  private func byPlainBytes() -> [(value: Double, truth: Double)] {
    let known = figures.sorted { $0.start < $1.start }.compactMap { figure in
      figure.plainBytes.map { (x: $0, y: figure.truth) }
    }
    let halves = [Array(known.prefix(known.count / 2)), Array(known.dropFirst(known.count / 2))]
    guard halves[0].count >= 4, let first = Statistics.robustLine(halves[0]),
      let second = Statistics.robustLine(halves[1])
    else { return [] }
    func apply(
      _ line: (offset: Double, slope: Double), _ points: [(x: Double, y: Double)]
    ) -> [(value: Double, truth: Double)] {
      points.map { (max(1, line.offset + line.slope * $0.x), $0.y) }
    }
    return apply(second, halves[0]) + apply(first, halves[1])
  }

  /// At most so many elements, evenly spread.
  private static func spread<Element>(_ elements: [Element]) -> [Element] {
    let step = max(1, (elements.count + FigureScore.maximumPoints - 1) / FigureScore.maximumPoints)
    return stride(from: 0, to: elements.count, by: step).map { elements[$0] }
  }
}
