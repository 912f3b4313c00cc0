import Testing

@testable import TokenEstimation

@Suite("Streams of the Responses API")
struct ResponseStreamTests {
  /// A text of `deltas`, four octets each, after a request of `echo` octets is repeated.
  static func text(_ deltas: Int, echo: Int = 1160, item: Int = 259) -> [Int] {
    let text = 4 * deltas
    return [echo, echo + 8, item, 274] + Array(repeating: 260, count: deltas)
      + [222 + text, 271 + text, item + 58 + text, echo + 345 + text]
  }

  /// A call with arguments of `deltas`.
  static func call(_ deltas: Int, echo: Int = 1160) -> [Int] {
    let text = 4 * deltas
    return [echo, echo + 8, 310] + Array(repeating: 250, count: deltas)
      + [217 + text, 303 + text, echo + 340 + text]
  }

  static func reply(_ events: [Int], perRecord: Int = 1, http2: Bool = false) -> StreamedReply? {
    ResponseStream.reply(in: Samples.sizes(events, perRecord: perRecord, head: 900, http2: http2))
  }

  @Test("text is told within a token or a fortieth", arguments: [1, 2])
  func text(perRecord: Int) throws {
    for deltas in [1, 2, 5, 12, 50] {
      for echo in [800, 1160, 2594] {
        let reply = try #require(Self.reply(Self.text(deltas, echo: echo), perRecord: perRecord))
        #expect(reply.isText && reply.isSure)
        #expect((reply.tokens - Double(deltas + 1)).magnitude <= max(1, Double(deltas) / 40))
      }
    }
  }

  @Test func modelsThatNameAPhaseCountThreeTokensMore() throws {
    let reply = try #require(Self.reply(Self.text(9, item: 282), perRecord: 2, http2: true))
    #expect((reply.tokens - 13).magnitude < 1)
  }

  @Test("a call is told from a text", arguments: [1, 2])
  func call(perRecord: Int) throws {
    for deltas in [1, 6, 16] {
      let reply = try #require(Self.reply(Self.call(deltas), perRecord: perRecord))
      #expect(!reply.isText)
      #expect((reply.tokens - Double(deltas + 12)).magnitude <= 1.5)
    }
  }

  @Test func callsWithWholeArgumentsAreCounted() throws {
    let call = [308, 262, 238, 323]
    let events = [1114, 1122] + call + call + [1673]
    let reply = try #require(Self.reply(events, perRecord: 2))
    #expect(!reply.isText && reply.deltas == 2 && reply.tokens == 47)
  }

  @Test func otherStreamsAreNone() {
    #expect(Self.reply(PaddedChatTests.text(20), perRecord: 2) == nil)
    #expect(Self.reply([5000]) == nil)
    #expect(Self.reply([]) == nil)
    #expect(Self.reply([1160, 1168]) == nil)
  }

  @Test func withoutHeadersOfItsOwnNothingIsTold() {
    let sizes = Samples.sizes(Self.text(9), perRecord: 1, head: nil)
    #expect(sizes.head == nil && ResponseStream.reply(in: sizes) == nil)
  }

  @Test func aLatticeRefinesLongTexts() throws {
    let sizes = Samples.sizes(Self.text(150), perRecord: 2, head: 900)
    let reply = try #require(ResponseStream.reply(in: sizes))
    let lattice = LatticeDetector(
      shape: try #require(StatisticsTests.shapes["openai-responses-stream"]),
      framing: sizes.framing
    ).detect(sizes.records)
    #expect((reply.refined(by: lattice, form: .responses).deltas - 150).magnitude <= 1)
  }
}
