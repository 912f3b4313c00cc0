import ProviderRules
import RecordStore
import Reports
import Testing
import TrafficModel
import WireFormat

@testable import Agent

@Suite("names that look like AI and that no rule knows")
struct UnknownNamesTests {
  private let bench: Bench

  init() throws {
    bench = try Bench()
    try bench.rules.write(
      """
      schema: 1
      signs:
        - {in: top, strength: weak, reason: r, words: [ai]}
        - {in: part, strength: strong, reason: r, words: [llm]}

      """, to: "signs.yaml")
  }

  private func timeline(_ name: String, turns: Int, client: String = "10.1.0.5") -> Timeline {
    var (timeline, connection) = (Timeline(), Connection(client: client))
    timeline.open(&connection, name, at: 1)
    for turn in 0..<turns { timeline.turn(&connection, at: 10 * Double(turn + 1)) }
    return timeline
  }

  private func unknown() throws -> [UnknownName] {
    try RecordStore(readingFrom: bench.database).unknownNames(since: nil, until: nil)
  }

  @Test("is listed with its traffic, and nowhere else")
  func lists() throws {
    let records = try bench.records(of: timeline("api.newtool.ai", turns: 3))
    #expect(records.isEmpty)
    let name = try #require(try unknown().first)
    #expect(name.name == ".newtool.ai" && name.sign == ".ai" && name.isWeak)
    #expect([name.flowCount, name.hostCount, name.turnCount] == [1, 1, 3])
    #expect((2...3).contains(name.streamedTurnCount) && name.hasShapeOfModel)
    #expect(name.wireBytesUp > 3 * 600 && name.wireBytesDown > 3 * 6 * 180)
    #expect(name.firstSeen == Timeline.nine && name.lastSeen == Timeline.nine)
    let summaries = try RecordStore(readingFrom: bench.database).summaries(since: nil, until: nil)
    #expect(summaries.map(\.flowsMatched) == [0])
  }

  @Test("a name without traffic like a model's says so")
  func saysNameOnly() throws {
    _ = try bench.records(of: timeline("llm.shop.test", turns: 1))
    let name = try #require(try unknown().first)
    #expect(!name.isWeak && !name.hasShapeOfModel)
    let report = try Self.report(unknown())
    #expect(TerminalReport.render(report, color: false).contains("name only; 1 flow, 1 host a day"))
    #expect(JSONReport.render(report).contains("\"shape_of_model\": false"))
    #expect(HTMLReport.render(report).contains("<h2>Unknown, looks like AI</h2>"))
  }

  @Test(
    "rules, traps, excluded hosts and the policy keep a name off the list",
    arguments: ["www.acme.test", "known.ai", "trap.ai", "excluded.ai", "off.ai"])
  func leaves(name: String) throws {
    try bench.rules.write(
      RuleFolder.provider.replacingOccurrences(
        of: "{exact: www.acme.test, evidence: website}",
        with: "{suffix: known.ai, evidence: website}"), to: "providers/acme.yaml")
    try bench.rules.write(
      """
      schema: 1
      traps:
        - {kind: look-alike, reason: It is an island., names: [{suffix: trap.ai}]}

      """, to: "traps.yaml")
    if name == "off.ai" {
      try bench.rules.write("unknown_names_days: 0\n" + RuleFolder.policy, to: "policy.yaml")
    }
    let client = name == "excluded.ai" ? "10.9.0.1" : "10.1.0.5"
    for name in [name, "www." + name] {
      _ = try bench.records(of: timeline(name, turns: 2, client: client), identity: name)
    }
    #expect(try unknown().isEmpty)
  }

  @Test("hosts that their MAC excludes and names of private networks are not listed")
  func leavesPrivateNames() throws {
    var (timeline, excluded) = (Timeline(), Connection(mac: 0x0200_0000_0909))
    timeline.open(&excluded, "excluded.ai", at: 1)
    timeline.turn(&excluded, at: 10)
    var host = Connection(client: "10.1.0.6")
    for (place, name) in ["alice.llm.internal", "llm.fritz.box", "llm.local"].enumerated() {
      timeline.open(&host, name, at: Double(20 + place))
    }
    _ = try bench.records(of: timeline)
    #expect(try unknown().isEmpty)
  }

  @Test("a name of which two labels bear no sign keeps three")
  func keepsTheSign() throws {
    _ = try bench.records(of: timeline("anna.llm.shop.test", turns: 1))
    #expect(try unknown().map(\.name) == [".llm.shop.test"])
  }

  @Test("hosts are counted and not named, further labels are left out")
  func countsHosts() throws {
    var both = timeline("anna.eu.newtool.ai", turns: 1)
    for frame in timeline("bert.eu.newtool.ai", turns: 1, client: "10.1.0.6").frames {
      both.add(frame.octets, at: frame.time)
    }
    _ = try bench.records(of: both)
    #expect(try unknown().map(\.name) == [".newtool.ai"])
    #expect(try unknown().map(\.hostCount) == [2])
  }

  @Test("analysing again does not double, and rules that know the name take it off the list")
  func replaces() throws {
    let frames = timeline("api.newtool.ai", turns: 2)
    _ = try bench.records(of: frames)
    let first = try unknown()
    _ = try bench.records(of: frames)
    #expect(try unknown() == first && first.count == 1)
    try bench.rules.write(
      RuleFolder.provider.replacingOccurrences(of: "files.acme.test", with: "api.newtool.ai"),
      to: "providers/acme.yaml")
    _ = try bench.records(of: frames)
    #expect(try unknown().isEmpty)
  }

  @Test("a rule for a listed name makes its open flow use, from there on")
  func becomesUse() throws {
    let store = try RecordStore(path: bench.database)
    let options = Pipeline.Options(sensor: "bench")
    let old = try bench.rules.book()
    var pipeline = try Pipeline(
      judge: Judge(book: old, window: options.window), options: options, store: store,
      started: Timeline.nine, seed: 1)
    _ = try pipeline.begin(identity: "a", path: "a.pcap")
    var (before, after, connection) = (Timeline(), Timeline(), Connection())
    before.open(&connection, "newtool.ai", at: 1)
    before.turn(&connection, at: 2)
    after.turn(&connection, at: 10)
    after.turn(&connection, at: 20)
    try Bench.feed(before, to: &pipeline)
    try bench.rules.write(
      RuleFolder.provider.replacingOccurrences(
        of: "{suffix: api.acme.test,", with: "{suffix: newtool.ai,"
      ).replacingOccurrences(of: "hit: [api.acme.test]", with: "hit: [newtool.ai]"),
      to: "providers/acme.yaml")
    let new = try bench.rules.book()
    let reloaded = try pipeline.reload(new, new.newNames(since: old))
    #expect(reloaded.flows.recalledCount == 1 && reloaded.flows.meteredCount == 0)
    try Bench.feed(after, to: &pipeline)
    try pipeline.finish()
    let records = try bench.stored(store)
    #expect(records.map(\.service) == ["acme-api"] && records.map(\.turnCount) == [3])
    #expect(try store.unknownNames(since: nil, until: nil).map(\.flowCount) == [1])
  }

  @Test("names without end push out those seen longest ago, which keep their counts")
  func isBounded() throws {
    var names = UnknownNames()
    let sign = try #require(try bench.rules.book().signs.sign(of: "n.ai"))
    let client = IPAddress(v4: 0x0a01_0005)
    let first = names.begin("n.ai", sign, client: client, at: Timeline.at(0))
    for number in 0..<UnknownNames.capacity {
      _ = names.begin(
        "n\(number).ai", sign, client: client, at: Timeline.at(Double(number) / 1_000 + 1))
    }
    #expect(names.evictedCount == 1 && names.name(of: first) == nil)
    var figures = MeteredFlow.Figures()
    figures.wireBytesUp = 1
    names.add(figures, tag: first, at: Timeline.at(9))
    let taken = names.take()
    #expect(taken.count == UnknownNames.capacity + 1)
    #expect(taken.allSatisfy { $0.flowCount == 1 && $0.wireBytesUp == 0 })
    #expect(names.take().isEmpty && !names.hasFresh)
  }

  @Test(
    "a row is kept for as many days as the policy says, by its own source's time or the calendar")
  func expires() throws {
    let store = try RecordStore(path: bench.database)
    let runs = try (0..<2).map { _ in
      try store.beginRun(started: Timeline.nine, ruleVersion: "r", policyVersion: "p")
    }
    let sources = try ["a", "b"].map { try store.source(identity: $0, path: $0) }
    for day in [100, 129, 130] {
      let time = Timestamp(seconds: Int64(day) * 86_400)
      for (source, suffix) in zip(sources, ["ai", "chat"]) {
        let name = UnknownName(
          name: "n\(day).\(suffix)", sign: ".ai", isWeak: true, day: day, firstSeen: time,
          lastSeen: time)
        #expect(try store.write([name], of: source, by: runs[0]) == 0)
      }
    }
    func names(deletingBy run: Int) throws -> [String] {
      try store.deleteUnknownNames(
        of: sources[0], by: runs[run], upTo: 100, ofOthersUpTo: 129)
      return try store.unknownNames(since: nil, until: nil).map(\.name)
    }
    // What a run wrote itself of another capture stays while it goes on.
    #expect(
      try names(deletingBy: 0) == ["n100.chat", "n129.ai", "n129.chat", "n130.ai", "n130.chat"])
    #expect(try names(deletingBy: 1) == ["n129.ai", "n130.ai", "n130.chat"])
  }

  @Test(
    "rows end on their day where no further name comes, and where the policy wants no list any more",
    arguments: [
      (days: 30, later: 29, left: 1), (30, 30, 0), (0, 0, 0),
    ])
  func expiresWithoutNames(days: Int, later: Int, left: Int) throws {
    _ = try bench.records(of: timeline("api.newtool.ai", turns: 1))
    #expect(try unknown().count == 1)
    try bench.rules.write(
      "unknown_names_days: \(days)\n" + RuleFolder.policy, to: "policy.yaml")
    var (next, connection) = (Timeline(), Connection())
    next.open(&connection, "www.other.test", at: Double(later) * 86_400 + 1)
    _ = try bench.records(of: next)
    #expect(try unknown().count == left)
  }

  @Test("a source and day have so many rows, and what finds no place is counted")
  func fillsNoDisk() throws {
    let store = try RecordStore(path: bench.database)
    let run = try store.beginRun(started: Timeline.nine, ruleVersion: "r", policyVersion: "p")
    let source = try store.source(identity: "a", path: "a")
    let names = (0..<RecordStore.maximumUnknownNames + 2).map { number in
      UnknownName(
        name: "n\(number).ai", sign: ".ai", isWeak: true, day: 7, firstSeen: Timeline.nine,
        lastSeen: Timeline.nine)
    }
    #expect(try store.write(names, of: source, by: run) == 2)
    // What is there already goes on being added to.
    #expect(try store.write(Array(names.suffix(3)), of: source, by: run) == 2)
    let kept = try store.unknownNames(since: nil, until: nil)
    #expect(kept.count == RecordStore.maximumUnknownNames)
  }

  @Test("names beyond a day's places are told beside the list, by every form that has it")
  func saysThatTheListWasCut() throws {
    var timeline = Timeline()
    for number in 0..<5_000 {
      var connection = Connection(clientPort: UInt16(10_000 + number))
      let (window, place) = number.quotientAndRemainder(dividingBy: 1_000)
      let time = Double(window) * 300 + Double(place) / 10 + 1
      timeline.open(&connection, "n\(number).ai", at: time)
      timeline.add(connection.close(), at: time + 0.05)
    }
    #expect(try bench.records(of: timeline).isEmpty)
    let store = try RecordStore(readingFrom: bench.database)
    #expect(try store.summaries(since: nil, until: nil).map(\.flowsMatched).allSatisfy { $0 == 0 })
    let lost = try store.lostUnknownNameCount(since: nil, until: nil)
    #expect(lost == 5_000 - RecordStore.maximumUnknownNames)
    // The list is one of days, and so is what it lacks.
    let (noon, next) = (Timeline.at(10_800), Timeline.at(86_400))
    #expect(try store.lostUnknownNameCount(since: noon, until: noon) == lost)
    #expect(try store.lostUnknownNameCount(since: next, until: nil) == 0)
    #expect(try store.lostUnknownNameCount(since: nil, until: Timeline.at(-86_400)) == 0)

    let report = try Self.report(unknown(), lost: lost)
    let said = "904 further names found no place"
    #expect(TerminalReport.render(report, color: false).contains("The list was cut: \(said)"))
    #expect(HTMLReport.render(report).contains(said))
    #expect(JSONReport.render(report).contains("\"unknown_names_lost\": 904"))
    let whole = try Self.report(unknown())
    #expect(!TerminalReport.render(whole, color: false).contains("cut"))
    #expect(JSONReport.render(whole).contains("\"unknown_names_lost\": 0"))
  }

  private static func report(_ names: [UnknownName], lost: Int = 0) throws -> Report {
    Report(
      records: [], summaries: [], filter: RecordFilter(), generatedAt: Timeline.nine,
      unknownNames: names, lostUnknownNameCount: lost)
  }
}
