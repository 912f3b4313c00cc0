/// What is different between two rule sets, in what they say, not in how it is written.
package struct RuleDiff: Sendable {
  /// One difference.
  package struct Change: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
      case added, removed, changed
    }
    package var kind: Kind
    /// `provider acme`, `service acme-api`, `suffix api.acme.test`, `trap acme.test`.
    package var subject: String
    /// What it says, or what was said and what is.
    package var detail: String
    /// Where it stands, in the set that has it; of a change, in the new one.
    package var place: String
  }

  /// Providers, then services, then rules, then traps, each by name.
  package let changes: [Change]

  package init(from old: RuleSet, to new: RuleSet) {
    changes =
      Self.compare(Self.providers(old), Self.providers(new))
      + Self.compare(Self.services(old), Self.services(new))
      + Self.compare(Self.rules(old), Self.rules(new))
      + Self.compare(Self.traps(old), Self.traps(new))
  }

  package func count(_ kind: Change.Kind) -> Int { changes.count { $0.kind == kind } }

  /// What is compared: a subject, what is said of it, and where.
  private typealias Facts = [String: (fields: [(name: String, value: String)], place: String)]

  private static func providers(_ set: RuleSet) -> Facts {
    Dictionary(
      set.services.map { ("provider \($0.providerID)", ([("name", $0.providerName)], "")) },
      uniquingKeysWith: { first, _ in first })
  }

  private static func services(_ set: RuleSet) -> Facts {
    Dictionary(
      set.services.map { service in
        let fields = [
          ("name", service.name), ("provider", service.providerID),
          ("category", service.category.rawValue), ("data_egress", service.dataEgress.rawValue),
          ("profile", service.profile ?? "none"), ("confidence", service.tier.rawValue),
          ("status", service.isRetired ? "retired" : "in use"),
        ]
        return ("service \(service.id)", (fields, ""))
      }, uniquingKeysWith: { first, _ in first })
  }

  private static func rules(_ set: RuleSet) -> Facts {
    Dictionary(
      set.matchesInOrder.map { match in
        let rule = set.rules[match.rule]
        var fields = [
          ("service", set.services[match.service].id), ("evidence", match.evidence.rawValue),
        ]
        if match.isShared {
          fields.append(
            ("shared", rule.needs.map { "beside \($0.name) within \($0.withinSeconds) s" } ?? "yes")
          )
        }
        if let tenant = rule.tenant {
          fields.append(("tenant", tenant.description))
        }
        // The site's own rule beside the shipped one of the same name is another rule.
        return (
          (rule.isLocal ? "local " : "") + rule.text, (fields, rule.description)
        )
      }, uniquingKeysWith: { first, _ in first })
  }

  private static func traps(_ set: RuleSet) -> Facts {
    Dictionary(
      set.traps.map { ("trap \($0.name)", ([("kind", $0.kind)], $0.description)) },
      uniquingKeysWith: { first, _ in first })
  }

  private static func compare(_ old: Facts, _ new: Facts) -> [Change] {
    func words(_ fields: [(name: String, value: String)]) -> String {
      fields.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    }
    return Set(old.keys).union(new.keys).sorted().compactMap { subject in
      switch (old[subject], new[subject]) {
      case (let gone?, nil):
        return Change(
          kind: .removed, subject: subject, detail: words(gone.fields), place: gone.place)
      case (nil, let come?):
        return Change(kind: .added, subject: subject, detail: words(come.fields), place: come.place)
      case (let before?, let after?):
        let was = Dictionary(before.fields.map { ($0.name, $0.value) }) { first, _ in first }
        let now = Dictionary(after.fields.map { ($0.name, $0.value) }) { first, _ in first }
        let differing = Set(was.keys).union(now.keys).sorted().filter { was[$0] != now[$0] }
        guard !differing.isEmpty else { return nil }
        let detail = differing.map { "\($0) \(was[$0] ?? "none") → \(now[$0] ?? "none")" }
        return Change(
          kind: .changed, subject: subject, detail: detail.joined(separator: ", "),
          place: after.place)
      case (nil, nil): return nil
      }
    }
  }
}
