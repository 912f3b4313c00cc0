/// Which label of a name tells whose account at the provider it is, as a domain rule says it.
///
///     {suffix: openai.azure.com, evidence: usage, tenant: label}
///     {regex: …, evidence: usage, tenant: {at: label, without: -aiplatform, is: region}}
///     {suffix: business.example.com, evidence: usage, tenant: {named: business, is: plan}}
///
/// A name is what a client chose to ask for: it says which account was addressed, and proves nothing about who owns it.
package struct TenantLabel: Sendable, Equatable {
  package let source: Source
  package let kind: Kind

  package enum Source: Sendable, Equatable {
    /// A label of the name, without an ending such as `-aiplatform`; where the label does not end so, there is no tenant.
    /// `baseLength`: octets of the rule's own name, or of the literal labels at a pattern's end.
    case label(Place, ending: String, baseLength: Int)
    /// All names that the rule matches have it in common.
    case named(String)
  }

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
    switch source {
    case .named(let tenant): return tenant
    case .label(let place, let ending, let baseLength):
      return Self.label(of: name, place, baseLength).flatMap { label in
        let tenant = String(label.dropLast(ending.count))
        return label.hasSuffix(ending) && Self.isTenant(tenant) ? tenant : nil
      }
    }
  }

  private static func label(of name: String, _ place: Place, _ baseLength: Int) -> String? {
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
    return String(label)?.lowercased()
  }

  /// Whether a text can be a tenant: one label of a host name in lower case.
  package static func isTenant(_ text: String) -> Bool {
    (1...63).contains(text.utf8.count) && text.utf8.allSatisfy(HostNameText.isNameOctet)
  }
}

extension TenantLabel: CustomStringConvertible {
  /// `label (account)`
  package var description: String {
    let text =
      switch source {
      case .label(let place, let ending, _):
        place.rawValue + (ending.isEmpty ? "" : " without \(ending)")
      case .named(let tenant): "named \(tenant)"
      }
    return "\(text) (\(kind.rawValue))"
  }
}

extension RuleOrigin {
  /// The tenant that a name which the rule matches tells; nil where the rule knows none.
  package func tenant(in name: String) -> String? { tenant?.tenant(in: name) }
}

extension RuleSet {
  /// The services and, by their ids, the providers that have a rule which tells tenants.
  package var idsWithTenants: (services: Set<String>, providers: Set<String>) {
    var ids: (services: Set<String>, providers: Set<String>) = ([], [])
    for match in matches where rules[match.rule].tenant != nil {
      ids.services.insert(services[match.service].id)
      ids.providers.insert(services[match.service].providerID)
    }
    return ids
  }
}
