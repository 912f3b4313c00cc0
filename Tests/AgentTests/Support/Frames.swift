import WireFormat

/// Frames of one TCP connection over Ethernet and IPv4, as a capture has them; checksums are zero, nobody checks them.
struct Connection {
  var client: String
  var server = "203.0.113.9"
  var clientPort: UInt16 = 40_000
  var serverPort: UInt16 = 443
  var mac: UInt64 = 0x0200_0000_0017
  private var clientNext: UInt32 = 1_000
  private var serverNext: UInt32 = 9_000

  init(
    client: String = "10.1.0.5", server: String = "203.0.113.9", clientPort: UInt16 = 40_000,
    serverPort: UInt16 = 443, mac: UInt64 = 0x0200_0000_0017
  ) {
    (self.client, self.server) = (client, server)
    (self.clientPort, self.serverPort, self.mac) = (clientPort, serverPort, mac)
  }

  /// SYN and SYN-ACK.
  mutating func open() -> [[UInt8]] {
    let frames = [
      frame(isUp: true, flags: 0x02, payload: []), frame(isUp: false, flags: 0x12, payload: []),
    ]
    clientNext &+= 1
    serverNext &+= 1
    return frames
  }

  /// A ClientHello with a server_name (RFC 8446, section 4.1.2; RFC 6066, section 3), and nothing else of note.
  mutating func hello(_ name: String) -> [UInt8] {
    let host = Array(name.utf8)
    let serverName =
      Self.two(0) + Self.two(host.count + 5) + Self.two(host.count + 3) + [0]
      + Self.two(host.count) + host
    let body =
      [0x03, 0x03] + [UInt8](repeating: 7, count: 32) + [0] + [0, 2, 0x13, 0x01] + [1, 0]
      + Self.two(serverName.count) + serverName
    let message = [1, 0] + Self.two(body.count) + body
    return up([22, 3, 1] + Self.two(message.count) + message)
  }

  /// A record of application data.
  static func record(_ count: Int) -> [UInt8] {
    [23, 3, 3] + two(count) + [UInt8](repeating: 0x5a, count: count)
  }

  mutating func up(_ payload: [UInt8]) -> [UInt8] {
    defer { clientNext &+= UInt32(payload.count) }
    return frame(isUp: true, flags: 0x18, payload: payload)
  }

  mutating func down(_ payload: [UInt8]) -> [UInt8] {
    defer { serverNext &+= UInt32(payload.count) }
    return frame(isUp: false, flags: 0x18, payload: payload)
  }

  mutating func close() -> [UInt8] { frame(isUp: true, flags: 0x11, payload: []) }

  private func frame(isUp: Bool, flags: UInt8, payload: [UInt8]) -> [UInt8] {
    let (source, destination) = isUp ? (client, server) : (server, client)
    let ports = isUp ? (clientPort, serverPort) : (serverPort, clientPort)
    let numbers = isUp ? (clientNext, serverNext) : (serverNext, clientNext)
    let tcp =
      Self.two(Int(ports.0)) + Self.two(Int(ports.1)) + Self.four(numbers.0)
      + Self.four(flags & 0x10 == 0 ? 0 : numbers.1) + [0x50, flags] + Self.two(65_535)
      + [0, 0, 0, 0]
    let length = 20 + tcp.count + payload.count
    let ip =
      [0x45, 0] + Self.two(length) + [0, 0, 0x40, 0, 64, 6, 0, 0] + Self.address(source)
      + Self.address(destination)
    let (own, gateway) = (Self.six(mac), Self.six(0x0200_0000_0001))
    let ethernet = (isUp ? gateway + own : own + gateway) + [0x08, 0x00]
    return ethernet + ip + tcp + payload
  }

  private static func two(_ value: Int) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }
  private static func four(_ value: UInt32) -> [UInt8] {
    two(Int(value >> 16)) + two(Int(value & 0xffff))
  }
  private static func six(_ value: UInt64) -> [UInt8] {
    two(Int(value >> 32)) + four(UInt32(truncatingIfNeeded: value))
  }
  private static func address(_ text: String) -> [UInt8] {
    IPAddress(text)?.v4.map(four) ?? [0, 0, 0, 0]
  }
}

/// Frames with their times, in the order of a capture.
struct Timeline {
  private(set) var frames: [(time: Timestamp, octets: [UInt8])] = []

  /// 2026-11-02 09:00:00 UTC, the start of a five-minute window.
  static let nine = Timestamp(seconds: 1_793_610_000)

  static func at(_ seconds: Double) -> Timestamp {
    nine.advanced(byNanoseconds: Int64(seconds * 1e9))
  }

  mutating func add(_ octets: [UInt8], at seconds: Double) {
    frames.append((Self.at(seconds), octets))
  }

  mutating func add(_ octets: [UInt8], at time: Timestamp) { frames.append((time, octets)) }

  /// A handshake and a ClientHello.
  mutating func open(_ connection: inout Connection, _ name: String, at seconds: Double) {
    for frame in connection.open() { add(frame, at: seconds) }
    add(connection.hello(name), at: seconds + 0.01)
  }

  /// A request and, over most of a second, its answer.
  mutating func turn(_ connection: inout Connection, at seconds: Double) {
    add(connection.up(Connection.record(600)), at: seconds)
    for index in 1...6 {
      add(connection.down(Connection.record(180)), at: seconds + 0.15 * Double(index))
    }
  }
}
