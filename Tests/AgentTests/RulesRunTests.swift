import Foundation
import Testing

@testable import Agent

@Suite("gnomon rules")
struct RulesRunTests {
  @Test(
    "match answers with the provider, or with nulls",
    arguments: [
      (
        " API.acme.test. ",
        #"{"name":"API.acme.test.","provider":"acme","service":"acme-api","evidence":"usage","tier":"high","rule":"suffix api.acme.test","at":"providers/acme.yaml:13"}"#
      ),
      (
        ":11434/api/chat",
        #"{"name":":11434/api/chat","provider":"acme","service":"acme-local","evidence":"usage","tier":"medium","rule":"path /api/chat at port 11434","at":"providers/acme.yaml:33"}"#
      ),
      (
        "acme.test",
        #"{"name":"acme.test","provider":null,"service":null,"evidence":null,"tier":null,"rule":null,"at":null}"#
      ),
      (
        "\"\u{7}",
        #"{"name":"\"\u0007","provider":null,"service":null,"evidence":null,"tier":null,"rule":null,"at":null}"#
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

  @Test func explainNamesRuleVerdictAndWhatLost() throws {
    let folder = try RuleFolder()
    let text = try RulesExplainRun.explain("api.acme.test", rules: folder.path, policy: nil)
    #expect(text.hasPrefix("api.acme.test is Acme API of Acme (acme-api)\n"))
    #expect(text.contains("rule        suffix api.acme.test at providers/acme.yaml:13"))
    #expect(text.contains("verdict     "))
    let shared = try RulesExplainRun.explain("ws.vendor.test", rules: folder.path, policy: nil)
    #expect(shared.contains("it counts only beside api.acme.test within 30 s"))
    let cdn = try RulesExplainRun.explain("cdn.acme.test", rules: folder.path, policy: nil)
    #expect(cdn.contains("cdn: alone it never counts as use"))
    let none = try RulesExplainRun.explain("acme.test", rules: folder.path, policy: nil)
    #expect(none.contains("matches no rule"))
  }

  @Test("what is no name is a mistake", arguments: ["", "  ", "two words", "é.test", "a/b"])
  func refuses(subject: String) throws {
    let folder = try RuleFolder()
    #expect {
      try RulesExplainRun.explain(subject, rules: folder.path, policy: nil)
    } throws: {
      ($0 as? AgentError)?.status == .usage
    }
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
