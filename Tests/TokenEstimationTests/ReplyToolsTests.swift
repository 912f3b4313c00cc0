import Testing
import TrafficModel

@testable import TokenEstimation

/// What replies show of their requests' prompts.
@Suite("Prompts told by their replies")
struct ReplyToolsTests {
  /// Sizes of records over HTTP/1.1: the head, then each event with the framing of a chunk.
  static func reply(_ events: [Int]) -> [Int] { [900] + events.map { $0 + 7 } + [5] }

  static let opening = [445, 205, 36]
  static let text = Array(repeating: 138, count: 8)
  static let closing = [80, 217, 58]

  static func estimate(_ events: [Int], _ service: String = "anthropic-messages") throws
    -> TurnEstimate
  {
    let turn = Samples.turn(Self.reply(events), upstream: [690, 640])
    return try Samples.shippedProfiles().estimate(turn: turn, profileID: service)
  }

  static func tools(_ events: [Int]) throws -> ReplyTools {
    let profile = try #require(try Samples.shippedProfiles()["anthropic-messages"])
    return ReplyTools(of: Samples.turn(Self.reply(events), upstream: [690, 640]), profile)
  }

  @Test("a call opens a block larger than text's, at the beginning or after a block")
  func calls() throws {
    #expect(try Self.tools(Self.opening + Self.text + Self.closing) == .called)
    #expect(
      try Self.tools([445, 124, 36] + Self.text + [80, 205] + Self.text + Self.closing) == .called)
    #expect(try Self.tools([445, 124, 36] + Self.text + Self.closing) == .unseen)
    #expect(try Self.tools([445]) == .unseen)
    #expect(try Self.tools([]) == .unseen)
  }

  @Test("the message's own end is as large as a call's start and no call")
  func ends() throws {
    for delta in [180, 205, 217, 219] {
      #expect(try Self.tools([445, 124, 36] + Self.text + [80, delta, 58]) == .unseen)
    }
  }

  @Test("with a call the provider's own prompt is counted too")
  func adds() throws {
    let called = try #require(
      try Self.estimate(Self.opening + Self.text + Self.closing).prompt.estimate)
    let plain = try #require(
      try Self.estimate([445, 124, 36] + Self.text + Self.closing).prompt.estimate)
    #expect(called.likely > plain.likely + 300)
    #expect(called.high / called.low < plain.high / plain.low)
  }

  @Test("what the provider's tools found is in the prompt and in no request")
  func providersTools() throws {
    let found = Self.opening + Self.text + [74, 16_000, 9_000, 80, 124] + Self.text + Self.closing
    #expect(try Self.tools(found) == .ranAtProvider)
    #expect(try Self.estimate(found).prompt == .abstained(.providerTools))
    #expect(try Self.estimate(found).completion.estimate != nil)
  }

  @Test("a turn of several requests shows nothing of any")
  func pooled() throws {
    let profile = try #require(try Samples.shippedProfiles()["anthropic-messages"])
    var turn = Samples.turn(Self.reply(Self.opening + Self.text + Self.closing))
    turn.requestCount = 2
    #expect(ReplyTools(of: turn, profile) == .unseen)
  }

  @Test(
    "a stream that opens as the sibling's do has the sibling's prompt",
    arguments: [
      ([2_240, 610, 500, 540, 1_380], true),
      ([1_096, 1_104, 640, 310, 700, 480, 2_200], true),
      // Flushes of many events, or of few.
      ([2_240, 2_150, 2_060, 1_380], false),
      ([1_190, 610, 610, 610, 1_020], false),
      ([930, 931, 329, 329, 658], false),
      ([2_240, 610], false),
    ])
  func openings(events: [Int], isSibling: Bool) throws {
    let profiles = try Samples.shippedProfiles()
    let named = try #require(profiles["openai-chat-stream"])
    let turn = Samples.turn(Self.reply(events))
    let found = profiles.promptProfile(of: turn, named, named)
    #expect((found.id == "openai-responses-stream") == isSibling, "\(events)")
    // A reply that was read as another profile's stays it.
    let unary = try #require(profiles["openai-unary-json"])
    #expect(profiles.promptProfile(of: turn, named, unary).id == "openai-unary-json")
  }
}
