extension TurnBuilder {
  /// Whether requests run side by side on a connection, told from the ends of streams, from silence and from bursts that do
  /// not wait for an answer.
  struct SideBySide {
    /// Requests have, without a longer pause since.
    private(set) var isLikely = false
    /// Rounds since in which a request was met with silence and then an answer: as where one follows the other.
    private var quietRounds = 0
    private var ends = StreamEnds()

    private static let mostQuietRounds = 3

    /// Between two records of an answer that goes on there is seldom more than this, in nanoseconds.
    var pause: Int64 { isLikely ? TurnBuilder.overlapPause : TurnBuilder.streamPause }

    /// So many requests are open, and none before them.
    mutating func begin(_ requests: Int) { ends.begin(requests) }

    /// Another request has gone up that may be met while an answer goes on.
    mutating func add() { ends.open(1) }

    /// Another request has gone up before any answer.
    mutating func join() {
      add()
      isLikely = true
      quietRounds = 0
    }

    /// An answer went on after a request.
    mutating func confirm() { isLikely = true }

    mutating func forget() { isLikely = false }

    /// Whether every answer has ended, told from the ends of streams alone.
    ///
    /// - Parameter silence: nanoseconds since the last record.
    mutating func isOver(after silence: Int64) -> Bool {
      if ends.awaitsAnother { isLikely = true }
      return ends.areAllIn(after: silence)
    }

    /// Takes a record of an answer.
    mutating func takeAnswer(_ octets: Int) {
      if ends.take(octets) { isLikely = true }
    }

    /// Forgets that requests ran side by side when several in a row did not: or one overlap would join everything after it.
    ///
    /// - Parameter isQuiet: one request was met with silence and then an answer.
    mutating func noteRound(isQuiet: Bool) {
      guard isLikely, isQuiet else {
        quietRounds = 0
        return
      }
      quietRounds += 1
      if quietRounds > Self.mostQuietRounds {
        isLikely = false
        quietRounds = 0
      }
    }
  }
}
