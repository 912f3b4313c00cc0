import Testing
import WireFormat

@testable import TrafficModel

/// What a sender can make the probes do is linear in the octets it sends, however it cuts them.
@Suite("Work of the probes")
struct ProbeWorkTests {
  /// Octets looked at for `octets` in segments of `size`.
  static func work(_ octets: [UInt8], size: Int) -> Int {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    for start in stride(from: 0, to: octets.count, by: size) {
      gateway.take(connection.up(Array(octets[start..<min(octets.count, start + size)])))
    }
    gateway.finish()
    return gateway.counters.probeOctetsExamined
  }

  static let endlessHead =
    Array("GET / HTTP/1.1\r\nX: ".utf8) + [UInt8](repeating: 0x61, count: 16_000)
  static let manyLines =
    Array("GET / HTTP/1.1\r\n".utf8)
    + Array(repeating: Array("a: b\r\n".utf8), count: 2_500).joined()
  static let connects = Array(
    repeating: Array("CONNECT a.test:443 HTTP/1.1\r\n\r\n".utf8), count: 500
  ).flatMap { $0 }
  static let hello = TLSSample.records(TLSSample.clientHello("a.test", padding: 16_000), of: 100)
  static let http2 =
    HTTP2FrameHeader.preface
    + Array(repeating: [0, 1, 0, 0, 0, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 256), count: 60)
    .joined()

  @Test(
    "each octet is looked at four times at most",
    arguments: [endlessHead, manyLines, connects, hello, http2], [1, 2, 10, 1_400])
  func isLinear(octets: [UInt8], size: Int) {
    #expect(Self.work(octets, size: size) <= 4 * octets.count + 2_000)
  }

  @Test("a preamble that does not end is looked at as often as its bound allows")
  func boundsPreambles() {
    // A SOCKS 4 user ID, octet by octet.
    let octets: [UInt8] = [4, 1, 0, 80, 1, 2, 3, 4] + [UInt8](repeating: 0x61, count: 5_000)
    let bound = ProbingFlow.maximumPreamble * TLSPreamble.maximumTextByteCount
    #expect(Self.work(octets, size: 1) <= bound)
  }

  @Test("plain traffic costs a few hundred octets a segment, and few segments")
  func isCheapForOthers() {
    var generator = Generator(state: 3)
    for size in [100, 1_400] {
      #expect(Self.work(generator.octets(1_000_000), size: size) <= 24 * 256)
    }
  }
}
