import StrictYAML
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

  @Test(
    "a tenant comes before none, within the host's own group first",
    arguments: [
      ("lab", "acme-api", "ours", Verdict.approved, 7),
      ("lab", "acme-api", "theirs", .tolerated, 8),
      ("lab", "acme-api", nil, .tolerated, 8), ("lab", "acme-chat", "ours", .unapproved, 9),
      ("lab", "acme-chat", "theirs", .tolerated, 8), (nil, "acme-api", "ours", .unapproved, 10),
      (nil, "acme-api", "(other)", .approved, 11), (nil, "acme-api", nil, .approved, 11),
    ] as [(String?, String, String?, Verdict, Int)])
  func picksTenants(
    group: String?, service: String, tenant: String?, verdict: Verdict, line: Int
  ) throws {
    let text = """
      schema: 1
      default: unknown
      groups:
        - {id: lab, cidrs: [10.0.1.0/24]}

      verdicts:
        - {group: lab, service: acme-api, tenant: ours, verdict: approved, owner: o, reason: r}
        - {group: lab, provider: acme, verdict: tolerated, owner: o, reason: r}
        - {group: lab, provider: acme, tenant: ours, verdict: unapproved, owner: o, reason: r}
        - {group: '*', provider: acme, tenant: ours, verdict: unapproved, owner: o, reason: r}
        - {group: '*', service: acme-api, verdict: approved, owner: o, reason: r}
      """
    let policy = try Policy(compiling: RuleSource(path: "p", text: text))
    let decision = policy.verdict(
      group: group, provider: "acme", service: service, tenant: tenant, on: Self.lastSecond)
    #expect(decision.verdict == verdict && decision.line == "p:\(line)")
    #expect(policy.namedTenants == ["ours"])
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
        "verdicts: [{group: '*', provider: p, tenant: '*', verdict: approved, owner: o, reason: r}]",
        "3:46: expected one label of a host name (a-z, 0-9, `-`), no pattern, found `*`"
      ),
      (
        "verdicts: [{group: '*', provider: p, tenant: Ours, verdict: approved, owner: o, reason: r}]",
        "3:46: expected one label of a host name"
      ),
      (
        "verdicts: [{group: '*', provider: p, tenant: a.b, verdict: approved, owner: o, reason: r}]",
        "3:46: expected one label of a host name"
      ),
      (
        "verdicts: [{group: '*', tenant: a, verdict: approved, owner: o, reason: r}]",
        "3:12: expected either provider or service"
      ),
      ("expiry_notice_days: 400", "3:21: expected a whole number from 0 to 366"),
      (
        "budgets: [{group: '*', per: day, owner: o, reason: r}]",
        "3:11: expected one of tokens, octets or cost"
      ),
      (
        "budgets: [{group: '*', per: day, tokens: 1, octets: 1, owner: o, reason: r}]",
        "3:11: expected one of tokens, octets or cost"
      ),
      (
        "budgets: [{group: '*', per: dya, tokens: 1, owner: o, reason: r}]",
        "3:29: expected one of day, week, month (did you mean `day`?)"
      ),
      (
        "budgets: [{group: '*', per: day, tokens: 0, owner: o, reason: r}]",
        "3:42: expected a whole number from 1"
      ),
      (
        "budgets: [{group: '*', per: day, tokens: 1e6, owner: o, reason: r}]",
        "3:42: expected a whole number from 1"
      ),
      (
        "budgets: [{group: '*', per: day, cost: 5, owner: o, reason: r}]",
        "3:11: expected a currency code"
      ),
      (
        "budgets: [{group: '*', per: day, cost: 5, currency: euro, owner: o, reason: r}]",
        "3:53: expected a currency code"
      ),
      (
        "budgets: [{group: '*', per: day, octets: 5, currency: EUR, owner: o, reason: r}]",
        "3:55: expected currency only beside cost"
      ),
      (
        "budgets: [{group: '*', per: day, tokens: 1, tenant: a, owner: o, reason: r}]",
        "3:53: expected provider or service beside tenant"
      ),
      (
        "budgets: [{group: '*', provider: p, service: s, per: day, tokens: 1, owner: o, reason: r}]",
        "3:11: expected provider or service, not both"
      ),
      (
        "budgets: [{group: lba, per: day, tokens: 1, owner: o, reason: r}]",
        "3:19: expected the id of a group, found `lba`"
      ),
      (
        "budgets: [{group: '*', host: a, per: day, tokens: 1, owner: o, reason: r}]",
        "3:24: expected a key of a budget, found unknown key `host`"
      ),
      (
        "budgets: [{group: '*', per: day, tokens: 1, owner: o, reason: r}, {group: '*', per: day, tokens: 2, owner: o, reason: r}]",
        "3:67: expected one budget of tokens a day, found another in line 3"
      ),
      (
        "groups: [{id: g, cidrs: [10.0.0.0/24], excluded: true}]\nbudgets: [{group: g, per: day, tokens: 1, owner: o, reason: r}]",
        "4:19: expected a group that leaves records, found `g`, which is excluded"
      ),
      (
        "groups: [{id: g, cidrs: [10.0.0.7/32]}]\nbudgets: [{group: g, per: day, tokens: 1, owner: o, reason: r}]",
        "4:19: expected a group of more than one address: a budget of `g` would be a person's"
      ),
      (
        "groups: [{id: g, macs: ['02:00:00:00:00:07']}]\nbudgets: [{group: g, per: day, tokens: 1, owner: o, reason: r}]",
        "4:19: expected a group of more than one address"
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

  @Test("budgets and tenants of what the rules do not know are errors, with the near names")
  func budgetsNameWhatThereIs() throws {
    let rules = try RuleSet(compiling: [
      RuleText.provider(
        "acme", match: "domains: [{suffix: acme.test, evidence: usage}]", hit: "acme.test",
        service: "acme-api")
    ])
    let text = """
      schema: 1
      default: unknown
      budgets:
        - {group: '*', provider: acmee, per: day, tokens: 1, owner: o, reason: r}
        - {group: '*', service: acme-ap, per: day, tokens: 1, owner: o, reason: r}
        - {group: '*', service: acme-api, tenant: ours, per: day, tokens: 1, owner: o, reason: r}
      """
    let errors = #expect(throws: RuleErrors.self) {
      try Policy(compiling: RuleSource(path: "p", text: text), against: rules)
    }
    #expect(
      errors?.lines == [
        "p:4:28: error: expected the id of a provider, found `acmee`; did you mean `acme`?",
        "p:5:27: error: expected the id of a service, found `acme-ap`; did you mean `acme-api`?",
        "p:6:45: error: expected no tenant: names of `acme-api` tell none",
      ])
  }

  @Test(
    "a day, an ISO week and a month, over the ends of years and leap days",
    arguments: [
      (Budget.Span.day, "2026-11-21", "2026-11-21", "2026-11-21"),
      (.week, "2026-11-21", "2026-11-16", "2026-11-22"),
      (.week, "2026-11-16", "2026-11-16", "2026-11-22"),
      (.week, "1970-01-05", "1970-01-05", "1970-01-11"),
      (.week, "2027-01-01", "2026-12-28", "2027-01-03"),
      (.month, "2026-11-21", "2026-11-01", "2026-11-30"),
      (.month, "2026-12-31", "2026-12-01", "2026-12-31"),
      (.month, "2028-02-10", "2028-02-01", "2028-02-29"),
      (.month, "2100-02-10", "2100-02-01", "2100-02-28"),
      (.month, "9999-12-31", "9999-12-01", "9999-12-31"),
    ])
  func periods(span: Budget.Span, day: String, first: String, last: String) throws {
    let budget = Budget(
      subject: PolicySubject(group: nil, use: .everything), span: span, limit: .tokens(1),
      owner: "o", reason: "r", line: 1)
    let period = budget.period(holding: try #require(CalendarDate(day)).daysSince1970)
    #expect(CalendarDate(daysSince1970: period.lowerBound)?.description == first)
    #expect(CalendarDate(daysSince1970: period.upperBound - 1)?.description == last)
  }

  @Test(
    "days that no calendar of ours has do no harm",
    arguments: [Int.min / 2, -106_752, -1, 2_932_897, Int.max / 2])
  func periodsOfWildDays(day: Int) {
    for span in Budget.Span.allCases {
      let budget = Budget(
        subject: PolicySubject(group: nil, use: .everything), span: span, limit: .tokens(1),
        owner: "o", reason: "r", line: 1)
      #expect(budget.period(holding: day).contains(day))
    }
  }

  @Test("lines are told fourteen days before, or as many as the file says, and lapse the day after")
  func standing() throws {
    func standing(_ day: String, notice: String = "") throws -> Policy.Standing {
      let text = """
        schema: 1
        default: unknown
        \(notice)
        verdicts:
          - {group: '*', provider: p, verdict: approved, owner: o, reason: r, expires: 2026-06-30}
        """
      let policy = try Policy(compiling: RuleSource(path: "p", text: text))
      let line = try #require(policy.listedLines.first)
      return line.standing(
        on: try #require(CalendarDate(day)).daysSince1970, noticeDays: policy.noticeDays)
    }
    #expect(try standing("2026-06-15") == .inForce)
    #expect(try standing("2026-06-16") == .expires(days: 14))
    #expect(try standing("2026-06-30") == .expires(days: 0))
    #expect(try standing("2026-07-01") == .lapsed(days: 1))
    #expect(try standing("2026-06-16", notice: "expiry_notice_days: 13") == .inForce)
    #expect(try standing("2026-01-30", notice: "expiry_notice_days: 200") == .expires(days: 151))
    #expect(try standing("2026-06-30", notice: "expiry_notice_days: 0") == .expires(days: 0))
  }
}
