import StrictYAML
import Testing

@testable import ProviderRules

@Suite("Rules of the site beside the shipped ones")
struct LocalRulesTests {
  private static let shipped = [
    RuleText.provider(
      "acme", match: "domains: [{suffix: api.acme.test, evidence: usage}]", hit: "api.acme.test",
      miss: "gw.site.test", service: "acme-api"),
    RuleText.provider(
      "other", match: "domains: [{suffix: other.test, evidence: usage}]", hit: "other.test"),
    RuleText.provider(
      "gone", match: "domains: [{suffix: gone.test, evidence: usage}]", hit: "gone.test",
      status: "retired"),
  ]

  private static func local(_ text: String, path: String = "local/site.yaml") -> RuleSource {
    RuleSource(path: path, text: text, isLocal: true)
  }

  private static func extending(
    _ provider: String = "acme", _ service: String = "acme-api",
    rule: String = "{suffix: gw.site.test, evidence: usage}", hit: String = "a.gw.site.test"
  ) -> RuleSource {
    local(
      """
      schema: 1
      extends: \(provider)
      services:
        - adds_to: \(service)
          match: {domains: [\(rule)]}
          verified: {date: 2026-11-20, by: traffic}
          sources: [maintainer]
          examples: {hit: [\(hit)], miss: [site.test]}
      """)
  }

  @Test("a rule added to a shipped service is that service's, with a voucher of its own")
  func adds() throws {
    let set = try RuleSet(compiling: Self.shipped + [Self.extending()])
    let match = try #require(set.match(name: "x.gw.site.test"))
    #expect(set.services[match.service].id == "acme-api" && match.evidence == .usage)
    let rule = set.rules[match.rule]
    #expect(rule.description == "local/site.yaml:5" && rule.isLocal)
    #expect(rule.addedBy?.verified.method == .traffic && rule.addedBy?.sources == ["maintainer"])
    #expect(set.services.count == 3 && set.services[match.service].verified.method == .docs)
    let own = try #require(set.match(name: "api.acme.test"))
    #expect(own.service == match.service && set.rules[own.rule].addedBy == nil)
  }

  @Test("it beats other providers and traps, and the shipped examples give way")
  func beats() throws {
    let taking = Self.extending(
      rule: "{suffix: other.test, evidence: usage}, {suffix: trap.test, evidence: usage}",
      hit: "other.test, x.trap.test")
    let set = try RuleSet(
      compiling: Self.shipped + [taking], traps: RuleText.traps(["trap.test"]))
    for name in ["other.test", "trap.test"] {
      let match = try #require(set.match(name: name))
      #expect(set.services[match.service].id == "acme-api")
    }
  }

  @Test("a service that a file adds to a shipped provider bears that provider's name")
  func newService() throws {
    let text = """
      schema: 1
      extends: acme
      services:
        - id: acme-new
          name: New
          category: agent
          data_egress: prompt
          match: {domains: [{exact: new.acme.test, evidence: usage}]}
          verified: {date: 2026-11-20, by: maintainer}
          confidence: low
          sources: [maintainer]
          examples: {hit: [new.acme.test]}
        - adds_to: acme-new
          match: {domains: [{exact: more.acme.test, evidence: usage}]}
          verified: {date: 2026-11-20, by: maintainer}
          sources: [maintainer]
          examples: {hit: [more.acme.test]}
      """
    let set = try RuleSet(compiling: Self.shipped + [Self.local(text)])
    let service = try #require(set.service(id: "acme-new"))
    #expect(service.providerID == "acme" && service.providerName == "Provider acme")
    let match = try #require(set.match(name: "more.acme.test"))
    #expect(set.services[match.service].id == "acme-new")
  }

  @Test(
    "what it adds to must be there",
    arguments: [
      ("acne", "acme-api", "2:10: expected a provider that there is, found `acne`"),
      ("gone", "gone", "2:10: expected a provider in use, found `gone`, which is retired"),
      (
        "acme", "acme-app",
        "4:14: expected a service of `acme` that there is, found `acme-app`; did you mean `acme-api`?"
      ),
      ("acme", "other", "4:14: expected a service of `acme` that there is, found `other`"),
    ])
  func unknown(provider: String, service: String, message: String) {
    let messages = RuleText.messages(Self.shipped + [Self.extending(provider, service)])
    #expect(messages.count == 1 && messages[0].hasPrefix(message), "\(messages)")
  }

  @Test("a shipped file cannot add to others", arguments: ["extends: acme", "adds_to: acme-api"])
  func onlyLocally(key: String) {
    var source = key.hasPrefix("extends") ? Self.extending() : Self.shipped[0]
    source.isLocal = false
    source.text = source.text.replacing("- id: acme-api", with: "- adds_to: acme-api")
    let messages = RuleText.messages([source])
    let word = key.prefix { $0 != ":" }
    #expect(
      messages.count == 1 && messages[0].contains("expected `\(word)` in a file of local/ only"),
      "\(messages)")
  }

  @Test("keys of a whole service are none of an addition")
  func strictKeys() {
    var source = Self.extending()
    source.text = source.text.replacing("adds_to: acme-api", with: "adds_to: acme-api\n    name: X")
    #expect(
      RuleText.messages(Self.shipped + [source]).contains { $0.contains("unknown key `name`") })
  }

  private static func rules(
    _ target: LocalRules.Target, _ name: String, overTrap: String? = nil
  ) throws -> LocalRules {
    LocalRules(
      target: target,
      rules: [.init(name: name, isExact: false, evidence: .usage, overTrap: overTrap)],
      hits: [name], misses: ["not" + name], date: try #require(CalendarDate("2026-11-20")),
      method: .maintainer, sources: ["maintainer"], comments: ["why"])
  }

  @Test("a new file is read as it was meant, and lint finds nothing")
  func writes() throws {
    let new = try Self.rules(
      .newService(id: "site", name: "It's: #1", category: .agent, tier: .extended), "1.e5",
      overTrap: "ours")
    let source = Self.local(new.text(describing: "site", name: "It's: #1"))
    let traps = RuleText.traps(["'1.e5'"])
    let set = try RuleSet(compiling: Self.shipped + [source], traps: traps)
    let match = try #require(set.match(name: "x.1.e5"))
    let service = set.services[match.service]
    #expect(service.id == "site" && service.name == "It's: #1" && service.tier == .extended)
    let warnings = RuleLint.warnings(
      in: [source], traps: traps, policy: RuleSource(path: "policy.yaml", text: ""),
      suffixes: nil, today: try #require(CalendarDate("2026-11-21")))
    #expect(warnings.map(\.id.rawValue) == ["over-trap"])
    var ignores = LintIgnores(in: source.text, path: source.path)
    #expect(warnings.allSatisfy { ignores.ignores($0) } && ignores.warnings.isEmpty)
  }

  @Test("a suffix above a trap is warned of, an exact name above it is not")
  func lintsTraps() throws {
    for (rule, count) in [("suffix: b.test", 1), ("exact: b.test", 0), ("suffix: x.a.b.test", 0)] {
      let source = Self.extending(rule: "{\(rule), evidence: usage}")
      let warnings = RuleLint.warnings(
        in: Self.shipped + [source], traps: RuleText.traps(["a.b.test"]),
        policy: RuleSource(path: "policy.yaml", text: ""), suffixes: nil,
        today: try #require(CalendarDate("2026-11-21")))
      #expect(warnings.count { $0.id == .overTrap } == count, "\(rule)")
    }
  }

  @Test(
    "a rule that takes names from another provider is warned of, one of the same provider is not")
  func lintsTakings() throws {
    let others = try ["acme.test", "api.acme.test", "acme.other.test"].map { name in
      Self.local(
        try Self.rules(
          .newService(id: "site", name: "Site", category: .agent, tier: .extended), name
        ).text(describing: "site", name: "Site"))
    }
    let own = Self.extending(rule: "{suffix: acme.test, evidence: usage}")
    let counts = try (others + [own]).map { source in
      RuleLint.warnings(
        in: Self.shipped + [source], traps: nil,
        policy: RuleSource(path: "policy.yaml", text: ""), suffixes: nil,
        today: try #require(CalendarDate("2026-11-21"))
      ).count { $0.id == .overShipped }
    }
    #expect(counts == [1, 1, 0, 0])
  }

  @Test(
    "every other octet of a file stays", arguments: ["\n", "\n# the end\n", "", "\n\n  # a\n"])
  func edits(end: String) throws {
    let old = "# ours\n" + Self.extending().text + end
    for text in [old, old.replacing("\n", with: "\r\n")] {
      let edited = try Self.rules(.service(id: "acme-api"), "more.site.test").text(addedTo: text)
      let set = try RuleSet(compiling: Self.shipped + [Self.local(edited)])
      #expect(set.match(name: "more.site.test") != nil && set.match(name: "gw.site.test") != nil)
      var rest = edited.split(whereSeparator: \.isNewline)[...]
      for line in text.split(whereSeparator: \.isNewline) {
        let place = rest.firstIndex(of: line)
        #expect(place != nil, "\(line)")
        if let place { rest = rest[(place + 1)...] }
      }
      #expect(edited.contains("\r\n") == text.contains("\r\n"))
      #expect(BlockList.lines(of: edited) != nil)
    }
  }

  @Test(
    "another form is left to a person",
    arguments: [
      "schema: 1\nextends: acme\nservices: [{adds_to: acme-api}]\n", "schema: 1\n",
      "schema: 1\r\nextends: acme\nservices:\n  - adds_to: acme-api\n",
    ])
  func refuses(text: String) throws {
    let rules = try Self.rules(.service(id: "acme-api"), "more.site.test")
    #expect(throws: LocalRules.Failure.form) { try rules.text(addedTo: text) }
  }

  @Test("traps and rules that a new rule comes before are found by way of the names above them")
  func above() throws {
    let set = try RuleSet(
      compiling: Self.shipped + [
        RuleText.provider(
          "p",
          match:
            "domains: [{regex: '^a[0-9]\\.re-gex\\.test$', evidence: usage, examples: [a1.re-gex.test]}]",
          hit: "a1.re-gex.test")
      ], traps: RuleText.traps(["a.trap.test"]))
    let above = NamesAbove(in: set)
    #expect(above.trap("trap.test", isExact: false)?.name == "a.trap.test")
    #expect(above.trap("trap.test", isExact: true) == nil)
    #expect(above.trap("a.trap.test", isExact: true)?.name == "a.trap.test")
    #expect(above.trap("x.a.trap.test", isExact: false) == nil)
    #expect(above.rule(belowSuffix: "acme.test")?.text == "suffix api.acme.test")
    #expect(above.rule(belowSuffix: "re-gex.test") != nil)
    #expect(above.rule(belowSuffix: "x.api.acme.test") == nil)
    #expect(set.rules(beatenBySuffix: "re-gex.test").count == 1)
    #expect(set.rules(beatenBySuffix: "gex.test").isEmpty)
    #expect(set.traps(beatenBy: "test", isExact: false).map(\.name) == ["a.trap.test"])
  }
}
