import Foundation
import Testing
import TokenEstimation
import WireFormat

@Suite("what a labelled set says, and what is wrong with it")
struct EvaluationTruthTests {
  static let turn = """
    {"start": 10.25, "end": 11.5, "client": ["10.0.0.1", 40112], "server": ["2001:db8::1", 443], "transport": "quic",
     "http": "3", "path": "/v1/x", "service": "openai-api", "model": "m", "stream": true, "tools": true, "images": false,
     "request_body_bytes": 812, "response_body_bytes": null, "cut": "end", "source": "s", "else": [1, {"a": "b"}],
     "usage": {"prompt_total": 182, "prompt_cached": 0, "completion_visible": null, "reasoning": 3}}
    """

  static func set(turns: String = "[\(turn)]") -> String {
    """
    {"schema": 2, "kind": "recorded", "capture": "a.pcapng", "recipe": "r",
    "turns": \(turns),
    "non_turns": [{"client": ["10.0.0.1", 1], "server": ["10.0.0.2", 2], "start": 5, "what": "post"}]}
    """
  }

  static func read(_ text: String) throws(TruthMistake) -> TruthSet {
    try TruthSet(reading: JSONNode(parsing: Array(text.utf8).octets))
  }

  /// The line that a mistake makes.
  static func line(_ text: String) -> String? {
    do throws(TruthMistake) {
      _ = try read(text)
      return nil
    } catch {
      return error.line(path: "t.json", in: Array(text.utf8).octets)
    }
  }

  @Test func readsAllFields() throws {
    let set = try Self.read(Self.set())
    #expect(set.kind == .recorded && set.capture == "a.pcapng" && set.recipe == "r")
    let turn = try #require(set.turns.first)
    #expect(turn.start.nanoseconds == 10_250_000_000 && turn.end.nanoseconds == 11_500_000_000)
    #expect(turn.client.description == "10.0.0.1:40112")
    #expect(turn.server.description == "[2001:db8::1]:443")
    #expect(turn.transport == .quic && turn.http == .http3 && turn.isStream && turn.offersTools)
    #expect(turn.requestBodyBytes == 812 && turn.responseBodyBytes == nil && turn.isCut)
    #expect(
      turn.usage == TrueTurn.Usage(promptTotal: 182, completionVisible: nil, reasoning: 3))
    #expect(set.nonTurns.map(\.start.nanoseconds) == [5_000_000_000])
  }

  @Test(
    "a mistake is told with its place and what is there",
    arguments: [
      ("", "t.json:1:1: error: expected a value, found the end of the file"),
      ("[]", "t.json:1:1: error: expected a labelled set, an object, found a list"),
      ("{\n\"schema\": 2,,}", "t.json:2:13: error: expected a key in quotes, found ,"),
      ("{} x", "t.json:1:4: error: expected the end of the file, found x"),
      ("{\"kind\": \"real\"}", "t.json:1:1: error: expected `schema` in this object, found none"),
      (
        "{\"schema\": 3}",
        "t.json:1:12: error: `schema`: expected 2, the one known, found 3"
      ),
      (
        "{\"schema\": 2, \"kind\": \"made up\"}",
        "t.json:1:23: error: `kind`: expected one of real, recorded, synthetic, found \"made up\""
      ),
      (set(turns: "[]"), "t.json:2:10: error: `turns`: expected at least one turn, found none"),
      (set(turns: "{}"), "t.json:2:10: error: `turns`: expected a list, found an object"),
      (set(turns: "[7]"), "t.json:2:11: error: expected a turn, an object, found 7"),
      (
        "{\"a\": 1, \"a\": 2}",
        "t.json:1:10: error: expected each key once, found \"a\" a second time"
      ),
      ("{\"é\": 1e999}", "t.json:1:7: error: expected a number that a double holds, found 1e999"),
      ("{\"a\": 01}", "t.json:1:7: error: expected a number without a leading zero"),
      ("{\"a\": \"\\ud800\"}", "t.json:1:9: error: expected a whole surrogate pair"),
      (
        "{\"a\": \"x",
        "t.json:1:7: error: expected the end of this string, found the end of the file"
      ),
      ("{\"a\": NaN}", "t.json:1:7: error: expected a value, found N"),
      ("{\"a\": nul}", "t.json:1:10: error: expected null, found }"),
    ])
  func mistakes(text: String, line: String) {
    #expect(Self.line(text) == line)
  }

  @Test(
    "a field of a turn that is wrong, missing or out of range",
    arguments: [
      (
        "\"start\": 10.25", "\"start\": -1",
        "`start`: expected a number from 0 to 9223372036, found -1"
      ),
      ("\"end\": 11.5", "\"end\": 9", "`end`: expected a time not before `start`"),
      (
        "\"end\": 11.5", "\"end\": 1e308",
        "`end`: expected a number from 0 to 9223372036, found 1e+308"
      ),
      ("\"end\": 11.5, ", "", "expected `end` in this object, found none"),
      ("\"10.0.0.1\"", "\"10.0.0.256\"", "`client`: expected an IP address, found \"10.0.0.256\""),
      ("40112", "70000", "`client`: expected a whole number from 0 to 65535, found 70000"),
      ("[\"10.0.0.1\", 40112]", "[]", "`client`: expected an address and a port"),
      ("\"quic\"", "\"sctp\"", "`transport`: expected one of tls, quic, http, found \"sctp\""),
      ("\"3\"", "3", "`http`: expected one of 1.1, 2, 3, found 3"),
      (
        "\"stream\": true", "\"stream\": \"yes\"", "`stream`: expected true or false, found \"yes\""
      ),
      (
        "182", "-4", "`prompt_total`: expected a whole number from 0 to 1000000000, found -4"
      ),
      (
        "182", "1.5", "`prompt_total`: expected a whole number from 0 to 1000000000, found 1.5"
      ),
      (
        "182", "1e308",
        "`prompt_total`: expected a whole number from 0 to 1000000000, found 1e+308"
      ),
      ("\"prompt_total\": 182, ", "", "expected `prompt_total` in this object, found none"),
      (
        "\"service\": \"openai-api\"", "\"service\": null", "`service`: expected a text, found null"
      ),
    ])
  func wrongFields(old: String, new: String, message: String) throws {
    let text = Self.set(turns: "[\(Self.turn.replacingOccurrences(of: old, with: new))]")
    let line = try #require(Self.line(text))
    #expect(line.hasSuffix(": error: " + message))
    #expect(line.hasPrefix("t.json:"))
  }

  @Test("every proper prefix is a mistake, and none traps")
  func prefixes() {
    let octets = Array(Self.set().utf8)
    for length in 0..<octets.count {
      #expect(throws: TruthMistake.self) {
        _ = try TruthSet(reading: JSONNode(parsing: Array(octets.prefix(length)).octets))
      }
    }
  }

  @Test("octets changed at random make a set or a mistake")
  func randomChanges() {
    var generator = SystemRandomNumberGenerator()
    let octets = Array(Self.set().utf8)
    for _ in 0..<3_000 {
      var changed = octets
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        changed[Int.random(in: 0..<changed.count, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      do throws(TruthMistake) {
        _ = try TruthSet(reading: JSONNode(parsing: changed.octets))
      } catch {
        #expect(error.offset <= changed.count)
        #expect(!error.line(path: "t", in: changed.octets).contains("\n"))
      }
    }
  }

  @Test func depthIsBounded() {
    let text = String(repeating: "[", count: 100_000)
    #expect(Self.line(text) == "t.json:1:34: error: expected at most 32 levels")
  }

  @Test func escapesAreRead() throws {
    let text = #"{"a": "\u00e9\ud83d\ude00\n\/\\"}"#
    let node = try JSONNode(parsing: Array(text.utf8).octets)
    guard case .object(let members) = node.value,
      case .string(let string)? = members.first?.node.value
    else {
      Issue.record("no string")
      return
    }
    #expect(string == "é😀\n/\\")
  }

  // MARK: sizes

  private func list(_ text: String) throws(TruthMistake) -> SizesList {
    try SizesList(reading: JSONNode(parsing: Array(text.utf8).octets))
  }

  @Test("frames become records: 66 octets of headers and 22 of the record are taken off")
  func sizes() throws {
    // 721 − 66 = 655 is the commonest payload; 1376 − 66 holds it twice; 121 is a record of its own; 70 holds none.
    let list = try list(
      """
      [{"data_lengths": [1263, 721, 721, 1376, 121, 70], "time_diffs": [0.5, -0.25, 1], "timestamp": 100,
        "response_token_count": 9, "response": "é", "local_port": 5}]
      """)
    let stream = try #require(list.streams.first)
    let turn = list.turn(of: stream)
    #expect(turn.downstreamSizes == [633, 633, 633, 633, 33])
    #expect(turn.downstream.byteCount == 4 * 633 + 33 && turn.downstream.recordCount == 5)
    #expect(stream.tokens == 9 && stream.textBytes == 2 && stream.port == 5)
    #expect(stream.start.nanoseconds == 100_000_000_000)
    #expect(stream.end.since(stream.start) == 1_250_000_000)
  }

  @Test("a frame of many records does not make more sizes than a turn may keep")
  func sizesAreBounded() throws {
    let lengths = ([0] + Array(repeating: 111, count: 3) + Array(repeating: 900_066, count: 50))
      .map(String.init).joined(separator: ", ")
    let list = try list("[{\"data_lengths\": [\(lengths)], \"response_token_count\": 1}]")
    let turn = list.turn(of: try #require(list.streams.first))
    #expect(turn.downstreamSizes.count <= 16_384)
  }

  @Test(
    "a wrong list of sizes",
    arguments: [
      ("[]", "expected from 1 to 200000 streams, found none"),
      ("[1]", "expected a stream, an object, found 1"),
      ("[{}]", "expected `data_lengths` in this object, found none"),
      ("[{\"data_lengths\": []}]", "`data_lengths`: expected at least one length"),
      (
        "[{\"data_lengths\": [1, -2]}]",
        "`data_lengths`: expected a whole number from 0 to 1000000, found -2"
      ),
      ("[{\"data_lengths\": [1]}]", "expected `response_token_count` in this object, found none"),
      (
        "[{\"data_lengths\": [1], \"response_token_count\": null}]",
        "`response_token_count`: expected a whole number from 0 to 1000000000, found null"
      ),
    ])
  func wrongSizes(text: String, message: String) {
    #expect {
      _ = try list(text)
    } throws: { error in
      (error as? TruthMistake)?.text == message
    }
  }
}
