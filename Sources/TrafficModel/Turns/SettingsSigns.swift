extension TurnBuilder {
  /// The settings at the start of an HTTP/2 connection (RFC 9113, section 3.4), as far as lengths of records show them. Their
  /// acknowledgement, in a record of its own, is as long as the end of a stream.
  struct SettingsSigns {
    /// The first record that went up is no request: the settings of the client.
    private(set) var areFirst = false
    /// A record has come down.
    private var hasHeard = false
    /// A record that may have acknowledged the server's settings has gone up.
    private var hasAcknowledged = false
    /// The same of the server's for the client's settings.
    private var isAcknowledged = false

    /// A client's preface, SETTINGS of eight values and a WINDOW_UPDATE (RFC 9113, section 3.4): the head of a request over
    /// HTTP/1.1 with a host and a key is longer.
    private static let mostOctets = 110

    mutating func note(firstUp octets: Int) { areFirst = octets <= Self.mostOctets }

    mutating func noteDown() { hasHeard = true }

    /// Whether a record that went up, as long as the end of a stream, is the acknowledgement.
    mutating func takeAcknowledgementUp() -> Bool {
      guard hasHeard, !hasAcknowledged else { return false }
      hasAcknowledged = true
      return true
    }

    /// Whether a record that came down, as long as the end of a stream, may be the acknowledgement.
    mutating func takeAcknowledgementDown() -> Bool {
      defer { isAcknowledged = true }
      return !isAcknowledged
    }
  }
}
