import Foundation
import Testing

@testable import Agent

@Suite("gnomon rules explain")
struct RulesExplainRunTests {
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

  private static func explain(_ subject: String, _ folder: RuleFolder) throws -> String {
    try RulesExplainRun.explain(subject, rules: folder.path, policy: nil)
  }

  @Test("what never counts as use has no verdict, and says what use would have")
  func saysThatItDoesNotCount() throws {
    let folder = try RuleFolder()
    for name in ["www.acme.test", "auth.acme.test", "ws.vendor.test"] {
      let text = try Self.explain(name, folder)
      #expect(text.contains("\n  verdict     none: traffic to this name alone does not count\n"))
      #expect(text.contains("\n  on use      unapproved for all other hosts: "))
      #expect(text.contains("\n  on use      approved for labs: agreed"))
      #expect(text.contains("\n  on use      none for guests: excluded"))
      #expect(!text.contains("verdict     unapproved"))
    }
    let use = try Self.explain("api.acme.test", folder)
    #expect(use.contains("\n  verdict     unapproved for all other hosts: "))
    #expect(!use.contains("on use"))
  }

  @Test(
    "a name that no rule knows and that looks like AI names its sign, and whether it is listed",
    arguments: [
      ("llm.shop.test", "(“llm” as a word): listed among unknown names when somebody connects"),
      ("shop.ai", "(.ai, a weak sign): listed among unknown names"),
      ("LLM.Shop.Test.", "(“llm” as a word): listed"),
      ("llm.local", "(“llm” as a word): no public name, so that it is not listed"),
      ("llm.trap.test", "(“llm” as a word): a trap, so that it is not listed"),
    ])
  func namesTheSign(name: String, said: String) throws {
    let folder = try RuleFolder()
    try folder.write(
      """
      schema: 1
      signs:
        - {in: top, strength: weak, reason: r, words: [ai]}
        - {in: part, strength: strong, reason: r, words: [llm]}
      """, to: "signs.yaml")
    try folder.write(
      """
      schema: 1
      traps:
        - {kind: look-alike, reason: It is none., names: [{suffix: trap.test}]}
      """, to: "traps.yaml")
    let text = try Self.explain(name, folder)
    #expect(text.contains("\n  looks like  AI by signs.yaml \(said)"), "\(text)")
    #expect(try !Self.explain("shop.test", folder).contains("looks like"))
    #expect(try !Self.explain("10.0.0.1", folder).contains("looks like"))
    try folder.write("unknown_names_days: 0\n" + RuleFolder.policy, to: "policy.yaml")
    if said.contains("listed among") {
      #expect(
        try Self.explain(name, folder).contains(
          ": not listed: the policy says unknown_names_days: 0\n"))
    }
  }
}
