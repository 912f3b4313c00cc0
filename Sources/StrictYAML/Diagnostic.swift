/// What is wrong with a file that a person wrote, where, and what was expected there.
///
/// It prints as compilers print: `rules/providers/openai.yaml:14:7: error: expected …`.
package struct Diagnostic: Error, Hashable, Sendable {
  package var path: String
  package var location: YAMLLocation
  /// What kind of mistake it is: stable, for tools and for ignoring it.
  package var id: DiagnosticID
  package var severity: Severity
  /// What was expected and what stands there, without a full stop.
  package var message: String

  /// Whether a file can be used in spite of it.
  package enum Severity: String, Sendable, CaseIterable {
    case error, warning
  }

  package init(
    path: String, location: YAMLLocation, id: DiagnosticID = .value, severity: Severity = .error,
    message: String
  ) {
    self.path = path
    self.location = location
    self.id = id
    self.severity = severity
    self.message = message
  }

  package var line: Int { location.line }
  package var column: Int { location.column }
}

/// The kind of a mistake: `key`, `value`, … Other rooms add their own.
package struct DiagnosticID: Hashable, Sendable {
  package var rawValue: String

  package init(_ rawValue: String) { self.rawValue = rawValue }

  /// No YAML, or YAML that strict files leave out: anchors, tags, keys that stand twice.
  package static let syntax = DiagnosticID("syntax")
  /// A key that is not known, or one that is missing.
  package static let key = DiagnosticID("key")
  /// A value of the wrong type, form or range.
  package static let value = DiagnosticID("value")
}

extension Diagnostic: CustomStringConvertible {
  package var description: String {
    "\(path):\(location.line):\(location.column): \(severity.rawValue): \(message)"
  }
}

extension Diagnostic: Comparable {
  /// By path, then by place, then by message.
  package static func < (a: Diagnostic, b: Diagnostic) -> Bool {
    (a.path, a.line, a.column, a.message) < (b.path, b.line, b.column, b.message)
  }
}

/// A place in a text, both counted from 1; columns count Unicode scalars.
package struct YAMLLocation: Hashable, Sendable {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  package static let start = YAMLLocation(line: 1, column: 1)
}
