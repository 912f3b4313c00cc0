import ProviderRules
import RecordStore
import Testing
import WireFormat

@Suite("which records a report is about")
struct RecordFilterTests {
  let folder: TemporaryFolder
  let store: RecordStore

  /// Three windows, three groups, three verdicts.
  init() throws {
    folder = try TemporaryFolder()
    store = try RecordStore(path: folder.path("records.db"))
    let run = try store.newRun()
    let source = try store.source(identity: "a", path: "a.pcap")
    try store.write(run, source, window: 0, [Samples.record(turns: 1)])
    try store.write(
      run, source, window: 1,
      [
        Samples.record(
          host: "10.20.3.18", window: 1, verdict: .unapproved, turns: 2, group: "sales")
      ])
    try store.write(
      run, source, window: 2,
      [Samples.record(host: "10.20.3.19", window: 2, verdict: .unknown, turns: 3, group: nil)])
  }

  private func turns(_ filter: RecordFilter) throws -> [Int] {
    try store.records(matching: filter).map(\.turnCount)
  }

  @Test func anOpenFilterTakesAll() throws {
    #expect(try turns(RecordFilter()) == [1, 2, 3])
  }

  @Test func sinceAndUntilTakeTheWindowsTheyTouch() throws {
    let middle = Samples.window(1).advanced(byNanoseconds: 1)
    #expect(try turns(RecordFilter(since: middle)) == [2, 3])
    #expect(try turns(RecordFilter(until: middle)) == [1, 2])
    #expect(try turns(RecordFilter(since: Samples.window(1), until: Samples.window(2))) == [2])
  }

  @Test func aWalkEndsWithTheErrorOfWhoWalks() throws {
    struct Enough: Error {}
    var seen = 0
    #expect(throws: Enough.self) {
      try store.forEachRecord(matching: RecordFilter()) { _ in
        seen += 1
        if seen == 2 { throw Enough() }
      }
    }
    #expect(seen == 2)
  }

  @Test func summariesFollowTheTime() throws {
    let summaries = try store.summaries(since: Samples.window(1), until: Samples.window(2))
    #expect(summaries == [Samples.summary(window: 1)])
  }

  @Test func verdictsSelect() throws {
    #expect(try turns(RecordFilter(verdicts: [.unapproved, .unknown])) == [2, 3])
  }

  @Test func groupsSelectAndNoneIsTheHostsWithoutOne() throws {
    #expect(try turns(RecordFilter(groups: ["sales"])) == [2])
    #expect(try turns(RecordFilter(groups: [RecordFilter.noGroup])) == [3])
  }

  @Test func sourcesAreMergedBeforeTheVerdictIsJudged() throws {
    let run = try store.newRun()
    let other = try store.source(identity: "b", path: "b.pcap")
    try store.write(run, other, window: 0, [Samples.record(verdict: .unapproved, turns: 10)])
    #expect(try turns(RecordFilter(verdicts: [.approved])) == [])
    #expect(try turns(RecordFilter(until: Samples.window(1), verdicts: [.unapproved])) == [11])
  }

  @Test func theStoreKnowsEveryGroupOnce() throws {
    let folder = try TemporaryFolder()
    let store = try RecordStore(path: folder.path("records.db"))
    #expect(try store.groups() == [])
    let records = ["sales", nil, "board", "sales"].enumerated().map { index, group in
      Samples.record(host: "10.0.0.\(index)", group: group)
    }
    try store.write(
      try store.newRun(), try store.source(identity: "a", path: "a"), window: 0, records)
    #expect(try store.groups() == ["board", "sales"])
  }
}
