import Testing
import WireFormat

@testable import TrafficModel

@Suite("Flows that are open when the rules change")
struct RejudgingTests {
  static let other = "chat.other.test"

  @Test(
    "an ignored QUIC flow is taken up from its next datagram on, its client the one that said hello"
  )
  func takesUpQUIC() throws {
    let gateway = Gateway()
    gateway.take(DatagramNamesTests.up(QUICSample.clientInitial))
    gateway.take(DatagramNamesTests.down(QUICSample.short(40)), at: 50)
    #expect(gateway.rejudge(["example.com": 7]).recalledCount == 1)
    gateway.take(DatagramNamesTests.down(QUICSample.short(300)), at: 100)
    gateway.take(DatagramNamesTests.up(QUICSample.short(90)), at: 150)
    let figures = gateway.figures()
    #expect(figures.map(\.wireBytesDown) == [28 + 300] && figures.map(\.wireBytesUp) == [28 + 90])
    #expect(gateway.counters.flowsTakenUp == 1)
    let sighting = try #require(gateway.seen.sightings.last)
    #expect(sighting.source == .quic && sighting.client == DatagramNamesTests.client)
  }

  /// A flow without a name to an address that the client was told is `chat.other.test`.
  private func unnamedFlow(_ gateway: Gateway) -> Connection {
    gateway.take([
      InferredNamesTests.query(Self.other), InferredNamesTests.answer(Self.other),
    ])
    var connection = Connection()
    gateway.take(connection.handshake(), at: 10)
    gateway.take(connection.up(TLSSample.hello(nil)), at: 20)
    gateway.take(connection.down(TLSSample.serverHello()), at: 30)
    return connection
  }

  @Test("answers of before name a flow that told no name")
  func asksAgainAboutUnnamedFlows() {
    let gateway = Gateway()
    var connection = unnamedFlow(gateway)
    #expect(gateway.figures().isEmpty)
    let outcome = gateway.rejudge([Self.other: 7])
    #expect(outcome.askedAgainCount == 1)
    gateway.take(connection.up(TLSSample.data(400)), at: 100)
    gateway.take(connection.down(TLSSample.data(900)), at: 200)
    #expect(gateway.counters.flowsTakenUp == 1)
    var next = Connection()
    next.client.port = 50_001
    gateway.take(next.handshake() + [next.up(TLSSample.hello(nil))], at: 300)
    gateway.take(next.down(TLSSample.serverHello()), at: 310)
    #expect(gateway.seen.sightings.last?.source == .dns)
    #expect(gateway.seen.candidates.last?.first?.tag == 7)
  }

  @Test("a flow that told another name is not taken up by what DNS says of its address")
  func believesWhatWasRead() {
    let gateway = Gateway()
    gateway.take([InferredNamesTests.query(Self.other), InferredNamesTests.answer(Self.other)])
    var connection = Connection()
    gateway.take(connection.handshake(), at: 10)
    gateway.take(connection.up(TLSSample.hello("www.shop.test")), at: 20)
    #expect(gateway.rejudge([Self.other: 7]) == RuleChange.Outcome())
    gateway.take(connection.up(TLSSample.data(400)), at: 100)
    gateway.take(connection.down(TLSSample.data(900)), at: 200)
    #expect(gateway.figures().isEmpty && gateway.counters.flowsTakenUp == 0)
  }

  @Test("what the client asked for after a flow began does not name it")
  func passesOverLaterAnswers() {
    let gateway = Gateway([Self.other: 4])
    var connection = Connection()
    gateway.take(connection.handshake() + [connection.up(Array("SSH-2.0-x\r\n".utf8))])
    gateway.take(connection.down([0, 1, 2, 3]), at: 5)
    let octets = [UInt8](repeating: 0, count: 9)
    for _ in 0..<30 { gateway.take([connection.up(octets), connection.down(octets)], at: 50) }
    gateway.take(
      [InferredNamesTests.query(Self.other), InferredNamesTests.answer(Self.other)], at: 100)
    #expect(gateway.rejudge([:], tags: [0, 1, 2, 3, 4]).askedAgainCount == 1)
    gateway.take(connection.down([UInt8](repeating: 0, count: 900)), at: 200)
    #expect(gateway.figures().isEmpty && gateway.counters.flowsTakenUp == 0)
  }

  @Test("a recalled flow ends, is used again and expires like any other")
  func leavesTheTable() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake(), at: 10)
    gateway.take(connection.up(TLSSample.hello(Self.other)), at: 20)
    #expect(gateway.rejudge([Self.other: 7]).recalledCount == 1)
    var again = Connection(clientNext: 70_000, serverNext: 80_000)
    gateway.take(again.handshake() + [again.up(TLSSample.hello("www.shop.test"))], at: 100)
    #expect(gateway.counters.flows == 2 && gateway.counters.flowsTakenUp == 0)
    gateway.take([UInt8](repeating: 0, count: 60), at: 400_000)
    gateway.sweep()
    #expect(gateway.flowCount == 0)
  }

  @Test("hashes tell a name, and the one above it, whatever their case and dot at the end")
  func hashesNames() {
    func told(_ name: String) -> ToldName { ToldName(Array(name.utf8).octets, seed: 7) }
    #expect(told("Api.Other.test.") == told("api.other.test"))
    #expect(told("api.other.test").parent == told("other.test").whole)
    #expect(told("other.test").parent == 0 && told("test").parent == 0)
    #expect([told(""), told(".")] == [.unkept, .unkept])
    #expect(told("a.other.test").whole != told("b.other.test").whole)
  }
}
