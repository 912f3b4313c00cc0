import WireFormat

/// Looks for the ClientHello in the first datagrams of a QUIC connection.
///
/// The keys come from the destination connection ID of the client's first Initial (RFC 9001, section 5.2) and stay when
/// the client goes on to address the server by another; after a Retry the client starts anew with keys of the new one.
final class QUICProbe {
  enum Outcome {
    case needMore
    /// The hello is whole.
    case hello(ClientHello)
    /// It will not come.
    case hopeless
  }

  private var keys: InitialKeys?
  private var crypto = CryptoStream()
  private var packetCount = 0
  private var datagramCount = 0
  private var frameCount = 0
  /// IP octets of the datagrams so far, the last one left out once the outcome is known.
  var wireBytesFromClient = 0
  var wireBytesFromServer = 0
  /// What the engine counts for this probe as held.
  var countedHeldBytes = 0
  var heldByteCount: Int { crypto.bytes.count }
  /// The handshake message when the outcome is `hello`.
  private(set) var message: [UInt8] = []

  /// Initial packets looked at before giving up: a hello of 64 KiB is 60 packets.
  static let maximumPackets = 64
  /// Datagrams of both directions before giving up on a hello of which a piece was not captured.
  static let maximumDatagrams = 96
  /// CRYPTO frames before giving up; browsers cut their hello into some dozens.
  static let maximumFrames = 2_048

  /// Takes a datagram of either direction; those of the server do not open under the client's keys and are passed over.
  func datagram(_ datagram: RawSpan, opener: InitialOpener, scratch: inout [UInt8]) -> Outcome {
    datagramCount += 1
    guard datagramCount <= Self.maximumDatagrams else { return .hopeless }
    var offset: Int? = 0
    while let start = offset {
      guard let header = try? QUICLongHeader(parsing: datagram, at: start) else { break }
      offset = header.nextPacketOffset(in: datagram)
      guard header.type == .initial else { continue }
      packetCount += 1
      guard packetCount <= Self.maximumPackets else { return .hopeless }
      if let range = open(datagram, header, opener, &scratch) {
        collect(scratch.octets.extracting(range), header.version)
      }
    }
    return outcome()
  }

  private func open(
    _ datagram: RawSpan, _ header: QUICLongHeader, _ opener: InitialOpener,
    _ scratch: inout [UInt8]
  ) -> Range<Int>? {
    if let keys,
      let opened = try? opener.open(datagram, header, keys: keys, into: &scratch)
    {
      return opened.payload
    }
    let identifier = datagram.extracting(header.destinationConnectionID)
    guard
      let fresh = try? opener.keys(
        for: header.version, destinationConnectionID: identifier, sender: .client),
      let opened = try? opener.open(datagram, header, keys: fresh, into: &scratch)
    else { return nil }
    if keys != nil { crypto = CryptoStream() }
    keys = fresh
    return opened.payload
  }

  /// Takes the CRYPTO frames of an opened packet.
  func collect(_ payload: RawSpan, _ version: QUICVersion) {
    var frames = CryptoFrames(payload, version: version)
    while frameCount < Self.maximumFrames, let frame = try? frames.next() {
      frameCount += 1
      _ = crypto.insert(payload.extracting(frame.range), at: Int(clamping: frame.streamOffset))
    }
  }

  /// What the frames so far amount to.
  func outcome() -> Outcome {
    let count = crypto.prefixCount
    guard count >= 4 else { return frameCount < Self.maximumFrames ? .needMore : .hopeless }
    let octets = crypto.bytes
    let prefix = octets.octets.extracting(0..<count)
    guard let needed = try? ClientHello.announcedByteCount(prefix) else { return .hopeless }
    guard count >= needed else {
      return frameCount < Self.maximumFrames ? .needMore : .hopeless
    }
    guard let hello = try? ClientHello(parsing: prefix) else { return .hopeless }
    message = Array(octets[0..<needed])
    return .hello(hello)
  }
}
