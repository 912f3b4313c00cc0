import WireFormat

/// Puts a DTLS client's hello together from the fragments of one flight (RFC 6347, section 4.2.3).
///
/// A client whom the server sends a HelloVerifyRequest says hello again, with a cookie and the next message number: of
/// a hello that was not whole by then the pieces are dropped and the new one's gathered.
final class DTLSProbe {
  enum Outcome {
    case needMore
    case hello(ClientHello)
    case hopeless
  }

  /// The flow, the sender of the first piece taken for the client.
  let sighting: NameSighting
  /// The hello when the outcome is `hello`: type, length, body with its cookie.
  private(set) var message: [UInt8] = []
  private var pieces = CryptoStream()
  private var sequence: UInt16?
  private var length = 0
  private var datagramCount = 0
  /// What the engine counts for this probe as held.
  var countedHeldBytes = 0
  /// Whether it has a place and counts as held.
  var isCounted = false
  /// Memory that the probe takes, about.
  var heldByteCount: Int { Self.ownByteCount + pieces.heldByteCount }
  private var hasBegun = false
  private var restartCount = 0
  /// Octets copied or cleared since they were last counted.
  private var workCount = 0

  /// Datagrams of both directions before giving up.
  static let maximumDatagrams = 32
  /// The longest hello that is put together, in octets of its body.
  static let maximumByteCount = 16_384
  /// Octets that a fragment may leave out behind those that have come: fragments of a flight change places with their
  /// neighbours only.
  static let maximumHole = 4_096
  /// Times that the pieces so far are dropped for those of another hello: a client says hello at most three times, after
  /// a HelloVerifyRequest and a HelloRetryRequest.
  static let maximumRestarts = 2
  /// Memory of a probe besides what ``CryptoStream`` counts; more than it is.
  static let ownByteCount = 1_024

  init(_ sighting: NameSighting) { self.sighting = sighting }

  /// Whether a datagram begins with a ClientHello or a fragment of one.
  static func canBegin(_ datagram: RawSpan) -> Bool {
    var fragments = DTLSFragments(datagram)
    guard let fragment = try? fragments.next() else { return false }
    return fragment.messageType == 1 && fragment.length <= maximumByteCount
  }

  /// Whether a datagram begins with a handshake message of DTLS in the clear, whichever.
  static func isHandshake(_ datagram: RawSpan) -> Bool {
    var fragments = DTLSFragments(datagram)
    return (try? fragments.next()) != nil
  }

  /// Takes a datagram of either direction: what is no part of a client's hello is passed over.
  func datagram(_ datagram: RawSpan) -> Outcome {
    datagramCount += 1
    guard datagramCount <= Self.maximumDatagrams else { return .hopeless }
    var fragments = DTLSFragments(datagram)
    // Each turn takes at least 25 octets of the datagram.
    while let fragment = try? fragments.next() {
      guard fragment.messageType == 1 else { continue }
      if let hello = take(fragment, in: datagram) { return .hello(hello) }
    }
    return .needMore
  }

  private func take(_ fragment: DTLSFragments.Fragment, in datagram: RawSpan) -> ClientHello? {
    guard fragment.length <= Self.maximumByteCount else { return nil }
    if fragment.messageSequence != sequence || fragment.length != length {
      // What is left of an earlier hello tells nothing; one that begins at zero is of a client that starts over.
      if let sequence, fragment.messageSequence < sequence,
        fragment.messageSequence != 0 || fragment.offset != 0
      {
        return nil
      }
      guard !hasBegun || restartCount < Self.maximumRestarts else { return nil }
      if hasBegun { restartCount += 1 }
      hasBegun = true
      pieces = CryptoStream()
      sequence = fragment.messageSequence
      length = fragment.length
    }
    let (extent, work) = (pieces.extent, pieces.workCount)
    guard fragment.offset <= extent + Self.maximumHole else { return nil }
    _ = pieces.insert(datagram.extracting(fragment.body), at: fragment.offset)
    workCount += pieces.extent - extent + pieces.workCount - work
    guard length > 0, pieces.prefixCount >= length else { return nil }
    if let hello = readPrefix() { return hello }
    pieces = CryptoStream()
    sequence = nil
    return nil
  }

  /// The octets copied or cleared since the last call.
  func takeWorkCount() -> Int {
    defer { workCount = 0 }
    return workCount
  }

  /// The hello as far as its pieces go without a hole: what there is when no more will come.
  func readPrefix() -> ClientHello? {
    let count = min(length, pieces.prefixCount)
    let octets =
      [1, 0, UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length)]
      + pieces.bytes[0..<count]
    message = octets
    return try? ClientHello(parsingDTLS: octets.octets)
  }
}
