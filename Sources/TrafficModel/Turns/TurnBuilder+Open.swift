import WireFormat

extension TurnBuilder {
  /// A turn that goes on, and when the last octet of its request went up.
  struct Open {
    var turn: Turn
    var requestEnd: Timestamp
    /// Nothing went up before it.
    var isFirst: Bool
    /// Octets of records as small as control frames that have come down since, in TLS.
    var smallOctets = 0
    /// A record as long as the end of a stream followed the request.
    var isSent = false
    /// Octets of the request's body so far, that of the last request where several go up at once.
    var bodyOctets = 0

    /// Whether a datagram of about this size is part of the request.
    func holds(about octets: Int, slack: Int) -> Bool {
      turn.upstreamSizes.contains { abs(Int($0) - octets) <= slack }
    }

    /// Records among them as long as the end of a stream.
    var smallEnds = 0

    mutating func note(smallRecord octets: Int) {
      smallOctets = min(smallOctets + octets, 1_024)
      if octets == StreamEnds.octets { smallEnds = min(smallEnds + 1, 8) }
    }

    /// An answer came that was all small records. On a new connection the acknowledgement of the client's settings is as
    /// long as the end of a stream.
    var isAnsweredSmall: Bool { smallEnds > (isFirst ? 1 : 0) }
  }

  struct Record {
    /// Net octets.
    var octets: Int
    var at: Timestamp
  }
}
