package import StrictYAML

/// Comments in a rule file that ask to ignore a warning on their own line or the next:
/// `# lint ignore overlap: both run on this host`.
package struct LintIgnores {
  private struct Ignore {
    let id: String
    let location: YAMLLocation
    /// The line that it speaks of.
    let line: Int
    var isUsed = false
  }

  private let path: String
  private var ignores: [Ignore] = []
  private var mistakes: [Diagnostic] = []

  private static let marker = "# lint ignore"

  package init(in text: String, path: String) {
    self.path = path
    for (index, octets) in TextLines.split(text).enumerated() {
      let line = Substring(octets)
      guard let range = line.firstRange(of: Self.marker) else { continue }
      let column = line[..<range.lowerBound].unicodeScalars.count + 1
      let location = YAMLLocation(line: index + 1, column: column)
      let parts = line[range.upperBound...].split(separator: ":", maxSplits: 1)
      let id = parts.first.map { $0.trimmed } ?? ""
      let known = DiagnosticID.all.map(\.id.rawValue)
      guard known.contains(id) else {
        var message =
          "expected the id of a warning behind `lint ignore`, found \(YAMLNode.quoted(id))"
        if let near = NearMiss.suggestion(for: id, among: known) {
          message += "; did you mean `\(near)`?"
        }
        report(location, message)
        continue
      }
      guard parts.count == 2, !parts[1].trimmed.isEmpty else {
        report(location, "expected a reason: `lint ignore \(id): why`")
        continue
      }
      let isAlone = line[..<range.lowerBound].allSatisfy { $0 == " " }
      ignores.append(Ignore(id: id, location: location, line: index + (isAlone ? 2 : 1)))
    }
  }

  /// Whether a warning of this file is to be ignored. An error never is: files with errors are not loaded.
  package mutating func ignores(_ warning: Diagnostic) -> Bool {
    guard warning.severity == .warning,
      let index = ignores.firstIndex(where: {
        $0.line == warning.line && $0.id == warning.id.rawValue
      })
    else { return false }
    ignores[index].isUsed = true
    return true
  }

  /// Comments that are wrong, or ignored nothing of what ``ignores(_:)`` was asked about.
  package var warnings: [Diagnostic] {
    mistakes
      + ignores.filter { !$0.isUsed }.map {
        Diagnostic(
          path: path, location: $0.location, id: .ignore, severity: .warning,
          message: "expected a warning `\($0.id)` in line \($0.line) to ignore, found none")
      }
  }

  private mutating func report(_ location: YAMLLocation, _ message: String) {
    mistakes.append(
      Diagnostic(
        path: path, location: location, id: .ignore, severity: .warning, message: message))
  }
}

extension Substring {
  fileprivate var trimmed: String {
    String(self.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
