/// How a client offers to go on with an earlier session, as a set.
package struct SessionResumption: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A session ID (RFC 5246, section 7.4.1.2); a TLS 1.3 client sends a random one for middleboxes
  /// (RFC 8446, section D.4).
  package static let sessionID = Self(rawValue: 1)
  /// A session_ticket that is not empty (RFC 5077, section 3.2).
  package static let ticket = Self(rawValue: 2)
  /// pre_shared_key (RFC 8446, section 4.2.11).
  package static let preSharedKey = Self(rawValue: 4)
  /// early_data: a request may go along with the hello (RFC 8446, section 4.2.10).
  package static let earlyData = Self(rawValue: 8)
}
