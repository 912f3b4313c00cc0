import Foundation
import Testing

@testable import Agent

@Suite("rule files with mistakes")
struct RuleBookTests {
  private let folder: RuleFolder

  init() throws { folder = try RuleFolder() }

  @Test func aFolderWithoutMistakesIsRead() {
    #expect(folder.mistakes() == nil)
  }

  @Test func everyMistakeOfEveryFileIsTold() throws {
    try folder.write(
      RuleFolder.provider.replacingOccurrences(of: "evidence: cdn", with: "evidence: cnd"),
      to: "providers/acme.yaml")
    try folder.write("schema: 1\ndefault: maybe\ngroups: 7\n", to: "policy.yaml")
    try folder.write("schema: 2\nproviders: []\n", to: "prices.yaml")
    try folder.write("schema: 1\nid: p\n", to: "profiles/p.yaml")
    let mistakes = try #require(folder.mistakes())
    #expect(mistakes.status == .configuration)
    for place in [
      "providers/acme.yaml:16:44: error: ", "policy.yaml:2:10: error: ",
      "policy.yaml:3:9: error: ", "prices.yaml:1:9: error: ", "profiles/p.yaml:",
    ] {
      #expect(mistakes.lines.contains { $0.hasPrefix(place) }, "\(place) in \(mistakes.lines)")
    }
    #expect(
      mistakes.lines.allSatisfy {
        $0.wholeMatch(of: /[a-z\/]+\.yaml:[0-9]+:[0-9]+: error: .+/) != nil
      }, "\(mistakes.lines)")
  }

  @Test func aPolicyLineAboutNobodyIsAMistake() throws {
    try folder.write(
      RuleFolder.policy.replacingOccurrences(of: "provider: acme", with: "provider: acne"),
      to: "policy.yaml")
    let mistakes = try #require(folder.mistakes())
    #expect(mistakes.lines.count == 1)
    #expect(mistakes.lines[0].hasPrefix("policy.yaml:8:"))
    #expect(mistakes.lines[0].contains("did you mean `acme`?"))
  }

  @Test("octets that are no text are told with their place")
  func textMustBeUTF8() throws {
    let url = URL(fileURLWithPath: folder.path + "/policy.yaml")
    try (Data("schema: 1\ndéf".utf8) + Data([0xff, 0xfe, 10])).write(to: url)
    let mistakes = try #require(folder.mistakes())
    #expect(mistakes.lines == ["policy.yaml:2:4: error: expected UTF-8 text"])
    #expect(mistakes.status == .configuration)
  }

  @Test(
    "files that are not there or cannot be read are named", arguments: ["providers", "policy.yaml"])
  func missingFilesAreNamed(name: String) throws {
    try FileManager.default.removeItem(atPath: folder.path + "/" + name)
    let mistakes = try #require(folder.mistakes())
    #expect(mistakes.status == .noInput)
    #expect(mistakes.lines.count == 1 && mistakes.lines[0].hasPrefix(name + ": "))
  }

  @Test func pricesAndProfilesMayBeMissing() throws {
    try FileManager.default.removeItem(atPath: folder.path + "/prices.yaml")
    try FileManager.default.removeItem(atPath: folder.path + "/profiles")
    #expect(try folder.book().prices == nil)
  }

  @Test func localRulesBeatTheRest() throws {
    try FileManager.default.createDirectory(
      atPath: folder.path + "/local", withIntermediateDirectories: true)
    let local = RuleFolder.provider.replacingOccurrences(of: "acme", with: "site")
      .replacingOccurrences(of: "api.site.test", with: "api.acme.test")
      .replacingOccurrences(of: "11434", with: "11435")
      .replacingOccurrences(of: "198.51.100", with: "198.51.101")
      .replacingOccurrences(of: "ws.vendor.test", with: "ws.site.test")
    try folder.write(local, to: "local/site.yaml")
    let rules = try folder.book().rules
    let match = try #require(rules.match(name: "api.acme.test"))
    #expect(rules.services[match.service].id == "site-api")
  }

  @Test("lines may end in CR LF, behind a byte order mark")
  func readsLinesOfOtherSystems() throws {
    let provider = RuleFolder.provider.replacingOccurrences(
      of: "data_egress: prompt\n", with: "data_egress: prompt\n    profile: openai-chat-stream\n")
    var files = [
      "providers/acme.yaml": provider, "policy.yaml": RuleFolder.policy,
      "prices.yaml": RuleFolder.prices,
    ]
    let shipped = String(#filePath.dropLast("Tests/AgentTests/RuleBookTests.swift".count)) + "rules"
    for profile in try RuleBook.sources(in: shipped, "profiles", isLocal: false) {
      files[profile.path] = profile.text
    }
    for (name, text) in files {
      try folder.write(
        "\u{feff}" + text.replacingOccurrences(of: "\n", with: "\r\n"), to: name)
    }
    #expect(folder.mistakes() == nil, "\(folder.mistakes()?.lines ?? [])")
    let wrong = provider.replacingOccurrences(of: "chat-stream", with: "chat-steam")
    for (end, text) in ["\n", "\r\n", "\r"].map({
      ($0, wrong.replacingOccurrences(of: "\n", with: $0))
    }) {
      try folder.write(text, to: "providers/acme.yaml")
      #expect(
        folder.mistakes()?.lines == [
          "providers/acme.yaml:11:14: error: expected a profile that there is, found openai-chat-steam"
        ], "\(end.debugDescription)")
    }
  }

  @Test("of very many mistakes the first hundred are told")
  func capsMistakes() throws {
    let rules = (0..<60).map { "        - {exact: n\($0).acme.test, evidence: old}\n" }.joined()
    for name in ["one", "two"] {
      try folder.write(
        RuleFolder.provider.replacingOccurrences(of: "acme", with: name)
          .replacingOccurrences(of: "domains:\n", with: "domains:\n" + rules),
        to: "providers/\(name).yaml")
    }
    let mistakes = try #require(folder.mistakes())
    #expect(mistakes.lines.count == 101)
    #expect(
      mistakes.lines.last?.firstMatch(of: /^and [0-9]+ more mistakes; gnomon rules lint/) != nil)
    let lint = RulesLintRun.Options(directory: folder.path, policy: nil)
    #expect(try RulesLintRun.lint(lint) { _ in }.errorCount >= 120)
  }
}
