import Foundation
import ProviderRules
import Reports

/// The work of `gnomon rules match`: what the rules say of each line of standard input, as NDJSON.
package enum RulesMatchRun {
  /// Answers each line as it comes: a name, an address, or `:PORT/path`.
  ///
  /// - Throws: ``AgentError`` when the rules have a mistake, or a stream fails.
  package static func run(rules: String, policy: String?) throws(AgentError) {
    let book = try RuleBook(directory: rules, policyPath: policy)
    let output = StandardOutput()
    var lines = LineReader(.standardInput)
    while let line = try lines.next() {
      output.write(answer(to: line, by: book.rules) + "\n")
    }
    try output.finish()
  }

  /// One line of JSON; what nothing is known of is null.
  static func answer(to line: String, by rules: RuleSet) -> String {
    let subject = line.trimmingCharacters(in: .whitespaces)
    guard RulesExplainRun.isSubject(subject) else {
      return JSONValue.object([
        ("name", .string(subject)), ("provider", .null),
        ("error", .string("expected a host name, an address or :PORT/path")),
      ]).text()
    }
    let match = rules.match(example: subject)
    let service = match.map { rules.services[$0.service] }
    let rule = match.map { rules.rules[$0.rule] }
    return JSONValue.object([
      ("name", .string(subject)), ("provider", .optional(service?.providerID)),
      ("service", .optional(service?.id)),
      ("tenant", .optional(rule?.tenant(in: subject))),
      ("evidence", .optional(match?.evidence.rawValue)),
      // A shared host counts beside the name that its rule needs, and never alone.
      ("shared", match.map { .bool($0.isShared) } ?? .null),
      ("needs", .optional(rule?.needs?.name)),
      ("tier", .optional(service?.tier.rawValue)), ("rule", .optional(rule?.text)),
      ("at", .optional(rule?.description)),
    ]).text()
  }
}
