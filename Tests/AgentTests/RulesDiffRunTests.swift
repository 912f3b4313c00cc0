import Foundation
import Testing

@testable import Agent

@Suite("gnomon rules diff")
struct RulesDiffRunTests {
  private static func diff(_ old: RuleFolder, _ new: RuleFolder, database: String? = nil) throws
    -> RulesDiffRun.Outcome
  {
    try RulesDiffRun.diff(old.path, new.path, policy: nil, database: database, since: nil)
  }

  @Test("a file of prices, signs or profiles that has changed is named")
  func namesOtherFiles() throws {
    let (old, new) = (try RuleFolder(), try RuleFolder())
    #expect(try !Self.diff(old, new).differs)
    try new.write(RuleFolder.prices + "# looked at again\n", to: "prices.yaml")
    try new.write(
      "schema: 1\nsigns:\n  - {in: top, strength: weak, reason: r, words: [ai]}\n", to: "signs.yaml"
    )
    let outcome = try Self.diff(old, new)
    #expect(outcome.differs)
    #expect(outcome.lines.dropFirst() == ["  changed file prices.yaml", "  added file signs.yaml"])
  }

  private static func changed(_ pairs: [(String, String)]) throws -> RuleFolder {
    let folder = try RuleFolder()
    var text = RuleFolder.provider
    for (was, now) in pairs {
      #expect(text.contains(was))
      text = text.replacingOccurrences(of: was, with: now)
    }
    try folder.write(text, to: "providers/acme.yaml")
    return folder
  }

  @Test func tellsWhatRulesSayNotHowTheyAreWritten() throws {
    let old = try RuleFolder()
    let same = try Self.changed([("name: Acme API\n", "name: 'Acme API' # quoted\n")])
    let silent = try Self.diff(old, same)
    #expect(!silent.differs && silent.lines.count == 1)
    let new = try Self.changed([
      ("{exact: cdn.acme.test, evidence: cdn}", "{exact: cdn.acme.test, evidence: content}"),
      ("{exact: auth.acme.test, evidence: auth}", "{suffix: login.acme.test, evidence: auth}"),
      ("confidence: high", "confidence: low"),
    ])
    let outcome = try Self.diff(old, new)
    #expect(outcome.differs)
    #expect(outcome.lines[0].hasSuffix(": 1 added, 1 removed, 2 changed"))
    #expect(
      Array(outcome.lines.dropFirst()) == [
        "  changed service acme-api: confidence high → low",
        "  removed exact auth.acme.test: service acme-api, evidence auth at providers/acme.yaml:15",
        "  changed exact cdn.acme.test: evidence cdn → content at providers/acme.yaml:16",
        "  added suffix login.acme.test: service acme-api, evidence auth at providers/acme.yaml:15",
      ])
  }

  @Test(
    "names that evidence has with another, or a rule's words, are judged again by what was seen")
  func judgesNamesOfSharedHosts() throws {
    var timeline = Timeline()
    for (number, (name, second)) in [("api.acme.test", 290.0), ("ws.vendor.test", 301)].enumerated()
    {
      var connection = Connection(clientPort: UInt16(40_000 + number))
      timeline.open(&connection, name, at: second)
      timeline.turn(&connection, at: second + 1)
      timeline.add(connection.close(), at: second + 5)
    }
    let bench = try Bench()
    #expect(
      try bench.records(of: timeline).map { $0.evidence.map(\.name) }
        == [["api.acme.test"], ["ws.vendor.test (beside api.acme.test)"]])
    let same = try Self.diff(bench.rules, bench.rules, database: bench.database).lines
    #expect(same.contains { $0.hasPrefix("of 2 records, those of 0 hosts") })
    let other = try Self.changed([("needs: {name: api.acme.test", "needs: {name: auth.acme.test")])
    #expect(
      try Self.diff(bench.rules, other, database: bench.database).lines.contains {
        $0.hasSuffix("→ no record in 1 record, by ws.vendor.test (beside api.acme.test)")
      })
    let words = try #require(EvidenceName("suffix api.acme.test"))
    #expect(words.subject == "api.acme.test" && !words.isSeen && words.secondName == nil)
    #expect(EvidenceName("regex ^a\\.test$") == nil)
  }

  @Test func judgesTheNamesOfRecordsAgain() throws {
    var (timeline, connection) = (Timeline(), Connection())
    timeline.open(&connection, "api.acme.test", at: 1)
    timeline.turn(&connection, at: 2)
    timeline.turn(&connection, at: 302)
    let bench = try Bench()
    #expect(try bench.records(of: timeline).count == 2)
    let weaker = try Self.changed([
      ("{suffix: api.acme.test, evidence: usage}", "{suffix: api.acme.test, evidence: website}")
    ])
    let lines = try Self.diff(bench.rules, weaker, database: bench.database).lines
    #expect(lines.contains { $0.hasPrefix("of 2 records, those of 1 host would read otherwise") })
    #expect(
      lines.contains { $0.hasSuffix("→ acme-api (no use) in 2 records, by api.acme.test") })
    let gone = try Self.changed([
      ("{suffix: api.acme.test, evidence: usage}", "{suffix: other.test, evidence: usage}"),
      ("examples: {hit: [api.acme.test]}", "examples: {hit: [other.test]}"),
    ])
    #expect(
      try Self.diff(bench.rules, gone, database: bench.database).lines.contains {
        $0.hasSuffix("→ no record in 2 records, by api.acme.test")
      })
    #expect(
      try Self.diff(bench.rules, bench.rules, database: bench.database).lines.last?
        .hasPrefix("of 2 records, those of 0 hosts") == true)
  }

  /// The folder of a set with the provider of ``RuleFolder``, changed.
  private static func set(_ pairs: [(String, String)]) throws -> RuleFolder {
    let set = try changed(pairs)
    try FileManager.default.removeItem(atPath: set.path + "/policy.yaml")
    return set
  }

  @Test("a set has no policy and no local files: the other folder's stand beside it")
  func comparesWithASet() throws {
    let site = try RuleFolder()
    try FileManager.default.createDirectory(
      atPath: site.path + "/local", withIntermediateDirectories: false)
    try site.write(RulesUpdateRunTests.localProvider, to: "local/own.yaml")
    let set = try Self.set([("{exact: cdn.acme.test,", "{exact: new.acme.test,")])
    let told = { (set: RuleFolder, site: RuleFolder) in
      "policy and local/ are not compared: \(set.path) is a set, which has none; what \(site.path) has stands on both sides"
    }
    let forth = try Self.diff(site, set)
    #expect(forth.differs && forth.lines[0].hasSuffix(": 1 added, 1 removed, 0 changed"))
    #expect(forth.lines.last == told(set, site))
    let back = try Self.diff(set, site)
    #expect(back.lines[0].hasSuffix(": 1 added, 1 removed, 0 changed"))
    #expect(back.lines.last == told(set, site))
    #expect(try !Self.diff(site, try Self.set([])).differs)
    let own = try RulesDiffRun.diff(
      site.path, set.path, policy: site.path + "/policy.yaml", database: nil, since: nil)
    #expect(own.lines.last?.hasPrefix("local/ is not compared: \(set.path) is a set") == true)
  }

  @Test("of two sets no policy is compared, and records are judged only by one that is named")
  func comparesTwoSets() throws {
    var (timeline, connection) = (Timeline(), Connection())
    timeline.open(&connection, "api.acme.test", at: 1)
    timeline.turn(&connection, at: 2)
    let bench = try Bench()
    #expect(try bench.records(of: timeline).count == 1)
    let old = try Self.set([])
    let new = try Self.set([
      ("{suffix: api.acme.test, evidence: usage}", "{suffix: other.test, evidence: usage}"),
      ("examples: {hit: [api.acme.test]}", "examples: {hit: [other.test]}"),
    ])
    let outcome = try Self.diff(old, new)
    #expect(outcome.differs)
    #expect(outcome.lines.last == "policy is not compared: neither folder has one")
    #expect {
      try Self.diff(old, new, database: bench.database)
    } throws: {
      let error = $0 as? AgentError
      return error?.status == .usage
        && error?.description == "--database needs --policy here: neither folder has one"
    }
    let lines = try RulesDiffRun.diff(
      old.path, new.path, policy: bench.rules.path + "/policy.yaml", database: bench.database,
      since: nil
    ).lines
    #expect(lines.last?.hasSuffix("→ no record in 1 record, by api.acme.test") == true)
    let site = try Self.diff(bench.rules, new, database: bench.database).lines
    #expect(site.last?.hasSuffix("→ no record in 1 record, by api.acme.test") == true)
  }
}
