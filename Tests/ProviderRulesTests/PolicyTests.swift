import Testing
import WireFormat

@testable import ProviderRules

@Suite("Policy")
struct PolicyTests {
  static let text = """
    schema: 1
    default: unapproved
    groups:
      - {id: lab, cidrs: [10.0.1.0/24, '2001:db8:1::/48'], default: unknown}
      - {id: bench, cidrs: [10.0.1.64/26], macs: ['02:00:00:00:00:07']}
      - {id: guests, cidrs: [10.0.9.0/24], excluded: true}
    verdicts:
      - {group: lab, provider: acme, verdict: tolerated, owner: o@example.com, reason: trial}
      - {group: lab, service: acme-api, verdict: approved, owner: o@example.com, reason: contract, expires: 2026-06-30}
      - {group: '*', service: acme-chat, verdict: approved, owner: o@example.com, reason: harmless}
      - {group: '*', provider: acme, verdict: unapproved, owner: o@example.com, reason: no contract}
    """

  static func policy() throws -> Policy {
    try Policy(compiling: RuleSource(path: "policy.yaml", text: text))
  }

  /// 2026-06-30 23:59:59 UTC, the last second on which the dated line holds.
  static let lastSecond = Timestamp(seconds: 1_782_863_999)

  @Test func aHostIsInItsLongestBlockAndItsMACComesFirst() throws {
    let policy = try Self.policy()
    func group(_ text: String, mac: String? = nil) throws -> String? {
      policy.group(of: try #require(IPAddress(text)), mac: mac.flatMap(MACAddress.init))
    }
    #expect(try group("10.0.1.1") == "lab")
    #expect(try group("10.0.1.65") == "bench")
    #expect(try group("2001:db8:1::5") == "lab")
    #expect(try group("10.0.2.1") == nil)
    #expect(try group("10.0.2.1", mac: "02:00:00:00:00:07") == "bench")
    #expect(try group("10.0.1.1", mac: "02:00:00:00:00:08") == "lab")
  }

  @Test(
    "the most specific line wins",
    arguments: [
      ("lab", "acme-api", Verdict.approved, "policy.yaml:9"),
      // The group's own line about the provider comes before everybody's line about the service.
      ("lab", "acme-chat", .tolerated, "policy.yaml:8"),
      ("bench", "acme-chat", .approved, "policy.yaml:10"),
      ("bench", "acme-api", .unapproved, "policy.yaml:11"),
    ])
  func picks(group: String, service: String, verdict: Verdict, line: String) throws {
    let decision = try Self.policy().verdict(
      group: group, provider: "acme", service: service, tenant: nil, on: Self.lastSecond)
    #expect(decision.verdict == verdict)
    #expect(decision.line == line)
  }

  @Test func aLineHoldsThroughItsLastDayAndNoLonger() throws {
    let policy = try Self.policy()
    let next = Self.lastSecond.advanced(byNanoseconds: 1_000_000_000)
    func verdict(_ time: Timestamp) -> Verdict {
      policy.verdict(group: "lab", provider: "acme", service: "acme-api", tenant: nil, on: time)
        .verdict
    }
    #expect(verdict(Self.lastSecond) == .approved)
    #expect(verdict(next) == .tolerated)
  }

  @Test func whereNoLineSpeaksTheDefaultsHold() throws {
    let policy = try Self.policy()
    func verdict(_ group: String?) -> Verdict {
      policy.verdict(
        group: group, provider: "other", service: "other", tenant: nil, on: Self.lastSecond
      ).verdict
    }
    #expect(verdict("lab") == .unknown)
    #expect(verdict("bench") == .unapproved)
    #expect(verdict(nil) == .unapproved)
    #expect(verdict("no-such-group") == .unapproved)
  }

  @Test func excludedGroupsAreKnown() throws {
    let policy = try Self.policy()
    #expect(policy.isExcluded(IPAddress(v4: 0x0a00_0905)))
    #expect(!policy.isExcluded(IPAddress(v4: 0x0a00_0105)))
    #expect(!policy.isExcluded(IPAddress(v4: 0x0808_0808)))
  }

  @Test(
    "days are counted down to the first timestamp there is",
    arguments: [
      (0, 0), (-1, -1), (86_399_999_999_999, 0), (86_400_000_000_000, 1), (Int64.min, -106_752),
    ])
  func countsDays(nanoseconds: Int64, day: Int) {
    #expect(Timestamp(nanoseconds: nanoseconds).daysSince1970 == day)
  }

  @Test(
    "mistakes are named with their place",
    arguments: [
      ("groups: [{id: a, cidrs: [10.0.0.1/24]}]", "3:26: expected a block such as"),
      ("groups: [{id: a}]", "3:10: expected cidrs or macs"),
      ("groups: [{id: a, macs: ['1:2']}]", "3:25: expected an address such as"),
      (
        "groups: [{id: a, cidrs: [10.0.0.0/24]}, {id: b, cidrs: [10.0.0.0/24]}]",
        "3:57: expected each block once"
      ),
      (
        "verdicts: [{group: lba, provider: p, verdict: approved, owner: o, reason: r}]",
        "3:20: expected the id of a group, found `lba`"
      ),
      (
        "verdicts: [{group: '*', verdict: approved, owner: o, reason: r}]",
        "3:12: expected either provider or service"
      ),
      (
        "verdicts: [{group: '*', provider: p, verdict: unknown, owner: o, reason: r}]",
        "3:47: expected one of approved, tolerated, unapproved"
      ),
      (
        "verdicts: [{group: '*', provider: p, verdict: approved, owner: o, reason: r, expires: soon}]",
        "3:87: expected a date as YYYY-MM-DD"
      ),
      (
        "verdicts: [{group: '*', provider: p, verdict: approved, owner: o}]",
        "3:12: expected key `reason`"
      ),
    ])
  func refuses(line: String, start: String) {
    let source = RuleSource(path: "policy.yaml", text: "schema: 1\ndefault: unknown\n\(line)\n")
    let errors = #expect(throws: RuleErrors.self) { try Policy(compiling: source) }
    let found = errors?.diagnostics.map { "\($0.line):\($0.column): \($0.message)" } ?? []
    #expect(found.contains { $0.hasPrefix(start) }, "\(found)")
  }

  @Test func targetsThatTheRulesDoNotKnowAreErrors() throws {
    let rules = try RuleSet(compiling: [
      RuleText.provider(
        "acme", match: "domains: [{suffix: acme.test, evidence: usage}]", hit: "acme.test",
        service: "acme-api")
    ])
    let errors = #expect(throws: RuleErrors.self) {
      try Policy(compiling: RuleSource(path: "policy.yaml", text: Self.text), against: rules)
    }
    #expect(
      errors?.lines == [
        "policy.yaml:10:27: error: expected the id of a service, found `acme-chat`"
      ])
  }
}
