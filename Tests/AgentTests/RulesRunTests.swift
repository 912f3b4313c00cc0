import Foundation
import Reports
import Testing

@testable import Agent

@Suite("gnomon rules")
struct RulesRunTests {
  @Test(
    "match answers with the provider, or with nulls",
    arguments: [
      (
        " API.acme.test. ",
        #"{"name":"API.acme.test.","provider":"acme","service":"acme-api","tenant":null,"evidence":"usage","shared":false,"needs":null,"tier":"high","rule":"suffix api.acme.test","at":"providers/acme.yaml:13"}"#
      ),
      (
        ":11434/api/chat",
        #"{"name":":11434/api/chat","provider":"acme","service":"acme-local","tenant":null,"evidence":"usage","shared":false,"needs":null,"tier":"medium","rule":"path /api/chat at port 11434","at":"providers/acme.yaml:33"}"#
      ),
      (
        "acme.test",
        #"{"name":"acme.test","provider":null,"service":null,"tenant":null,"evidence":null,"shared":null,"needs":null,"tier":null,"rule":null,"at":null}"#
      ),
      (
        "\"\u{7}",
        #"{"name":"\"\u0007","provider":null,"error":"expected a host name, an address or :PORT/path"}"#
      ),
      (
        "https://api.acme.test/v1",
        #"{"name":"https://api.acme.test/v1","provider":null,"error":"expected a host name, an address or :PORT/path"}"#
      ),
    ])
  func answers(line: String, answer: String) throws {
    let rules = try RuleFolder().book().rules
    #expect(RulesMatchRun.answer(to: line, by: rules) == answer)
  }

  @Test func linesEndHoweverTheyEndAndAreCutWhereTooLong() throws {
    let folder = try TemporaryFolder()
    let long = String(repeating: "a", count: 3 * LineReader.maximumLength)
    let path = folder.path("lines")
    try Data("a\r\n\nb\n\(long)\n".utf8 + [0xff, 0x0a] + Array("last".utf8)).write(
      to: URL(fileURLWithPath: path))
    let file = try #require(FileHandle(forReadingAtPath: path))
    var reader = LineReader(file)
    var lines: [String] = []
    while let line = try reader.next() { lines.append(line) }
    #expect(
      lines == [
        "a", "", "b", String(long.prefix(LineReader.maximumLength)), "\u{FFFD}", "last",
      ])
  }
}

@Suite("gnomon rules lint")
struct RulesLintRunTests {
  private static func lint(_ folder: RuleFolder, today: String = "2026-11-21") throws
    -> RulesLintRun.Outcome
  {
    var options = RulesLintRun.Options(directory: folder.path, policy: nil)
    options.today = today
    let suffixes = folder.path + "/suffixes.dat"
    try Data("test\n".utf8).write(to: URL(fileURLWithPath: suffixes))
    options.publicSuffixes = suffixes
    return try RulesLintRun.lint(options) { _ in }
  }

  @Test func errorsAndWarningsStandTogetherWithTheirPlaces() throws {
    let folder = try RuleFolder()
    let clean = try Self.lint(folder)
    #expect(clean.findings.map(\.id.rawValue) == ["no-miss"])
    #expect(clean.findings.first?.path == folder.path + "/providers/acme.yaml")
    #expect(
      RulesLintRun.document(clean, .text).hasSuffix("0 errors, 1 warning in 3 files\n"))
    try folder.write(
      RuleFolder.provider.replacingOccurrences(
        of: "- id: acme-api", with: "- id: acme-api  # lint ignore no-miss: one host"),
      to: "providers/acme.yaml")
    let ignored = try Self.lint(folder)
    #expect(ignored.findings.isEmpty && ignored.ignoredCount == 1)
    #expect(try Self.lint(folder, today: "2029-01-01").warningCount == 2)
    try folder.write("schema: 2\n", to: "prices.yaml")
    let wrong = try Self.lint(folder)
    #expect(
      wrong.errorCount == 2 && wrong.findings.allSatisfy { $0.path.hasSuffix("/prices.yaml") })
  }

  @Test func documentsAreWhatToolsRead() throws {
    let outcome = try Self.lint(try RuleFolder())
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(RulesLintRun.document(outcome, .json).utf8))
        as? [String: Any])
    #expect(json["warnings"] as? Int == 1 && json["errors"] as? Int == 0)
    let finding = try #require((json["findings"] as? [[String: Any]])?.first)
    #expect(finding["line"] as? Int == 7 && finding["id"] as? String == "no-miss")
    let sarif = try #require(
      try JSONSerialization.jsonObject(with: Data(RulesLintRun.document(outcome, .sarif).utf8))
        as? [String: Any])
    #expect(sarif["version"] as? String == "2.1.0")
    let run = try #require((sarif["runs"] as? [[String: Any]])?.first)
    let result = try #require((run["results"] as? [[String: Any]])?.first)
    #expect(result["ruleId"] as? String == "no-miss" && result["level"] as? String == "warning")
    let driver = try #require((run["tool"] as? [String: [String: Any]])?["driver"])
    let rules = try #require(driver["rules"] as? [[String: Any]])
    #expect(rules.contains { $0["id"] as? String == "no-miss" })
  }

  @Test func aDayThatIsNoneIsAMistakeOfTheCommandLine() throws {
    let folder = try RuleFolder()
    #expect {
      try Self.lint(folder, today: "yesterday")
    } throws: {
      ($0 as? AgentError)?.status == .usage
    }
  }
}

@Suite("gnomon rules test")
struct RulesTestRunTests {
  private static func test(
    _ folder: RuleFolder, _ change: (inout RulesTestRun.Options) -> Void = { _ in }
  ) throws -> RulesTestRun.Outcome {
    var options = RulesTestRun.Options(directory: folder.path, policy: nil)
    change(&options)
    return try RulesTestRun.test(options) { _ in }
  }

  @Test func examplesLookAlikesAndMutation() throws {
    let folder = try RuleFolder()
    let outcome = try Self.test(folder) { $0.isVerbose = true }
    #expect(outcome.failureCount == 0)
    #expect(outcome.lines.first == "examples: all 2 hold (2 that must match, 0 that must not)")
    #expect(outcome.lines.contains("look-alikes: 28 of 28 hold"))
    #expect(
      outcome.lines.contains(
        "mutation: of 7 rules taken out one at a time, an example notices 1 (14.3 %)"))
    #expect(
      outcome.lines.contains(
        "  no example needs exact cdn.acme.test at providers/acme.yaml:16"))
  }

  @Test("a pattern that is too wide matches a look-alike of its own example")
  func widePattern() throws {
    let folder = try RuleFolder()
    try folder.write(
      RuleFolder.provider.replacingOccurrences(
        of: "- {exact: cdn.acme.test, evidence: cdn}",
        with: "- {regex: '^[a-z.]+\\.wide\\.test$', evidence: cdn, examples: [a.wide.test]}"),
      to: "providers/acme.yaml")
    let outcome = try Self.test(folder)
    #expect(outcome.failureCount == 1)
    #expect(
      outcome.lines.contains {
        $0.hasPrefix("  FAILED x.a.wide.test matches regex ^[a-z.]+\\.wide\\.test$ at ")
      })
  }

  @Test func listsAndTrapsOfTheReader() throws {
    let folder = try RuleFolder()
    try folder.write(
      """
      domain,evidence,counts_for_coverage,sources
      api.acme.test,usage,yes,one;two
      www.acme.test,usage,yes,one
      nobody.test,usage,yes,two
      left.out.test,auth,yes,one
      left.out.too.test,usage,no,one
      """, to: "list.csv")
    try folder.write(
      """
      domain,match,recommended
      api.acme.test,exact,ignore
      www.acme.test,exact,"log as interest, no more"
      acme.test,suffix,never match the root
      11434,port,need payload
      """, to: "traps.csv")
    let outcome = try Self.test(folder) {
      $0.lists = [folder.path + "/list.csv"]
      $0.traps = [folder.path + "/traps.csv"]
      $0.isVerbose = true
    }
    #expect(outcome.failureCount == 1)
    let text = outcome.lines.joined(separator: "\n")
    #expect(text.contains("/traps.csv: 3 of 4 hold"))
    #expect(
      text.contains("FAILED api.acme.test matches suffix api.acme.test at providers/acme.yaml:13"))
    #expect(text.contains("  1 rows are no names"))
    #expect(text.contains("3 names, 1 as usage (33.3 %), 1 otherwise, 1 unknown"))
    #expect(
      text.contains(
        "  one                      2 names, 1 as usage (50.0 %), 1 otherwise, 0 unknown"))
    #expect(text.contains("  unknown: nobody.test"))
  }

  @Test func aTableWithoutNamesIsAMistakeWithItsPlace() throws {
    let folder = try RuleFolder()
    try folder.write("name\nx\n", to: "list.csv")
    #expect {
      try Self.test(folder) { $0.lists = [folder.path + "/list.csv"] }
    } throws: {
      ($0 as? AgentError)?.description.contains("list.csv:1:1: error: expected a column `domain`")
        == true
    }
  }
}

@Suite("gnomon rules export and stats")
struct RulesExportRunTests {
  private static func export(
    _ format: RuleLists.Format, _ folder: RuleFolder, evidence: [String] = ["usage"],
    tier: String = "low"
  ) throws -> (lines: [String], leftOut: RuleLists.LeftOut) {
    let list = try RulesExportRun.list(
      format, evidence: evidence, tier: tier, rules: folder.path, policy: nil)
    return (list.text.split(separator: "\n").map(String.init), list.leftOut)
  }

  @Test func eachFormatHoldsTheNamesOfTheClassesAskedFor() throws {
    let folder = try RuleFolder()
    let (csv, leftOut) = try Self.export(.csv, folder)
    #expect(leftOut.patterns == 0 && leftOut.sharedHosts == 1)
    #expect(leftOut.addresses == 1 && leftOut.paths == 1)
    #expect(
      csv == [
        "name,match,provider,service,category,evidence,tier,rule",
        "api.acme.test,suffix,acme,acme-api,api,usage,high,providers/acme.yaml:13",
      ])
    #expect(try Self.export(.csv, folder, evidence: ["cdn", "auth"]).lines.count == 3)
    #expect(try Self.export(.csv, folder, evidence: ["all"]).lines.count == 7)
    #expect(try Self.export(.dnsmasq, folder).lines.dropFirst() == ["local=/api.acme.test/"])
    #expect(try Self.export(.adguard, folder).lines.dropFirst() == ["||api.acme.test^"])
    #expect(
      try Self.export(.adguard, folder, evidence: ["cdn"]).lines.dropFirst() == ["|cdn.acme.test^"])
    #expect(
      try Self.export(.rpz, folder).lines.suffix(2) == [
        "api.acme.test CNAME .", "*.api.acme.test CNAME .",
      ])
    let zeek = try Self.export(.zeek, folder).lines
    #expect(
      zeek.count == 2
        && zeek[1].split(separator: "\t").prefix(2) == ["api.acme.test", "Intel::DOMAIN"])
  }

  @Test func signaturesHaveIdsOfTheirOwnThatStay() throws {
    let folder = try RuleFolder()
    let usage = try Self.export(.suricata, folder).lines.dropFirst()
    #expect(usage.count == 3)
    #expect(
      usage.allSatisfy { $0.contains("dotprefix; content:\".api.acme.test\"; nocase; endswith;") })
    let all = try Self.export(.suricata, folder, evidence: ["all"]).lines.dropFirst()
    #expect(Set(usage).isSubset(of: all))
    let ids = all.compactMap { $0.firstMatch(of: /sid:([0-9]+);/)?.1 }
    #expect(ids.count == 18 && Set(ids).count == 18)
    #expect(ids.allSatisfy { (1_000_000..<1_900_000).contains(Int($0) ?? 0) })
  }

  @Test("an option that names nothing is a mistake", arguments: [("usge", "low"), ("usage", "hi")])
  func refuses(evidence: String, tier: String) throws {
    let folder = try RuleFolder()
    #expect {
      try Self.export(.csv, folder, evidence: [evidence], tier: tier)
    } throws: {
      ($0 as? AgentError)?.status == .usage
    }
  }

  @Test func statsCountWhatIsThere() throws {
    let lines = RulesStatsRun.lines(try RuleFolder().book().rules)
    #expect(lines[0].hasSuffix(": 1 providers, 2 services, 10 rules, 0 traps"))
    #expect(lines[1] == "rules by form: 6 exact, 2 path, 1 address, 1 suffix")
    #expect(lines[4] == "services by confidence: 1 high, 1 medium")
  }
}

@Suite("gnomon policy approve")
struct PolicyApproveRunTests {
  private static func options(
    _ folder: RuleFolder, _ subject: String = "acme", group: String = "*",
    verdict: String = "tolerated", reason: String = "a pilot"
  ) -> PolicyApproveRun.Options {
    var options = PolicyApproveRun.Options(
      subject: PolicyChange.Subject(id: subject, group: group), verdict: verdict,
      owner: "it@acme.test", reason: reason, rules: folder.path)
    options.replaces = true
    return options
  }

  @Test func writesALineThatHolds() throws {
    let folder = try RuleFolder()
    let said = try PolicyApproveRun.run(Self.options(folder, "acme-local"))
    #expect(
      said
        == "\(folder.path)/policy.yaml: acme-local is tolerated for *, but guests, council, excluded from all records\n"
    )
    let decision = try folder.book().policy.verdict(
      group: nil, provider: "acme", service: "acme-local", tenant: nil, on: .now())
    #expect(decision.verdict == .tolerated && decision.reason == "a pilot (it@acme.test)")
    let before = try String(contentsOfFile: folder.path + "/policy.yaml", encoding: .utf8)
    var options = Self.options(folder, "acme-api")
    options.isDryRun = true
    #expect(try PolicyApproveRun.run(options).contains("+    service: acme-api\n"))
    #expect(try String(contentsOfFile: folder.path + "/policy.yaml", encoding: .utf8) == before)
  }

  @Test(
    "a word that is wrong is a mistake of the command line, and nothing is written",
    arguments: [
      ("acmee", "*", "approved", "r", nil, "did you mean acme"),
      ("acme", "nobody", "approved", "r", nil, "expected a group of the policy"),
      ("acme", "lab", "approved", "r", nil, "did you mean labs?"),
      ("acme", "guests", "approved", "r", nil, "guests is excluded: its hosts leave no record"),
      (
        "acme", "*", "unknown", "r", nil,
        "--verdict: expected one of approved, tolerated, unapproved, found unknown"
      ),
      ("acme", "*", "aproved", "r", nil, "unapproved, found aproved; did you mean approved?"),
      ("acme", "*", "approved", " ", nil, "--reason: expected a line"),
      ("acme", "*", "approved", "a\nb", nil, "--reason: expected a line"),
      ("acme", "*", "approved", "a\u{1b}[2J", nil, "--reason: expected a line"),
      ("acme", "*", "approved", "r", "soon", "--expires: expected a date"),
      ("acme", "*", "approved", "r", "2020-01-01", "--expires: 2020-01-01 has passed"),
    ])
  func refuses(
    subject: String, group: String, verdict: String, reason: String, expires: String?,
    message: String
  ) throws {
    let folder = try RuleFolder()
    let before = try String(contentsOfFile: folder.path + "/policy.yaml", encoding: .utf8)
    var options = Self.options(folder, subject, group: group, verdict: verdict, reason: reason)
    options.expires = expires
    #expect {
      try PolicyApproveRun.run(options)
    } throws: {
      let error = $0 as? AgentError
      return error?.status == .usage && error?.description.contains(message) == true
    }
    #expect(try String(contentsOfFile: folder.path + "/policy.yaml", encoding: .utf8) == before)
  }
}
