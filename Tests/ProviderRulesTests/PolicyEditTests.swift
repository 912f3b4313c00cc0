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

  @Test("a line that is replaced keeps what it says already, with every comment")
  func replacesFieldByField() throws {
    let text =
      Self.head
        + """

        verdicts:
          # why we have it
          - group: g   # all of us
            # the contract
            provider: p
            owner: 'o'  # a person
            verdict: approved
            reason: "old"   # see the wiki
            expires: 2026-01-31 # asked for more

          - {group: '*', provider: p, verdict: approved, owner: a, reason: b}
        """
    let forms = [
      text, text.replacing("\"old\"", with: "old"),
      text.replacing("\"old\"   # see the wiki", with: "an ''old'' one   # see the wiki"),
    ]
    for (index, text) in forms.enumerated() {
      let edited = try PolicyEdit.adding(Self.line("g", .provider("p")), to: text, replaces: true)
      let policy = try Policy(compiling: RuleSource(path: "p", text: edited))
      #expect(policy.lines.count == 2 && policy.lines[0].verdict == .tolerated)
      #expect(policy.lines[0].expires == CalendarDate("2027-01-31"))
      for comment in ["# why we have it", "    # the contract\n"] {
        #expect(edited.contains(comment), "\(comment)")
      }
      // A value in double quotes may hold anything: such an entry is written anew.
      guard index > 0 else { continue }
      #expect(
        edited.contains("group: g   # all of us\n") && edited.contains("owner: 'o'  # a person\n"))
      #expect(edited.contains("reason: 'it''s fine: #1'   # see the wiki\n"))
      #expect(edited.contains("expires: 2027-01-31 # asked for more\n"))
    }
    var line = Self.line("g", .provider("p"))
    line.expires = nil
    let edited = try PolicyEdit.adding(line, to: forms[1], replaces: true)
    #expect(edited.contains("    # asked for more\n") && !edited.contains("expires"))
  }

  @Test("the tenant is a part of what a line speaks of")
  func addsTenants() throws {
    var line = Self.line("g", .service("s"))
    let first = try PolicyEdit.adding(line, to: Self.head, replaces: false)
    line.tenant = "123"
    let second = try PolicyEdit.adding(line, to: first, replaces: false)
    let policy = try Policy(compiling: RuleSource(path: "p", text: second))
    #expect(policy.lines.map(\.target.tenant) == [nil, "123"])
    #expect(throws: PolicyEdit.Failure.exists(policy.lines[1].location.line)) {
      try PolicyEdit.adding(line, to: second, replaces: false)
    }
    let back = try PolicyEdit.removing("g", .service("s"), "123", from: second)
    #expect(back.text == first)
    #expect(throws: PolicyEdit.Failure.missing) {
      try PolicyEdit.removing("g", .service("s"), "123", from: first)
    }
  }

  @Test("a line that is taken out leaves all others and every comment of its own line")
  func removes() throws {
    let text =
      Self.head
      + "\nverdicts: # ours\n  # one\n  - {group: g, provider: p, verdict: approved, owner: a, reason: b}\n  # two\n  - group: g\n    # inside\n    provider: q\n    verdict: approved\n    owner: a\n    reason: b\n  # end\n"
    let first = try PolicyEdit.removing("g", .provider("q"), nil, from: text)
    #expect(
      first.text
        == Self.head
        + "\nverdicts: # ours\n  # one\n  - {group: g, provider: p, verdict: approved, owner: a, reason: b}\n  # two\n    # inside\n  # end\n"
    )
    let second = try PolicyEdit.removing("g", .provider("p"), nil, from: first.text)
    let policy = try Policy(compiling: RuleSource(path: "p", text: second.text))
    #expect(policy.lines.isEmpty && second.text.contains("verdicts: [] # ours\n  # one\n"))
    // And back again: the comments are still there.
    let third = try PolicyEdit.adding(
      Self.line("g", .provider("p")), to: second.text, replaces: false)
    #expect(try Policy(compiling: RuleSource(path: "p", text: third)).lines.count == 1)
    #expect(third.contains("verdicts: # ours\n"))
    let crlf = text.replacing("\n", with: "\r\n")
    #expect(
      try PolicyEdit.removing("g", .provider("q"), nil, from: crlf).text
        == first.text.replacing("\n", with: "\r\n"))
  }
}
