import WireFormat

/// Why a name, an address or a path matched what it did.
package struct RuleExplanation: Sendable {
  /// Something that speaks of the subject.
  package struct Candidate: Sendable {
    package enum Source: Sendable {
      /// Index into ``RuleSet/rules``, and what it matches.
      case rule(Int, RuleMatch)
      /// Index into ``RuleSet/traps``.
      case trap(Int)
    }
    package var source: Source
    package var outcome: Outcome
  }

  /// What became of a candidate.
  package enum Outcome: Sendable, Equatable {
    case wins
    /// A trap of the same length or a longer one.
    case silenced(byTrap: Int)
    /// The rule at this index comes before it.
    case beaten(byRule: Int)
    /// A trap without a rule to silence.
    case hasNoEffect
    /// A trap that silences rules.
    case silences
  }

  package var match: RuleMatch?
  /// The weightiest first.
  package var candidates: [Candidate]
}

extension RuleSet {
  /// Everything that speaks of a subject as rule files write examples: a name, an address, or `:11434/api/chat`.
  ///
  /// It allocates, and costs a probe for each label and each rule that speaks of the subject.
  package func explain(_ subject: String) -> RuleExplanation {
    let match = match(example: subject)
    guard IPAddress(subject) == nil, !subject.hasPrefix(":") else {
      return RuleExplanation(
        match: match,
        candidates: match.map { [.init(source: .rule($0.rule, $0), outcome: .wins)] } ?? [])
    }
    // Safe: every octet of a string is initialized, and the spans end before the string does.
    let own = unsafe localNames.candidates(for: subject.utf8.span.bytes)
    let shipped = unsafe names.candidates(for: subject.utf8.span.bytes)
    return RuleExplanation(
      match: match,
      candidates: Self.weigh(own, matches, winner: match)
        + Self.weigh(shipped, matches, winner: match))
  }

  /// - Parameter candidates: by rising weight.
  private static func weigh(
    _ candidates: [NameTable.Candidate], _ matches: [RuleMatch], winner: RuleMatch?
  ) -> [RuleExplanation.Candidate] {
    // The longest trap silences what is as long or shorter; an exact rule is as long as can be.
    let lastTrap = candidates.lastIndex { if case .trap = $0 { true } else { false } }
    var result: [RuleExplanation.Candidate] = []
    for (index, candidate) in candidates.enumerated() {
      switch candidate {
      case .trap(let trap):
        let silences =
          index == lastTrap && result.contains { $0.outcome == .silenced(byTrap: trap) }
        result.append(
          .init(source: .trap(trap), outcome: silences ? .silences : .hasNoEffect))
      case .pattern(let rule), .suffix(let rule), .exact(let rule):
        guard let match = matches.indices.contains(rule) ? matches[rule] : nil else {
          continue
        }
        var outcome = RuleExplanation.Outcome.wins
        if match != winner {
          var isPattern = false
          if case .pattern = candidate { isPattern = true }
          if let lastTrap, index < lastTrap, !isPattern || winner == nil,
            case .trap(let trap) = candidates[lastTrap]
          {
            outcome = .silenced(byTrap: trap)
          } else if let winner {
            outcome = .beaten(byRule: winner.rule)
          }
        }
        result.append(.init(source: .rule(rule, match), outcome: outcome))
      }
    }
    return result.reversed()
  }
}
