import ProviderRules

/// The work of `gnomon rules stats`.
package enum RulesStatsRun {
  /// - Throws: ``AgentError`` when the rules have a mistake.
  package static func text(rules: String, policy: String?) throws(AgentError) -> String {
    let book = try RuleBook(directory: rules, policyPath: policy)
    return lines(book.rules).joined(separator: "\n") + "\n"
  }

  static func lines(_ set: RuleSet) -> [String] {
    let active = set.services.filter { !$0.isRetired }
    var lines = [
      "rules \(set.version): \(set.providerIDs.count) providers, \(active.count) services, "
        + "\(set.rules.count) rules, \(set.traps.count) traps"
    ]
    lines.append("rules by form: \(counts(set.rules.map { $0.form.rawValue }))")
    lines.append(
      "rules of names by evidence: \(counts(set.nameMatches.map(\.evidence.rawValue)))")
    lines.append("services by category: \(counts(active.map(\.category.rawValue)))")
    lines.append("services by confidence: \(counts(active.map(\.tier.rawValue)))")
    lines.append(
      "services by how they were verified: \(counts(active.map(\.verified.method.rawValue)))")
    lines.append(
      "services with a token profile: \(active.count { $0.profile != nil }); "
        + "last looked at from \(active.map(\.verified.date).min()?.description ?? "–") to "
        + "\(active.map(\.verified.date).max()?.description ?? "–")")
    return lines
  }

  /// The commonest first.
  private static func counts(_ values: [String]) -> String {
    let counts = Dictionary(values.map { ($0, 1) }, uniquingKeysWith: +)
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.value) \($0.key)" }.joined(separator: ", ")
  }
}
