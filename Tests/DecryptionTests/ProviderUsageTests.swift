import Testing

@testable import Decryption

@Suite("Usage that providers state")
struct ProviderUsageTests {
  /// Bodies in the shapes of each provider, with figures of our own; documents are divided by a line of dashes.
  static let cases: [(name: String, documents: [String], usage: [Int])] = [
    (
      "OpenAI chat, reasoning within the completion",
      [
        #"{"id":"c","usage":null,"choices":[{"delta":{"content":"\"usage\":{\"prompt_tokens\":9}"}}]}"#,
        #"{"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":64},"completion_tokens_details":{"reasoning_tokens":30}}}"#,
      ], [100, 64, 20, 30]
    ),
    (
      "xAI, reasoning beside the completion",
      [
        #"{"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":45,"completion_tokens_details":{"reasoning_tokens":30}}}"#
      ], [10, 0, 5, 30]
    ),
    (
      "OpenAI responses, in the event that closes",
      [
        #"{"type":"response.created","response":{"usage":null}}"#,
        #"{"type":"response.completed","response":{"output":[{"content":[{"text":"x"}]}],"usage":{"input_tokens":36,"input_tokens_details":{"cached_tokens":8},"output_tokens":87,"output_tokens_details":{"reasoning_tokens":64},"total_tokens":123}}}"#,
      ], [36, 8, 23, 64]
    ),
    (
      "Anthropic, input beside the cache, output last",
      [
        #"{"type":"message_start","message":{"usage":{"input_tokens":7,"cache_creation_input_tokens":100,"cache_read_input_tokens":2000,"output_tokens":1}}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#,
        #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":42}}"#,
      ], [2107, 2000, 42, 0]
    ),
    (
      "Gemini, thoughts beside candidates, each event repeats the sum",
      [
        #"{"candidates":[{}],"usageMetadata":{"promptTokenCount":4,"thoughtsTokenCount":100}}"#,
        #"{"candidates":[{}],"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":12,"thoughtsTokenCount":200,"cachedContentTokenCount":2,"toolUsePromptTokenCount":6,"totalTokenCount":222}}"#,
      ], [10, 2, 12, 200]
    ),
    (
      "Gemini, an array of documents",
      [
        #"[{"usageMetadata":{"promptTokenCount":4}},{"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":9}}]"#
      ], [4, 0, 9, 0]
    ),
    (
      "Groq, in a field of its own",
      [#"{"x_groq":{"id":"r","usage":{"prompt_tokens":11,"completion_tokens":3}}}"#], [11, 0, 3, 0]
    ),
    (
      "DeepSeek, cache hits",
      [
        #"{"usage":{"prompt_tokens":20,"completion_tokens":8,"total_tokens":28,"prompt_cache_hit_tokens":16,"prompt_cache_miss_tokens":4}}"#
      ], [20, 16, 8, 0]
    ),
    (
      "Cohere, all tokens rather than those billed",
      [
        #"{"type":"message-end","delta":{"usage":{"billed_units":{"input_tokens":5,"output_tokens":418},"tokens":{"input_tokens":71,"output_tokens":420}}}}"#
      ], [71, 0, 420, 0]
    ),
    (
      "Ollama",
      [
        #"{"done":false,"response":"a"}"#,
        #"{"done":true,"prompt_eval_count":26,"eval_count":259,"total_duration":5043500667}"#,
      ],
      [26, 0, 259, 0]
    ),
  ]

  @Test("is read in one meaning", arguments: cases.indices)
  func reads(index: Int) throws {
    let (name, documents, expected) = Self.cases[index]
    var collector = UsageCollector()
    for document in documents {
      let isDocument = collector.read(Array(document.utf8)[...])
      #expect(isDocument, "\(name)")
    }
    let usage = try #require(collector.usage, "\(name)")
    #expect(
      [usage.promptTotal, usage.promptCached, usage.completionVisible, usage.reasoning]
        == expected, "\(name)")
  }

  @Test func figuresInTextOrElsewhereAreNotUsage() {
    for document in [
      #"{"content":"{\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}"}"#,
      #"{"arguments":{"usage":{"prompt_tokens":1,"completion_tokens":2}}}"#,
      #"{"usage":{"prompt_tokens":-1,"completion_tokens":1e300}}"#,
      #"{"usage":{"prompt_tokens":"7","completion_tokens":[2]}}"#,
    ] {
      var collector = UsageCollector()
      _ = collector.read(Array(document.utf8)[...])
      #expect(collector.usage == nil, "\(document)")
    }
  }

  @Test func everyPrefixIsNoDocument() {
    let document = Array(Self.cases[0].documents[1].utf8)
    for count in 0..<document.count {
      var collector = UsageCollector()
      let isDocument = collector.read(document[..<count])
      #expect(!isDocument)
    }
  }

  @Test func depthIsBounded() {
    let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
    var collector = UsageCollector()
    let isDocument = collector.read(deep[...])
    #expect(!isDocument)
  }

  @Test("a reply is read however it is cut", arguments: [1, 2, 7, 64, 10_000])
  func streams(step: Int) {
    let body = Array(
      "event: x\r\ndata: {\"usage\":{\"prompt_tokens\":3,\r\ndata: \"completion_tokens\":4}}\r\n\r\n: ping\n\ndata: [DONE]\n\n"
        .utf8)
    var reader = ReplyReader(.events)
    for start in stride(from: 0, to: body.count, by: step) {
      reader.read(body[start..<min(start + step, body.count)])
    }
    let usage = reader.finish()
    #expect(usage?.promptTotal == 3 && usage?.completionVisible == 4)
    #expect(reader.eventCount == 2)
    #expect(reader.heldByteCount == 0)
  }

  @Test func aDocumentBeyondTheLimitIsGivenUpNotKept() {
    var reader = ReplyReader(.events)
    let part = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
    for _ in 0..<40 { reader.read(part[...]) }
    #expect(reader.isTooLong)
    #expect(reader.heldByteCount <= ReplyReader.maximumDocumentByteCount)
  }

  @Test func requestsTellWhatDecides() {
    func facts(_ text: String) -> RequestFacts { RequestFacts(reading: Array(text.utf8)[...]) }
    #expect(facts(#"{"tools":[{"type":"function"}]}"#).hasTools)
    #expect(!facts(#"{"tools":[]}"#).hasTools)
    #expect(facts(#"{"previous_response_id":"r1"}"#).hasServerHistory)
    #expect(!facts(#"{"previous_response_id":null}"#).hasServerHistory)
    #expect(
      facts(#"{"messages":[{"content":[{"image_url":{"url":"data:"}}]}]}"#).hasAttachments)
    #expect(!facts(#"{"messages":[{"content":"image_url"}]}"#).hasAttachments)
  }
}
