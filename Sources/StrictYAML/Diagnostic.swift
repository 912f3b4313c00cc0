/// What is wrong with a file that a person wrote, where, and what was expected there.
///
/// It prints as compilers print: `rules/providers/openai.yaml:14:7: error: expected …`.
package struct Diagnostic: Error, Hashable, Sendable {
  package var path: String
  package var location: YAMLLocation
  /// What was expected and what stands there, without a full stop.
  package var message: String

  package init(path: String, location: YAMLLocation, message: String) {
    self.path = path
    self.location = location
    self.message = message
  }

  package var line: Int { location.line }
  package var column: Int { location.column }
}

extension Diagnostic: CustomStringConvertible {
  package var description: String {
    "\(path):\(location.line):\(location.column): error: \(message)"
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
