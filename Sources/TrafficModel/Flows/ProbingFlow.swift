import WireFormat

/// A TCP flow whose name is not known yet: its two streams put in order until one tells.
///
/// Instances are pooled; a flow whose first segment holds a whole hello never needs one.
final class ProbingFlow {
  /// One direction.
  struct Direction {
    var stream = StreamAssembler()
    var content = Content.unknown
    var shape = Shape.unseen
    /// Segments that brought something new, and all of them.
    var freshSegments = 0
    var payloadSegments = 0
    /// Octets that have been looked at, in order.
    var takenByteCount = 0
    /// The client has greeted a SOCKS 5 proxy; its request is to come.
    var hasGreetedSOCKS = false
    /// Octets that would have told the name were not captured, or there was no room to wait for them.
    var isLost = false

    /// Memory that waits here, about.
    var heldByteCount: Int {
      let gathered =
        switch content {
        case .unknown, .passingOver: 0
        case .hello(let collector): collector.message.count
        case .httpHead(let collector): collector.octets.count
        case .http2(let collector): collector.heldByteCount
        case .preamble(let octets), .behindRequest(let octets): octets.count
        case .dns(let stream): stream.heldByteCount
        }
      return stream.heldByteCount + gathered
    }

    /// Part of something has come that is not whole.
    var isGathering: Bool {
      switch content {
      case .unknown, .passingOver: false
      default: true
      }
    }

    /// Something has begun whose end is worth more segments than a flow that has told nothing. Each of these is bounded
    /// in octets.
    var isWaiting: Bool {
      if case .passingOver = content { true } else { isGathering }
    }
  }

  /// What a direction has turned out to carry so far.
  enum Content {
    case unknown
    case hello(HelloCollector)
    /// The start of an HTTP request whose head is not whole.
    case httpHead(HTTPHeadCollector)
    /// HTTP/2 in the clear, up to its first request; boxed, since it is seldom and would make all directions large.
    indirect case http2(HTTP2Collector)
    /// The start of octets that may lead to a hello: a proxy's header or request, a question for TLS.
    case preamble([UInt8])
    /// Octets of such a thing that need not be read.
    case passingOver(Int)
    /// What a client said after its request to a proxy that has not answered yet.
    case behindRequest([UInt8])
    /// DNS over TCP: length-prefixed messages.
    case dns(DNSStream)
  }

  /// What the first octets of a direction were.
  enum Shape {
    case unseen, text, binary
    /// Of a protocol that may change to TLS later (RFC 3207, 2595, 4217, 4511 …), or of a proxy.
    case negotiation
  }

  /// From the endpoint that sorts first, and to it.
  var fromLow = Direction()
  var fromHigh = Direction()
  var wireFromLow = 0
  var wireFromHigh = 0
  var macFromLow: MACAddress?
  var macFromHigh: MACAddress?
  /// The tunnel that its packets came in.
  var tunnel: Tunnel?
  /// What was asked of a proxy, if anything.
  var proxyRequest: ProxyRequest?
  /// What the proxy answers to it, or to a greeting before it.
  var proxyAnswer: ProxyAnswer?
  /// Who began, where the handshake was seen and one of the two did.
  var originatorIsLow: Bool?
  var low = Endpoint(address: IPAddress(high: 0, low: 0), port: 0)
  var high = Endpoint(address: IPAddress(high: 0, low: 0), port: 0)
  /// What the engine counts for this flow as held.
  var countedHeldBytes = 0

  var heldByteCount: Int {
    fromLow.heldByteCount + fromHigh.heldByteCount + (proxyAnswer?.octets.count ?? 0)
  }

  /// A proxy was asked, and has not connected the client: what it said to the far end did not get there.
  var isUnconnected: Bool {
    proxyRequest != nil && proxyAnswer?.state != .accepted
  }

  /// Whether the endpoint that sorts first, or the other, may be the client: what a server says accuses nobody.
  func mayBeClient(isLow: Bool) -> Bool {
    originatorIsLow ?? isLow == isLow && proxyRequest?.isFromLow ?? isLow == isLow
  }

  /// Payload segments in both directions after which a flow that has told nothing is judged without a name.
  static let maximumSegments = 24
  /// The same where both directions began with octets that are neither text nor known to lead to TLS.
  static let maximumBinarySegments = 10
  /// The same where the protocol may change to TLS, and octets.
  static let maximumNegotiationSegments = 128
  static let maximumNegotiationOctets = 65_536
  /// Repeated segments count one in so many.
  static let repetitionsPerSegment = 8
  /// Octets of a preamble that are waited for: a SOCKS password takes 513.
  static let maximumPreamble = 600
  /// Octets of a client that wait for its proxy's answer.
  static let maximumBehindRequest = 8_192

  /// Enough has been seen of a flow that has told nothing.
  var isExhausted: Bool {
    let fresh = fromLow.freshSegments + fromHigh.freshSegments
    let repeated = fromLow.payloadSegments + fromHigh.payloadSegments - fresh
    let count = fresh + repeated / Self.repetitionsPerSegment
    if fromLow.shape == .negotiation || fromHigh.shape == .negotiation || proxyRequest != nil {
      return count >= Self.maximumNegotiationSegments
        || fromLow.takenByteCount + fromHigh.takenByteCount >= Self.maximumNegotiationOctets
    }
    let isBinary = fromLow.shape == .binary && fromHigh.shape == .binary
    return count >= (isBinary ? Self.maximumBinarySegments : Self.maximumSegments)
  }

  func reset() {
    fromLow = Direction()
    fromHigh = Direction()
    wireFromLow = 0
    wireFromHigh = 0
    macFromLow = nil
    macFromHigh = nil
    tunnel = nil
    proxyRequest = nil
    proxyAnswer = nil
    originatorIsLow = nil
    countedHeldBytes = 0
  }
}
