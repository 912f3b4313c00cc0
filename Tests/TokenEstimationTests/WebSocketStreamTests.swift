import Testing
import TrafficModel

@testable import TokenEstimation

@Suite("Replies over WebSocket")
struct WebSocketStreamTests {
  /// Octets that messages have around their JSON: a frame's head.
  static func messages(_ json: [Int]) -> [Int] { json.map { $0 + ($0 < 126 ? 2 : 4) } }

  /// The JSON of a text of `deltas`, four octets each, after a request is repeated.
  static func text(_ deltas: Int, echo: Int = 1_128) -> [Int] {
    let text = 4 * deltas
    return [echo, echo + 4, 217, 231] + Array(repeating: 218, count: deltas)
      + [181 + text, 229 + text, 276 + text, echo + 343 + text]
  }

  static func turn(_ sizes: [Int], upstream: [Int] = [700]) -> Turn {
    var turn = Samples.turn(sizes, upstream: upstream)
    turn.isWebSocket = true
    return turn
  }

  @Test(
    "text is told as the same stream over HTTP is, with a wider interval",
    arguments: [2, 12, 50, 120])
  func readsText(deltas: Int) throws {
    let estimator = Estimator(profiles: try Samples.shippedProfiles())
    let estimate = estimator.estimate(
      turn: Self.turn(Self.messages(Self.text(deltas))), profileID: "openai-chat-stream")
    let stream = estimator.estimate(
      turn: Samples.turn(
        Samples.records(ResponseStreamTests.text(deltas), perRecord: 1, head: 600)),
      profileID: "openai-chat-stream")
    guard case .estimated(let told) = estimate.completion,
      case .estimated(let known) = stream.completion
    else {
      Issue.record("no estimate")
      return
    }
    #expect(estimate.profile == stream.profile)
    #expect((told.likely / known.likely - 1).magnitude < 0.05)
    #expect(told.high / told.low > known.high / known.low)
    #expect(told.low < Double(deltas) && Double(deltas) < told.high)
  }

  @Test("a ping that came before it was known, and a message of two records, change nothing")
  func readsWhatIsInBetween() throws {
    let short = Self.messages(Self.text(20))
    let plain = try #require(WebSocketStream.asEventStream(Self.turn(short)))
    let pinged = try #require(WebSocketStream.asEventStream(Self.turn([6] + short)))
    #expect(plain.downstreamSizes == pinged.downstreamSizes)
    let cut = Self.messages(Self.text(20, echo: 17_000)).flatMap {
      $0 > 16_384 ? [16_384, $0 - 16_384] : [$0]
    }
    let pieces = try #require(WebSocketStream.asEventStream(Self.turn(cut)))
    #expect(pieces.downstreamSizes.count == plain.downstreamSizes.count)
    // The event of 17,032 octets in a chunk of its own.
    #expect(pieces.downstreamSizes[1] == 17_032 + 8)
  }

  @Test("messages are known by their form where no ping told of them")
  func knowsTheForm() throws {
    let estimator = Estimator(profiles: try Samples.shippedProfiles())
    var turn = Self.turn(Self.messages(Self.text(12)))
    let told = estimator.estimate(turn: turn, profileID: "openai-chat-stream")
    turn.isWebSocket = false
    let found = estimator.estimate(turn: turn, profileID: "openai-chat-stream")
    #expect(found.completion == told.completion && found.prompt == told.prompt)
  }

  @Test("what is deflated, of another form or of another provider is abstained on, with the reason")
  func abstains() throws {
    let estimator = Estimator(profiles: try Samples.shippedProfiles())
    let deflated = Self.turn([420, 60] + Array(repeating: 42, count: 30))
    let greeting = Self.turn([900, 300, 200])
    let text = Self.turn(Self.messages(Self.text(12)))
    for (turn, profile) in [
      (deflated, "openai-chat-stream"), (greeting, "openai-chat-stream"),
      (text, "anthropic-messages"),
    ] {
      let estimate = estimator.estimate(turn: turn, profileID: profile)
      #expect(estimate.completion == .abstained(.webSocket))
      #expect(estimate.prompt == .abstained(.webSocket))
      // Nor is anything fitted on them.
      #expect(
        estimator.profiles.statistics(of: turn, profileID: profile) == TurnStatistics())
    }
  }

  @Test func aStreamOverHTTPIsNone() {
    // Response headers may be as long as an event by chance.
    let records = Samples.records(ResponseStreamTests.text(12), perRecord: 1, head: 900)
    #expect(
      WebSocketStream.asEventStream(Samples.turn([records[1] - 4] + records.dropFirst())) == nil)
    for deltas in [1, 12, 100] {
      let records = Samples.records(ResponseStreamTests.text(deltas), perRecord: 1, head: 900)
      #expect(WebSocketStream.asEventStream(Samples.turn(records)) == nil)
    }
    #expect(WebSocketStream.asEventStream(Samples.turn(Samples.chatStream(events: 40))) == nil)
    #expect(WebSocketStream.asEventStream(Samples.turn([])) == nil)
  }
}
