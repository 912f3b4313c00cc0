import StrictYAML
import Testing

@testable import ProviderRules

@Suite("Editing a policy file")
struct PolicyEditTests {
  private static func line(
    _ group: String, _ target: PolicyEdit.Line.Target, reason: String = "it's fine: #1"
  ) -> PolicyEdit.Line {
    PolicyEdit.Line(
      group: group, target: target, verdict: .tolerated, owner: "o", reason: reason,
      expires: CalendarDate("2027-01-31"))
  }

  private static let head = """
    # ours
    schema: 1
    default: unapproved
    groups:
      - {id: g, cidrs: [10.0.0.0/8]}  # all
    """

  @Test(
    "every other octet stays, and the new line says what was asked",
    arguments: [
      "",
      "\n",
      "\nverdicts: []  # none yet\n",
      "\nverdicts:\n  # first\n  - {group: g, provider: p, verdict: approved, owner: a, reason: b}\n  # last\n",
      "\nverdicts:\n- group: g\n  provider: p\n  verdict: approved\n  owner: a\n  reason: b\n\n# the end\n",
      "\nverdicts:\n    - group: '*'\n      service: s\n      verdict: approved\n      owner: a # who\n      reason: b",
    ])
  func adds(rest: String) throws {
    for text in [
      Self.head + rest,
      (Self.head + rest).split(separator: "\n", omittingEmptySubsequences: false).joined(
        separator: "\r\n"),
    ] {
      let line = Self.line("g", .service("new"))
      let edited = try PolicyEdit.adding(line, to: text, replaces: false)
      let policy = try Policy(compiling: RuleSource(path: "p", text: edited))
      let before = try Policy(compiling: RuleSource(path: "p", text: text))
      #expect(policy.lines.count == before.lines.count + 1)
      let decision = policy.verdict(
        group: "g", provider: "x", service: "new", tenant: nil, on: .init(nanoseconds: 0))
      #expect(decision.verdict == .tolerated && decision.reason == "it's fine: #1 (o)")
      // What was there is there in its order.
      var rest = edited.split(whereSeparator: \.isNewline)[...]
      for old in text.split(whereSeparator: \.isNewline) where !old.hasPrefix("verdicts: []") {
        let place = rest.firstIndex(of: old)
        #expect(place != nil, "\(old)")
        if let place { rest = rest[(place + 1)...] }
      }
      #expect(edited.contains("\r\n") == text.contains("\r\n"))
    }
  }

  @Test func replacesOnlyWhenAsked() throws {
    let text =
      Self.head
      + "\nverdicts:\n  - {group: g, provider: p, verdict: approved, owner: a, reason: b}\n  # kept\n  - {group: '*', provider: p, verdict: approved, owner: a, reason: b}\n"
    #expect(throws: PolicyEdit.Failure.exists(7)) {
      try PolicyEdit.adding(Self.line("g", .provider("p")), to: text, replaces: false)
    }
    let edited = try PolicyEdit.adding(Self.line("g", .provider("p")), to: text, replaces: true)
    let policy = try Policy(compiling: RuleSource(path: "p", text: edited))
    #expect(policy.lines.count == 2 && edited.contains("  # kept\n"))
    #expect(
      policy.verdict(
        group: "g", provider: "p", service: "s", tenant: nil, on: .init(nanoseconds: 0)
      ).verdict
        == .tolerated)
    #expect(
      policy.verdict(
        group: nil, provider: "p", service: "s", tenant: nil, on: .init(nanoseconds: 0)
      ).verdict
        == .approved)
  }

  @Test("a list in another form is left to a person")
  func refusesFlow() {
    let text =
      Self.head + "\nverdicts: [{group: g, provider: p, verdict: approved, owner: a, reason: b}]\n"
    #expect(throws: PolicyEdit.Failure.form) {
      try PolicyEdit.adding(Self.line("g", .provider("q")), to: text, replaces: false)
    }
  }
}
