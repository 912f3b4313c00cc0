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
