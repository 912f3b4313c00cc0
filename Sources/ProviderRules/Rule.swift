internal import StrictYAML

/// What a name, address or path matched.
package struct RuleMatch: Sendable, Equatable {
  // Narrow, because there may be a hundred thousand of them and each lookup that matches reads one.
  private let narrowService: Int32
  private let narrowRule: Int32
  package let evidence: EvidenceClass
  /// The host is shared with others: it counts only together with what ``RuleOrigin/needs`` names.
  package let isShared: Bool

  init(service: Int, evidence: EvidenceClass, rule: Int, isShared: Bool) {
    narrowService = Int32(clamping: service)
    narrowRule = Int32(clamping: rule)
    self.evidence = evidence
    self.isShared = isShared
  }

  /// Index into ``RuleSet/services``.
  package var service: Int { Int(narrowService) }
  /// Index into ``RuleSet/rules``.
  package var rule: Int { Int(narrowRule) }
}

/// Where a rule stands, so that a record can say which line accused somebody.
package struct RuleOrigin: Sendable {
  package let path: String
  package let form: Form
  /// What it speaks of: a name, a regex, a block of addresses, or a path and perhaps its port.
  package let subject: String
  /// The second signal that a shared host needs.
  package let needs: SecondSignal?

  /// Both from 1; narrow, because there may be a hundred thousand of them.
  private let narrowLine: Int32
  private let narrowColumn: Int32

  init(
    path: String, form: Form, subject: String, needs: SecondSignal?, location: YAMLLocation
  ) {
    (self.path, self.form, self.subject, self.needs) = (path, form, subject, needs)
    narrowLine = Int32(clamping: location.line)
    narrowColumn = Int32(clamping: location.column)
  }

  package var line: Int { Int(narrowLine) }
  var location: YAMLLocation { YAMLLocation(line: line, column: Int(narrowColumn)) }

  /// The rule in a few words: `suffix api.openai.com`.
  package var text: String { "\(form.rawValue) \(subject)" }

  /// What a rule is matched against, and how. The words are those of ``text``.
  package enum Form: String, Sendable, CaseIterable {
    case exact, suffix, regex, address, path

    /// Whether it speaks of host names.
    package var isName: Bool { self == .exact || self == .suffix || self == .regex }
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
