import StrictYAML

/// Providers and services that bills and tables name, compared with those of the rules.
enum CalibrateNames {
  /// What is wrong with a name; nil when it is one of those that are known.
  ///
  /// - Parameter kind: `provider` or `service`, for the message.
  static func problem(_ name: String, _ kind: String, in known: [String]) -> String? {
    guard !known.contains(name) else { return nil }
    let near = NearMiss.suggestion(for: name.lowercased(), among: known).map { [$0] } ?? []
    // `openai` for `openai-api` is no slip of the hand.
    let parts = known.filter {
      name.utf8.count >= 3 && ($0.hasPrefix(name.lowercased()) || name.lowercased().hasPrefix($0))
    }
    let guesses = (near + parts.filter { !near.contains($0) }).prefix(4)
    return "expected the id of a \(kind) in the rules, found \(name.prefix(64))"
      + (guesses.isEmpty ? "" : "; did you mean \(guesses.joined(separator: ", "))?")
  }
}
