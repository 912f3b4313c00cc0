import ProviderRules
import RecordStore
import Testing
import WireFormat

@testable import Agent

@Suite("from frames to records")
struct PipelineTests {
  @Test func oneExchangeIsOneRecord() throws {
    var (timeline, connection) = (Timeline(), Connection())
    timeline.open(&connection, "API.acme.test", at: 1)
    timeline.turn(&connection, at: 2)
    timeline.add(connection.close(), at: 4)
    let records = try Bench().records(of: timeline)
    let record = try #require(records.first)
    #expect(records.count == 1)
    #expect(record.windowStart == Timeline.nine && record.windowEnd == Timeline.at(300))
    #expect(record.host.address.description == "10.1.0.5")
    #expect(record.host.mac?.description == "02:00:00:00:00:17")
    #expect(record.service == "acme-api" && record.verdict == .approved)
    #expect(record.flowCount == 1 && record.turnCount == 1)
    #expect(record.evidence.map(\.name) == ["api.acme.test"])
    #expect(record.evidence.map(\.source) == [.sni])
    #expect(record.evidence.first?.rule.hasSuffix("providers/acme.yaml:13") == true)
    #expect(record.firstSeen == Timeline.at(1.01) && record.lastSeen == Timeline.at(4))
    #expect(abs(record.activeSeconds - 0.9) < 1e-6)
  }

  @Test func eachWindowHasItsOwnTurnsAndOctets() throws {
    var (timeline, connection) = (Timeline(), Connection())
    timeline.open(&connection, "api.acme.test", at: 290)
    for seconds in [291.0, 310, 320, 601] { timeline.turn(&connection, at: seconds) }
    let records = try Bench().records(of: timeline)
    #expect(records.map(\.windowStart) == [0, 300, 600].map(Timeline.at))
    #expect(records.map(\.turnCount) == [1, 2, 1])
    #expect(records.map(\.flowCount) == [1, 0, 0])
    #expect(records.allSatisfy { $0.firstSeen >= $0.windowStart && $0.lastSeen < $0.windowEnd })
    // Two turns of the same size cost twice one.
    #expect(records[1].wireBytesDown == 2 * records[2].wireBytesDown)
  }

  @Test("frames out of order go to the windows of their times", arguments: [1, 3, 1_000])
  func takesTimeThatRunsBackwards(batch: Int) throws {
    var timeline = Timeline()
    var first = Connection(clientPort: 40_001)
    var second = Connection(clientPort: 40_002)
    timeline.open(&second, "api.acme.test", at: 302)
    timeline.open(&first, "api.acme.test", at: 295)
    timeline.turn(&second, at: 303)
    timeline.turn(&first, at: 296)
    let records = try Bench().records(of: timeline, batch: batch)
    #expect(records.map(\.windowStart) == [0, 300].map(Timeline.at))
    #expect(records.map(\.flowCount) == [1, 1])
    #expect(records.map(\.turnCount) == [1, 1])
    #expect(records[0].wireBytesDown == records[1].wireBytesDown)
  }

  @Test(
    "one frame with a wild time costs nothing but itself",
    arguments: [.max, .min, 0, 4_102_444_800_000_000_000] as [Int64], [1, 2, 1_000])
  func survivesWildTimes(nanoseconds: Int64, batch: Int) throws {
    let wild = Timestamp(nanoseconds: nanoseconds)
    var (timeline, connection) = (Timeline(), Connection())
    timeline.open(&connection, "api.acme.test", at: 1)
    timeline.turn(&connection, at: 2)
    var other = Connection(client: "10.1.0.6", clientPort: 1)
    timeline.add(other.up([0]), at: wild)
    timeline.turn(&connection, at: 10)
    timeline.turn(&connection, at: 310)
    let records = try Bench().records(of: timeline, batch: batch)
    #expect(records.map(\.windowStart) == [0, 300].map(Timeline.at))
    #expect(records.map(\.turnCount) == [2, 1])
    #expect(records.allSatisfy { $0.lastSeen < Timeline.at(400) && $0.firstSeen >= Timeline.at(0) })
  }

  @Test("a wild time on the flow itself leaves its later turns where they belong")
  func survivesWildTimeOnTheFlow() throws {
    var (timeline, connection) = (Timeline(), Connection())
    timeline.open(&connection, "api.acme.test", at: 1)
    timeline.turn(&connection, at: 2)
    timeline.add(connection.up(Connection.record(600)), at: Timestamp(nanoseconds: .max))
    timeline.add(connection.down(Connection.record(600)), at: 5)
    timeline.turn(&connection, at: 10)
    timeline.turn(&connection, at: 20)
    let records = try Bench().records(of: timeline)
    let first = try #require(records.first)
    #expect(first.windowStart == Timeline.nine)
    #expect(first.turnCount == 3 && first.lastSeen < Timeline.at(300))
    // The turn whose answer came before its question is none.
    #expect(records.map(\.turnCount).reduce(0, +) == 3)
  }

  @Test func aSilentTurnGoesIntoTheWindowInWhichItEnded() throws {
    var (timeline, connection) = (Timeline(), Connection())
    timeline.open(&connection, "api.acme.test", at: 1)
    timeline.turn(&connection, at: 2)
    var other = Connection(client: "10.1.0.6", clientPort: 1)
    for minute in 1...30 { timeline.add(other.up([0]), at: Double(minute) * 60) }
    let records = try Bench().records(of: timeline, batch: 2)
    #expect(records.map(\.windowStart) == [Timeline.nine])
    #expect(records.map(\.turnCount) == [1])
  }

  @Test func analysingAgainDoesNotDouble() throws {
    var (timeline, connection) = (Timeline(), Connection())
    timeline.open(&connection, "api.acme.test", at: 290)
    for seconds in [291.0, 310, 601] { timeline.turn(&connection, at: seconds) }
    let bench = try Bench()
    let first = try bench.records(of: timeline)
    #expect(try bench.records(of: timeline) == first)
    #expect(try bench.records(of: timeline, batch: 1) == first)
    #expect(first.count == 3)
  }

  @Test func twoCapturesOfOneWindowAddUp() throws {
    var (timeline, connection) = (Timeline(), Connection())
    timeline.open(&connection, "api.acme.test", at: 1)
    timeline.turn(&connection, at: 2)
    let bench = try Bench()
    _ = try bench.records(of: timeline, identity: "a")
    let records = try bench.records(of: timeline, identity: "b")
    #expect(records.map(\.flowCount) == [2] && records.map(\.turnCount) == [2])
  }

  @Test("a turn belongs to the capture that has seen its end, whichever ends it")
  func capturesAreReplacedOneByOne() throws {
    var (first, second, connection) = (Timeline(), Timeline(), Connection())
    first.open(&connection, "api.acme.test", at: 1)
    first.turn(&connection, at: 2)
    second.turn(&connection, at: 310)
    let bench = try Bench()
    try bench.analyze([("a", first), ("b", second)])
    let together = try bench.stored()
    #expect(together.map(\.turnCount) == [1, 1])
    try bench.analyze([("a", first)])
    #expect(try bench.stored().map(\.turnCount) == [1, 1])
    try bench.analyze([("a", first), ("b", second)])
    #expect(try bench.stored() == together)
  }

  @Test func newRulesTakeBackWhatOldOnesSaid() throws {
    var (timeline, connection) = (Timeline(), Connection())
    timeline.open(&connection, "api.acme.test", at: 1)
    let bench = try Bench()
    #expect(try bench.records(of: timeline).count == 1)
    let text = RuleFolder.provider.replacingOccurrences(of: "api.acme.test", with: "api.other.test")
    try bench.rules.write(text, to: "providers/acme.yaml")
    #expect(try bench.records(of: timeline).isEmpty)
  }

  @Test("a window closes by the clock when no frame comes")
  func closesByTheClock() throws {
    let bench = try Bench()
    let store = try RecordStore(path: bench.database)
    var options = Pipeline.Options(sensor: "bench")
    options.waitingWindows = 0
    var pipeline = try Pipeline(
      judge: Judge(book: try bench.rules.book(), window: options.window), options: options,
      store: store, started: Timeline.nine, seed: 1)
    _ = try pipeline.begin(identity: "live", path: "eth0")
    var (timeline, connection) = (Timeline(), Connection())
    timeline.open(&connection, "api.acme.test", at: 1)
    timeline.turn(&connection, at: 2)
    try Bench.feed(timeline, to: &pipeline)
    try pipeline.advance(to: Timeline.at(299.9))
    #expect(try bench.stored(store).isEmpty)
    try pipeline.advance(to: Timeline.at(300))
    #expect(try bench.stored(store).map(\.flowCount) == [1])
    let written = try pipeline.recordCount()
    #expect(written == 1)
    // Long silence ends the turn, which is added to the window's record.
    for minute in 6...20 { try pipeline.advance(to: Timeline.at(Double(minute) * 60)) }
    #expect(try bench.stored(store).map(\.turnCount) == [1])
    try pipeline.finish()
    #expect(try bench.stored(store).map(\.turnCount) == [1])
  }

  @Test func dropsAreToldWithTheRecordsOfTheirWindow() throws {
    let bench = try Bench()
    let store = try RecordStore(path: bench.database)
    let options = Pipeline.Options(sensor: "bench")
    var pipeline = try Pipeline(
      judge: Judge(book: try bench.rules.book(), window: options.window), options: options,
      store: store, started: Timeline.nine, seed: 1)
    _ = try pipeline.begin(identity: "live", path: "eth0")
    var (timeline, connection) = (Timeline(), Connection())
    timeline.open(&connection, "api.acme.test", at: 1)
    try Bench.feed(timeline, to: &pipeline)
    pipeline.note(dropped: 7)
    try pipeline.finish()
    #expect(try bench.stored(store).map(\.captureLoss.droppedPackets) == [7])
    #expect(try store.summaries(since: nil, until: nil).map(\.droppedPackets) == [7])
  }

  @Test func dropsInAWindowThatIsOpenedAgainAreToldOnce() throws {
    let bench = try Bench()
    let store = try RecordStore(path: bench.database)
    let options = Pipeline.Options(sensor: "bench")
    var pipeline = try Pipeline(
      judge: Judge(book: try bench.rules.book(), window: options.window), options: options,
      store: store, started: Timeline.nine, seed: 1)
    _ = try pipeline.begin(identity: "a", path: "a.pcap")
    for (number, seconds) in [1.0, 301, 2].enumerated() {
      var (timeline, connection) = (Timeline(), Connection(clientPort: UInt16(number + 1)))
      timeline.open(&connection, "api.acme.test", at: seconds)
      try Bench.feed(timeline, to: &pipeline)
      pipeline.note(dropped: 5)
    }
    try pipeline.finish()
    #expect(try bench.stored(store).map(\.captureLoss.droppedPackets) == [10, 5])
    #expect(try store.summaries(since: nil, until: nil).map(\.droppedPackets) == [10, 5])
    let written = try pipeline.recordCount()
    #expect(written == 2)
  }

  @Test func theAccountOfAllTrafficCountsEveryFrameOnce() throws {
    var (timeline, connection) = (Timeline(), Connection(client: "10.1.0.7"))
    timeline.open(&connection, "shop.test", at: 1)
    for minute in 1...20 { timeline.add(connection.up([0]), at: Double(minute) * 60) }
    let bench = try Bench()
    #expect(try bench.records(of: timeline).isEmpty)
    let summaries = try RecordStore(readingFrom: bench.database).summaries(since: nil, until: nil)
    #expect(summaries.map(\.packets) == [7, 5, 5, 5, 1])
    #expect(summaries.map(\.flowsBySNI).reduce(0, +) == 1)
  }
}
