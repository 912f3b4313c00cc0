/// Shipped rules and traps by the names above theirs: what a suffix rule of the site would come before. A look-up costs the
/// same however many there are.
package struct NamesAbove: Sendable {
  /// A rule below each name, or of its own.
  private var rules: [String: Int] = [:]
  /// A trap below each name, or of its own.
  private var traps: [String: Int] = [:]
  private let set: RuleSet

  package init(in set: RuleSet) {
    self.set = set
    for match in set.nameMatches {
      let rule = set.rules[match.rule]
      if !rule.isLocal, let end = rule.namesEnd { Self.note(match.rule, end, &rules) }
    }
    for (index, trap) in set.traps.enumerated() { Self.note(index, trap.name, &traps) }
    // The name's own comes before what is below it.
    for (index, trap) in set.traps.enumerated() { traps[trap.name] = index }
  }

  private static func note(_ index: Int, _ name: String, _ table: inout [String: Int]) {
    var rest = Substring(name)
    while true {
      let key = String(rest)
      if table[key] == nil { table[key] = index }
      guard let dot = rest.firstIndex(of: ".") else { return }
      rest = rest[rest.index(after: dot)...]
    }
  }

  /// The trap that a rule of this name would beat.
  package func trap(_ name: String, isExact: Bool) -> TrapOrigin? {
    traps[name].map { set.traps[$0] }.flatMap { !isExact || $0.name == name ? $0 : nil }
  }

  /// A shipped rule that a suffix rule of this name would come before.
  package func rule(belowSuffix name: String) -> RuleOrigin? { rules[name].map { set.rules[$0] } }
}
