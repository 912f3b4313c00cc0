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

extension RuleErrors: CustomStringConvertible {
  package var description: String { lines.joined(separator: "\n") }
}
