import WireFormat

/// A metered QUIC connection: datagrams to net octets and turns. Streams are not visible, so all is by size.
struct QUICReading {
  var turns: TurnBuilder
  /// The server has sent a packet of 1-RTT: the handshake is over.
  private(set) var hasAnswer = false
  /// Packets have Google's header of before Q044, in which 1 says that a version is stated: a hello.
  private let hasGoogleHeader: Bool
  private var firstUp: Timestamp?
  private var knowsRoundTrip: Bool

  static var empty: QUICReading { QUICReading() }

  init(startIsCut: Bool = false, hasGoogleHeader: Bool = false) {
    self.hasGoogleHeader = hasGoogleHeader
    knowsRoundTrip = startIsCut
    turns = TurnBuilder(transport: .quic, http: .http3, startIsCut: startIsCut)
  }

  /// Octets of a 1-RTT packet that are no payload: first octet, connection ID (8 is the commonest length), two octets of
  /// packet number, 16 of the authentication tag (RFC 9000, section 17.3; RFC 9001, section 5.3).
  static let packetOverhead = 1 + 8 + 2 + 16

  /// - Returns: net octets, and the turns that the datagram ended.
  mutating func datagram(
    _ payload: RawSpan, wireCount: Int, isUp: Bool, at now: Timestamp
  ) -> (octets: Int, turns: [Turn]) {
    watchHandshake(isUp: isUp, at: now)
    // Long headers are the handshake, or 0-RTT.
    guard let first = payload.octet(at: 0), first & 0x80 == 0, !(hasGoogleHeader && first & 1 != 0)
    else { return (0, []) }
    let net = max(0, wireCount - Self.packetOverhead)
    guard net > 0 else { return (0, []) }
    if !isUp { hasAnswer = true }
    if isUp { return (net, turns.upstream(net, at: now)) }
    return (net, turns.downstream(net, at: now))
  }

  /// The first datagram each way tells how long the way there and back takes.
  private mutating func watchHandshake(isUp: Bool, at now: Timestamp) {
    guard !knowsRoundTrip else { return }
    if isUp {
      if firstUp == nil { firstUp = now }
    } else {
      knowsRoundTrip = true
      if let firstUp { turns.roundTrip = now.since(firstUp) }
    }
  }
}
