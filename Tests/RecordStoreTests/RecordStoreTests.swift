import Foundation
import RecordStore
import Testing
import WireFormat

@Suite("records on disk")
struct RecordStoreTests {
  let folder: TemporaryFolder
  let path: String
  let store: RecordStore

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("records.db")
    store = try RecordStore(path: path)
  }

  private func turnCounts() throws -> [Int] {
    try store.records(matching: RecordFilter()).map(\.turnCount)
  }

  @Test func aRecordComesBackAsItWas() throws {
    let record = Samples.record(turns: 3)
    try store.write(
      try store.newRun(), try store.source(identity: "a", path: "a"), window: 0, [record])
    #expect(try store.records(matching: RecordFilter()) == [record])
  }

  @Test func onlyItsOwnerCanOpenTheFile() throws {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test func aSummaryComesBackAsItWas() throws {
    try store.write(try store.newRun(), try store.source(identity: "a", path: "a"), window: 2, [])
    #expect(try store.summaries(since: nil, until: nil) == [Samples.summary(window: 2)])
  }

  @Test func aRecordWithoutTheOptionalPartsComesBackAsItWas() throws {
    var record = Samples.record(host: "2001:db8::17", turns: 0)
    record.host = UsageRecord.Host(address: IPAddress("2001:db8::17")!)
    record.cost = nil
    try store.write(
      try store.newRun(), try store.source(identity: "a", path: "a"), window: 0, [record])
    #expect(try store.records(matching: RecordFilter()) == [record])
  }

  @Test func batchesOfOneRunAddUp() throws {
    let run = try store.newRun()
    let source = try store.source(identity: "a", path: "a.pcap")
    try store.write(run, source, window: 0, [Samples.record(turns: 2)])
    try store.write(run, source, window: 0, [Samples.record(turns: 5)])
    #expect(try turnCounts() == [7])
    #expect(try store.summaries(since: nil, until: nil).map(\.packets) == [2_000])
  }

  @Test func theSameRecordTwiceInOneBatchAddsUp() throws {
    let source = try store.source(identity: "a", path: "a.pcap")
    try store.write(
      try store.newRun(), source, window: 0, [Samples.record(turns: 2), Samples.record(turns: 5)])
    #expect(try turnCounts() == [7])
  }

  @Test func analysingACaptureAgainReplacesWhatItSaid() throws {
    let source = try store.source(identity: "a", path: "a.pcap")
    for _ in 0..<2 {
      let run = try store.newRun()
      try store.write(run, source, window: 0, [Samples.record(turns: 2)])
      try store.write(run, source, window: 1, [Samples.record(window: 1, turns: 3)])
      try store.finish(run, source, coveredFrom: Samples.window(0), coveredTo: Samples.window(2))
    }
    #expect(try turnCounts() == [2, 3])
    #expect(try store.summaries(since: nil, until: nil).map(\.packets) == [1_000, 1_000])
  }

  @Test func aServiceThatTheRulesNoLongerKnowIsGoneAfterTheNextRun() throws {
    let source = try store.source(identity: "a", path: "a.pcap")
    let first = try store.newRun()
    try store.write(
      first, source, window: 0,
      [Samples.record(turns: 2), Samples.record(service: "old", turns: 4)])
    try store.write(first, source, window: 1, [Samples.record(service: "old", window: 1, turns: 4)])
    try store.finish(first, source, coveredFrom: Samples.window(0), coveredTo: Samples.window(2))
    let second = try store.newRun()
    try store.write(second, source, window: 0, [Samples.record(turns: 2)])
    try store.finish(second, source, coveredFrom: Samples.window(0), coveredTo: Samples.window(2))
    #expect(try turnCounts() == [2])
  }

  @Test func aLongerCopyOfAGrowingCaptureReplacesAndExtends() throws {
    let source = try store.source(identity: "head", path: "short.pcap")
    let early = try store.newRun()
    try store.write(early, source, window: 0, [Samples.record(turns: 2)])
    try store.write(early, source, window: 1, [Samples.record(window: 1, turns: 1)])
    try store.finish(early, source, coveredFrom: Samples.window(0), coveredTo: Samples.window(1))
    let late = try store.newRun()
    let again = try store.source(identity: "head", path: "long.pcap")
    #expect(again == source)
    for (window, turns) in [(0, 2), (1, 6), (2, 9)] {
      try store.write(late, again, window: window, [Samples.record(window: window, turns: turns)])
    }
    try store.finish(late, again, coveredFrom: Samples.window(0), coveredTo: Samples.window(3))
    #expect(try turnCounts() == [2, 6, 9])
  }

  @Test func aShorterCopyDoesNotTakeAwayWhatALongerOneTold() throws {
    let source = try store.source(identity: "head", path: "long.pcap")
    let late = try store.newRun()
    for window in 0..<3 {
      try store.write(late, source, window: window, [Samples.record(window: window, turns: 4)])
    }
    try store.finish(late, source, coveredFrom: Samples.window(0), coveredTo: Samples.window(3))
    let early = try store.newRun()
    try store.write(early, source, window: 0, [Samples.record(turns: 4)])
    try store.finish(
      early, source, coveredFrom: Samples.window(0),
      coveredTo: Samples.window(0).advanced(byNanoseconds: 250_000_000_000))
    #expect(try turnCounts() == [4, 4, 4])
  }

  @Test func aRunThatEndsInTheMiddleKeepsWhatItWrote() throws {
    let source = try store.source(identity: "a", path: "a.pcap")
    let first = try store.newRun()
    for window in 0..<3 {
      try store.write(first, source, window: window, [Samples.record(window: window, turns: 1)])
    }
    try store.finish(first, source, coveredFrom: Samples.window(0), coveredTo: Samples.window(3))
    // The second run writes one window of three and is never heard of again.
    try store.write(try store.newRun(), source, window: 0, [Samples.record(turns: 8)])
    let reopened = try RecordStore(path: path)
    #expect(try reopened.records(matching: RecordFilter()).map(\.turnCount) == [8, 1, 1])
  }

  @Test func anotherWindowLengthReplacesTheWindowsItOverlaps() throws {
    let source = try store.source(identity: "a", path: "a.pcap")
    let first = try store.newRun()
    for window in 0..<3 {
      try store.write(first, source, window: window, [Samples.record(window: window, turns: 1)])
    }
    let second = try store.newRun()
    try store.write(
      WindowBatch(
        run: second, source: source, windowStart: Samples.window(0),
        windowEnd: Samples.window(12), records: [Samples.record(turns: 3)],
        summary: Samples.summary()))
    #expect(try turnCounts() == [3])
  }

  @Test func twoSourcesAddInTheSameWindow() throws {
    let run = try store.newRun()
    let a = try store.source(identity: "a", path: "a.pcap")
    let b = try store.source(identity: "b", path: "b.pcap")
    try store.write(run, a, window: 0, [Samples.record(turns: 2)])
    try store.write(run, b, window: 0, [Samples.record(turns: 5, name: "chatgpt.com")])
    let records = try store.records(matching: RecordFilter())
    #expect(records.map(\.turnCount) == [7])
    #expect(records.first?.evidence.map(\.name) == ["api.openai.com", "chatgpt.com"])
    #expect(try store.summaries(since: nil, until: nil).map(\.packets) == [2_000])
  }

  @Test func analysingOneSourceAgainLeavesTheOtherAlone() throws {
    let first = try store.newRun()
    let a = try store.source(identity: "a", path: "a.pcap")
    let b = try store.source(identity: "b", path: "b.pcap")
    try store.write(first, a, window: 0, [Samples.record(turns: 2)])
    try store.write(first, b, window: 0, [Samples.record(turns: 5)])
    let second = try store.newRun()
    try store.write(second, a, window: 0, [Samples.record(turns: 3)])
    try store.finish(second, a, coveredFrom: Samples.window(0), coveredTo: Samples.window(1))
    #expect(try turnCounts() == [8])
  }

  @Test func aRunKnowsWhatItIsThroughWith() throws {
    let run = try store.newRun()
    let source = try store.source(identity: "a", path: "a.pcap")
    #expect(try !store.hasFinished(run, source))
    try store.finish(run, source, coveredFrom: Samples.window(0), coveredTo: Samples.window(1))
    #expect(try store.hasFinished(run, source))
    #expect(try !store.hasFinished(try store.newRun(), source))
  }

  @Test func theLastRunSaysWhatItJudgedBy() throws {
    #expect(try store.lastRun() == nil)
    _ = try store.beginRun(started: Samples.nine, ruleVersion: "r1", policyVersion: "p1")
    _ = try store.beginRun(started: Samples.window(1), ruleVersion: "r2", policyVersion: "p2")
    let last = try #require(try store.lastRun())
    #expect(last.started == Samples.window(1))
    #expect([last.ruleVersion, last.policyVersion] == ["r2", "p2"])
  }

  @Test func aRunSaysSinceWhenItJudgedByWhat() throws {
    let run = try store.beginRun(
      started: Samples.nine, ruleVersion: "r1", policyVersion: "p1")
    try store.note(
      run, judgesSince: Samples.window(1), ruleVersion: "r2", policyVersion: "p1")
    #expect(
      try store.judgementsOfLastRun() == [
        RunInfo(started: Samples.nine, ruleVersion: "r1", policyVersion: "p1"),
        RunInfo(started: Samples.window(1), ruleVersion: "r2", policyVersion: "p1"),
      ])
    #expect(try store.lastRun()?.ruleVersion == "r2")
  }
}
