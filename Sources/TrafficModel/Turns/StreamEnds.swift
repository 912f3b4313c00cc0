extension TurnBuilder {
  /// How many answers over HTTP/2 are still to end, as far as sizes tell: many servers write the end of a stream, an empty
  /// DATA frame with END_STREAM (RFC 9113, section 6.1), in a record of its own.
  struct StreamEnds {
    private var requests: UInt16 = 0
    /// The last record that came down ended an answer.
    private var hasEnded = false
    /// The last record was as long as one can be.
    private var isWhole = false
    /// How often of late more answers ended than requests were told apart.
    private var doubts: Int64 = 0
    /// Records as long as an end, and requests, on this connection: far more of the one than of the other are no ends.
    private var endCount = 0
    private var requestCount = 0

    /// The header of a frame (RFC 9113, section 4.1) and nothing in it. A server's SETTINGS acknowledgement takes as many,
    /// but comes before it answers.
    static let octets = 9
    /// A frame of 16 KiB, the longest that may be sent unasked (section 4.2), and its header leave as many octets over when
    /// they are put into records of 16 KiB.
    static let wholeRecord = 16_384
    private static let most = 1_000
    private static let mostCounted = 1_000_000
    /// Stray records that a connection may have.
    private static let strayEnds = 4
    /// Silence after which the count is believed, in nanoseconds; longer by itself for each doubt.
    private static let pause: Int64 = 100_000_000
    private static let mostDoubts: Int64 = 6

    /// An answer has ended, and nothing of another has come since that is still to come.
    var awaitsAnother: Bool { hasEnded && requests > 0 }
    /// A server that writes the heads of frames apart has many records as long as an end.
    private var areNoEnds: Bool { endCount > 2 * requestCount + Self.strayEnds }

    /// Whether every answer has ended, told from the count alone.
    ///
    /// - Parameter silence: nanoseconds since the last record.
    mutating func areAllIn(after silence: Int64) -> Bool {
      guard hasEnded, requests == 0 else { return false }
      if silence > TurnBuilder.overlapPause { doubts = max(0, doubts - 1) }
      return silence >= Self.pause * (1 + doubts)
    }

    /// So many requests are open, and none before them.
    mutating func begin(_ requests: Int) {
      self.requests = 0
      hasEnded = false
      open(requests)
    }

    mutating func open(_ more: Int) {
      requests = UInt16(clamping: min(Int(requests) + max(0, more), Self.most))
      requestCount = min(requestCount + max(0, more), Self.mostCounted)
    }

    /// Takes a record of an answer.
    ///
    /// - Returns: whether more answers have ended than requests were told apart.
    mutating func take(_ octets: Int) -> Bool {
      defer { isWhole = octets >= Self.wholeRecord }
      hasEnded = octets == Self.octets && !isWhole
      guard hasEnded else { return false }
      endCount = min(endCount + 1, Self.mostCounted)
      guard !areNoEnds else {
        hasEnded = false
        return false
      }
      if requests > 0 {
        requests -= 1
        return false
      }
      doubts = min(doubts + 1, Self.mostDoubts)
      return true
    }
  }
}
