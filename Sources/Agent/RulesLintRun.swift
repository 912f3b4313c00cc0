import Foundation
import ProviderRules
import Reports
package import StrictYAML
import WireFormat

/// The work of `gnomon rules lint`: everything that is wrong with a rules folder, and what looks wrong.
package enum RulesLintRun {
  package enum Format: String, Sendable, CaseIterable {
    case text, json, sarif
  }

  package struct Options: Sendable {
    package var directory: String
    package var policy: String?
    package var format = Format.text
    /// The public suffix list; nil for the system's own.
    package var publicSuffixes: String?
    /// The UTC day that dates are held against; nil for today.
    package var today: String?

    package init(directory: String, policy: String?) {
      (self.directory, self.policy) = (directory, policy)
    }
  }

  /// What a run found.
  package struct Outcome: Sendable {
    package var findings: [Diagnostic] = []
    package var fileCount = 0
    package var ignoredCount = 0

    package var errorCount: Int { findings.count { $0.severity == .error } }
    package var warningCount: Int { findings.count - errorCount }
  }

  /// Where Debian keeps the list (package `publicsuffix`).
  private static let systemSuffixes = "/usr/share/publicsuffix/public_suffix_list.dat"

  /// Looks at a folder.
  ///
  /// - Parameter note: told of what was not looked at.
  /// - Throws: ``AgentError`` when a file cannot be read.
  package static func lint(
    _ options: Options, note: (String) -> Void
  ) throws(AgentError) -> Outcome {
    let files = try RuleFiles(directory: options.directory, policyPath: options.policy)
    var outcome = Outcome()
    outcome.fileCount = files.all.count
    outcome.findings = RuleBook.compile(files).mistakes
    let suffixes = try publicSuffixes(options.publicSuffixes, note: note)
    let warnings = RuleLint.warnings(
      in: files.providers + files.local, traps: files.traps, policy: files.policy,
      suffixes: suffixes,
      today: try today(options.today))
    var byFile = Dictionary(grouping: warnings, by: \.path)
    for source in files.all {
      var ignores = LintIgnores(in: source.text, path: source.path)
      for warning in byFile.removeValue(forKey: source.path) ?? [] {
        if ignores.ignores(warning) {
          outcome.ignoredCount += 1
        } else {
          outcome.findings.append(files.placed(warning))
        }
      }
      outcome.findings += ignores.warnings.map { files.placed($0) }
    }
    outcome.findings += try unread(in: files)
    outcome.findings.sort()
    return outcome
  }

  /// What lies among the rule files and is none of them: whoever put it there may believe that it counts.
  private static func unread(in files: RuleFiles) throws(AgentError) -> [Diagnostic] {
    var found: [Diagnostic] = []
    for (parent, folder) in [
      (files.shippedPath, "providers"), (files.shippedPath, "profiles"), (files.directory, "local"),
    ] {
      let path = "\(parent)/\(folder)"
      guard FileManager.default.fileExists(atPath: path) else { continue }
      for name in try RuleBook.names(in: path)
      where !name.hasSuffix(".yaml") && !name.hasPrefix(".") && !name.hasPrefix("README") {
        found.append(
          Diagnostic(
            path: "\(path)/\(ErrorLines.printable(name))",
            location: YAMLLocation(line: 1, column: 1),
            id: .unread, severity: .warning,
            message: "expected a file NAME.yaml: nothing else in this folder is read"))
      }
    }
    return found
  }

  static func today(_ text: String?) throws(AgentError) -> CalendarDate {
    let text = text ?? String(UTCText(Timestamp.now()).rfc3339.prefix(10))
    guard let day = CalendarDate(text) else {
      throw AgentError("--today: expected a date as YYYY-MM-DD, found \(text)", status: .usage)
    }
    return day
  }

  /// - Parameters:
  ///   - path: the public suffix list; nil for the system's own.
  ///   - note: told where there is none.
  static func publicSuffixes(
    _ path: String?, note: (String) -> Void
  ) throws(AgentError) -> PublicSuffixes? {
    if path == nil, !FileManager.default.fileExists(atPath: systemSuffixes) {
      note("\(systemSuffixes): no public suffix list here, suffixes are not held against it")
      return nil
    }
    return PublicSuffixes(parsing: try RuleBook.source(path ?? systemSuffixes).text)
  }

  /// The findings as a document.
  package static func document(_ outcome: Outcome, _ format: Format) -> String {
    switch format {
    case .text: text(outcome)
    case .json: json(outcome).text(isIndented: true) + "\n"
    case .sarif: sarif(outcome).text(isIndented: true) + "\n"
    }
  }

  private static func text(_ outcome: Outcome) -> String {
    let lines = outcome.findings.map { "\($0.description) [\($0.id.rawValue)]\n" }
    return lines.joined() + "\(count(outcome.errorCount, "error")), "
      + "\(count(outcome.warningCount, "warning")) in \(count(outcome.fileCount, "file"))"
      + (outcome.ignoredCount > 0 ? ", \(outcome.ignoredCount) ignored" : "") + "\n"
  }

  private static func count(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  private static func json(_ outcome: Outcome) -> JSONValue {
    .object([
      ("schema", .integer(1)), ("files", .integer(outcome.fileCount)),
      ("errors", .integer(outcome.errorCount)), ("warnings", .integer(outcome.warningCount)),
      ("ignored", .integer(outcome.ignoredCount)),
      (
        "findings",
        .array(
          outcome.findings.map { finding in
            .object([
              ("file", .string(finding.path)), ("line", .integer(finding.line)),
              ("column", .integer(finding.column)),
              ("severity", .string(finding.severity.rawValue)),
              ("id", .string(finding.id.rawValue)), ("message", .string(finding.message)),
            ])
          })
      ),
    ])
  }

  /// SARIF 2.1.0 (OASIS), as code review tools read it.
  private static func sarif(_ outcome: Outcome) -> JSONValue {
    let rules = DiagnosticID.all.map { rule -> JSONValue in
      .object([
        ("id", .string(rule.id.rawValue)),
        ("shortDescription", .object([("text", .string(rule.meaning))])),
      ])
    }
    let results = outcome.findings.map { finding -> JSONValue in
      let region = JSONValue.object([
        ("startLine", .integer(finding.line)), ("startColumn", .integer(finding.column)),
      ])
      let place = JSONValue.object([
        ("artifactLocation", .object([("uri", .string(uri(finding.path)))])), ("region", region),
      ])
      return .object([
        ("ruleId", .string(finding.id.rawValue)), ("level", .string(finding.severity.rawValue)),
        ("message", .object([("text", .string(finding.message))])),
        ("locations", .array([.object([("physicalLocation", place)])])),
      ])
    }
    let driver = JSONValue.object([
      ("name", .string("gnomon rules lint")), ("version", .string(Version.current)),
      ("rules", .array(rules)),
    ])
    return .object([
      ("$schema", .string("https://json.schemastore.org/sarif-2.1.0.json")),
      ("version", .string("2.1.0")),
      (
        "runs",
        .array([
          .object([
            ("tool", .object([("driver", driver)])),
            ("columnKind", .string("unicodeCodePoints")), ("results", .array(results)),
          ])
        ])
      ),
    ])
  }

  /// A path as a URI reference (RFC 3986).
  private static func uri(_ path: String) -> String {
    path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
  }
}
