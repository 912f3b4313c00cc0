package import StrictYAML

/// Rules that the site wants beside the shipped ones, and how they stand in a file in `local/`.
package struct LocalRules: Sendable {
  /// A name and what traffic to it says.
  package struct Rule: Sendable {
    package var name: String
    package var isExact: Bool
    package var evidence: EvidenceClass
    /// Why it is to beat a trap.
    package var overTrap: String?

    package init(
      name: String, isExact: Bool, evidence: EvidenceClass, overTrap: String? = nil
    ) {
      (self.name, self.isExact) = (name, isExact)
      (self.evidence, self.overTrap) = (evidence, overTrap)
    }
  }

  /// Whose rules they are.
  package enum Target: Sendable {
    /// A service that some file describes.
    case service(id: String)
    /// A service to be described here.
    case newService(id: String, name: String, category: Service.Category, tier: Service.Tier)
  }

  package var target: Target
  package var rules: [Rule]
  package var hits: [String]
  package var misses: [String]
  package var date: CalendarDate
  package var method: Service.Verification.Method
  package var sources: [String]
  /// Lines of comment above: why, and where from.
  package var comments: [String]

  package init(
    target: Target, rules: [Rule], hits: [String], misses: [String], date: CalendarDate,
    method: Service.Verification.Method, sources: [String], comments: [String]
  ) {
    (self.target, self.rules, self.hits, self.misses) = (target, rules, hits, misses)
    (self.date, self.method) = (date, method)
    (self.sources, self.comments) = (sources, comments)
  }

  package enum Failure: Error, Equatable {
    /// `services` is written in a form that cannot be added to.
    case form
  }

  /// A new file that adds to a provider which is known.
  package func text(extending provider: String) -> String {
    text(head: ["schema: 1", "extends: \(provider)"])
  }

  /// A new file of a provider that nobody knows yet.
  package func text(describing provider: String, name: String) -> String {
    text(head: [
      "schema: 1", "id: \(provider)", "name: \(BlockList.quoted(name))",
      "vendor: {name: \(BlockList.quoted(name))}", "status: active",
    ])
  }

  private func text(head: [String]) -> String {
    (head + ["services:"] + item(indent: "  ") + [""]).joined(separator: "\n")
  }

  /// Adds them to a file in `local/`; every other octet of it stays.
  ///
  /// - Parameter text: a file without mistakes.
  /// - Returns: the new text; whoever writes it compiles it first.
  package func text(addedTo text: String) throws(Failure) -> String {
    guard let (old, isCRLF) = BlockList.lines(of: text),
      let start = old.firstIndex(where: { $0.hasPrefix("services:") }),
      old[start].dropFirst("services:".count).prefix(while: { $0 != "#" })
        .allSatisfy({ $0 == " " })
    else { throw .form }
    var lines = old
    let items = BlockList.items(in: lines, after: start)
    guard let first = items.first, let last = items.last else { throw .form }
    let indent = String(lines[first.lowerBound].prefix { $0 == " " })
    lines.insert(contentsOf: item(indent: indent), at: last.upperBound)
    return BlockList.text(lines, isCRLF)
  }

  /// The entry under `services`.
  private func item(indent: String) -> [String] {
    var lines = comments.map { "# \($0)" }
    var tier: Service.Tier?
    switch target {
    case .service(let id): lines.append("- adds_to: \(id)")
    case .newService(let id, let name, let category, let itsTier):
      tier = itsTier
      lines += [
        "- id: \(id)", "  name: \(BlockList.quoted(name))", "  category: \(category.rawValue)",
        "  data_egress: \(category.usualEgress.rawValue)",
      ]
    }
    lines += ["  match:", "    domains:"]
    lines += rules.map { rule in
      "      - {\(rule.isExact ? "exact" : "suffix"): \(Self.scalar(rule.name)), "
        + "evidence: \(rule.evidence.rawValue)}"
        + (rule.overTrap.map { "  # lint ignore over-trap: \($0)" } ?? "")
    }
    lines.append("  verified: {date: \(date), by: \(method.rawValue)}")
    if let tier { lines.append("  confidence: \(tier.rawValue)") }
    lines.append("  sources: [\(sources.joined(separator: ", "))]")
    lines.append("  examples:")
    lines += Self.list("hit", hits) + Self.list("miss", misses)
    return lines.map { indent + $0 }
  }

  /// A short list in one line, a long one with a line for each.
  private static func list(_ key: String, _ names: [String]) -> [String] {
    let scalars = names.map(scalar)
    if scalars.count <= 3 { return ["    \(key): [\(scalars.joined(separator: ", "))]"] }
    return ["    \(key):"] + scalars.map { "      - \($0)" }
  }

  /// A host name, in quotes where it would be a number (`1.e5`).
  private static func scalar(_ name: String) -> String {
    Double(name) == nil ? name : BlockList.quoted(name)
  }
}

extension Service.Category {
  /// What leaves the site with most services of the kind, until somebody has looked at the one in question.
  var usualEgress: Service.DataEgress {
    switch self {
    case .codingAssistant: .code
    case .audio, .meeting: .audio
    case .selfHosted: .none
    default: .prompt
    }
  }
}
