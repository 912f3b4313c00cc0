import Testing
import TokenEstimation
import TrafficModel

@Suite("What is not estimated, and why")
struct AbstentionTests {
  let profiles: ProfileSet
  init() throws { profiles = try Samples.shippedProfiles() }

  func estimate(
    _ turn: Turn, _ profile: String? = "openai-chat-stream"
  ) -> TurnEstimate {
    profiles.estimate(turn: turn, profileID: profile)
  }

  @Test func aServiceWithoutAProfile() {
    for profile in [nil, "no-such-profile"] {
      let estimate = estimate(Samples.turn(Samples.chatStream(events: 50)), profile)
      #expect(estimate.completion == .abstained(.noProfile))
      #expect(estimate.prompt == .abstained(.noProfile))
      #expect(estimate.profile.isEmpty)
    }
  }

  @Test func aCutTurn() {
    var turn = Samples.turn(Samples.chatStream(events: 50))
    turn.startIsCut = true
    #expect(estimate(turn).completion == .abstained(.cutTurn))
    #expect(estimate(turn).prompt == .abstained(.cutTurn))
    turn.startIsCut = false
    turn.endIsCut = true
    #expect(estimate(turn).completion == .abstained(.cutTurn))
    // The request was seen whole.
    #expect(estimate(turn).prompt.estimate != nil)
  }

  @Test func tooMuchCaptureLoss() throws {
    var turn = Samples.turn(Samples.chatStream(events: 50))
    let whole = try #require(estimate(turn).completion.estimate)
    turn.missedByteCount = turn.downstream.byteCount / 20
    let some = try #require(estimate(turn).completion.estimate)
    #expect(some.high - some.low > whole.high - whole.low)
    turn.missedByteCount = turn.downstream.byteCount
    #expect(estimate(turn).completion == .abstained(.captureLoss))
    #expect(estimate(turn).prompt == .abstained(.captureLoss))
  }

  @Test func tooFewBytes() {
    #expect(estimate(Samples.turn([300, 12])).completion == .abstained(.tooSmall))
    #expect(
      estimate(Samples.turn([300, 12], upstream: [])).prompt == .abstained(.tooSmall))
  }

  @Test func attachments() {
    let turn = Samples.turn(
      Samples.chatStream(events: 50), upstream: [650] + Array(repeating: 16384, count: 60))
    #expect(estimate(turn).prompt == .abstained(.attachment))
    #expect(estimate(turn).completion.estimate != nil)
  }

  @Test func aDialectThatTheProfileDoesNotKnow() {
    // Sixty records of a few octets: a compressed stream, which the OpenAI profile has never seen.
    let turn = Samples.turn([400] + (0..<60).map { 30 + $0 % 9 })
    #expect(estimate(turn).completion == .abstained(.unseenDialect))
    // A long stream where only unary replies are known.
    #expect(
      estimate(Samples.turn(Samples.chatStream(events: 80)), "unary-json").completion
        == .abstained(.unseenDialect))
  }

  @Test func farOutsideTheCalibratedRange() {
    let body = [500] + Array(repeating: 16384, count: 200) + [9000]
    #expect(estimate(Samples.turn(body)).completion == .abstained(.outOfRange))
  }

  @Test("what no recording shows", arguments: ["chatgpt-web", "claude-web", "gemini-web"])
  func webChats(profile: String) {
    let estimate = estimate(Samples.turn(Samples.chatStream(events: 50)), profile)
    #expect(estimate.completion == .abstained(.notCalibrated))
    #expect(estimate.prompt == .abstained(.serverSideHistory))
  }

  @Test func repliesOfCodeAssistantsAndEventStreams() {
    for profile in ["code-assistant", "bedrock-event-stream"] {
      let estimate = estimate(Samples.turn(Samples.chatStream(events: 50)), profile)
      #expect(estimate.completion == .abstained(.notCalibrated))
      #expect(estimate.prompt.estimate != nil)
    }
  }

  @Test func aPageOfAServiceThatSharesItsNameWithAnAPI() {
    let page = Samples.turn([900, 16_384, 16_384, 9_000])
    #expect(estimate(page, "openrouter-chat-stream").completion.estimate == nil)
    let reply = Samples.turn([900] + Array(repeating: 7 + 336, count: 62) + [21, 5])
    #expect(estimate(reply, "openrouter-chat-stream").completion.estimate != nil)
  }

  @Test func theProviderKeepsTheHistory() throws {
    var source = try Fixture.profile()
    source = source.replacing("hidden: [reasoning]", with: "hidden: [server-side history]")
    source = source.replacing(/prompt:[\s\S]*card:/, with: "serverSideHistory: true\ncard:")
    let profiles = try ProfileSet(compiling: [(path: "web.yaml", text: source)])
    let estimate = profiles.estimate(
      turn: Samples.turn(Samples.chatStream(events: 50)), profileID: "test-stream")
    #expect(estimate.prompt == .abstained(.serverSideHistory))
    #expect(estimate.completion.estimate != nil)
    #expect(estimate.hidden == ["server-side history"])
  }

  @Test func recordsPaddedToSteps() {
    // Events in records of 256 octets, less content type and tag.
    let padded = [511] + [246, 502, 246, 758, 502, 502, 1014, 246, 246]
    #expect(estimate(Samples.turn(padded)).completion == .abstained(.unseenDialect))
    #expect(
      estimate(Samples.turn(padded, http: .http2), "deepseek-chat-stream").completion
        == .abstained(.unseenDialect))
    let twoSizes = (0..<60).map { $0 % 4 == 0 ? 255 : 511 }
    #expect(estimate(Samples.turn([511] + twoSizes)).completion == .abstained(.unseenDialect))
    let events = (0..<60).map { $0 % 4 == 0 ? 320 : 633 }
    #expect(estimate(Samples.turn([511] + events + [21, 5])).completion.estimate != nil)
  }

  @Test func aStreamBetweenTwoEchoesWhoseEventsAreOfNoKnownForm() {
    // Both ends repeat the request, as in the Responses API; in between are searches and notes on the text.
    let search = [900, 2240, 455, 420, 640, 530, 660, 575, 890, 760, 870, 1090, 2580, 2700, 5]
    #expect(estimate(Samples.turn(search)).completion == .abstained(.unseenDialect))
  }
}
