import Foundation
import Reports
import Testing

@testable import Agent

/// `acme.test` is use but for the website by that very name, scripts and what is measured below it; one host below the
/// scripts is use again.
@Suite("what lies below an exported suffix and is no use")
struct RulesExportExceptionTests {
  private let folder: RuleFolder

  init() throws {
    folder = try RuleFolder()
    let names = """
                - {suffix: acme.test, evidence: usage}
                - {exact: acme.test, evidence: website}
                - {suffix: cdn.acme.test, evidence: cdn}
                - {exact: a.cdn.acme.test, evidence: cdn}
                - {exact: chat.cdn.acme.test, evidence: usage}
                - {suffix: stats.acme.test, evidence: telemetry}
                - {suffix: taken.acme.test, evidence: telemetry}

      """
    try folder.write(
      """
      schema: 1
      id: acme
      name: Acme
      vendor: {name: Acme}
      status: active
      services:
        - id: acme-api
          name: Acme API
          category: api
          data_egress: prompt
          match:
            domains:
      \(names)\
          verified: {date: 2026-11-01, by: maintainer}
          confidence: high
          sources: [maintainer]
          examples: {hit: [www.acme.test]}

      """, to: "providers/acme.yaml")
    try folder.write(
      "schema: 1\ntraps:\n  - {kind: look-alike, reason: r, names: [{suffix: trap.acme.test}]}\n",
      to: "traps.yaml")
    try FileManager.default.createDirectory(
      atPath: folder.path + "/local", withIntermediateDirectories: true)
    try folder.write(
      """
      schema: 1
      extends: acme
      services:
        - adds_to: acme-api
          match: {domains: [{suffix: taken.acme.test, evidence: usage}]}
          verified: {date: 2026-11-01, by: traffic}
          sources: [site]
          examples: {hit: [taken.acme.test]}

      """, to: "local/acme.yaml")
  }

  private func export(_ format: RuleLists.Format) throws -> [String] {
    try RulesExportRun.list(
      format, evidence: ["usage"], tier: "low", rules: folder.path, policy: nil
    ).text.split(separator: "\n").map(String.init)
  }

  @Test func isTakenOutOfBlockLists() throws {
    #expect(
      try export(.adguard) == [
        "! gnomon rules \(try folder.book().rules.version), 3 names, 4 exceptions",
        "||acme.test^", "@@|acme.test^", "@@||cdn.acme.test^", "@@||stats.acme.test^",
        "@@||trap.acme.test^", "|chat.cdn.acme.test^$important", "||taken.acme.test^",
      ])
    #expect(
      Array(try export(.dnsmasq).dropFirst()) == [
        "local=/acme.test/", "server=/cdn.acme.test/#", "server=/stats.acme.test/#",
        "server=/trap.acme.test/#", "local=/chat.cdn.acme.test/", "local=/taken.acme.test/",
      ])
    #expect(
      Array(try export(.rpz).dropFirst(4)) == [
        "*.acme.test CNAME .", "cdn.acme.test CNAME rpz-passthru.",
        "*.cdn.acme.test CNAME rpz-passthru.", "stats.acme.test CNAME rpz-passthru.",
        "*.stats.acme.test CNAME rpz-passthru.", "trap.acme.test CNAME rpz-passthru.",
        "*.trap.acme.test CNAME rpz-passthru.", "chat.cdn.acme.test CNAME .",
        "taken.acme.test CNAME .", "*.taken.acme.test CNAME .",
      ])
  }

  @Test func isInNoAlert() throws {
    let alerts = try export(.suricata).dropFirst()
    #expect(alerts.count == 9)
    let exceptions =
      "content:\".acme.test\"; nocase; endswith; content:!\".acme.test\"; nocase; startswith; endswith;"
      + " content:!\".cdn.acme.test\"; nocase; endswith; content:!\".stats.acme.test\"; nocase; endswith;"
      + " content:!\".trap.acme.test\"; nocase; endswith; classtype"
    #expect(alerts.prefix(3).allSatisfy { $0.contains(exceptions) })
    #expect(!alerts.dropFirst(3).contains { $0.contains("content:!") })
    // The name of the suffix itself is the website's.
    let indicators = try export(.zeek).dropFirst().map { line in
      line.split(separator: "\t").first.map(String.init) ?? ""
    }
    #expect(indicators == ["chat.cdn.acme.test", "taken.acme.test"])
  }
}
