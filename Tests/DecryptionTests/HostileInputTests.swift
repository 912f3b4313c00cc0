import Testing
import WireFormat

@testable import Decryption

/// Good input with a few octets changed, taken out or doubled, the same each time: nothing traps, nothing grows.
@Suite("Damaged input of the decryption")
struct HostileInputTests {
  private struct Dice {
    var state: UInt64

    mutating func roll(_ sides: Int) -> Int {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
      return Int((z ^ z >> 31) >> 1) % max(1, sides)
    }

    mutating func damage(_ octets: [UInt8]) -> [UInt8] {
      var octets = octets
      let odd: [UInt8] = [0, 10, 13, 34, 44, 58, 91, 92, 93, 123, 125, 0x3f, 0x7f, 0x80, 0xff]
      for _ in 0...roll(4) where !octets.isEmpty {
        let place = roll(octets.count)
        switch roll(5) {
        case 0: octets[place] = UInt8(roll(256))
        case 1: octets[place] = odd[roll(odd.count)]
        case 2: octets.remove(at: place)
        case 3: octets.insert(contentsOf: octets[place...].prefix(roll(40)), at: place)
        default: octets.removeSubrange(place..<min(octets.count, place + roll(40)))
        }
      }
      return octets
    }
  }

  static let rounds = 4_000

  @Test func keyLogs() {
    var dice = Dice(state: 1)
    let good = Array(
      "CLIENT_RANDOM \(KeyLogTests.random) \(KeyLogTests.long)\r\n# x\nCLIENT_TRAFFIC_SECRET_0 \(KeyLogTests.short) \(KeyLogTests.short)\n"
        .utf8)
    var refused = 0
    for _ in 0..<Self.rounds {
      var log = KeyLog()
      do throws(KeyLogError) { try log.add(dice.damage(good), path: "k") } catch {
        refused += 1
        #expect((1...60).contains(error.line) && error.column >= 1)
      }
      #expect(log.connectionCount <= 60)
    }
    #expect(refused > Self.rounds / 10)
  }

  @Test func documents() {
    var dice = Dice(state: 2)
    for round in 0..<Self.rounds {
      let (_, documents, _) = ProviderUsageTests.cases[round % ProviderUsageTests.cases.count]
      var reader = ReplyReader(round % 2 == 0 ? .events : .lines)
      for document in documents {
        reader.read(dice.damage(Array("data: \(document)\r\n\r\n".utf8))[...])
        _ = RequestFacts(reading: dice.damage(Array(document.utf8))[...])
      }
      if let usage = reader.finish() {
        #expect(usage.promptTotal >= 0 && usage.completionVisible >= 0 && usage.reasoning >= 0)
        #expect(usage.promptCached <= usage.promptTotal)
      }
      #expect(reader.heldByteCount == 0)
    }
  }

  @Test func http1() {
    var dice = Dice(state: 3)
    let body = Compressed.zlib(Array(HTTPTests.reply.utf8), windowBits: 15 + 16)
    let size = String(body.count, radix: 16)
    let down =
      Array(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n\(size)\r\n"
          .utf8) + body + Array("\r\n0\r\n\r\n".utf8)
    var found = 0
    for _ in 0..<Self.rounds {
      found +=
        HTTPTests.exchanges(
          up: dice.damage(HTTPTests.request(#"{"tools":[{}]}"#)), down: dice.damage(down),
          step: 1 + dice.roll(200)
        ).count
    }
    #expect(found > 0)
  }

  @Test func http2() {
    var dice = Dice(state: 4)
    let json = Array("application/json".utf8)
    let up =
      HTTP2FrameHeader.preface + HTTPTests.frame(4, 0, 0, [])
      + HTTPTests.frame(1, 4, 1, [0x83, 0x5f, UInt8(json.count)] + json)
      + HTTPTests.frame(0, 9, 1, [3] + Array("{}".utf8) + [0, 0, 0])
    let down =
      HTTPTests.frame(1, 0, 1, [0x88, 0x5f])
      + HTTPTests.frame(9, 4, 1, [UInt8(json.count)] + json)
      + HTTPTests.frame(0, 1, 1, Array(HTTPTests.reply.utf8))
    var found = 0
    for _ in 0..<Self.rounds {
      var connection = HTTP2Connection()
      for (octets, isUp) in [(dice.damage(up), true), (dice.damage(down), false)] {
        connection.read(octets, isUp: isUp, at: HTTPTests.time(0)) { _ in found += 1 }
      }
      #expect(connection.heldByteCount < 4_096)
    }
    #expect(found > 0)
  }

  @Test func contentCodings() {
    var dice = Dice(state: 5)
    let plain = Array(String(repeating: HTTPTests.reply, count: 50).utf8)
    let forms: [(ContentDecoder.Coding, [UInt8])] = [
      (.gzip, Compressed.zlib(plain, windowBits: 15 + 16)),
      (.deflate, Compressed.zlib(plain, windowBits: 15)), (.zstd, Compressed.zstd(plain)),
      (.brotli, Compressed.brotli(plain)),
    ]
    for round in 0..<Self.rounds {
      let (coding, octets) = forms[round % forms.count]
      let decoder = ContentDecoder(coding)
      var count = 0
      let damaged = dice.damage(octets)
      let half = dice.roll(damaged.count)
      decoder.decode(damaged[..<half]) { count += $0.count }
      decoder.decode(damaged[half...]) { count += $0.count }
      #expect(count < 1 << 20)
    }
  }

  @Test(.enabled(if: TLSStreams.isPossible, "python3 with ssl, or openssl, is missing"))
  func records() throws {
    let streams = try TLSStreams(
      version: "1.2", cipher: "ECDHE-RSA-AES128-SHA256", plan: Array(TLSTests.plan.prefix(3)))
    let log = try TLSTests.log(streams.keyLog)
    var dice = Dice(state: 6)
    for _ in 0..<300 {
      var damaged = streams
      let part = dice.roll(damaged.parts.count)
      damaged.parts[part].octets = dice.damage(damaged.parts[part].octets)
      _ = try TLSTests.read(damaged, log: log)
    }
  }
}
