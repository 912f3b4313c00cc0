import WireFormat

/// What is told of a hello in QUIC, TLS or Google's QUIC Crypto; the range lies in its message.
struct QUICHello {
  var source = NameSighting.Source.quic
  var serverName: Range<Int>?
  /// The ClientHello; nil where Google's QUIC Crypto has one of its own.
  var clientHello: ClientHello?
}

/// One hello that is being put together from the packets of a client, and what opens them.
struct QUICAttempt {
  enum Outcome {
    case needMore
    case hello(QUICHello, message: [UInt8])
    /// This is no hello.
    case hopeless
  }

  /// As packets state it, and as they are read.
  var statedVersion: QUICVersion
  var version: QUICVersion
  /// By what the client called the server first.
  let connectionID: QUICConnectionID
  /// Nil where packets are in the clear.
  var keys: InitialKeys?
  /// A packet was read: it is the client's.
  var isProven = false
  private(set) var crypto = CryptoStream()
  /// Where in Google's stream the hello begins: a client that was refused says a second one behind the first.
  private(set) var start: UInt64?

  init(
    statedVersion: QUICVersion, version: QUICVersion, connectionID: QUICConnectionID,
    keys: InitialKeys? = nil
  ) {
    self.statedVersion = statedVersion
    self.version = version
    self.connectionID = connectionID
    self.keys = keys
  }

  /// CRYPTO frames before giving up; browsers cut their hello into some dozens.
  static let maximumFrames = 2_048

  /// Takes the pieces of the handshake in a packet.
  ///
  /// - Parameters:
  ///   - packetNumberByteCount: of the packet, in Google's versions.
  ///   - frameCount: of all packets so far; at ``maximumFrames`` no more are taken.
  mutating func collect(
    _ payload: RawSpan, packetNumberByteCount: Int = 1, frameCount: inout Int
  ) {
    switch version {
    case .google(let number), .googleCrypto(let number):
      var frames = GoogleFrames(
        payload, version: number, packetNumberByteCount: packetNumberByteCount)
      while frameCount < Self.maximumFrames, let frame = try? frames.next() {
        frameCount += 1
        take(payload.extracting(frame.range), at: frame.streamOffset)
      }
    default:
      var frames = CryptoFrames(payload)
      while frameCount < Self.maximumFrames, let frame = try? frames.next() {
        frameCount += 1
        take(payload.extracting(frame.range), at: frame.streamOffset)
      }
    }
  }

  private mutating func take(_ data: RawSpan, at offset: UInt64) {
    var offset = offset
    if isGoogleCrypto {
      if start == nil, GoogleClientHello.begins(data) { start = offset }
      guard let start, offset >= start else { return }
      offset -= start
    }
    _ = crypto.insert(data, at: Int(clamping: offset))
  }

  /// Whether the version's handshake is QUIC Crypto.
  private var isGoogleCrypto: Bool {
    if case .googleCrypto = version { true } else { false }
  }

  /// Whether the pieces make a whole ClientHello with QUIC's transport parameters.
  var isWholeTLS: Bool {
    let prefix = crypto.bytes.octets.extracting(first: crypto.prefixCount)
    return (try? ClientHello(parsing: prefix))?.isQUIC ?? false
  }

  /// What the pieces so far amount to.
  func outcome() -> Outcome {
    let count = crypto.prefixCount
    guard count >= 4 else { return .needMore }
    let octets = crypto.bytes
    let prefix = octets.octets.extracting(0..<count)
    if isGoogleCrypto {
      do throws(WireError) {
        let hello = try GoogleClientHello(parsing: prefix)
        return .hello(
          QUICHello(source: .gquic, serverName: hello.serverName),
          message: Array(octets[0..<hello.byteCount]))
      } catch {
        if case .truncated = error { return .needMore }
        return .hopeless
      }
    }
    guard let needed = try? ClientHello.announcedByteCount(prefix) else { return .hopeless }
    guard count >= needed else { return .needMore }
    guard let hello = try? ClientHello(parsing: prefix) else { return .hopeless }
    return .hello(
      QUICHello(serverName: hello.serverName, clientHello: hello),
      message: Array(octets[0..<needed]))
  }
}
