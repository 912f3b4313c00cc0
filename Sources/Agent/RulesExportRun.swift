import ProviderRules
package import Reports
import StrictYAML

/// The work of `gnomon rules export`.
package enum RulesExportRun {
  /// - Returns: the list, and how many rules it cannot hold.
  /// - Throws: ``AgentError`` when the rules have a mistake, or an option names no class or tier.
  package static func list(
    _ format: RuleLists.Format, evidence: [String], tier: String, rules: String, policy: String?
  ) throws(AgentError) -> (text: String, leftOut: Int) {
    var classes: Set<EvidenceClass> = []
    for name in evidence {
      if name == "all" {
        classes.formUnion(EvidenceClass.allCases)
      } else {
        classes.insert(try choice(name, "--evidence", EvidenceClass.self, also: ["all"]))
      }
    }
    let tier = try choice(tier, "--tier", Service.Tier.self)
    let book = try RuleBook(directory: rules, policyPath: policy)
    let lists = RuleLists(of: book.rules, evidence: classes, tier: tier)
    return (lists.text(format), lists.leftOut)
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ text: String, _ option: String, _ type: Choice.Type, also others: [String] = []
  ) throws(AgentError) -> Choice {
    if let choice = Choice(rawValue: text) { return choice }
    let known = Choice.allCases.map(\.rawValue) + others
    var message = "\(option): expected one of \(known.joined(separator: ", ")), found \(text)"
    if let near = NearMiss.suggestion(for: text, among: known) {
      message += "; did you mean \(near)?"
    }
    throw AgentError(message, status: .usage)
  }
}
