package import WireFormat

/// A statistic of a turn and the tokens that it is known to have cost.
package struct CalibrationPair: Sendable, Equatable {
  package var statistic: Double
  /// More than 0.
  package var tokens: Double
  /// When the turn began: calibration and test are divided by it.
  package var time: Timestamp
  /// What turns have in common that may err together: a client of a capture, numbered.
  package var source: Int
  /// The call, numbered: one that was sent several times over different lines counts once. Nil for one of its own.
  package var call: Int?

  package init(
    statistic: Double, tokens: Double, time: Timestamp, source: Int = 0, call: Int? = nil
  ) {
    self.statistic = statistic
    self.tokens = tokens
    self.time = time
    self.source = source
    self.call = call
  }
}

extension [CalibrationPair] {
  /// How many calls there are behind the pairs.
  var callCount: Int {
    Set(compactMap(\.call)).count + count { $0.call == nil }
  }
}

/// Pairs in order of time, divided so that what tests is later than what fits.
struct TimeSplit {
  /// The line is fitted on these, the bands on the next, and neither sees the last.
  var fit: [CalibrationPair]
  var bands: [CalibrationPair]
  var test: [CalibrationPair]

  /// So many turns carry a part of their own for the bands: a quarter of them is then as many as 90 % ask for.
  static let enoughForBands = 4 * ConformalBands.leastCount

  /// Half, a quarter, a quarter; with few turns three fifths and two fifths, and none for the bands. Turns of one moment
  /// stay together.
  init(_ pairs: [CalibrationPair]) {
    let ordered = pairs.sorted { ($0.time, $0.statistic) < ($1.time, $1.statistic) }
    let count = ordered.count
    func edge(_ share: Double) -> Int {
      var index = min(count, Int((Double(count) * share).rounded()))
      while index > 0, index < count, ordered[index].time == ordered[index - 1].time { index += 1 }
      return index
    }
    let hasBands = count >= Self.enoughForBands
    let first = edge(hasBands ? 0.5 : 0.6)
    let second = hasBands ? max(first, edge(0.75)) : first
    fit = Array(ordered[..<first])
    bands = Array(ordered[first..<second])
    test = Array(ordered[second...])
  }
}
