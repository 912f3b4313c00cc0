import ProviderRules
import RecordStore
import Reports
import StrictYAML
package import WireFormat

/// The work of `gnomon policy list` and `gnomon policy budgets`.
package enum PolicyListRun {
  package enum Format: String, Sendable, CaseIterable {
    case text, json
  }

  /// Each line of verdict with how it stands.
  ///
  /// - Parameter day: `YYYY-MM-DD`, UTC; nil for today.
  /// - Throws: ``AgentError`` when the day is none, or the rules or the policy have a mistake.
  package static func list(
    rules: String, policy: String?, day: String?, format: Format, now: Timestamp = .now()
  ) throws(AgentError) -> String {
    let day = try self.day(day) ?? now.daysSince1970
    let standing = try PolicyChange.Standing(rules: rules, policy: policy)
    let (policy, path) = (standing.book.policy, standing.files.policyPath)
    let lines = policy.listedLines.map {
      (line: $0, standing: $0.standing(on: day, noticeDays: policy.noticeDays))
    }
    switch format {
    case .json:
      let members = lines.map { PolicyReport.json($0.line, $0.standing) }
      return JSONValue.object([
        ("path", .string(path)), ("day", .string(PolicyReport.date(day))),
        ("lines", .array(members)),
        ("excluded_groups", .strings(policy.groups.filter(\.isExcluded).map(\.id))),
      ]).text(isIndented: true) + "\n"
    case .text:
      let rows = lines.map { row in
        let state = row.line.isExcluded ? "never speaks" : row.standing.text
        let until = row.line.expires.map { " until \($0)" } ?? ""
        return DisplayText.fit(state, 20) + " "
          + DisplayText.clean(
            "\(path):\(row.line.location.line): \(row.line.text)\(until); \(row.line.owner): \(row.line.reason)"
          ) + "\n"
      }
      let excluded = policy.groups.filter(\.isExcluded).map {
        DisplayText.fit("excluded", 20) + " group \($0.id): its hosts leave no record\n"
      }
      return (rows + excluded).joined()
    }
  }

  /// What of the budgets is used.
  package struct BudgetsOutcome: Sendable {
    package var text: String
    /// Some budget is exceeded for sure.
    package var isOver: Bool
  }

  /// Each budget with what is used of it in the period that holds a day.
  ///
  /// - Parameter day: `YYYY-MM-DD`, UTC; nil for the last day of which there are records, so that an old capture is not
  ///   held against today.
  /// - Throws: ``AgentError`` when the day is none, the rules or the policy have a mistake, or the database cannot be read.
  package static func budgets(
    database: String, rules: String, policy: String?, day: String?, format: Format,
    now: Timestamp = .now()
  ) throws(AgentError) -> BudgetsOutcome {
    let asked = try self.day(day)
    let standing = try PolicyChange.Standing(rules: rules, policy: policy)
    let store = try AgentError.storing { () throws(RecordStoreError) in
      try RecordStore(readingFrom: database)
    }
    let latest = try AgentError.storing { () throws(RecordStoreError) in
      try store.latestWindow()
    }
    let file = PolicyFile(standing.book.policy, path: standing.files.policyPath)
    let report = try file.report(
      on: asked ?? PolicyReport.lastDay(of: latest, otherwise: now), store)
    let text: String
    switch format {
    case .json: text = report.json.text(isIndented: true) + "\n"
    case .text:
      text =
        report.budgets.isEmpty
        ? "\(file.path): no budgets\n"
        : report.budgets.map { DisplayText.clean(report.text($0)) + "\n" }.joined()
    }
    return BudgetsOutcome(text: text, isOver: report.budgets.contains { $0.state == .over })
  }

  private static func day(_ text: String?) throws(AgentError) -> Int? {
    guard let text else { return nil }
    guard let date = CalendarDate(text) else {
      throw AgentError("--at: expected a date as YYYY-MM-DD, found \(text)", status: .usage)
    }
    return date.daysSince1970
  }
}
