import Foundation
import Testing
import TokenEstimation

@testable import Agent

@Suite(
  "gnomon calibrate with a key log",
  .enabled(if: TLSStreams.isPossible, "python3 with ssl, or openssl, is missing"))
final class CalibrateWithKeysTests {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("gnomon-calibrate-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// Words that may never leave the program.
  static let secret = "the-word-that-stays-inside"

  /// So many streamed calls on one connection, of a model whose events bear two tokens each.
  static func plan(_ count: Int) -> [(isUp: Bool, octets: [UInt8])] {
    var plan: [(isUp: Bool, octets: [UInt8])] = []
    for call in 0..<count {
      let prompt = 60 + 37 * (call % 9)
      // 4.5 octets a token around a question of growing length.
      let question = secret + String(repeating: "word", count: prompt)
      plan.append(
        (true, HTTPTests.request(#"{"messages":[{"content":"\#(question)"}],"stream":true}"#)))
      plan.append(
        (
          false,
          Array(
            ("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nServer: a"
              + "\r\nTransfer-Encoding: chunked\r\n\r\n").utf8)
        ))
      let events = 20 + (call * 13) % 60
      for _ in 0..<events { plan.append((false, chunk(event(secret, octets: 313)))) }
      let usage = #"{"prompt_tokens":\#(prompt),"completion_tokens":\#(2 * events)}"#
      plan.append((false, chunk(#"data: {"choices":[],"usage":\#(usage)}"# + "\n\n")))
      plan.append((false, chunk("data: [DONE]\n\n") + Array("0\r\n\r\n".utf8)))
    }
    return plan
  }

  private static func event(_ text: String, octets: Int) -> String {
    let head = #"data: {"choices":[{"delta":{"content":"\#(text)"#
    let tail = "\"}}]}\n\n"
    return head + String(repeating: "x", count: octets - head.utf8.count - tail.utf8.count) + tail
  }

  private static func chunk(_ text: String) -> [UInt8] {
    Array((String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n").utf8)
  }

  /// A pcap file of raw IPv4 packets: the connection's parts, forty milliseconds apart, a request half a second later.
  func capture(_ streams: TLSStreams, named name: String) throws {
    func four(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (8 * $0) & 255) } }
    func big(_ value: UInt32) -> [UInt8] { four(value).reversed() }
    var file: [UInt8] = four(0xa1b2_c3d4) + [2, 0, 4, 0] + four(0) + four(0) + four(262_144)
    file += four(101)
    var next: [UInt32] = [1_000, 9_000]
    var milliseconds: UInt32 = 0
    func add(_ isUp: Bool, _ flags: UInt8, _ payload: [UInt8]) {
      let side = isUp ? 0 : 1
      let ports: [UInt8] = isUp ? [0x9c, 0x40, 1, 0xbb] : [1, 0xbb, 0x9c, 0x40]
      let ends: [UInt8] = isUp ? [10, 1, 0, 5, 203, 0, 113, 9] : [203, 0, 113, 9, 10, 1, 0, 5]
      let tcp =
        ports + big(next[side]) + big(next[1 - side]) + [0x50, flags, 0xff, 0xff, 0, 0, 0, 0]
        + payload
      let length = UInt16(20 + tcp.count)
      let ip: [UInt8] =
        [0x45, 0, UInt8(length >> 8), UInt8(length & 255), 0, 0, 0x40, 0, 64, 6, 0, 0] + ends
      let packet = ip + tcp
      file += four(1_795_165_200 + milliseconds / 1_000) + four(milliseconds % 1_000 * 1_000)
      file += four(UInt32(packet.count)) + four(UInt32(packet.count)) + packet
      next[side] &+= UInt32(payload.count) + (flags & 2 != 0 ? 1 : 0)
    }
    add(true, 0x02, [])
    add(false, 0x12, [])
    for part in streams.parts {
      milliseconds += part.isUp ? 500 : 40
      for start in stride(from: 0, to: part.octets.count, by: 1_400) {
        add(part.isUp, 0x18, Array(part.octets[start..<min(start + 1_400, part.octets.count)]))
      }
    }
    add(true, 0x11, [])
    try Data(file).write(to: URL(fileURLWithPath: path(name)))
  }

  @Test func fitsAProfileAndLetsNothingOut() throws {
    let streams = try TLSStreams(
      version: "1.3", cipher: "TLS_AES_128_GCM_SHA256", serverName: "api.openai.com",
      plan: Self.plan(96))
    try capture(streams, named: "site.pcap")
    try Data(streams.keyLog).write(to: URL(fileURLWithPath: path("site.keys")))
    var options = CalibrateRun.Options(
      paths: [path("site.pcap")], rules: Self.root.appendingPathComponent("rules").path)
    options.output = path("profiles")
    let outcome = try CalibrateRun.run(options) { Issue.record("\($0)") }
    #expect(outcome.flows == [.read: 1])
    #expect(outcome.turnCount == 96 && outcome.pairedCount == 96)
    #expect(outcome.pairing.completionPairs == 96 && outcome.pairing.promptPairs == 96)

    let calibration = try #require(
      outcome.calibrations.first { $0.prior.id == "openai-chat-stream" })
    let events = try #require(calibration.figures.first { $0.figure == .byReply })
    #expect(events.decision == .taken)
    // Two tokens an event: before, half of the tokens were missed.
    let (before, after) = (try #require(events.before), try #require(events.after))
    #expect(before.medianError > 0.4 && after.medianError < 0.05)
    #expect(before.coverage < 0.1 && after.coverage > 0.85)
    #expect(after.bias.magnitude < 0.05)

    // What it has written is a profile of the next version, and reads back as that.
    let written = path("profiles") + "/openai-chat-stream.yaml"
    #expect(outcome.written == [written])
    let text = try String(contentsOfFile: written, encoding: .utf8)
    let profile = try #require(
      try ProfileSet(compiling: [
        (written, text.replacing(/(siblings|unary|parent): .*\n/, with: ""))
      ])[
        "openai-chat-stream"])
    #expect(profile.version == calibration.prior.version + 1)
    #expect(profile.completion == calibration.profile.completion)
    #expect(text.contains("this site's key log, real traffic of 2026-11-20"))

    // Nothing of what was said, of the keys or of single sizes is in what came out.
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
    #expect(
      names == ["profiles", "profiles/openai-chat-stream.yaml", "site.keys", "site.pcap"])
    let keys = String(decoding: streams.keyLog, as: UTF8.self).split(separator: "\n")
      .compactMap { $0.split(separator: " ").last }
    for output in [text, outcome.text] {
      #expect(!output.contains(Self.secret) && !output.contains("wordword"))
      #expect(!output.contains("313"))
      for key in keys where key.count >= 64 { #expect(!output.contains(key)) }
    }

    // A second run does not replace what is there unless told to.
    #expect {
      _ = try CalibrateRun.run(options) { _ in }
    } throws: {
      ($0 as? AgentError)?.description.contains("is there already; --replace") == true
    }
    options.replaces = true
    #expect(try CalibrateRun.run(options) { _ in }.written == [written])
  }

  @Test func aDamagedKeyLogIsNamedWithItsLine() throws {
    let streams = try TLSStreams(
      version: "1.2", cipher: "ECDHE-RSA-AES128-GCM-SHA256", serverName: "api.openai.com",
      plan: Self.plan(1))
    try capture(streams, named: "site.pcap")
    try Data("# keys\nCLIENT_RANDOM 12\n".utf8).write(
      to: URL(fileURLWithPath: path("site.keys")))
    let options = CalibrateRun.Options(
      paths: [path("site.pcap")], rules: Self.root.appendingPathComponent("rules").path)
    #expect {
      _ = try CalibrateRun.run(options) { _ in }
    } throws: {
      ($0 as? AgentError)?.description
        == self.path("site.keys")
        + ":2:15: error: expected the client random as 64 hexadecimal digits"
        && ($0 as? AgentError)?.status == .dataError
    }
    // Keys of another connection: counted and said.
    let other = String(repeating: "ab", count: 32)
    try Data("CLIENT_RANDOM \(other) \(other)\(other.prefix(32))\n".utf8).write(
      to: URL(fileURLWithPath: path("site.keys")))
    let outcome = try CalibrateRun.run(options) { _ in }
    #expect(outcome.flows == [.noSecrets: 1])
    #expect(outcome.text.contains("TCP flows: 1 not in the key log"))
    #expect(outcome.text.contains("pairs to fit on: 0 completions, 0 prompts"))
  }

  /// Neither `watch` nor `analyze` has a way to plaintext.
  @Test func onlyCalibrateKnowsTheRoomOfDecryption() throws {
    let sources = Self.root.appendingPathComponent("Sources")
    let names = try FileManager.default.subpathsOfDirectory(atPath: sources.path)
      .filter { $0.hasSuffix(".swift") && !$0.hasPrefix("Decryption/") }
    #expect(names.count > 100)
    for name in names {
      let text = try String(contentsOf: sources.appendingPathComponent(name), encoding: .utf8)
      let isCalibrate = name.hasPrefix("Agent/Calibrate")
      #expect(isCalibrate || !text.contains("import Decryption"), "\(name)")
      let isItsCommand = name == "gnomon/CalibrateCommand.swift"
      #expect(isCalibrate || isItsCommand || !text.contains("CalibrateRun"), "\(name)")
    }
  }
}
