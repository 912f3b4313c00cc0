import Testing
import TokenEstimation
import TrafficModel

@Suite("Estimates by the turn's shape")
struct EstimatorTests {
  let profiles: ProfileSet
  init() throws { profiles = try Samples.shippedProfiles() }

  func estimate(_ turn: Turn, _ profile: String = "openai-chat-stream") -> TurnEstimate {
    profiles.estimate(turn: turn, profileID: profile)
  }

  @Test("a chat stream is counted to the token", arguments: [1, 2, 3])
  func chatStream(perRecord: Int) throws {
    // 200 tokens: an event each, one that names the role, one that says why it stopped.
    let estimate = estimate(Samples.turn(Samples.chatStream(events: 202, perRecord: perRecord)))
    let tokens = try #require(estimate.completion.estimate)
    #expect((tokens.likely - 200).magnitude <= 1)
    #expect(tokens.low <= 200 && 200 <= tokens.high && tokens.high < 230)
    #expect(estimate.profile == "openai-chat-stream@4")
    #expect(estimate.hidden == ["reasoning"])
  }

  @Test func theSameInHTTP2() throws {
    let sizes =
      [21, 260, 9 + 2 * 329 + 32] + Array(repeating: 9 + 2 * 329, count: 59) + [9 + 14, 9]
    let tokens = try #require(
      estimate(Samples.turn(sizes, http: .http2)).completion.estimate)
    #expect((tokens.likely - 118).magnitude <= 1)
  }

  @Test func aSiblingWhoseEventsFitBetterIsUsed() {
    let deltas = (0..<120).map { 7 + 257 + $0 / 60 }
    let turn = Samples.turn([900, 1174, 1182] + deltas + [7 + 614, 7 + 663, 7 + 709, 7 + 1536])
    #expect(estimate(turn).profile == "openai-responses-stream@4")
  }

  @Test func aUnaryReplyIsReadWithTheFamilysUnaryProfile() {
    #expect(estimate(Samples.turn([700, 1007, 5])).profile == "openai-unary-json@4")
    #expect(
      estimate(Samples.turn([700, 1007, 5]), "anthropic-messages").profile
        == "anthropic-unary-json@4")
    // One long body, cut to the size of the sender's records.
    let long = [700] + Array(repeating: 4096, count: 9) + [1200]
    #expect(estimate(Samples.turn(long)).profile == "openai-unary-json@4")
  }

  @Test func eventsOutsideTheKnownSizesAreDriftAndWiden() throws {
    let known = [900] + Array(repeating: 7 + 340, count: 100) + [21, 5]
    let drifted = [900] + Array(repeating: 7 + 400, count: 100) + [21, 5]
    let usual = try #require(estimate(Samples.turn(known)).completion.estimate)
    let wider = try #require(estimate(Samples.turn(drifted)).completion.estimate)
    #expect(wider.likely == usual.likely)
    #expect(wider.high - wider.low > 1.3 * (usual.high - usual.low))
    #expect(estimate(Samples.turn(drifted)).isDrifting)
    #expect(!estimate(Samples.turn(known)).isDrifting)
  }

  @Test func anAnthropicStreamIsCountedByItsText() throws {
    // 40 events of 133 octets; some 12 octets of text each.
    let sizes = [800, 7 + 360, 7 + 125, 7 + 36] + Array(repeating: 7 + 133, count: 40)
    let plain = try #require(
      estimate(Samples.turn(sizes + [7 + 82, 7 + 150, 7 + 60, 5]), "anthropic-messages")
        .completion.estimate)
    #expect(plain.low <= 130 && 130 <= plain.high)
    // The same, compressed with a flush for each event.
    let compressed = [800, 247, 60, 28] + Array(repeating: 7 + 20, count: 40) + [40, 50, 30, 5]
    let small = try #require(
      estimate(Samples.turn(compressed), "anthropic-messages").completion.estimate)
    #expect(small.low <= 130 && 130 <= small.high)
  }

  @Test func quicIsCountedByItsBytesAndWider() throws {
    let stream = Samples.chatStream(events: 202)
    let tls = try #require(estimate(Samples.turn(stream)).completion.estimate)
    let quic = try #require(
      estimate(Samples.turn(stream, http: .http3, transport: .quic)).completion.estimate)
    #expect(quic.low <= 200 && 200 <= quic.high)
    #expect(quic.high / quic.low > tls.high / tls.low)
  }

  @Test func aPromptIsKnownBetterWhenItsHeadersAreARecordOfTheirOwn() throws {
    let stream = Samples.chatStream(events: 50)
    let apart = try #require(
      estimate(Samples.turn(stream, upstream: [690, 2400])).prompt.estimate)
    let together = try #require(
      estimate(Samples.turn(stream, upstream: [3090])).prompt.estimate)
    #expect(apart.low <= 500 && 500 <= apart.high)
    #expect(apart.high / apart.low < together.high / together.low)
  }

  @Test func anHTTP2RequestsBodyIsItsLastRecord() throws {
    let stream = Samples.chatStream(events: 50)
    let apart = try #require(
      estimate(Samples.turn(stream, upstream: [70, 230, 2409, 9], http: .http2)).prompt.estimate)
    #expect(apart.low <= 500 && 500 <= apart.high)
  }

  @Test func statedUsageIsNotEstimated() {
    var turn = Samples.turn(Samples.chatStream(events: 50), transport: .http)
    turn.statedUsage = Turn.StatedUsage(promptTokens: 26, completionTokens: 298)
    let estimate = estimate(turn)
    #expect(estimate.prompt == .stated(26))
    #expect(estimate.completion == .stated(298))
  }

  @Test func sameTurnSameEstimate() {
    let turn = Samples.turn(Samples.chatStream(events: 77))
    #expect(estimate(turn).completion == estimate(turn).completion)
  }

  @Test("a short reply of either dialect is told from the other", arguments: [1, 2])
  func shortReplies(perRecord: Int) throws {
    let chat = Samples.turn(
      Samples.records(PaddedChatTests.text(6, unit: 329), perRecord: perRecord, head: 1100))
    let responses = Samples.turn(
      Samples.records(ResponseStreamTests.text(6), perRecord: perRecord, head: 1100))
    for (turn, profile, tokens) in [
      (chat, "openai-chat-stream@4", 6.0), (responses, "openai-responses-stream@4", 7),
    ] {
      let found = estimate(turn)
      let completion = try #require(found.completion.estimate)
      #expect(found.profile == profile)
      #expect(completion.low <= tokens && tokens <= completion.high)
      #expect((completion.likely - tokens).magnitude <= 1 && completion.high <= 2.5 * tokens)
    }
  }

  @Test func aModelThatShowsItsReasoningMayHaveRepliedInFewOfItsEvents() throws {
    func stream(_ unit: Int) -> Turn {
      Samples.turn([900] + Array(repeating: 7 + unit, count: 60) + [7 + 540, 7 + 14, 5])
    }
    let plain = try #require(
      estimate(stream(277), "deepseek-chat-stream").completion.estimate)
    let reasoning = try #require(
      estimate(stream(328), "deepseek-chat-stream").completion.estimate)
    #expect(plain.low >= 50 && plain.high <= 70)
    #expect(reasoning.low <= 5 && reasoning.high >= 55)
  }

  @Test func aShortPlainAnthropicStreamIsNotTakenForACompressedOne() throws {
    let events = [445, 125, 36, 90, 36, 42, 219, 60]
    let turn = Samples.turn(Samples.records(events, perRecord: 1, head: 1200))
    let tokens = try #require(estimate(turn, "anthropic-messages").completion.estimate)
    #expect(tokens.low <= 4 && 4 <= tokens.high && tokens.likely < 12)
  }

  @Test func aShortUnaryReplyIsToldByWhatOthersOfItsSizeHad() throws {
    let turn = Samples.turn([1100, 7 + 520, 5])
    let found = estimate(turn)
    let tokens = try #require(found.completion.estimate)
    #expect(found.profile == "openai-unary-json@4")
    // 500 octets are compressed, and hold some 10 to 50 tokens.
    #expect(tokens.low <= 10 && tokens.high >= 40 && tokens.high < 200)
  }

  @Test func eventsOfGeminiThatAreRatedHaveLessText() throws {
    func stream(_ octets: [Int]) -> Turn {
      Samples.turn(Samples.records(octets, perRecord: 1, head: 500))
    }
    // Sixteen events of some 52 octets of text, 373 octets around it, or 650.
    let text = (0..<16).map { 15 + $0 * 5 }
    let bare = try #require(
      estimate(stream(text.map { 373 + $0 }), "gemini-stream").completion.estimate)
    let rated = try #require(
      estimate(stream(text.map { 650 + $0 }), "gemini-stream").completion.estimate)
    #expect(rated.low <= 210 && 210 <= rated.high)
    #expect((rated.likely / bare.likely - 1).magnitude < 0.5)
  }
}
