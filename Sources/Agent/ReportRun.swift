import Foundation
import RecordStore
import Reports
import WireFormat

/// The work of `gnomon report`: records out of the database, a document out.
package enum ReportRun {
  package enum Format: String, Sendable, CaseIterable {
    case text, json, csv, html
  }

  /// - Parameters:
  ///   - rules: the rules folder, whose policy is taken where `policy` is nil; the report then does without one that is not
  ///     there or has mistakes.
  ///   - color: ANSI colours in the text form.
  ///   - output: a file to write instead of standard output.
  ///   - note: told of groups that no record has, where the form has no place to say so.
  package static func run(
    database: String, selection: RecordSelection, format: Format, rules: String, policy: String?,
    color: Bool, output: String?, note: (String) -> Void
  ) throws(AgentError) {
    let file = try policyFile(policy, rules: rules, note: note)
    let report = try report(database: database, filter: selection.filter, file)
    if let file, let stated = report.policy {
      ExpiryNotices.lines(file, on: stated.day).forEach(note)
    }
    let document =
      switch format {
      case .text: TerminalReport.render(report, color: color)
      case .json: JSONReport.render(report)
      case .csv: CSVReport.render(report)
      case .html: HTMLReport.render(report)
      }
    try Document.write(document, to: output)
    if format == .csv, let missing = ReportWords.missingGroups(report) { note(missing) }
  }

  private static func policyFile(
    _ path: String?, rules: String, note: (String) -> Void
  ) throws(AgentError) -> PolicyFile? {
    if let path { return try PolicyFile(path: path) }
    let standing = rules + "/policy.yaml"
    guard FileManager.default.fileExists(atPath: standing) else { return nil }
    do throws(AgentError) {
      return try PolicyFile(path: standing)
    } catch {
      note("\(error.description)\nthe report says nothing of budgets and expiry")
      return nil
    }
  }

  private static func report(
    database: String, filter: RecordFilter, _ policy: PolicyFile?
  ) throws(AgentError) -> Report {
    let store = try AgentError.storing { () throws(RecordStoreError) in
      try RecordStore(readingFrom: database)
    }
    var report = try AgentError.storing { () throws(RecordStoreError) in
      Report(
        records: try store.records(matching: filter),
        summaries: try store.summaries(since: filter.since, until: filter.until), filter: filter,
        generatedAt: .now(), lastRun: try store.lastRun(),
        knownGroups: filter.groups.isEmpty ? nil : try store.groups(),
        unknownNames: try store.unknownNames(since: filter.since, until: filter.until),
        lostUnknownNameCount: try store.lostUnknownNameCount(
          since: filter.since, until: filter.until))
    }
    let day = PolicyReport.lastDay(of: report.period, otherwise: report.generatedAt)
    report.policy = try policy.map { policy throws(AgentError) in try policy.report(on: day, store)
    }
    return report
  }
}
