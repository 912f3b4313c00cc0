import WireFormat

/// Looks for the client's hello in the first datagrams of a QUIC connection: TLS, or Google's QUIC Crypto.
///
/// The keys come from the destination connection ID of the client's first Initial (RFC 9001, section 5.2) and stay when
/// the client goes on to address the server by another. After a Retry or a Version Negotiation the client starts anew;
/// after a compatible one (RFC 9368) only the version of the keys changes. So several attempts are kept side by side.
final class QUICProbe {
  enum Outcome {
    case needMore
    /// The hello is whole; its range lies in ``message``.
    case hello(QUICHello)
    /// It will not come.
    case hopeless
  }

  private var attempts: [QUICAttempt] = []
  /// The direction of the client, once a packet of it was read.
  private(set) var clientIsLow: Bool?
  private var packetCount = 0
  private var datagramCount = 0
  private var frameCount = 0
  private(set) var derivationCount = 0
  /// Initial packets that were opened, and that no key opened, since they were last counted.
  private(set) var openedCount = 0
  private(set) var refusedCount = 0
  /// IP octets of the datagrams so far, the last one left out once the outcome is known.
  private var wireBytesFromOriginator = 0
  private var wireBytesFromResponder = 0
  /// What the engine counts for this probe as held.
  var countedHeldBytes = 0
  /// Memory that the probe takes, about: its objects, and the octets and stretches of each attempt.
  var heldByteCount: Int {
    attempts.reduce(Self.ownByteCount) { $0 + Self.attemptByteCount + $1.crypto.heldByteCount }
  }
  /// By what the client called the server first in the hello that was last added to.
  private(set) var connectionID: QUICConnectionID?
  /// The handshake message when the outcome is `hello`.
  private(set) var message: [UInt8] = []

  /// Memory of a probe besides its attempts, and of an attempt besides what ``CryptoStream`` counts; more than they are.
  static let ownByteCount = 512
  static let attemptByteCount = 1_024
  /// Initial packets looked at before giving up: a hello of 64 KiB is 60 packets.
  static let maximumPackets = 64
  /// Datagrams of both directions before giving up on a hello of which a piece was not captured.
  static let maximumDatagrams = 160
  /// Hellos put together side by side; a further one takes the place of the oldest.
  static let maximumAttempts = 4
  /// Keys derived; a version that is not known costs some for each of its first packets.
  static let maximumDerivations = 24

  /// Whether a flow's first datagram is worth a probe; a few comparisons where it is not.
  static func mayBegin(_ datagram: RawSpan) -> Bool {
    guard QUICLongHeader.begins(at: 0, in: datagram) else { return GooglePacket.begins(datagram) }
    guard let header = try? QUICLongHeader(parsing: datagram) else { return false }
    return header.version.isReadable || header.version.isInTheClear
      || isWorthTrying(datagram, header)
  }

  /// Whether a packet of a version that is not known has the shape of an Initial packet of a known one.
  private static func isWorthTrying(_ datagram: RawSpan, _ header: QUICLongHeader) -> Bool {
    guard header.type == .unknown, header.hasFixedBit,
      (8...20).contains(header.destinationConnectionID.count),
      header.sourceConnectionID.count <= 20,
      let version = QUICVersion.candidates(first: datagram.octet(at: header.start) ?? 0).first,
      let assumed = try? QUICLongHeader(parsing: datagram, at: header.start, as: version)
    else { return false }
    return assumed.end - assumed.packetNumberOffset >= 4 + 16
  }

  /// Takes a datagram of either direction; those of the server do not open under the client's keys and are passed over.
  ///
  /// So are packets behind the first that are addressed to another connection (RFC 9000, section 12.2).
  ///
  /// - Parameter sourceIsLow: its direction; once a packet of the client was read, the other is not looked at.
  func datagram(
    _ datagram: RawSpan, sourceIsLow: Bool, opener: InitialOpener, scratch: inout [UInt8]
  ) -> Outcome {
    datagramCount += 1
    guard datagramCount <= Self.maximumDatagrams else { return .hopeless }
    if let clientIsLow, clientIsLow != sourceIsLow { return .needMore }
    if QUICLongHeader.begins(at: 0, in: datagram) {
      var offset: Int? = 0
      var addressed: QUICConnectionID?
      while let start = offset {
        guard let header = try? QUICLongHeader(parsing: datagram, at: start) else { break }
        var next = header.nextPacketOffset(in: datagram)
        let connectionID = QUICConnectionID(datagram.extracting(header.destinationConnectionID))
        if start == 0 { addressed = connectionID }
        guard connectionID == addressed else {
          offset = next
          continue
        }
        if header.type == .initial || header.type == .unknown {
          packetCount += 1
          guard packetCount <= Self.maximumPackets else { return .hopeless }
          if header.version.isInTheClear {
            readInTheClear(datagram)
          } else if let opened = open(datagram, header, opener, &scratch) {
            openedCount += 1
            next = opened.header.nextPacketOffset(in: datagram)
            self.connectionID = attempts[opened.attempt].connectionID
            attempts[opened.attempt].collect(
              scratch.octets.extracting(opened.payload), frameCount: &frameCount)
          } else if header.type == .initial, !takeUnprotected(datagram, header) {
            refusedCount += 1
          }
        }
        offset = next
      }
    } else {
      readInTheClear(datagram)
    }
    if attempts.contains(where: \.isProven) { clientIsLow = sourceIsLow }
    return outcome()
  }

  /// Notes a datagram that has not decided.
  func count(_ wireBytes: Int, fromOriginator: Bool) {
    if fromOriginator {
      wireBytesFromOriginator += wireBytes
    } else {
      wireBytesFromResponder += wireBytes
    }
  }

  /// What was counted, upstream and downstream.
  func earlyBytes(clientIsOriginator: Bool) -> (up: Int, down: Int) {
    clientIsOriginator
      ? (up: wireBytesFromOriginator, down: wireBytesFromResponder)
      : (up: wireBytesFromResponder, down: wireBytesFromOriginator)
  }

  /// The counts since the last call.
  func takeCounts() -> (opened: Int, refused: Int) {
    defer { (openedCount, refusedCount) = (0, 0) }
    return (openedCount, refusedCount)
  }

  // MARK: Opening

  private typealias Opened = (attempt: Int, header: QUICLongHeader, payload: Range<Int>)

  private func open(
    _ datagram: RawSpan, _ header: QUICLongHeader, _ opener: InitialOpener,
    _ scratch: inout [UInt8]
  ) -> Opened? {
    let octets = datagram.extracting(header.destinationConnectionID)
    guard let connectionID = QUICConnectionID(octets) else { return nil }
    var isKnown = false
    for index in attempts.indices.reversed() {
      let attempt = attempts[index]
      let isSame = attempt.connectionID == connectionID
      if attempt.statedVersion == header.version, isSame || attempt.isProven {
        if let keys = attempt.keys,
          let opened = open(datagram, header, as: attempt.version, keys, opener, &scratch)
        {
          attempts[index].isProven = true
          return (index, opened.header, opened.payload)
        }
        isKnown = isKnown || isSame
      } else if attempt.isProven, !isSame, header.type == .initial,
        let keys = keys(header.version, attempt.connectionID, opener),
        let opened = open(datagram, header, as: header.version, keys, opener, &scratch)
      {
        // A compatible version was negotiated: the same hello goes on under it.
        attempts[index].statedVersion = header.version
        attempts[index].version = header.version
        attempts[index].keys = keys
        return (index, opened.header, opened.payload)
      }
    }
    return isKnown ? nil : begin(connectionID, datagram, header, opener, &scratch)
  }

  /// Opens a packet under keys of its own connection ID.
  private func begin(
    _ connectionID: QUICConnectionID, _ datagram: RawSpan, _ header: QUICLongHeader,
    _ opener: InitialOpener, _ scratch: inout [UInt8]
  ) -> Opened? {
    var versions = [header.version]
    if header.type == .unknown {
      guard Self.isWorthTrying(datagram, header) else { return nil }
      versions = QUICVersion.candidates(first: datagram.octet(at: header.start) ?? 0)
    }
    for version in versions {
      guard let keys = keys(version, connectionID, opener) else { continue }
      var attempt = QUICAttempt(
        statedVersion: header.version, version: version, connectionID: connectionID, keys: keys)
      if let opened = open(datagram, header, as: version, keys, opener, &scratch) {
        attempt.isProven = true
        return (add(attempt), opened.header, opened.payload)
      }
      // The packet may have been damaged on its way to us: its repetition needs no new keys.
      if header.type == .initial { _ = add(attempt) }
    }
    return nil
  }

  private func open(
    _ datagram: RawSpan, _ header: QUICLongHeader, as version: QUICVersion, _ keys: InitialKeys,
    _ opener: InitialOpener, _ scratch: inout [UInt8]
  ) -> (header: QUICLongHeader, payload: Range<Int>)? {
    var header = header
    if header.version != version {
      guard
        let assumed = try? QUICLongHeader(parsing: datagram, at: header.start, as: version)
      else { return nil }
      header = assumed
    }
    guard let opened = try? opener.open(datagram, header, keys: keys, into: &scratch) else {
      return nil
    }
    return (header, opened.payload)
  }

  private func keys(
    _ version: QUICVersion, _ connectionID: QUICConnectionID, _ opener: InitialOpener
  ) -> InitialKeys? {
    guard derivationCount < Self.maximumDerivations else { return nil }
    derivationCount += 1
    return connectionID.withOctets {
      try? opener.keys(for: version, destinationConnectionID: $0, sender: .client)
    }
  }

  /// - Returns: the attempt's place.
  private func add(_ attempt: QUICAttempt) -> Int {
    if attempts.count >= Self.maximumAttempts {
      attempts.remove(at: attempts.firstIndex { !$0.isProven } ?? 0)
    }
    attempts.append(attempt)
    return attempts.count - 1
  }

  // MARK: In the clear

  /// Takes an Initial packet of a known version whose frames are not protected at all, as test equipment rewrites
  /// them, if they hold a whole hello.
  private func takeUnprotected(_ datagram: RawSpan, _ header: QUICLongHeader) -> Bool {
    let first = datagram.octet(at: header.start) ?? 0
    let start = header.packetNumberOffset + Int(first & 3) + 1
    guard start < header.end, datagram.octet(at: start) == 6,
      let connectionID = QUICConnectionID(datagram.extracting(header.destinationConnectionID))
    else { return false }
    var attempt = QUICAttempt(
      statedVersion: header.version, version: header.version, connectionID: connectionID)
    attempt.collect(datagram.extracting(start..<header.end), frameCount: &frameCount)
    guard attempt.isWholeTLS else { return false }
    attempt.isProven = true
    self.connectionID = connectionID
    _ = add(attempt)
    return true
  }

  /// Takes a packet of Google's versions before Q050.
  private func readInTheClear(_ datagram: RawSpan) {
    var known: UInt8?
    for case .googleCrypto(let number) in attempts.lazy.map(\.version) { known = number }
    guard let packet = try? GooglePacket(parsing: datagram, version: known),
      let connectionID = QUICConnectionID(datagram.extracting(packet.connectionID))
    else { return }
    let version = QUICVersion.googleCrypto(packet.version)
    let place = attempts.firstIndex {
      $0.version == version && $0.connectionID == connectionID
    }
    let index =
      place
      ?? add(QUICAttempt(statedVersion: version, version: version, connectionID: connectionID))
    attempts[index].collect(
      datagram.extracting(packet.frames), packetNumberByteCount: packet.packetNumberByteCount,
      frameCount: &frameCount)
    if attempts[index].start != nil { attempts[index].isProven = true }
    self.connectionID = connectionID
  }

  // MARK: Outcome

  /// What the frames so far amount to.
  private func outcome() -> Outcome {
    var index = attempts.count
    var hasLost = false
    while index > 0 {
      index -= 1
      guard attempts[index].isProven else { continue }
      switch attempts[index].outcome() {
      case .needMore: break
      case .hello(let hello, let octets):
        message = octets
        return .hello(hello)
      case .hopeless:
        attempts.remove(at: index)
        hasLost = true
      }
    }
    if hasLost, attempts.isEmpty { return .hopeless }
    return frameCount < QUICAttempt.maximumFrames ? .needMore : .hopeless
  }
}
