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
  ///   - color: ANSI colours in the text form.
  ///   - output: a file to write instead of standard output.
  ///   - note: told of groups that no record has, where the form has no place to say so.
  package static func run(
    database: String, selection: RecordSelection, format: Format, color: Bool, output: String?,
    note: (String) -> Void
  ) throws(AgentError) {
    let report = try report(database: database, filter: selection.filter)
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

  private static func report(
    database: String, filter: RecordFilter
  ) throws(AgentError) -> Report {
    try AgentError.storing { () throws(RecordStoreError) in
      let store = try RecordStore(readingFrom: database)
      return Report(
        records: try store.records(matching: filter),
        summaries: try store.summaries(since: filter.since, until: filter.until), filter: filter,
        generatedAt: .now(), lastRun: try store.lastRun(),
        knownGroups: filter.groups.isEmpty ? nil : try store.groups(),
        unknownNames: try store.unknownNames(since: filter.since, until: filter.until))
    }
  }
}
