import WireFormat

extension TurnBuilder {
  /// Session tickets of TLS 1.3 (RFC 8446, section 4.6.1): one or several, of one size or nearly, that a server sends as soon
  /// as it has the client's Finished, in records as any other.
  struct Tickets {
    var arePossible: Bool
    /// A first record downstream that may be a ticket, not yet believed either way.
    private var first: Record?
    /// Two records of this size came first.
    private var known: Int?

    /// Tickets come this long after the first octet that the client sent, and a round trip, in nanoseconds. No model
    /// answers so soon.
    static let delay: Int64 = 60_000_000

    init(arePossible: Bool) { self.arePossible = arePossible }

    /// What of the answer has come with this record; nil when it is a ticket, or may be one.
    ///
    /// - Parameter early: until when a single record is a ticket rather than an answer.
    mutating func answer(in octets: Int, at now: Timestamp, early: Timestamp) -> [Record]? {
      let record = Record(octets: octets, at: now)
      guard arePossible else { return [record] }
      if let known {
        if octets == known, now <= early { return nil }
        arePossible = false
        return [record]
      }
      guard let first else {
        if (100...400).contains(octets) {
          self.first = record
          return nil
        }
        arePossible = false
        return [record]
      }
      let isAsEarly = first.at <= early && now <= early && (100...400).contains(octets)
      if first.octets == octets || isAsEarly {
        known = octets
        self.first = nil
        return nil
      }
      return rest(early: early) + [record]
    }

    /// The record that was held back, unless it came so early that it was a ticket.
    mutating func rest(early: Timestamp) -> [Record] {
      guard let first else { return [] }
      self.first = nil
      arePossible = false
      return first.at <= early ? [] : [first]
    }

    /// Whether what was held back came too late for a ticket.
    func isLate(after early: Timestamp) -> Bool { first.map { $0.at > early } ?? false }

    /// What was held back is no answer to what is sent now.
    mutating func forget() { first = nil }
  }
}
