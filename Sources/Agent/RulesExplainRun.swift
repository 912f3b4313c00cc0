import Foundation
import ProviderRules
package import WireFormat

/// The work of `gnomon rules explain`: which rule speaks of a name or an address, what it beats, and what the policy makes
/// of it.
package enum RulesExplainRun {
  /// - Returns: the text for a terminal.
  /// - Throws: ``AgentError`` when the rules have a mistake, or the subject is no name, address or `:PORT/path`.
  package static func explain(
    _ subject: String, rules: String, policy: String?, now: Timestamp = .now()
  ) throws(AgentError) -> String {
    let book = try RuleBook(directory: rules, policyPath: policy)
    let subject = subject.trimmingCharacters(in: .whitespaces)
    guard isSubject(subject) else {
      throw AgentError(
        "expected a host name, an address or :PORT/path, found \"\(subject.prefix(80))\"",
        status: .usage)
    }
    return lines(subject, book, now).joined(separator: "\n") + "\n"
  }

  static func isSubject(_ text: String) -> Bool {
    guard !text.isEmpty, text.utf8.count <= 254 else { return text.hasPrefix(":") }
    if IPAddress(text) != nil || text.hasPrefix(":") { return true }
    return text.utf8.allSatisfy { octet in
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= octet | 0x20
        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= octet
        || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_")].contains(octet)
    }
  }

  static func lines(_ subject: String, _ book: RuleBook, _ now: Timestamp) -> [String] {
    let set = book.rules
    let explanation = set.explain(subject)
    var lines: [String] = []
    if let match = explanation.match, set.services.indices.contains(match.service) {
      let service = set.services[match.service]
      lines.append("\(subject) is \(service.name) of \(service.providerName) (\(service.id))")
      lines.append("  evidence    \(evidence(match, set))")
      lines.append("  rule        \(set.rules[match.rule].text) at \(set.rules[match.rule])")
      let voucher = set.rules[match.rule].addedBy
      let verified = voucher?.verified ?? service.verified
      let sources = (voucher?.sources ?? service.sources).joined(separator: ", ")
      lines.append(
        "  confidence  \(service.tier.rawValue): verified \(verified.date) by "
          + "\(verified.method.rawValue); sources \(sources)")
      let tenant = set.rules[match.rule].tenant(in: subject)
      if let label = set.rules[match.rule].tenant { lines.append(words(tenant, label)) }
      let counts = match.evidence == .usage && !match.isShared
      if !counts { lines.append("  verdict     none: traffic to this name alone does not count") }
      lines += verdicts(counts ? "verdict" : "on use", service, tenant, book, now)
    } else {
      lines.append(
        "\(subject) matches no rule: traffic to it is nobody's use of AI, as far as we know")
      lines += looks(subject, book)
    }
    let others = explanation.candidates.filter { $0.outcome != .wins }
    if !others.isEmpty { lines.append("  what else speaks of it, the weightiest first") }
    lines += others.map { "    " + words($0, set) }
    return lines
  }

  private static func evidence(_ match: RuleMatch, _ set: RuleSet) -> String {
    if match.evidence != .usage {
      return "\(match.evidence.rawValue): alone it never counts as use"
    }
    guard match.isShared else { return "usage: traffic to it counts as use" }
    let needs = set.rules[match.rule].needs.map {
      " beside \($0.name) within \($0.withinSeconds) s"
    }
    return "usage of a host shared with others: it counts only\(needs ?? " beside a second sign")"
  }

  /// What the report makes of a name that no rule knows.
  private static func looks(_ subject: String, _ book: RuleBook) -> [String] {
    let name = RuleName.normalized(subject)
    guard let sign = book.signs.sign(of: name) else { return [] }
    let strength = sign.isWeak ? ", a weak sign" : ""
    let listed =
      if !Judge.isPublicName(name) {
        "no public name, so that it is not listed"
      } else if book.rules.isTrap(name) {
        "a trap, so that it is not listed"
      } else if book.policy.unknownNameDays == 0 {
        "not listed: the policy says unknown_names_days: 0"
      } else {
        "listed among unknown names when somebody connects to it, in no verdict"
      }
    return ["  looks like  AI by signs.yaml (\(sign.text)\(strength)): \(listed)"]
  }

  private static func words(_ tenant: String?, _ label: TenantLabel) -> String {
    let what =
      switch label.kind {
      case .account: "the account that the name addresses; who owns it, the name does not prove"
      case .project: "the project that the name addresses; who owns it, the name does not prove"
      case .region: "a region: everybody's accounts there have it in common"
      case .plan: "the plan that was bought, whoever bought it"
      }
    return "  tenant      \(tenant.map { "\($0), \(what)" } ?? "none in this name")"
  }

  /// What the policy says of the service to hosts in no group, and to groups for which that differs.
  ///
  /// - Parameter label: of each line, at most 10 characters.
  private static func verdicts(
    _ label: String, _ service: Service, _ tenant: String?, _ book: RuleBook, _ now: Timestamp
  ) -> [String] {
    func decision(_ group: String?) -> Policy.Decision {
      book.policy.verdict(
        group: group, provider: service.providerID, service: service.id, tenant: tenant, on: now)
    }
    let start = "  " + label.padding(toLength: 12, withPad: " ", startingAt: 0)
    func line(_ who: String, _ one: Policy.Decision) -> String {
      "\(start)\(one.verdict.rawValue) for \(who): \(one.reason)"
        + (one.line.map { " at \($0)" } ?? "")
    }
    let common = decision(nil)
    var lines = [line("all hosts", common)]
    for group in book.policy.groups {
      if group.isExcluded {
        lines.append("\(start)none for \(group.id): excluded, its hosts leave no record")
        continue
      }
      let own = decision(group.id)
      if own != common { lines.append(line(group.id, own)) }
    }
    if lines.count > 1 { lines[0] = line("all other hosts", common) }
    return lines
  }

  private static func words(_ candidate: RuleExplanation.Candidate, _ set: RuleSet) -> String {
    func rule(_ index: Int) -> String { "\(set.rules[index].text) at \(set.rules[index])" }
    func trap(_ index: Int) -> String { "the trap \(set.traps[index].name) at \(set.traps[index])" }
    switch (candidate.source, candidate.outcome) {
    case (.trap(let index), .silences):
      return "\(trap(index)) silences what is as long or shorter: \(set.traps[index].reason)"
    case (.trap(let index), _):
      return "\(trap(index)), with nothing to silence here: \(set.traps[index].reason)"
    case (.rule(let index, let match), .silenced(let byTrap)):
      return "\(rule(index)) (\(set.services[match.service].id)): silenced by \(trap(byTrap))"
    case (.rule(let index, let match), .beaten(let byRule)):
      return "\(rule(index)) (\(set.services[match.service].id)): \(precedence(index, byRule, set))"
    case (.rule(let index, let match), _):
      return "\(rule(index)) (\(set.services[match.service].id))"
    }
  }

  /// Why one rule comes after another.
  private static func precedence(_ loser: Int, _ winner: Int, _ set: RuleSet) -> String {
    if set.rules[winner].isLocal, !set.rules[loser].isLocal {
      return "the site's own rules come first"
    }
    switch (set.rules[loser].form, set.rules[winner].form) {
    case (_, .exact): return "an exact name comes before all else"
    case (.regex, .suffix): return "a suffix comes before a pattern"
    case (.regex, _): return "a pattern with a longer literal end, or an earlier one, comes first"
    default: return "a longer suffix comes first"
    }
  }
}
