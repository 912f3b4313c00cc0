import Foundation
import StrictYAML
import Testing

@testable import Agent

@Suite("what lies among the rule files, and rules of the site's own that change nothing")
struct RulesLintFolderTests {
  private static func findings(_ folder: RuleFolder) throws -> [String] {
    try RulesLintRun.lint(RulesLintRun.Options(directory: folder.path, policy: nil)) { _ in }
      .findings.map {
        "\($0.path.dropFirst(folder.path.utf8.count + 1)) \($0.line) \($0.id.rawValue)"
      }
  }

  @Test func filesThatAreNotReadAreTold() throws {
    let folder = try RuleFolder()
    let before = try Self.findings(folder)
    for name in ["local", "local/more.yaml.d"] {
      try FileManager.default.createDirectory(
        atPath: folder.path + "/" + name, withIntermediateDirectories: true)
    }
    for name in ["providers/z.yml", "local/note.txt", "local/.keep", "local/README.md"] {
      try folder.write("schema: 1\n", to: name)
    }
    #expect(
      Set(try Self.findings(folder)).subtracting(before) == [
        "local/more.yaml.d 1 unread", "local/note.txt 1 unread", "providers/z.yml 1 unread",
      ])
  }

  @Test func localRulesThatChangeNothingAreTold() throws {
    let folder = try RuleFolder()
    try FileManager.default.createDirectory(
      atPath: folder.path + "/local", withIntermediateDirectories: true)
    try folder.write(
      """
      schema: 1
      extends: acme
      services:
        - adds_to: acme-api
          match:
            domains:
              - {suffix: zz.test, evidence: usage}
              - {suffix: a.zz.test, evidence: usage}
              - {exact: eu.api.acme.test, evidence: usage}
          verified: {date: 2026-11-01, by: traffic}
          sources: [site]
          examples: {hit: [zz.test], miss: [yy.test]}

      """, to: "local/acme.yaml")
    // One below a shipped suffix counts before that.
    #expect(
      try Self.findings(folder).filter { $0.hasPrefix("local/") } == ["local/acme.yaml 8 swallowed"]
    )
  }
}
