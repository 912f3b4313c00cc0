import ProviderRules
import RecordStore
import Testing
import TokenEstimation
import WireFormat

@testable import Reports

@Suite("what is used of a budget")
struct BudgetUseTests {
  /// 2026-11-02, a Monday.
  private static let day = Office.eight.daysSince1970

  private static func budget(
    _ limit: Budget.Limit, _ span: Budget.Span = .day, group: String? = "marketing",
    use: PolicySubject.Use = .everything, tenant: String? = nil
  ) -> Budget {
    Budget(
      subject: PolicySubject(group: group, use: use, tenant: tenant), span: span, limit: limit,
      owner: "o", reason: "r", line: 7)
  }

  /// A record with so many turns of 80 to 130 tokens, likely 100, all of one error, and as many in the prompt.
  private static func record(
    turns: Int = 1, abstained: Int = 0, group: String? = "marketing", service: String = "acme-api",
    tenant: String? = nil, day: Int64 = 0
  ) -> UsageRecord {
    let start = Office.eight.advanced(byNanoseconds: day * 86_400_000_000_000)
    var record = Office.records[0]
    record.windowStart = start
    record.windowEnd = start.advanced(byNanoseconds: 300_000_000_000)
    (record.provider, record.service, record.tenant) = ("acme", service, tenant)
    record.host.group = group
    (record.promptTokens, record.completionTokens) = (TokenSum(), TokenSum())
    record.turnCount = turns + abstained
    for _ in 0..<turns {
      record.promptTokens.add(TokenEstimate(exactly: 0))
      record.completionTokens.add(
        TokenEstimate(low: 80, likely: 100, high: 130, sharedVariance: 1))
    }
    for _ in 0..<abstained { record.completionTokens.addAbstention() }
    record.cost =
      turns > 0
      ? .init(
        low: Double(turns), likely: 2 * Double(turns), high: 3 * Double(turns), currency: "EUR",
        priceDate: "2026-01-01")
      : nil
    (record.wireBytesUp, record.wireBytesDown) = (100, 900)
    record.captureLoss = .init(missedBytes: 50)
    return record
  }

  private static func use(_ budget: Budget, _ records: [UsageRecord]) -> BudgetUse {
    var use = BudgetUse(of: budget, on: day)
    for record in records { use.add(record) }
    return use
  }

  @Test(
    "within, over or between, by the interval",
    arguments: [
      (129, BudgetUse.State.mayBeOver), (131, .within), (79, .over), (80, .mayBeOver),
      (100, .mayBeOver),
    ])
  func states(limit: Int, state: BudgetUse.State) {
    let use = Self.use(Self.budget(.tokens(limit)), [Self.record()])
    let mean = use.used.likely
    #expect(use.used.low > 0 && use.used.low < mean && mean < use.used.high)
    #expect(use.state == state, "\(use.used)")
  }

  @Test("turns without a figure are told, and leave no certainty but that it is over")
  func unknownTurns() {
    let records = [Self.record(turns: 1, abstained: 1)]
    let roomy = Self.use(Self.budget(.tokens(1_000)), records)
    #expect(roomy.unknownShare == 0.5 && roomy.unknownTurnCount == 1 && roomy.state == .within)
    // Were the other turn like this one, it would be over.
    #expect(Self.use(Self.budget(.tokens(200)), records).state == .mayBeOver)
    #expect(Self.use(Self.budget(.tokens(50)), records).state == .over)
    let nothing = Self.use(Self.budget(.tokens(1_000)), [Self.record(turns: 0, abstained: 3)])
    #expect(nothing.state == .mayBeOver && nothing.unknownShare == 1)
    #expect(Self.use(Self.budget(.tokens(1)), []).state == .within)
  }

  @Test("costs count in the budget's currency, and what has none is unknown")
  func costs() {
    let euros = Self.use(Self.budget(.cost(3, currency: "EUR")), [Self.record()])
    #expect(euros.used == (1, 2, 3) && euros.state == .within)
    #expect(Self.use(Self.budget(.cost(2.5, currency: "EUR")), [Self.record()]).state == .mayBeOver)
    #expect(Self.use(Self.budget(.cost(0.5, currency: "EUR")), [Self.record()]).state == .over)
    let dollars = Self.use(Self.budget(.cost(3, currency: "USD")), [Self.record()])
    #expect(dollars.used.high == 0 && dollars.unknownShare == 1 && dollars.state == .mayBeOver)
  }

  @Test("octets are counted, and what the capture missed may have been more")
  func octets() {
    #expect(Self.use(Self.budget(.octets(1_050)), [Self.record()]).state == .within)
    #expect(Self.use(Self.budget(.octets(1_049)), [Self.record()]).state == .mayBeOver)
    #expect(Self.use(Self.budget(.octets(999)), [Self.record()]).state == .over)
  }

  @Test("only the group's records of the period, the use and the tenant count")
  func counts() {
    let records = [
      Self.record(), Self.record(group: "engineering"), Self.record(group: nil),
      Self.record(day: 1),
      Self.record(day: 6), Self.record(day: 7), Self.record(day: -1),
      Self.record(service: "acme-chat"),
      Self.record(tenant: "ours"),
    ]
    func turns(_ budget: Budget) -> Int { Self.use(budget, records).turnCount }
    #expect(turns(Self.budget(.tokens(1))) == 3)
    #expect(turns(Self.budget(.tokens(1), group: nil)) == 5)
    #expect(turns(Self.budget(.tokens(1), .week)) == 5)
    #expect(turns(Self.budget(.tokens(1), .month)) == 7 - 0)
    #expect(turns(Self.budget(.tokens(1), use: .service("acme-api"))) == 2)
    #expect(turns(Self.budget(.tokens(1), use: .provider("acme"))) == 3)
    #expect(turns(Self.budget(.tokens(1), use: .provider("other"))) == 0)
    #expect(turns(Self.budget(.tokens(1), use: .provider("acme"), tenant: "ours")) == 1)
  }

  @Test("the report says how budgets and expiring lines stand, in every form")
  func reports() throws {
    let text = """
      schema: 1
      default: unknown
      groups: [{id: marketing, cidrs: [10.20.4.0/24]}]
      verdicts:
        - {group: marketing, provider: acme, verdict: approved, owner: '<b>', reason: r, expires: 2026-11-05}
        - {group: '*', provider: acme, verdict: tolerated, owner: o, reason: r, expires: 2026-10-30}
        - {group: '*', provider: other, verdict: tolerated, owner: o, reason: r}
      budgets:
        - {group: marketing, per: day, tokens: 131, owner: o, reason: r}
        - {group: marketing, per: week, tokens: 5, owner: o, reason: r}
      """
    let policy = try Policy(compiling: RuleSource(path: "policy.yaml", text: text))
    var stated = PolicyReport(policy, path: "/etc/p.yaml", on: Self.day)
    stated.add(Self.record())
    #expect(
      stated.expiring.map { stated.text($0) } == [
        "approved for marketing, provider acme: expires in 3 days, last day 2026-11-05 (/etc/p.yaml:5)",
        "tolerated for all hosts, provider acme: lapsed 3 days ago, last day 2026-10-30 (/etc/p.yaml:6)",
      ])
    #expect(stated.text(stated.budgets[0]).hasPrefix("within: marketing, all AI services: "))
    #expect(
      stated.text(stated.budgets[0]).hasSuffix(" of 131 tokens, day 2026-11-02 (/etc/p.yaml:9)"))
    #expect(
      stated.text(stated.budgets[1]).hasSuffix("week 2026-11-02 to 2026-11-08 (/etc/p.yaml:10)"))
    var report = Office.report
    report.policy = stated
    let terminal = TerminalReport.render(report, color: false)
    #expect(
      terminal.contains("Budget     within: marketing")
        && terminal.contains("Expiry     approved for"))
    let page = HTMLReport.render(report)
    #expect(page.contains("over: marketing, all AI services") && page.contains("&lt;b&gt;: r"))
    let json = JSONReport.render(report)
    #expect(json.contains("\"state\": \"over\"") && json.contains("\"days_left\": -3"))
    #expect(JSONReport.render(Office.report).contains("\"policy\": null"))
  }
}
