import Foundation
import ProviderRules
import RecordStore
import Testing
import TrafficModel
import WireFormat

@testable import Agent

@Suite("new rules while flows are open")
struct ReloadTests {
  private let bench: Bench

  init() throws { bench = try Bench() }

  /// Feeds `before`, changes the rules, feeds `after`.
  private func reload(
    _ before: Timeline, _ after: Timeline, change: (RuleFolder) throws -> Void
  ) throws -> (records: [UsageRecord], reloaded: Pipeline.Reloaded, counters: TrafficCounters) {
    let store = try RecordStore(path: bench.database)
    let options = Pipeline.Options(sensor: "bench")
    let old = try bench.rules.book()
    var pipeline = try Pipeline(
      judge: Judge(book: old, window: options.window), options: options, store: store,
      started: Timeline.nine, seed: 1)
    _ = try pipeline.begin(identity: "a", path: "a.pcap")
    try Bench.feed(before, to: &pipeline)
    try change(bench.rules)
    let book = try bench.rules.book()
    let reloaded = try pipeline.reload(book, book.newNames(since: old))
    try Bench.feed(after, to: &pipeline)
    try pipeline.finish()
    return (try bench.stored(store), reloaded, pipeline.counters)
  }

  private func provider(_ change: (String) -> String) throws -> (RuleFolder) throws -> Void {
    let text = change(RuleFolder.provider)
    try #require(text != RuleFolder.provider)
    return { try $0.write(text, to: "providers/acme.yaml") }
  }

  /// A provider whose only service has this rule.
  private static func other(_ rules: String, example: String) -> String {
    """
    schema: 1
    id: other
    name: Other
    vendor: {name: Other, country: US, site: https://other.test}
    status: active
    services:
      - id: other-api
        name: Other API
        category: api
        data_egress: prompt
        match:
          domains:
            \(rules)
        verified: {date: 2026-11-01, by: docs, ref: https://other.test/docs}
        confidence: high
        sources: [vendor-docs]
        examples: {hit: [\(example)]}

    """
  }

  private func exchange(_ name: String) -> (before: Timeline, after: Timeline) {
    var (before, after, connection) = (Timeline(), Timeline(), Connection())
    before.open(&connection, name, at: 1)
    before.turn(&connection, at: 2)
    after.turn(&connection, at: 10)
    after.turn(&connection, at: 20)
    return (before, after)
  }

  @Test("what goes on under new rules is one record that names both versions")
  func namesBothVersions() throws {
    let (before, after) = exchange("api.acme.test")
    let old = try bench.rules.book().rules.version
    let (records, reloaded, _) = try reload(
      before, after, change: provider { "# reviewed\n" + $0 })
    let new = try bench.rules.book().rules.version
    let record = try #require(records.first)
    #expect(records.count == 1 && old != new)
    #expect(record.ruleVersion == [old, new].sorted().joined(separator: ", "))
    #expect(record.flowCount == 1 && record.turnCount == 3)
    // The rule stands a line further down.
    #expect(record.evidence.map(\.rule) == ["providers/acme.yaml:13", "providers/acme.yaml:14"])
    #expect(reloaded.flows.meteredCount == 1 && reloaded.changes == .init())
    let run = try RecordStore(readingFrom: bench.database).judgementsOfLastRun()
    #expect(run.map(\.ruleVersion) == [old, new])
  }

  @Test("nothing is missed or counted twice")
  func losesNothing() throws {
    let (before, after) = exchange("api.acme.test")
    let (records, _, _) = try reload(before, after, change: provider { "# reviewed\n" + $0 })
    let plain = try Bench()
    var all = before
    for frame in after.frames { all.add(frame.octets, at: frame.time) }
    let expected = try plain.records(of: all)
    #expect(records.map(\.wireBytesUp) == expected.map(\.wireBytesUp))
    #expect(records.map(\.wireBytesDown) == expected.map(\.wireBytesDown))
    #expect(records.map(\.applicationBytesDown) == expected.map(\.applicationBytesDown))
    #expect(records.map(\.turnCount) == expected.map(\.turnCount))
    #expect(records.map(\.activeSeconds) == expected.map(\.activeSeconds))
  }

  @Test("a flow whose name left the rules is dropped; what was seen until then stays")
  func dropsWhatLeft() throws {
    let (before, after) = exchange("api.acme.test")
    let (records, reloaded, counters) = try reload(
      before, after,
      change: provider { $0.replacingOccurrences(of: "api.acme.test", with: "api.moved.test") })
    #expect(reloaded.flows.droppedCount == 1 && counters.flowsDropped == 1)
    let record = try #require(records.first)
    #expect(records.count == 1 && record.lastSeen < Timeline.at(4))
    #expect(!record.ruleVersion.contains(try bench.rules.book().rules.version))
  }

  @Test("a flow that another service claims is that one's from now on")
  func movesToAnotherService() throws {
    let (before, after) = exchange("api.acme.test")
    let (records, reloaded, _) = try reload(before, after) { rules in
      try provider {
        $0.replacingOccurrences(of: "api.acme.test", with: "api.moved.test")
      }(rules)
      try rules.write(
        Self.other("- {exact: api.acme.test, evidence: usage}", example: "api.acme.test"),
        to: "providers/other.yaml")
    }
    #expect(reloaded.changes == .init(movedCount: 1) && reloaded.flows.droppedCount == 0)
    #expect(records.map(\.service) == ["acme-api", "other-api"])
    // The turn that was open when the rules changed counts where it ended.
    #expect(records.map(\.turnCount) == [0, 3])
    #expect(records.map(\.flowCount) == [1, 1])
    #expect(records[0].wireBytesUp > 0 && records[1].wireBytesUp > 0)
  }

  @Test("a new verdict counts, and of a window with two the more worrying stays")
  func countsNewVerdicts() throws {
    let (before, after) = exchange("api.acme.test")
    let (records, reloaded, _) = try reload(before, after) { rules in
      try rules.write(
        RuleFolder.policy.replacingOccurrences(of: "verdict: approved", with: "verdict: tolerated"),
        to: "policy.yaml")
    }
    #expect(reloaded.changes == .init(verdictCount: 1))
    #expect(records.map(\.verdict) == [.tolerated])
    #expect(records.map { $0.policyVersion.contains(", ") } == [true])
  }

  @Test("a host that is excluded from now on leaves no further record")
  func dropsExcludedHosts() throws {
    let (before, after) = exchange("api.acme.test")
    let (records, reloaded, _) = try reload(before, after) { rules in
      try rules.write(
        RuleFolder.policy.replacingOccurrences(
          of: "cidrs: [10.9.0.0/16]", with: "cidrs: [10.9.0.0/16, 10.1.0.5/32]"),
        to: "policy.yaml")
    }
    #expect(reloaded.flows.droppedCount == 1)
    #expect(records.allSatisfy { $0.lastSeen < Timeline.at(4) })
  }

  @Test(
    "a flow that was passed over is taken up when its name is ours, or that above it",
    arguments: ["chat.other.test", "CHAT.other.test", "eu.chat.other.test"])
  func takesUp(name: String) throws {
    let (before, after) = exchange(name)
    let (records, reloaded, counters) = try reload(before, after) { rules in
      try rules.write(
        Self.other("- {suffix: chat.other.test, evidence: usage}", example: "chat.other.test"),
        to: "providers/other.yaml")
    }
    #expect(reloaded.flows.recalledCount == 1 && counters.flowsTakenUp == 1)
    let record = try #require(records.first)
    #expect(record.service == "other-api" && record.flowCount == 1)
    #expect(record.firstSeen == Timeline.at(10))
    #expect(record.wireBytesDown == 2 * 6 * 225)
    #expect(record.evidence.map(\.source) == [.sni])
    #expect(
      record.evidence.map(\.name)
        == [name.hasPrefix("eu") ? "suffix chat.other.test" : "chat.other.test"])
    #expect(record.ruleVersion == (try bench.rules.book().rules.version))
  }

  @Test(
    "what is no use, a trap, or merely alike is not taken up",
    arguments: [
      "blog.other.test", "trap.other.test", "chat.other.test.evil.test", "notother.test",
      "a.b.other.test",
    ])
  func leavesOthers(name: String) throws {
    let (before, after) = exchange(name)
    let (records, reloaded, _) = try reload(before, after) { rules in
      try rules.write(
        Self.other(
          """
          - {suffix: other.test, evidence: usage}
                  - {exact: blog.other.test, evidence: website}
          """, example: "other.test"), to: "providers/other.yaml")
      try rules.write(
        """
        schema: 1
        traps:
          - kind: look-alike
            reason: It is something else.
            names:
              - {suffix: trap.other.test}

        """, to: "traps.yaml")
    }
    #expect(records.isEmpty && reloaded.flows.recalledCount == 0)
  }

  @Test("a name that begins to be use is taken up, and one that a group is excluded from is not")
  func looksAtUseAlone() throws {
    let (before, after) = exchange("www.acme.test")
    let (records, _, _) = try reload(
      before, after,
      change: provider {
        $0.replacingOccurrences(
          of: "{exact: www.acme.test, evidence: website}",
          with: "{exact: www.acme.test, evidence: usage}")
      })
    #expect(records.map(\.service) == ["acme-api"])
  }

  @Test("a second change before a packet comes takes back the first")
  func forgetsWhatIsTakenBack() throws {
    let store = try RecordStore(path: bench.database)
    let options = Pipeline.Options(sensor: "bench")
    let first = try bench.rules.book()
    var pipeline = try Pipeline(
      judge: Judge(book: first, window: options.window), options: options, store: store,
      started: Timeline.nine, seed: 1)
    _ = try pipeline.begin(identity: "a", path: "a.pcap")
    let (before, after) = exchange("chat.other.test")
    try Bench.feed(before, to: &pipeline)
    try bench.rules.write(
      Self.other("- {suffix: chat.other.test, evidence: usage}", example: "chat.other.test"),
      to: "providers/other.yaml")
    let second = try bench.rules.book()
    #expect(try pipeline.reload(second, second.newNames(since: first)).flows.recalledCount == 1)
    let third = try pipeline.reload(first, first.newNames(since: second))
    #expect(third.flows.recalledCount == 0)
    try Bench.feed(after, to: &pipeline)
    try pipeline.finish()
    #expect(try bench.stored(store).isEmpty)
    #expect(pipeline.refusals.contains { $0 == ("rules_reloaded", 2) })
  }

  @Test("rules are read aside, one reading at a time, and mistakes are handed over")
  func readsAside() throws {
    let loader = RuleLoader(directory: bench.rules.path, policyPath: nil)
    let book = try bench.rules.book()
    #expect(Self.isNothing(loader.take(inForce: book)))
    for isBroken in [false, true] {
      if isBroken { try bench.rules.write("schema: 2\n", to: "providers/acme.yaml") }
      loader.request()
      loader.request()
      var outcome: RuleLoader.Outcome?
      var tries = 0
      while outcome == nil, tries < 6_000 {
        outcome = loader.take(inForce: book)
        tries += 1
        if outcome == nil { Thread.sleep(forTimeInterval: 0.005) }
      }
      switch try #require(outcome) {
      case .loaded(let new, let names):
        #expect(!isBroken && new.rules.version == book.rules.version && names.names.isEmpty)
      case .refused(let error):
        #expect(isBroken && error.description.contains("providers/acme.yaml:1:9: error:"))
      }
      #expect(Self.isNothing(loader.take(inForce: book)))
    }
  }

  private static func isNothing(_ outcome: RuleLoader.Outcome?) -> Bool {
    if case nil = outcome { true } else { false }
  }
}
