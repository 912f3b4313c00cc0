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
    case .tolerated: "known and let be"
    case .unapproved: "the policy says no"
    case .unknown: "the policy does not speak of it"
    }
  }

  /// From the most to the least worrying.
  package static var byUrgency: [Verdict] { allCases.sorted() }
}
