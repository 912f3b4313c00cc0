import Testing
import WireFormat

@testable import ProviderRules

@Suite("Matching names, addresses and paths")
struct RuleSetTests {
  /// Three providers whose names overlap, and a trap between them.
  static func set() throws -> RuleSet {
    try RuleSet(
      compiling: [
        RuleText.provider(
          "alpha",
          match: """
            domains: [{suffix: alpha.test, evidence: website}, {exact: www.api.alpha.test, evidence: cdn}]
            """, hit: "alpha.test"),
        RuleText.provider(
          "beta",
          match: """
            domains: [{suffix: api.alpha.test, evidence: usage}, {suffix: ai.big.test, evidence: usage},
            {regex: '^eu-[a-z0-9-]+\\.alpha\\.test$', evidence: usage, examples: [eu-1.alpha.test]},
            {regex: '^[a-z]+-ai\\.big\\.test$', evidence: usage, examples: [west-ai.big.test]},
            {exact: ws.shared.test, evidence: usage, shared: true, needs: {name: ai.big.test, within: 30s}}]
            """, hit: "api.alpha.test"),
      ], traps: RuleText.traps(["big.test", "www.ai.big.test"]))
  }

  @Test(
    "the most specific rule wins",
    arguments: [
      ("alpha.test", "suffix alpha.test"),
      ("x.y.alpha.test", "suffix alpha.test"),
      ("api.alpha.test", "suffix api.alpha.test"),
      ("v1.api.alpha.test", "suffix api.alpha.test"),
      ("www.api.alpha.test", "exact www.api.alpha.test"),
      ("x.www.api.alpha.test", "suffix api.alpha.test"),
      ("API.Alpha.TEST", "suffix api.alpha.test"),
      ("api.alpha.test.", "suffix api.alpha.test"),
      // A pattern comes after every suffix.
      ("eu-1.alpha.test", "suffix alpha.test"),
      // A trap silences the suffix, not the name that a pattern spells out, nor a longer suffix.
      ("west-ai.big.test", "regex ^[a-z]+-ai\\.big\\.test$"),
      ("ai.big.test", "suffix ai.big.test"),
      ("x.ai.big.test", "suffix ai.big.test"),
    ])
  func picks(name: String, rule: String) throws {
    let set = try Self.set()
    #expect(set.match(name: name).map { set.rules[$0.rule].text } == rule)
  }

  @Test(
    "what only looks alike does not match",
    arguments: [
      "notalpha.test", "alpha.test.evil.test", "test", ".", "", "alpha.test..", "big.test",
      "x.big.test", "www.ai.big.test", "a.www.ai.big.test", "alpha_test", "alpha.tes",
      "é.alpha.tést", String(repeating: "a.", count: 130) + "alpha.test",
    ])
  func ignores(name: String) throws {
    #expect(try Self.set().match(name: name) == nil)
  }

  @Test func aMatchLeadsToItsServiceAndLine() throws {
    let set = try Self.set()
    let match = try #require(set.match(name: "ws.shared.test"))
    #expect(set.services[match.service].id == "beta")
    #expect(set.services[match.service].providerName == "Provider beta")
    #expect(match.evidence == .usage)
    #expect(match.isShared)
    #expect(set.rules[match.rule].needs?.name == "ai.big.test")
    #expect(set.rules[match.rule].needs?.withinSeconds == 30)
    #expect(set.rules[match.rule].description == "providers/beta.yaml:14")
  }

  @Test func onlyExclusiveIngressBlocksMatchAndTheLongestWins() throws {
    let set = try RuleSet(compiling: [
      RuleText.provider(
        "one",
        match: """
          ips: [{cidr: 192.0.2.0/24, direction: ingress, exclusive: true, source: https://a.test},
          {cidr: 198.51.100.0/24, direction: egress, exclusive: true, source: https://a.test},
          {cidr: 203.0.113.0/24, direction: ingress, source: https://a.test},
          {cidr: '2001:db8::/32', direction: ingress, exclusive: true, source: https://a.test}]
          """, hit: "192.0.2.1, '2001:db8::1'", miss: "198.51.100.1, 203.0.113.1"),
      RuleText.provider(
        "two",
        match: """
          ips: [{cidr: 192.0.2.128/25, direction: ingress, exclusive: true, source: https://a.test}]
          """, hit: "192.0.2.200"),
    ])
    func service(_ address: String) throws -> String? {
      set.match(address: try #require(IPAddress(address))).map { set.services[$0.service].id }
    }
    #expect(try service("192.0.2.127") == "one")
    #expect(try service("192.0.2.128") == "two")
    #expect(try service("192.0.3.0") == nil)
    #expect(try service("198.51.100.1") == nil)
    #expect(try service("203.0.113.1") == nil)
    #expect(try service("2001:db8:ffff::1") == "one")
    #expect(try service("2001:db9::1") == nil)
  }

  @Test func pathsMatchAtABoundaryAndANamedPortWins() throws {
    let set = try RuleSet(compiling: [
      RuleText.provider(
        "local",
        match: """
          http: [{path_prefix: /api/chat, port: 11434}, {path_prefix: /v1/models, port: 11434, evidence: content}]
          """, hit: "':11434/api/chat'"),
      RuleText.provider(
        "any", match: "http: [{path_prefix: /v1/models/x}, {path_prefix: /v1}]",
        hit: "':80/v1'"),
    ])
    func service(_ path: String, _ port: UInt16) -> String? {
      set.matchHTTP(path: path, port: port).map { set.services[$0.service].id }
    }
    #expect(service("/api/chat", 11434) == "local")
    #expect(service("/api/chat?stream=1", 11434) == "local")
    #expect(service("/api/chatter", 11434) == nil)
    #expect(service("/api/chat", 8080) == nil)
    #expect(service("/v1/models/x", 11434) == "local")
    #expect(service("/v1/models/x", 8080) == "any")
    #expect(service("/", 11434) == nil)
    #expect(service("", 11434) == nil)
    #expect(set.matchHTTP(path: "/v1/models", port: 11434)?.evidence == .content)
  }

  @Test func theSitesOwnRulesBeatLongerOnesAndTraps() throws {
    var local = RuleText.provider(
      "ours", match: "domains: [{suffix: big.test, evidence: usage}]", hit: "www.big.test")
    local.isLocal = true
    let set = try RuleSet(
      compiling: [
        RuleText.provider(
          "theirs",
          match:
            "domains: [{suffix: ai.big.test, evidence: usage}, {suffix: z.test, evidence: usage}]",
          hit: "z.test"),
        local,
      ], traps: RuleText.traps(["big.test"]))
    #expect(set.match(name: "ai.big.test").map { set.services[$0.service].id } == "ours")
  }

  @Test func aRetiredProviderMatchesNothing() throws {
    let set = try RuleSet(compiling: [
      RuleText.provider(
        "gone", match: "domains: [{suffix: gone.test, evidence: usage}]", hit: "gone.test",
        status: "retired")
    ])
    #expect(set.match(name: "gone.test") == nil)
  }

  @Test func theVersionFollowsTheTextsNotTheirOrder() throws {
    let a = RuleText.provider(
      "a", match: "domains: [{suffix: a.test, evidence: usage}]", hit: "a.test")
    let b = RuleText.provider(
      "b", match: "domains: [{suffix: b.test, evidence: usage}]", hit: "b.test")
    var changed = b
    changed.text += "\n# a remark\n"
    let version = try RuleSet(compiling: [a, b]).version
    #expect(version.count == 12)
    #expect(try RuleSet(compiling: [b, a]).version == version)
    #expect(try RuleSet(compiling: [a, changed]).version != version)
    #expect(try RuleSet(compiling: [a]).version != version)
  }
}
