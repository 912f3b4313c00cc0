import TrafficModel
import WireFormat

/// Frames made by hand: Ethernet, IPv4 or IPv6 by the addresses, TCP or UDP. Checksums are zero; nothing here reads
/// them.
enum Frames {
  static let mac: [UInt8] = [0x02, 0, 0, 0, 0, 0x05]

  static func octets16(_ value: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
  }

  static func octets32(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * $0)) }
  }

  static func octets64(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) }
  }

  static func ethernet(_ packet: [UInt8], type: Int) -> [UInt8] {
    [2, 0, 0, 0, 0, 1] + mac + octets16(type) + packet
  }

  /// An IP packet without extension headers in an Ethernet frame.
  static func ip(
    from source: IPAddress, to destination: IPAddress, protocol number: UInt8, _ payload: [UInt8]
  ) -> [UInt8] {
    guard let from = source.v4, let to = destination.v4 else {
      let addresses = [source.high, source.low, destination.high, destination.low]
      let header = [0x60, 0, 0, 0] + octets16(payload.count) + [number, 64]
      return ethernet(header + addresses.flatMap(octets64) + payload, type: 0x86dd)
    }
    return fragment(from: from, to: to, protocol: number, payload, offset: 0, moreFollow: false)
  }

  /// An IPv4 packet, a fragment unless it is whole.
  static func fragment(
    from source: UInt32, to destination: UInt32, protocol number: UInt8, _ payload: [UInt8],
    identification: Int = 7, offset: Int, moreFollow: Bool
  ) -> [UInt8] {
    let header =
      [0x45, 0] + octets16(20 + payload.count) + octets16(identification)
      + octets16(offset / 8 | (moreFollow ? 0x2000 : 0)) + [64, number, 0, 0]
    return ethernet(
      header + octets32(source) + octets32(destination) + payload, type: 0x0800)
  }

  static func udp(_ source: Endpoint, _ destination: Endpoint, _ payload: [UInt8]) -> [UInt8] {
    ip(
      from: source.address, to: destination.address, protocol: 17,
      datagram(source, destination, payload))
  }

  /// A UDP header and its payload, without IP.
  static func datagram(
    _ source: Endpoint, _ destination: Endpoint, _ payload: [UInt8]
  ) -> [UInt8] {
    octets16(Int(source.port)) + octets16(Int(destination.port)) + octets16(8 + payload.count)
      + [0, 0] + payload
  }

  static func tcp(
    _ source: Endpoint, _ destination: Endpoint, sequence: UInt32, acknowledgement: UInt32 = 0,
    flags: TCPFlags, options: Int = 0, _ payload: [UInt8] = []
  ) -> [UInt8] {
    let ports = octets16(Int(source.port)) + octets16(Int(destination.port))
    let header =
      ports + octets32(sequence) + octets32(acknowledgement)
      + [UInt8(5 + options / 4) << 4, flags.rawValue, 0xff, 0xff, 0, 0, 0, 0]
      + [UInt8](repeating: 1, count: options)
    return ip(from: source.address, to: destination.address, protocol: 6, header + payload)
  }
}

/// Both ends of a TCP connection: each call makes the next frame in one direction.
struct Connection {
  var client = Endpoint(address: IPAddress(v4: 0x0a00_0005), port: 50_000)
  var server = Endpoint(address: IPAddress(v4: 0xc000_020a), port: 443)
  /// Sequence numbers of the next octets.
  var clientNext: UInt32 = 1_000
  var serverNext: UInt32 = 9_000

  mutating func syn() -> [UInt8] {
    defer { clientNext &+= 1 }
    return Frames.tcp(client, server, sequence: clientNext, flags: .syn)
  }

  mutating func synAck() -> [UInt8] {
    defer { serverNext &+= 1 }
    return Frames.tcp(
      server, client, sequence: serverNext, acknowledgement: clientNext, flags: [.syn, .ack])
  }

  mutating func up(_ payload: [UInt8], _ more: TCPFlags = []) -> [UInt8] {
    defer { clientNext &+= UInt32(payload.count) }
    return Frames.tcp(
      client, server, sequence: clientNext, acknowledgement: serverNext,
      flags: more.union([.ack, .psh]), payload)
  }

  mutating func down(_ payload: [UInt8], _ more: TCPFlags = []) -> [UInt8] {
    defer { serverNext &+= UInt32(payload.count) }
    return Frames.tcp(
      server, client, sequence: serverNext, acknowledgement: clientNext,
      flags: more.union([.ack, .psh]), payload)
  }

  func ack() -> [UInt8] {
    Frames.tcp(
      client, server, sequence: clientNext, acknowledgement: serverNext, flags: .ack)
  }

  /// The three frames that open the connection, up to the client's acknowledgement.
  mutating func handshake() -> [[UInt8]] { [syn(), synAck(), ack()] }
}
