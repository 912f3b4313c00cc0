package import ProviderRules

extension Verdict {
  /// Stands beside the word, so that no reader depends on colour.
  package var symbol: String {
    switch self {
    case .approved: "✓"
    case .tolerated: "~"
    case .unapproved: "✗"
    case .unknown: "?"
    }
  }

  /// What the word means to somebody who has not read the policy.
  package var meaning: String {
    switch self {
    case .approved: "the policy allows it"
    case .tolerated: "known, neither allowed nor stopped"
    case .unapproved: "the policy says no"
    case .unknown: "no line of the policy speaks of it"
    }
  }

  /// From the most to the least worrying.
  package static var byUrgency: [Verdict] { allCases.sorted() }
}
