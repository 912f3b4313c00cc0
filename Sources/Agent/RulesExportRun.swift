import ProviderRules
package import Reports
import StrictYAML

/// The work of `gnomon rules export`.
package enum RulesExportRun {
  /// - Returns: the list, and what it cannot hold.
  /// - Throws: ``AgentError`` when the rules have a mistake, or an option names no class or tier.
  package static func list(
    _ format: RuleLists.Format, evidence: [String], tier: String, rules: String, policy: String?
  ) throws(AgentError) -> (text: String, leftOut: RuleLists.LeftOut) {
    var classes: Set<EvidenceClass> = []
    for name in evidence {
      if name == "all" {
        classes.formUnion(EvidenceClass.allCases)
      } else {
        classes.insert(
          try CommandText.choice(
            name, "--evidence", EvidenceClass.self, also: ["all"]))
      }
    }
    let tier = try CommandText.choice(tier, "--tier", Service.Tier.self)
    let book = try RuleBook(directory: rules, policyPath: policy)
    let lists = RuleLists(of: book.rules, evidence: classes, tier: tier)
    return (lists.text(format), lists.leftOut)
  }
}
