package import WireFormat

/// One end of a flow.
package struct Endpoint: Hashable, Sendable {
  package var address: IPAddress
  package var port: UInt16

  package init(address: IPAddress, port: UInt16) {
    self.address = address
    self.port = port
  }
}

extension Endpoint: CustomStringConvertible {
  package var description: String {
    address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
  }
}

/// The five-tuple of a flow, both directions alike, in 16 octets.
///
/// IPv4 is packed exactly. IPv6 endpoints are mixed to 127 bits under a seed that the sender of a packet does not know;
/// two flows that collide would be taken for one.
struct FlowKey: Equatable {
  var a: UInt64
  var b: UInt64

  /// - Returns: the key, and whether the packet's source is the endpoint that sorts first.
  static func make(
    source: Endpoint, destination: Endpoint, transportProtocol: UInt8, seed: UInt64
  ) -> (key: FlowKey, sourceIsLow: Bool) {
    let sourceIsLow = isLow(source, to: destination)
    let key = FlowKey(
      low: sourceIsLow ? source : destination, high: sourceIsLow ? destination : source,
      transportProtocol: transportProtocol, seed: seed)
    return (key, sourceIsLow)
  }

  /// Whether the source of a packet is the endpoint that sorts first.
  @inline(__always)
  static func isLow(_ source: Endpoint, to destination: Endpoint) -> Bool {
    source.address != destination.address
      ? source.address < destination.address : source.port <= destination.port
  }

  /// - Parameters:
  ///   - low: the endpoint that sorts first.
  ///   - transportProtocol: an IANA protocol number.
  ///   - seed: unpredictable to senders of packets.
  @inline(__always)
  init(low: Endpoint, high: Endpoint, transportProtocol: UInt8, seed: UInt64) {
    let ports = UInt64(transportProtocol) << 32 | UInt64(low.port) << 16 | UInt64(high.port)
    if low.address.isIPv4, high.address.isIPv4 {
      self.init(a: low.address.low << 32 | high.address.low & 0xffff_ffff, b: ports)
      return
    }
    // Two steps that wait for nothing, then two that wait for these.
    let secret = Self.secret(seed)
    let first = Self.mix(low.address.high ^ seed, low.address.low ^ secret)
    let second = Self.mix(high.address.high ^ ~seed, high.address.low ^ ~secret)
    let third = Self.mix(first ^ ports, second ^ 0x94d0_49bb_1331_11eb)
    let fourth = Self.mix(second ^ seed, first ^ ports &* 0xd6e8_feb8_6659_fd93)
    self.init(a: third, b: fourth | 1 << 63)
  }

  init(a: UInt64, b: UInt64) { (self.a, self.b) = (a, b) }

  /// A second word that senders do not know. Each factor of ``mix(_:_:)`` that a sender chooses needs one: who makes a
  /// factor zero takes the other out of the hash.
  @inline(__always)
  static func secret(_ seed: UInt64) -> UInt64 {
    (seed << 29 | seed >> 35) ^ 0x9e37_79b9_7f4a_7c15
  }

  /// The folded product of two words: the mixing step of wyhash.
  @inline(__always)
  static func mix(_ x: UInt64, _ y: UInt64) -> UInt64 {
    let product = x.multipliedFullWidth(by: y)
    return product.high ^ product.low
  }

  @inline(__always)
  func hash(seed: UInt64) -> UInt64 {
    Self.mix(a ^ seed, b ^ Self.secret(seed))
  }
}
