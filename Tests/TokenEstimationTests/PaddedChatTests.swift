import Testing

@testable import TokenEstimation

@Suite("Chat completions with padded events")
struct PaddedChatTests {
  /// Events of 297 octets: role, `deltas` of text, end, usage; `[DONE]`.
  static func text(_ deltas: Int, unit: Int = 297, hasUsage: Bool = true) -> [Int] {
    [unit + 32] + Array(repeating: unit, count: deltas) + [unit - 16]
      + (hasUsage ? [unit + 192] : []) + [14]
  }

  static func reply(
    _ events: [Int], perRecord: Int = 1, head: Int? = 900, http2: Bool = false
  ) -> StreamedReply? {
    PaddedChat.reply(in: Samples.sizes(events, perRecord: perRecord, head: head, http2: http2))
  }

  @Test("text is counted to the event, however it is flushed", arguments: [1, 2, 3, 5])
  func text(perRecord: Int) throws {
    for deltas in [2, 3, 8, 40, 300] {
      let reply = try #require(Self.reply(Self.text(deltas, unit: 329), perRecord: perRecord))
      #expect(reply.deltas == Double(deltas) && reply.more == 0)
      #expect(reply.isText && reply.isSure)
    }
  }

  @Test func overHTTP2AsWell() throws {
    #expect(try #require(Self.reply(Self.text(9), perRecord: 2, http2: true)).deltas == 9)
  }

  @Test func withoutUsage() throws {
    let reply = try #require(Self.reply(Self.text(12, unit: 313, hasUsage: false), perRecord: 2))
    #expect(reply.deltas == 12 && reply.more == 0)
  }

  @Test func smallEventsAreOfModelsThatCountThreeTokensMore() throws {
    #expect(try #require(Self.reply(Self.text(20))).tokens == 23)
  }

  @Test("the arguments of a call, and the call itself", arguments: [1, 2, 3])
  func call(perRecord: Int) throws {
    // Role and call together, five events of arguments, end, usage.
    let events = [457] + Self.arguments(5) + [297, 489, 14]
    let reply = try #require(Self.reply(events, perRecord: perRecord))
    #expect(!reply.isText)
    #expect(reply.deltas == 5 && reply.more == 12)
  }

  @Test("calls side by side are told apart", arguments: [1, 2])
  func calls(perRecord: Int) throws {
    // Role, a call with four events of arguments, another with five, end, usage.
    let events = [313, 409] + Self.arguments(4) + [409] + Self.arguments(5) + [297, 489, 14]
    let reply = try #require(Self.reply(events, perRecord: perRecord))
    #expect(!reply.isText)
    #expect(reply.deltas == 9 && reply.more == 41)
  }

  static func arguments(_ count: Int) -> [Int] { Array(repeating: 345, count: count) }

  @Test func charactersOfSeveralOctetsAreStillOneEvent() throws {
    var events = Self.text(30)
    events[7] += 2
    events[19] += 3
    #expect(try #require(Self.reply(events)).deltas == 30)
  }

  @Test func aFlushCutInTwoIsPutTogether() throws {
    var sizes = [900, 626, 594, 594, 578].map { $0 + 7 }
    sizes[0] = 900
    // 594 octets as 27 and 567, each a chunk.
    sizes.insert(contentsOf: [33, 574], at: 2)
    let turn = Samples.turn(sizes + [496, 20, 5])
    let reply = try #require(PaddedChat.reply(in: RecordSizes(of: turn)))
    #expect(reply.deltas == 8)
  }

  @Test func aFirstFlushThatLeftWithTheHeadersIsTheUsualOne() throws {
    let events = Self.text(20)
    var sizes = [1500] + stride(from: 2, to: events.count - 1, by: 1).map { events[$0] + 7 }
    sizes += [20, 5]
    let reply = try #require(PaddedChat.reply(in: RecordSizes(of: Samples.turn(sizes))))
    #expect(reply.deltas == 20)
  }

  @Test func otherStreamsAreNone() {
    // A Responses stream, events without padding, a unary reply.
    #expect(Self.reply([1140, 1148, 290, 265, 270, 250, 240, 281, 330, 1301]) == nil)
    #expect(Self.reply((0..<40).map { 241 + $0 % 7 } + [14]) == nil)
    #expect(Self.reply([1802]) == nil)
    #expect(Self.reply([]) == nil)
  }
}
