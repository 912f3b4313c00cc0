package import StrictYAML

/// Everything that is wrong with a set of rule files; never empty when thrown.
package struct RuleErrors: Error, Sendable {
  /// By path and place.
  package let diagnostics: [Diagnostic]

  init(_ diagnostics: [Diagnostic]) {
    self.diagnostics = diagnostics.sorted()
  }

  /// One line each, `path:line:column: error: message`.
  package var lines: [String] { diagnostics.map(\.description) }
}

extension DiagnosticID {
  /// An id that another provider, service, group or trap has, or a rule that stands twice.
  static let duplicate = DiagnosticID("duplicate")
  /// A rule whose name is a trap.
  static let trap = DiagnosticID("trap")
  /// An example that does not hold.
  static let example = DiagnosticID("example")
  /// A suffix under which anybody can register names.
  static let publicSuffix = DiagnosticID("public-suffix")
  /// A regex that host names cannot be held against, or that is not anchored.
  static let regex = DiagnosticID("regex")
  /// A provider, service, group or profile that there is not.
  package static let reference = DiagnosticID("reference")
}

extension RuleErrors: CustomStringConvertible {
  package var description: String { lines.joined(separator: "\n") }
}
