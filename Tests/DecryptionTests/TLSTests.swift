import Testing
import WireFormat

@testable import Decryption

@Suite(
  "TLS with its keys",
  .enabled(if: TLSStreams.isPossible, "python3 with ssl, or openssl, is missing"))
struct TLSTests {
  /// A call and its answer, the last part of it larger than a record.
  static let plan: [(isUp: Bool, octets: [UInt8])] = [
    (true, HTTPTests.request(#"{"tools":[{}]}"#)),
    (
      false,
      Array(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
          .utf8)
    ),
    (false, Array("9\r\ndata: {}\n\r\n1\r\n\n\r\n".utf8)),
    (
      false,
      Array("9c40\r\n: ".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 39_997)
        + Array("\n\r\n".utf8)
    ),
    (
      false,
      Array(
        "3b\r\ndata: {\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\n\r\n0\r\n\r\n"
          .utf8)
    ),
  ]

  static func read(
    _ streams: TLSStreams, log: KeyLog, step: Int = .max
  ) throws -> (exchanges: [Exchange], outcome: DecryptedFlow.Outcome) {
    let box = try #require(CipherBox())
    let flow = DecryptedFlow()
    var found: [Exchange] = []
    for (number, part) in streams.parts.enumerated() {
      var start = 0
      while start < part.octets.count {
        let end = min(part.octets.count, start + min(step, 1 << 20))
        flow.read(
          part.octets.octets.extracting(start..<end), isUp: part.isUp,
          at: HTTPTests.time(Int64(number)), log: log, box: box
        ) { found.append($0) }
        start = end
      }
    }
    flow.finish { found.append($0) }
    return (found, flow.outcome)
  }

  static func log(_ octets: [UInt8]) throws -> KeyLog {
    var log = KeyLog()
    try log.add(octets, path: "keys")
    return log
  }

  @Test(
    "each version and suite is opened",
    arguments: [
      ("1.3", "TLS_AES_128_GCM_SHA256"), ("1.3", "TLS_AES_256_GCM_SHA384"),
      ("1.3", "TLS_CHACHA20_POLY1305_SHA256"), ("1.2", "ECDHE-RSA-AES128-GCM-SHA256"),
      ("1.2", "ECDHE-RSA-AES256-GCM-SHA384"), ("1.2", "ECDHE-RSA-CHACHA20-POLY1305"),
      ("1.2", "AES128-GCM-SHA256"), ("1.2", "AES128-SHA"), ("1.2", "AES256-SHA"),
      ("1.2", "ECDHE-RSA-AES128-SHA256"), ("1.2", "ECDHE-RSA-AES256-SHA384"),
    ])
  func opens(version: String, cipher: String) throws {
    let streams = try TLSStreams(version: version, cipher: cipher, plan: Self.plan)
    for step in [Int.max, 1_460, 97] {
      let (exchanges, outcome) = try Self.read(
        streams, log: try Self.log(streams.keyLog), step: step)
      #expect(outcome == .read)
      let exchange = try #require(exchanges.first)
      #expect(exchange.usage?.promptTotal == 3 && exchange.usage?.completionVisible == 4)
      #expect(exchange.requestBodyByteCount == 14)
      #expect(exchange.responseBodyByteCount == 10 + 40_000 + 59)
      #expect(exchange.eventCount == 2)
    }
  }

  @Test func withoutSecretsNothingIsReadAndTheReasonIsSaid() throws {
    let streams = try TLSStreams(
      version: "1.3", cipher: "TLS_AES_128_GCM_SHA256", plan: Self.plan)
    #expect(try Self.read(streams, log: KeyLog()).outcome == .noSecrets)
    let lines = String(decoding: streams.keyLog, as: UTF8.self).split(separator: "\n")
    let handshake = lines.filter { $0.contains("HANDSHAKE") }.joined(separator: "\n")
    #expect(
      try Self.read(streams, log: try Self.log(Array(handshake.utf8))).outcome
        == .secretsIncomplete)
    // Those of the handshake are not needed.
    let traffic = lines.filter { $0.contains("TRAFFIC_SECRET_0") }.joined(separator: "\n")
    let found = try Self.read(streams, log: try Self.log(Array(traffic.utf8)))
    #expect(found.outcome == .read && found.exchanges.count == 1)
  }

  @Test func whatIsDamagedOrMissingEndsTheReading() throws {
    let streams = try TLSStreams(
      version: "1.3", cipher: "TLS_AES_256_GCM_SHA384", plan: Self.plan)
    let log = try Self.log(streams.keyLog)
    var damaged = streams
    let last = damaged.parts.count - 1
    damaged.parts[last].octets[30] ^= 1
    let found = try Self.read(damaged, log: log)
    #expect(found.outcome == .broken && found.exchanges.isEmpty)
    // Every octet that goes, wherever it does, leaves nothing behind but an outcome.
    for number in streams.parts.indices {
      var cut = streams
      cut.parts[number].octets.remove(at: cut.parts[number].octets.count / 2)
      #expect(try Self.read(cut, log: log).exchanges.isEmpty)
    }
  }
}
