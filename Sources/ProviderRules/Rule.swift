/// What a name, address or path matched.
package struct RuleMatch: Sendable, Equatable {
  /// Index into ``RuleSet/services``.
  package let service: Int
  package let evidence: EvidenceClass
  /// Index into ``RuleSet/rules``.
  package let rule: Int
  /// The host is shared with others: it counts only together with what ``RuleOrigin/needs`` names.
  package let isShared: Bool
}

/// Where a rule stands, so that a record can say which line accused somebody.
package struct RuleOrigin: Sendable {
  package let path: String
  /// From 1.
  package let line: Int
  /// The rule in a few words: `suffix api.openai.com`.
  package let text: String
  /// The second signal that a shared host needs.
  package let needs: SecondSignal?

  /// What ``text`` is about, without its kind: a name, a pattern, a block of addresses, a path without its port.
  package var subject: String {
    let words = text.drop { $0 != " " }.dropFirst()
    guard text.hasPrefix("path "), let port = words.range(of: " at port ", options: .backwards)
    else { return String(words) }
    return String(words[..<port.lowerBound])
  }

  /// The name of a rule for one name, or for it and all below it; nil for other rules.
  package var name: (text: String, coversBelow: Bool)? {
    if text.hasPrefix("suffix ") { return (subject, true) }
    return text.hasPrefix("exact ") ? (subject, false) : nil
  }

  /// Another name that the same host must have asked for shortly before or after.
  package struct SecondSignal: Sendable {
    package let name: String
    package let withinSeconds: Int
  }
}

/// Where a trap stands: a name that must not fire, whatever shorter rules say.
package struct TrapOrigin: Sendable {
  package let name: String
  /// `shared-root`, `look-alike`, …
  package let kind: String
  package let reason: String
  package let path: String
  /// From 1.
  package let line: Int
}

extension TrapOrigin: CustomStringConvertible {
  /// `traps.yaml:9`.
  package var description: String { "\(path):\(line)" }
}

extension RuleOrigin: CustomStringConvertible {
  /// `providers/openai.yaml:14`.
  package var description: String { "\(path):\(line)" }
}
