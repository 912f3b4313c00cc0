import WireFormat

/// One TLS connection with its keys: records in, content out.
///
/// Keys are not followed through the handshake. A direction has the keys of all its stages (early data, handshake, data,
/// and the next generation of data), and a record that the present ones do not open is tried with the following: so it
/// does not matter which messages of the handshake were logged, and a KeyUpdate needs no reading.
///
/// A renegotiation of TLS 1.2 (RFC 5246, section 7.4.1.1) is followed: its hellos are read out of the records that the keys
/// in force open, and each direction changes to the keys of the new ones, with its sequence numbers at zero, at its own
/// ChangeCipherSpec.
struct TLSSession {
  /// Why nothing can be opened.
  enum Trouble: Equatable {
    /// The key log has nothing for this client random.
    case noSecrets
    /// It has some, not those of application data.
    case secretsIncomplete
    /// A suite that is not opened here, or a version before TLS 1.2.
    case unsupported
    /// The stream does not begin with a ClientHello, or the handshake is damaged.
    case noHandshake
    /// It renegotiated to what the key log has no secret for, or to a suite that is not opened here.
    case renegotiated
    /// Octets are missing from the capture, or a record was sealed with other keys.
    case broken
  }

  enum State: Equatable {
    case handshaking
    case open
    case failed(Trouble)
  }

  /// One direction.
  private struct Direction {
    /// Octets of a record that is not whole.
    var partial: [UInt8] = []
    /// Handshake messages in the clear, as far as they are wanted.
    var handshake: [UInt8] = []
    /// Records are sealed from here on (TLS 1.2).
    var isSealed = false
    var stages: [RecordKeys] = []
    /// Which stage opened the last record.
    var stage = 0
    /// The last stage has opened a record: from there on each must open.
    var isInData = false
    /// The secret of the last stage, from which the next generation comes.
    var trafficSecret: [UInt8] = []
    var generation = 0
    /// Of a renegotiation, sealed with the keys in force.
    var messages: HandshakeMessages
    /// The keys from the next ChangeCipherSpec on.
    var next: RecordKeys?

    init(isUp: Bool) { messages = HandshakeMessages(wanted: isUp ? 1 : 2) }
  }

  private(set) var state = State.handshaking
  /// Records that no keys opened.
  private(set) var unopenedRecordCount = 0
  private var up = Direction(isUp: true)
  private var down = Direction(isUp: false)
  private var clientRandom: [UInt8] = []
  private var protection: SuiteProtection?
  private var isTLS13 = true
  /// Early data, which come before the server's hello.
  private var early: [(octets: [UInt8], at: Timestamp)] = []

  private static let longestHandshake = 65_536
  private static let mostEarlyRecords = 64
  private static let mostGenerations = 1_000
  private static let mostUnopenedRecords = 256

  /// Octets that are held.
  var heldByteCount: Int {
    up.partial.count + down.partial.count + up.handshake.count + down.handshake.count
      + up.messages.heldByteCount + down.messages.heldByteCount
      + early.reduce(0) { $0 + $1.octets.count }
  }

  /// Takes octets in order.
  ///
  /// - Parameter content: called with application data, in order.
  mutating func read(
    _ bytes: RawSpan, isUp: Bool, at time: Timestamp, log: KeyLog, box: CipherBox,
    content: ([UInt8], _ isUp: Bool, Timestamp) -> Void
  ) {
    if case .failed = state { return }
    var octets = isUp ? up.partial : down.partial
    if isUp { up.partial = [] } else { down.partial = [] }
    octets += bytes.copied()
    var start = 0
    while octets.count - start >= TLSRecordHeader.byteCount {
      var reader = ByteReader(octets.octets.extracting(droppingFirst: start))
      guard let header = try? TLSRecordHeader(parsing: &reader) else {
        fail(state == .open ? .broken : .noHandshake)
        return
      }
      guard let fragment = try? reader.readBytes(header.length) else { break }
      take(header, fragment, isUp: isUp, at: time, log: log, box: box, content: content)
      if case .failed = state { return }
      start += header.recordByteCount
    }
    octets.removeFirst(start)
    if isUp { up.partial = octets } else { down.partial = octets }
  }

  /// Notes that octets are missing: what follows cannot be opened.
  mutating func lose() { fail(.broken) }

  private mutating func fail(_ trouble: Trouble) {
    state = .failed(trouble)
    (up, down, early) = (Direction(isUp: true), Direction(isUp: false), [])
  }

  private mutating func take(
    _ header: TLSRecordHeader, _ fragment: RawSpan, isUp: Bool, at time: Timestamp, log: KeyLog,
    box: CipherBox, content: ([UInt8], Bool, Timestamp) -> Void
  ) {
    let isSealed =
      isTLS13 ? header.contentType == .applicationData : isUp ? up.isSealed : down.isSealed
    guard !isSealed else {
      if state == .open {
        open(header, fragment, isUp: isUp, at: time, log: log, box: box, content: content)
      } else if isUp, early.count < Self.mostEarlyRecords {
        early.append((header.octets + fragment.copied(), time))
      } else {
        fail(.noHandshake)
      }
      return
    }
    switch header.contentType {
    case .handshake where state == .handshaking:
      readHandshake(fragment, isUp: isUp, log: log)
      guard state == .open, !early.isEmpty else { return }
      let records = early
      early = []
      for record in records {
        var reader = ByteReader(record.octets.octets)
        guard let header = try? TLSRecordHeader(parsing: &reader) else { continue }
        open(header, reader.rest, isUp: true, at: record.at, log: log, box: box, content: content)
      }
    case .changeCipherSpec where !isTLS13:
      if isUp { up.isSealed = true } else { down.isSealed = true }
    default: break
    }
  }

  private mutating func readHandshake(_ fragment: RawSpan, isUp: Bool, log: KeyLog) {
    if isUp {
      guard clientRandom.isEmpty else { return }
      up.handshake += fragment.copied()
      let message = up.handshake
      var reader = ByteReader(message.octets)
      guard let kind = try? reader.readUInt8(), kind == 1 else {
        fail(.noHandshake)
        return
      }
      // Length of three octets, legacy_version of two, then the random (RFC 8446, section 4.1.2).
      guard (try? reader.skip(5)) != nil,
        let random = try? reader.readBytes(ClientRandom.byteCount)
      else { return }
      clientRandom = random.copied()
      up.handshake = []
      return
    }
    guard !clientRandom.isEmpty else {
      fail(.noHandshake)
      return
    }
    down.handshake += fragment.copied()
    guard down.handshake.count <= Self.longestHandshake else {
      fail(.noHandshake)
      return
    }
    do throws(WireError) {
      let hello = try ServerHello(parsing: down.handshake.octets)
      if hello.isHelloRetryRequest {
        // The second hello of the client has the random of the first.
        down.handshake = []
        return
      }
      let message = Array(down.handshake.prefix(hello.byteCount))
      down.handshake = []
      agree(hello, message, log: log)
    } catch {
      if case .invalid = error { fail(.noHandshake) }
    }
  }

  /// Finds the keys for what the two agreed on.
  private mutating func agree(_ hello: ServerHello, _ message: [UInt8], log: KeyLog) {
    isTLS13 = hello.version == 0x0304
    guard isTLS13 || hello.version == 0x0303, let suite = SuiteProtection(hello.cipherSuite),
      isTLS13 == (0x1301...0x1303).contains(hello.cipherSuite)
    else {
      fail(.unsupported)
      return
    }
    var reader = ByteReader(clientRandom.octets)
    guard let random = try? ClientRandom(parsing: &reader), let secrets = log.secrets(of: random)
    else {
      fail(.noSecrets)
      return
    }
    protection = suite
    if isTLS13 {
      guard secrets.hasTLS13 else {
        fail(.secretsIncomplete)
        return
      }
      up.stages = [secrets.clientEarly, secrets.clientHandshake, secrets.clientTraffic]
        .compactMap { RecordKeys(suite, trafficSecret: $0) }
      down.stages = [secrets.serverHandshake, secrets.serverTraffic]
        .compactMap { RecordKeys(suite, trafficSecret: $0) }
      (up.trafficSecret, down.trafficSecret) = (secrets.clientTraffic, secrets.serverTraffic)
    } else {
      guard let keys = Self.keys12(suite, secrets.master, message, clientRandom) else {
        fail(.secretsIncomplete)
        return
      }
      (up.stages, down.stages) = ([keys.client], [keys.server])
    }
    guard !up.stages.isEmpty, !down.stages.isEmpty else {
      fail(.secretsIncomplete)
      return
    }
    state = .open
  }

  /// Both directions' keys of TLS 1.2; nil without a master secret.
  private static func keys12(
    _ suite: SuiteProtection, _ master: [UInt8], _ serverHello: [UInt8], _ clientRandom: [UInt8]
  ) -> (client: RecordKeys, server: RecordKeys)? {
    // After type, length and version (RFC 5246, section 7.4.1.3).
    let serverRandom = serverHello.dropFirst(6).prefix(32)
    guard master.count == 48, serverRandom.count == 32 else { return nil }
    return RecordKeys.tls12(
      suite, master: master, randoms: serverRandom + clientRandom,
      encryptThenMAC: hasEncryptThenMAC(serverHello))
  }

  private mutating func open(
    _ header: TLSRecordHeader, _ fragment: RawSpan, isUp: Bool, at time: Timestamp, log: KeyLog,
    box: CipherBox, content: ([UInt8], Bool, Timestamp) -> Void
  ) {
    var direction = isUp ? up : down
    if isUp { up = Direction(isUp: true) } else { down = Direction(isUp: false) }
    let opened = Self.open(header, fragment, &direction, isTLS13 ? protection : nil, box)
    if isUp { up = direction } else { down = direction }
    guard let opened else {
      // Early data that the server refused, and a handshake whose secrets were not logged, are nothing to stop for.
      unopenedRecordCount += 1
      if direction.isInData || unopenedRecordCount > Self.mostUnopenedRecords { fail(.broken) }
      return
    }
    switch opened.contentType {
    case 20 where !isTLS13: changeKeys(isUp: isUp)
    case 22 where !isTLS13: readRenegotiation(opened.content, isUp: isUp, log: log)
    case 23 where !opened.content.isEmpty: content(opened.content, isUp, time)
    default: break
    }
  }

  // MARK: renegotiation

  /// Reads what a sealed handshake record holds: the hellos of a renegotiation, for the most part.
  private mutating func readRenegotiation(_ content: [UInt8], isUp: Bool, log: KeyLog) {
    if isUp {
      for hello in up.messages.read(content) {
        // After type, length and version (RFC 5246, section 7.4.1.2).
        let random = hello.dropFirst(6).prefix(ClientRandom.byteCount)
        guard random.count == ClientRandom.byteCount else {
          fail(.broken)
          return
        }
        clientRandom = Array(random)
      }
      return
    }
    for hello in down.messages.read(content) {
      var reader = ByteReader(clientRandom.octets)
      guard let agreed = try? ServerHello(parsing: hello.octets), agreed.version == 0x0303,
        let suite = SuiteProtection(agreed.cipherSuite),
        !(0x1301...0x1303).contains(agreed.cipherSuite),
        let random = try? ClientRandom(parsing: &reader), let secrets = log.secrets(of: random),
        let keys = Self.keys12(suite, secrets.master, hello, clientRandom)
      else {
        fail(.renegotiated)
        return
      }
      (up.next, down.next) = (keys.client, keys.server)
    }
  }

  private mutating func changeKeys(isUp: Bool) {
    guard let next = isUp ? up.next : down.next else {
      fail(.broken)
      return
    }
    if isUp {
      (up.stages, up.next) = ([next], nil)
    } else {
      (down.stages, down.next) = ([next], nil)
    }
  }

  private static func open(
    _ header: TLSRecordHeader, _ fragment: RawSpan, _ direction: inout Direction,
    _ protection: SuiteProtection?, _ box: CipherBox
  ) -> (contentType: UInt8, content: [UInt8])? {
    for stage in direction.stage..<direction.stages.count {
      var keys = direction.stages[stage]
      if let opened = keys.open(header, fragment, with: box) {
        direction.stages[stage] = keys
        direction.stage = stage
        direction.isInData = stage == direction.stages.count - 1
        return opened
      }
    }
    // After a KeyUpdate (RFC 8446, sections 4.6.3 and 7.2).
    guard let protection, direction.generation < mostGenerations,
      let next = KeyDerivation.expand(
        protection.hash, direction.trafficSecret, "traffic upd",
        byteCount: protection.hash.rawValue),
      var keys = RecordKeys(protection, trafficSecret: next),
      let opened = keys.open(header, fragment, with: box)
    else { return nil }
    direction.stages = [keys]
    direction.stage = 0
    direction.trafficSecret = next
    direction.generation += 1
    return opened
  }

  /// Whether a ServerHello agrees to encrypt first (RFC 7366): extension 22.
  private static func hasEncryptThenMAC(_ message: [UInt8]) -> Bool {
    var reader = ByteReader(message.octets)
    do throws(WireError) {
      try reader.skip(4 + 2 + 32)
      try reader.skip(Int(try reader.readUInt8()))
      try reader.skip(2 + 1 + 2)
      while !reader.isAtEnd {
        let type = try reader.readUInt16()
        try reader.skip(Int(try reader.readUInt16()))
        if type == 22 { return true }
      }
    } catch {}
    return false
  }
}

extension TLSRecordHeader {
  fileprivate var octets: [UInt8] {
    [
      contentType.rawValue, UInt8(legacyVersion >> 8), UInt8(legacyVersion & 0xff),
      UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length),
    ]
  }
}
