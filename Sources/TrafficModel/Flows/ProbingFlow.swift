import WireFormat

/// A TCP flow whose name is not known yet: its two streams put in order until one tells.
///
/// Instances are pooled; a flow whose first segment holds a whole hello never needs one.
final class ProbingFlow {
  /// One direction.
  struct Direction {
    var stream = StreamAssembler()
    var content = Content.unknown
    var payloadSegments = 0
    /// Octets that would have told the name were not captured, or there was no room to wait for them.
    var isLost = false

    /// Memory that waits here, about.
    var heldByteCount: Int {
      let gathered =
        switch content {
        case .unknown: 0
        case .hello(let collector): collector.message.count
        case .httpHead(let octets), .dns(let octets): octets.count
        }
      return stream.heldByteCount + gathered
    }

    /// Part of something has come that is not whole.
    var isGathering: Bool {
      if case .unknown = content { false } else { true }
    }

    /// A hello or DNS messages have begun: worth more segments than a flow that has told nothing.
    var isWaiting: Bool {
      switch content {
      case .hello, .dns: true
      case .unknown, .httpHead: false
      }
    }
  }

  /// What a direction has turned out to carry so far.
  enum Content {
    case unknown
    case hello(HelloCollector)
    /// The start of an HTTP request whose head is not whole.
    case httpHead([UInt8])
    /// DNS over TCP: length-prefixed messages.
    case dns([UInt8])
  }

  /// From the endpoint that sorts first, and to it.
  var fromLow = Direction()
  var fromHigh = Direction()
  var wireFromLow = 0
  var wireFromHigh = 0
  /// What the engine counts for this flow as held.
  var countedHeldBytes = 0

  var heldByteCount: Int { fromLow.heldByteCount + fromHigh.heldByteCount }

  /// Payload segments in both directions after which a flow that has told nothing is judged without a name.
  static let maximumPayloadSegments = 24
  /// Octets of an HTTP head that are waited for.
  static let maximumHead = 16_384

  func reset() {
    fromLow = Direction()
    fromHigh = Direction()
    wireFromLow = 0
    wireFromHigh = 0
    countedHeldBytes = 0
  }
}
