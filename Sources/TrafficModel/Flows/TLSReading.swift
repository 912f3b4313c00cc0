import WireFormat

/// A metered TLS connection: records of both directions turned into net application octets and turns.
struct TLSReading {
  private var up: TLSRecordMeter
  private var down: TLSRecordMeter
  private var overhead: CipherOverhead?
  private var isTLS13 = true
  private var sawUpstreamData = false
  private let isMidstream: Bool
  var turns: TurnBuilder

  /// TLS 1.3 with a 16-octet tag, until a ServerHello says otherwise.
  private static let assumed = CipherOverhead(version: 0x0304, cipherSuite: 0x1301)

  /// - Parameter up: the meter of the client's direction, before or just after its hello.
  init(up: TLSRecordMeter, http: Turn.HTTPVersion, isMidstream: Bool) {
    self.up = up
    self.isMidstream = isMidstream
    down = isMidstream ? .midstream() : TLSRecordMeter(wantsHandshake: true)
    turns = TurnBuilder(transport: .tls13, http: http, startIsCut: isMidstream)
  }

  /// Reads octets in order.
  ///
  /// - Returns: the net application octets of the records that they completed.
  mutating func read(
    _ bytes: RawSpan, isUp: Bool, at now: Timestamp, turnEnded: (Turn) -> Void
  ) -> Int {
    var offset = 0
    var octets = 0
    while offset < bytes.byteCount {
      let record =
        isUp ? up.next(in: bytes, from: &offset) : down.next(in: bytes, from: &offset)
      // What could not be read is missing from the turn as much as what was not captured.
      let passedOver = isUp ? up.takePassedOver() : down.takePassedOver()
      if passedOver > 0 { turns.gap(passedOver) }
      guard let record else { break }
      octets += take(record, isUp: isUp, at: now, turnEnded: turnEnded)
    }
    return octets
  }

  mutating func gap(
    _ count: Int, isUp: Bool, at now: Timestamp, turnEnded: (Turn) -> Void
  ) -> Int {
    turns.gap(count)
    guard let record = isUp ? up.gap(count) : down.gap(count) else { return 0 }
    return take(record, isUp: isUp, at: now, turnEnded: turnEnded)
  }

  private mutating func take(
    _ record: TLSRecordMeter.Record, isUp: Bool, at now: Timestamp, turnEnded: (Turn) -> Void
  ) -> Int {
    if !isUp, record.contentType == 22, down.wantsHandshake { readServerHello() }
    guard record.contentType == 23 else { return 0 }
    let net = (overhead ?? Self.assumed).applicationOctets(recordLength: record.length)
    if isUp {
      let isFirst = !sawUpstreamData
      sawUpstreamData = true
      // The client's Finished is its first protected record in TLS 1.3: four octets and a hash (RFC 8446, 4.4.4).
      if isFirst, isTLS13, !isMidstream, net == 36 || net == 52 { return 0 }
      if let turn = turns.upstream(net, at: now) { turnEnded(turn) }
    } else {
      if let turn = turns.downstream(net, at: now) { turnEnded(turn) }
    }
    return net
  }

  private mutating func readServerHello() {
    down.wantsHandshake = false
    let octets = down.handshakeOctets
    guard let hello = try? ServerHello(parsing: octets.octets) else { return }
    // A HelloRetryRequest names the same version and cipher suite as the hello that will follow.
    isTLS13 = hello.version >= 0x0304
    overhead = CipherOverhead(version: hello.version, cipherSuite: hello.cipherSuite)
    turns.become(isTLS13 ? .tls13 : .tls12)
  }
}
