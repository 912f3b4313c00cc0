import Testing
import WireFormat

@testable import Decryption

@Suite(
  "TLS that is renegotiated",
  .enabled(if: TLSStreams.canRenegotiate, "python3 with ctypes, openssl or libssl.so.3 is missing"))
struct RenegotiationTests {
  static func streams(_ ciphers: [String]) throws -> TLSStreams {
    try TLSStreams(renegotiating: ciphers, plan: ciphers.map { _ in TLSTests.plan })
  }

  @Test(
    "every exchange is read, before and after",
    arguments: [
      ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"],
      ["ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-RSA-AES128-SHA256"],
      ["AES128-SHA", "ECDHE-RSA-AES256-SHA384", "AES128-GCM-SHA256"],
    ])
  func follows(ciphers: [String]) throws {
    let streams = try Self.streams(ciphers)
    for step in [Int.max, 1_460, 97] {
      let (exchanges, outcome) = try TLSTests.read(
        streams, log: try TLSTests.log(streams.keyLog), step: step)
      #expect(outcome == .read)
      #expect(exchanges.map(\.usage?.promptTotal) == ciphers.map { _ in 3 })
      #expect(exchanges.map(\.responseBodyByteCount) == ciphers.map { _ in 10 + 40_000 + 59 })
    }
  }

  @Test func withoutTheSecretsOfTheSecondHandshakeTheFirstPartIsReadAndTheReasonSaid() throws {
    let streams = try Self.streams(["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA256"])
    let first = String(decoding: streams.keyLog, as: UTF8.self).split(separator: "\n").prefix(1)
    let (exchanges, outcome) = try TLSTests.read(
      streams, log: try TLSTests.log(Array(first.joined().utf8)))
    #expect(outcome == .renegotiated && exchanges.count == 1)
  }

  @Test func whatIsDamagedEndsTheReading() throws {
    let streams = try Self.streams(["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305"])
    let log = try TLSTests.log(streams.keyLog)
    let whole = try TLSTests.read(streams, log: log).exchanges.count
    #expect(whole == 2)
    for number in streams.parts.indices {
      var cut = streams
      cut.parts[number].octets.remove(at: cut.parts[number].octets.count / 2)
      #expect(try TLSTests.read(cut, log: log).exchanges.count < whole)
    }
  }
}

@Suite("Handshake messages within records")
struct HandshakeMessagesTests {
  @Test("the wanted ones are found, cut anywhere", arguments: [1, 2, 3, 5, 100])
  func finds(step: Int) {
    let hello: [UInt8] = [2, 0, 0, 3, 7, 8, 9]
    let octets: [UInt8] = [0, 0, 0, 0] + hello + [11, 0, 0, 2, 1, 1] + hello
    var messages = HandshakeMessages(wanted: 2)
    var found: [[UInt8]] = []
    for start in stride(from: 0, to: octets.count, by: step) {
      found += messages.read(Array(octets[start..<min(start + step, octets.count)]))
    }
    #expect(found == [hello, hello])
    #expect(messages.heldByteCount == 0)
  }

  @Test("what is too long is passed over, not kept")
  func isBounded() {
    var messages = HandshakeMessages(wanted: 1)
    #expect(messages.read([1, 0xff, 0xff, 0xff]) == [])
    for _ in 0..<1_024 {
      #expect(messages.read([UInt8](repeating: 1, count: 16_384)) == [])
      #expect(messages.heldByteCount <= 4 + HandshakeMessages.maximumByteCount)
    }
  }
}
