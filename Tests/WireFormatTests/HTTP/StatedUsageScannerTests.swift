import Testing
import WireFormat

@Suite("token counts stated in the clear")
struct StatedUsageScannerTests {
  /// The end of an Ollama stream: NDJSON, the counts in its last line.
  static let ollama = """
    {"model":"llama3","message":{"role":"assistant","content":"The \\"eval_count\\":7 is"},"done":false}
    {"model":"llama3","message":{"role":"assistant","content":""},"done":true,"total_duration":5191566416,"prompt_eval_count":26,"prompt_eval_duration":383809000,"eval_count":298,"eval_duration":4799921000}

    """
  /// The end of an OpenAI-shaped stream of server-sent events.
  static let openAI = """
    data: {"choices":[{"delta":{"content":"\\"usage\\":{\\"prompt_tokens\\":1}"}}],"usage":null}

    data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":345,"total_tokens":357,"prompt_tokens_details":{"prompt_tokens":9}}}

    data: [DONE]

    """

  /// The counts found when `text` comes in pieces of `pieceLength` octets.
  private func scan(_ text: String, pieceLength: Int = 1 << 20) -> [Int?] {
    var scanner = StatedUsageScanner()
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(pieceLength))
      rest = rest.dropFirst(piece.count)
      scanner.scan(piece.wire)
    }
    return [scanner.promptTokens, scanner.completionTokens]
  }

  @Test("however the body is cut", arguments: [1, 2, 3, 5, 7, 11, 64, 1 << 20])
  func readsAnyPieces(pieceLength: Int) {
    #expect(scan(Self.ollama, pieceLength: pieceLength) == [26, 298])
    #expect(scan(Self.openAI, pieceLength: pieceLength) == [12, 345])
  }

  @Test(
    "what is read",
    arguments: [
      (#"{ "prompt_eval_count" : 4 , "eval_count" : 5 }"#, [4, 5]),
      (#"{"response":{"usage":{"input_tokens":3,"output_tokens":4}}}"#, [3, 4]),
      ("{\"usage\": {\n  \"prompt_tokens\": 1,\n  \"completion_tokens\": 2\n}}", [1, 2]),
      (#"{"usage":{"completion_tokens":2}} {"usage":{"completion_tokens":9}}"#, [nil, 9]),
      (#"{"eval_count":0,"done":true}"#, [nil, 0]),
    ] as [(String, [Int?])])
  func readsCounts(text: String, counts: [Int?]) {
    #expect(scan(text) == counts)
  }

  @Test(
    "what is no count",
    arguments: [
      #"{"content":"eval_count","x":5}"#, #"{"a":{"eval_count":5}}"#, #"{"prompt_tokens":5}"#,
      #"{"eval_count":"5"}"#, #"{"eval_count":5.5}"#, #"{"eval_count":-5}"#,
      #"{"eval_count":null}"#,
      #"{"eval_count":5e3}"#, #"{"eval_count":12345678901}"#, #"{"eval_counts":5}"#,
      #"{"val_count":5}"#,
      #"{"\u0065val_count":5}"#, #"{"x\"eval_count":5}"#, #"["eval_count",5]"#, #"{"eval_count":5"#,
      #"{"usage":[{"prompt_tokens":5}]}"#, #"{"a":{"b":{"c":{"usage":{"prompt_tokens":5}}}}}"#,
      #"{"usage":{},"x":{"prompt_tokens":5}}"#, #"{"message":{"arguments":{"eval_count":3}}}"#,
    ])
  func refusesTheRest(text: String) {
    #expect(scan(text) == [nil, nil])
  }

  @Test("after a gap the next line is believed again")
  func resynchronises() {
    var scanner = StatedUsageScanner()
    scanner.scan(Array(#"{"content":"half a str"#.utf8).wire)
    scanner.skipLostOctets()
    scanner.scan(Array(#"ing","eval_count":1}"#.utf8).wire)
    #expect(scanner.completionTokens == nil)
    scanner.scan(Array("\n{\"eval_count\":2}\n".utf8).wire)
    #expect(scanner.completionTokens == 2)
    scanner.reset()
    #expect(scanner == StatedUsageScanner())
  }

  @Test("a line end within a string means that the place was lost")
  func survivesALostPlace() {
    #expect(scan("{\"a\":\"b\n{\"eval_count\":2}\n") == [nil, 2])
  }

  @Test func neverTrapsOnMutatedBodies() {
    ParserSamples.sweep(Array(Self.openAI.utf8)) { octets in
      var scanner = StatedUsageScanner()
      scanner.scan(octets.wire)
      #expect(scanner.promptTokens.map { $0 >= 0 } ?? true)
    }
    #expect(scan(String(repeating: "}{[", count: 10_000)) == [nil, nil])
  }
}
