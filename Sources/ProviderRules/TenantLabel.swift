/// Which label of a name tells whose account at the provider it is, as a domain rule says it.
///
///     {suffix: openai.azure.com, evidence: usage, tenant: label}
///     {regex: …, evidence: usage, tenant: {at: label, without: -aiplatform, is: region}}
///
/// A name is what a client chose to ask for: it says which account was addressed, and proves nothing about who owns it.
package struct TenantLabel: Sendable, Equatable {
  package let place: Place
  package let kind: Kind
  /// What the label ends in and the tenant does not: `-aiplatform`. Where the label does not end so, there is no tenant.
  package let ending: String
  /// Octets of the rule's own name, or of the literal labels at a pattern's end.
  let baseLength: Int

  /// Where the label stands.
  package enum Place: String, Sendable, CaseIterable {
    /// Directly before the rule's name.
    case label
    /// At the name's beginning: `ACCOUNT.eu-west-1.example.com`.
    case firstLabel = "first-label"
  }

  /// What the label names.
  package enum Kind: String, Sendable, CaseIterable {
    case account
    case project
    /// Where the service runs: everybody's accounts there have it in common.
    case region
    /// What was bought: business seats, say.
    case plan
  }

  /// Stands for the tenants that are not told apart; no label looks like it.
  package static let other = "(other)"
  /// In examples: the name tells no tenant.
  static let none = "(none)"

  /// The tenant that a name tells, in lower case; nil where it tells none.
  ///
  /// - Parameter name: one that the rule matches, in any case, with or without the trailing dot.
  func tenant(in name: String) -> String? {
    var octets = name.utf8[...]
    if octets.last == UInt8(ascii: ".") { octets.removeLast() }
    guard octets.count > baseLength + 1, octets.count <= 253 else { return nil }
    let labels = octets.dropLast(baseLength + 1)
    let dot = UInt8(ascii: ".")
    let label =
      switch place {
      case .label:
        labels.suffix(
          from: labels.lastIndex(of: dot).map(labels.index(after:)) ?? labels.startIndex)
      case .firstLabel: labels.prefix { $0 != dot }
      }
    guard let text = String(label)?.lowercased(), text.hasSuffix(ending) else { return nil }
    let tenant = String(text.dropLast(ending.count))
    return Self.isTenant(tenant) ? tenant : nil
  }

  /// Whether a text can be a tenant: one label of a host name in lower case.
  static func isTenant(_ text: String) -> Bool {
    (1...63).contains(text.utf8.count) && text.utf8.allSatisfy(HostNameText.isNameOctet)
  }
}

extension RuleOrigin {
  /// The tenant that a name which the rule matches tells; nil where the rule knows none.
  package func tenant(in name: String) -> String? { tenant?.tenant(in: name) }
}

extension RuleSet {
  /// The services and, by their ids, the providers that have a rule which tells tenants.
  var idsWithTenants: (services: Set<String>, providers: Set<String>) {
    var ids: (services: Set<String>, providers: Set<String>) = ([], [])
    for match in matches where rules[match.rule].tenant != nil {
      ids.services.insert(services[match.service].id)
      ids.providers.insert(services[match.service].providerID)
    }
    return ids
  }
}
