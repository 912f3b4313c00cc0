import WireFormat

/// A metered TLS connection: records of both directions turned into net application octets and turns.
struct TLSReading {
  private var up: TLSRecordMeter
  private var down: TLSRecordMeter
  private var overhead: CipherOverhead?
  private var isTLS13 = true
  private var sawUpstreamData = false
  /// The last record of a direction was a ChangeCipherSpec.
  private var upHasChanged = false
  private var downHasChanged = false
  /// Octets of the server's hello, once it has been read.
  private var serverHelloByteCount: Int?
  /// What is known of the server by its own word.
  private(set) var serverIdentity = ServerIdentity.unknown
  private let isMidstream: Bool
  var turns: TurnBuilder
  /// When the client's hello went up, until the server's answer tells how long the way there and back takes.
  private var helloTime: Timestamp?

  /// The server's certificate, which it sends in the clear up to TLS 1.2.
  enum ServerIdentity {
    /// It may still come.
    case awaited
    /// The first certificate, in DER.
    case certificate([UInt8])
    /// It will not come: TLS 1.3, a resumed session, something missing; or it was not asked for.
    case unknown
  }

  /// TLS 1.3 with a 16-octet tag, until a ServerHello says otherwise.
  private static let assumed = CipherOverhead(version: 0x0304, cipherSuite: 0x1301)

  /// - Parameter up: the meter of the client's direction, before or just after its hello.
  /// - Parameter awaitsCertificate: the server's certificate is wanted.
  /// - Parameter helloTime: when the client's hello went up, where it was seen.
  init(
    up: TLSRecordMeter, http: Turn.HTTPVersion, isMidstream: Bool, awaitsCertificate: Bool = false,
    helloTime: Timestamp? = nil
  ) {
    self.up = up
    self.helloTime = helloTime
    self.isMidstream = isMidstream
    down = isMidstream ? .midstream() : TLSRecordMeter(wantsHandshake: true)
    turns = TurnBuilder(transport: .tls13, http: http, startIsCut: isMidstream)
    if awaitsCertificate {
      serverIdentity = .awaited
      down.handshakeLimit = TLSRecordMeter.certificateLimit
    }
  }

  /// Octets of the server's handshake that wait, and what the open turn keeps.
  var heldByteCount: Int { down.handshakeOctets.count + turns.heldByteCount }

  /// Whether there is room for more of that.
  var mayHold: Bool {
    get { turns.keepsSizes }
    set {
      turns.keepsSizes = newValue
      if !newValue { endHandshake() }
    }
  }

  /// Reads octets in order.
  ///
  /// - Returns: the net application octets of the records that they completed.
  mutating func read(
    _ bytes: RawSpan, isUp: Bool, at now: Timestamp, turnEnded: (Turn) -> Void
  ) -> Int {
    if !isUp, let helloTime {
      turns.roundTrip = now.since(helloTime)
      self.helloTime = nil
    }
    var offset = 0
    var octets = 0
    while offset < bytes.byteCount {
      let record =
        isUp ? up.next(in: bytes, from: &offset) : down.next(in: bytes, from: &offset)
      // What could not be read is missing from the turn as much as what was not captured.
      let passedOver = isUp ? up.takePassedOver() : down.takePassedOver()
      if passedOver > 0 {
        turns.gap(passedOver)
        if !isUp { endHandshake() }
      }
      guard let record else { break }
      octets += take(record, isUp: isUp, at: now, turnEnded: turnEnded)
    }
    return octets
  }

  mutating func gap(
    _ count: Int, isUp: Bool, at now: Timestamp, turnEnded: (Turn) -> Void
  ) -> Int {
    turns.gap(count)
    if !isUp { endHandshake() }
    guard let record = isUp ? up.gap(count) : down.gap(count) else { return 0 }
    return take(record, isUp: isUp, at: now, turnEnded: turnEnded)
  }

  /// Notes that a direction goes on somewhere else, nobody knows how far on.
  mutating func lose(isUp: Bool) {
    turns.gap(1)
    if isUp { up.lose() } else { down.lose() }
  }

  private mutating func take(
    _ record: TLSRecordMeter.Record, isUp: Bool, at now: Timestamp, turnEnded: (Turn) -> Void
  ) -> Int {
    if down.wantsHandshake { watchHandshake(record.contentType, isUp: isUp) }
    if !isTLS13 { watchChange(record, isUp: isUp) }
    guard record.contentType == 23 else { return 0 }
    let net = (overhead ?? Self.assumed).applicationOctets(recordLength: record.length)
    if isUp {
      let isFirst = !sawUpstreamData
      sawUpstreamData = true
      // The client's Finished is its first protected record in TLS 1.3: four octets and a hash (RFC 8446, 4.4.4).
      if isFirst, isTLS13, !isMidstream, net == 36 || net == 52 { return 0 }
      for turn in turns.upstream(net, at: now) { turnEnded(turn) }
    } else {
      for turn in turns.downstream(net, at: now) { turnEnded(turn) }
    }
    return net
  }

  /// Learns what records cost from the Finished that follows a ChangeCipherSpec: a renegotiation may have chosen another
  /// suite, and its hellos are sealed.
  private mutating func watchChange(_ record: TLSRecordMeter.Record, isUp: Bool) {
    let hasChanged = isUp ? upHasChanged : downHasChanged
    if hasChanged, record.contentType == 22,
      let shown = CipherOverhead(finishedRecordLength: record.length)
    {
      overhead = shown
    }
    if isUp {
      upHasChanged = record.contentType == 20
    } else {
      downHasChanged = record.contentType == 20
    }
  }

  /// Notes a record while the server's messages in the clear are looked for.
  private mutating func watchHandshake(_ contentType: UInt8, isUp: Bool) {
    switch (contentType, isUp) {
    case (22, false): readHandshake()
    // After the server's ChangeCipherSpec, or data, all is encrypted. An alert may come before a hello.
    case (20, false), (23, false): endHandshake()
    // Early data goes along with the hello of a client that resumes a session of TLS 1.3.
    case (23, true): if case .awaited = serverIdentity { endHandshake() }
    default: break
    }
  }

  /// Reads the server's messages as far as they are whole: its hello, and its certificate where that is awaited. What
  /// it costs does not depend on how much waits.
  private mutating func readHandshake() {
    let octets = down.handshakeOctets
    let isFull = octets.count >= down.handshakeLimit
    guard let start = serverHelloByteCount ?? readServerHello(octets.octets) else {
      if isFull { endHandshake() }
      return
    }
    guard case .awaited = serverIdentity, !isTLS13 else {
      endHandshake()
      return
    }
    do throws(WireError) {
      let certificate = try ServerCertificate(parsing: octets.octets, at: start)
      serverIdentity = .certificate(Array(octets[certificate.range]))
      endHandshake()
    } catch {
      guard case .truncated = error, !isFull else {
        endHandshake()
        return
      }
    }
  }

  /// - Returns: how long the hello is; nil when it is not whole, or none.
  private mutating func readServerHello(_ octets: RawSpan) -> Int? {
    do throws(WireError) {
      let hello = try ServerHello(parsing: octets)
      // A HelloRetryRequest names the same version and cipher suite as the hello that will follow.
      isTLS13 = hello.version >= 0x0304
      overhead = CipherOverhead(version: hello.version, cipherSuite: hello.cipherSuite)
      turns.become(isTLS13 ? .tls13 : .tls12)
      serverHelloByteCount = hello.byteCount
      return hello.byteCount
    } catch {
      if case .invalid = error { endHandshake() }
      return nil
    }
  }

  private mutating func endHandshake() {
    down.endHandshake()
    if case .awaited = serverIdentity { serverIdentity = .unknown }
  }
}
