import StrictYAML
import Testing

@testable import ProviderRules

@Suite("What looks wrong in rule files")
struct RuleLintTests {
  static let policy = RuleSource(
    path: "policy.yaml", text: "schema: 1\ndefault: unknown\ngroups: []\nverdicts: []\n")

  /// `line:column id` of each warning.
  static func warnings(
    _ sources: [RuleSource], policy: RuleSource = Self.policy, suffixes: PublicSuffixes? = nil,
    today: String = "2026-11-21"
  ) throws -> [String] {
    let day = try #require(CalendarDate(today))
    return RuleLint.warnings(in: sources, policy: policy, suffixes: suffixes, today: day).map {
      "\($0.path.split(separator: "/").last ?? ""):\($0.line) \($0.id.rawValue)"
    }
  }

  private static func one(_ match: String, hit: String, miss: String = "x.other.test") -> RuleSource
  {
    RuleText.provider("p", match: match, hit: hit, miss: miss)
  }

  @Test func rulesThatChangeNothingAndRulesInEachOthersWay() throws {
    let rules = Self.one(
      """
      domains: [{suffix: a.test, evidence: usage},
          {suffix: b.a.test, evidence: usage}, {exact: c.a.test, evidence: usage},
          {exact: a.test, evidence: usage}, {suffix: cdn.a.test, evidence: cdn},
          {regex: '^x[0-9]\\.a\\.test$', evidence: usage, examples: [x1.a.test]}]
      """, hit: "a.test")
    let other = RuleText.provider(
      "q", match: "domains: [{exact: q.a.test, evidence: usage}]", hit: "q.a.test")
    #expect(
      try Self.warnings([rules, other]) == [
        "p.yaml:12 swallowed", "p.yaml:12 swallowed", "p.yaml:13 swallowed",
        "p.yaml:14 unreachable", "q.yaml:11 overlap",
      ])
    // The site's own rules are meant to repeat others, and a trap takes nothing away from this.
    var local = other
    local.isLocal = true
    local.path = "local/q.yaml"
    #expect(
      try Self.warnings([rules, local]).allSatisfy { $0.hasPrefix("p.yaml") })
  }

  @Test func datesExamplesAndSharedHosts() throws {
    let plain = Self.one("domains: [{suffix: a.test, evidence: usage}]", hit: "a.test")
    #expect(try Self.warnings([plain]).isEmpty)
    #expect(try Self.warnings([plain], today: "2027-11-01").isEmpty)
    #expect(try Self.warnings([plain], today: "2027-11-02") == ["p.yaml:12 stale"])
    #expect(try Self.warnings([plain], today: "2026-10-31") == ["p.yaml:12 future"])
    let bare = Self.one("domains: [{suffix: a.test, evidence: usage}]", hit: "a.test", miss: "")
    #expect(try Self.warnings([bare]) == ["p.yaml:7 no-miss"])
    let shared = Self.one(
      "domains: [{exact: a.test, evidence: usage, shared: true}]", hit: "a.test")
    #expect(try Self.warnings([shared]) == ["p.yaml:11 shared-alone"])
    // What is retired is never matched, what cannot be read is told of at load.
    let retired = RuleText.provider(
      "p", match: "domains: [{suffix: a.test, evidence: usage}]", hit: "a.test", status: "retired")
    #expect(try Self.warnings([retired, RuleSource(path: "providers/b.yaml", text: "{")]).isEmpty)
  }

  @Test func suffixesOfEverybody() throws {
    let list = PublicSuffixes(
      parsing: """
        // ===BEGIN ICANN DOMAINS===
        test
        *.wild.test
        !kept.wild.test
        // ===BEGIN PRIVATE DOMAINS===
        pages.host.test // a comment
        """)
    for (name, id) in [
      ("x.wild.test", "public-suffix"), ("pages.host.test", "private-suffix"),
    ] {
      let rules = Self.one("domains: [{suffix: \(name), evidence: usage}]", hit: name)
      #expect(try Self.warnings([rules], suffixes: list) == ["p.yaml:11 \(id)"])
    }
    for name in ["kept.wild.test", "wild.test", "a.pages.host.test", "host.test"] {
      let rules = Self.one("domains: [{suffix: \(name), evidence: usage}]", hit: name)
      #expect(try Self.warnings([rules], suffixes: list).isEmpty, "\(name)")
    }
  }

  @Test func linesOfThePolicyThatLapse() throws {
    let policy = RuleSource(
      path: "policy.yaml",
      text: """
        schema: 1
        default: unapproved
        groups: []
        verdicts:
          - {group: '*', provider: p, verdict: approved, owner: o, reason: r, expires: 2026-11-20}
          - {group: '*', provider: q, verdict: approved, owner: o, reason: r, expires: 2026-11-21}
          - {group: '*', provider: r, verdict: approved, owner: o, reason: r, expires: 2026-12-05}
          - {group: '*', provider: s, verdict: approved, owner: o, reason: r, expires: 2026-12-06}
          - {group: '*', provider: t, verdict: approved, owner: o, reason: r}
        """)
    #expect(
      try Self.warnings([], policy: policy) == [
        "policy.yaml:5 expired", "policy.yaml:6 expiring", "policy.yaml:7 expiring",
      ])
  }

  @Test func ignoresNeedAKnownIDAndAReason() {
    let text = """
      one # lint ignore overlap: both are meant
      # lint ignore stale: asked on the phone
      three
      four # lint ignore overlap
      five # lint ignore overlapp: near
      six # lint ignore swallowed: nothing to see
      # lint ignore
      """
    func warning(_ line: Int, _ id: DiagnosticID, _ severity: Diagnostic.Severity = .warning)
      -> Diagnostic
    {
      Diagnostic(
        path: "f", location: YAMLLocation(line: line, column: 3), id: id, severity: severity,
        message: "m")
    }
    var ignores = LintIgnores(in: text, path: "f")
    let asked = [
      warning(1, .overlap), warning(3, .stale), warning(2, .stale), warning(1, .stale),
      warning(1, .overlap, .error), warning(4, .overlap),
    ]
    let answers = asked.map { ignores.ignores($0) }
    #expect(answers == [true, true, false, false, false, false])
    var windows = LintIgnores(
      in: text.split(separator: "\n").joined(separator: "\r\n"), path: "f")
    let again = asked.map { windows.ignores($0) }
    #expect(again == answers)
    #expect(
      ignores.warnings.map { "\($0.line):\($0.column) \($0.message)" } == [
        "4:6 expected a reason: `lint ignore overlap: why`",
        "5:6 expected the id of a warning behind `lint ignore`, found `overlapp`; did you mean `overlap`?",
        "7:1 expected the id of a warning behind `lint ignore`, found ``",
        "6:5 expected a warning `swallowed` in line 6 to ignore, found none",
      ])
  }

  @Test("every kind of mistake at load has a stable id")
  func ids() throws {
    func ids(_ sources: [RuleSource], traps: RuleSource? = nil) -> [String] {
      do {
        _ = try RuleSet(compiling: sources, traps: traps)
        return []
      } catch {
        return Set(error.diagnostics.map(\.id.rawValue)).sorted()
      }
    }
    func rule(_ text: String, hit: String = "a.test") -> [RuleSource] {
      [RuleText.provider("p", match: "domains: [\(text)]", hit: hit)]
    }
    #expect(ids([RuleSource(path: "providers/p.yaml", text: "a: [")]) == ["syntax"])
    #expect(ids(rule("{sufix: a.test, evidence: usage}")) == ["key", "value"])
    #expect(ids(rule("{suffix: a.test, evidence: use}")) == ["value"])
    #expect(ids(rule("{suffix: co.uk, evidence: usage}")) == ["public-suffix"])
    #expect(ids(rule("{regex: 'a.test', evidence: usage, examples: [a.test]}")) == ["regex"])
    #expect(ids(rule("{suffix: a.test, evidence: usage}", hit: "b.test")) == ["example"])
    #expect(
      ids(rule("{suffix: a.test, evidence: usage}, {suffix: a.test, evidence: usage}"))
        == ["duplicate"])
    #expect(
      ids(rule("{suffix: a.test, evidence: usage}"), traps: RuleText.traps(["a.test"])) == ["trap"])
    let known = Set(DiagnosticID.all.map(\.id.rawValue))
    #expect(known.count == DiagnosticID.all.count)
  }
}
