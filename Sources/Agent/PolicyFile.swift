import Foundation
import ProviderRules
import RecordStore
import Reports
import WireFormat

/// A policy read without the rules that it speaks of, for commands that read records.
struct PolicyFile {
  let policy: Policy
  let path: String

  /// - Throws: ``AgentError`` when the file cannot be read or has a mistake.
  init(path: String) throws(AgentError) {
    self.path = path
    var source = try RuleBook.source(path)
    // As it is named where records are made, so that its version is the same.
    source.path = "policy.yaml"
    do throws(RuleErrors) {
      policy = try Policy(compiling: source)
    } catch {
      let lines = error.diagnostics.map { mistake in
        var placed = mistake
        placed.path = path
        return placed.description
      }
      throw AgentError(lines.joined(separator: "\n"), status: .configuration)
    }
  }

  init(_ policy: Policy, path: String) { (self.policy, self.path) = (policy, path) }

  /// How the policy stands on a day, its budgets by all records of their periods.
  func report(on day: Int, _ store: RecordStore) throws(AgentError) -> PolicyReport {
    var report = PolicyReport(policy, path: path, on: day)
    guard let period = report.period else { return report }
    let filter = RecordFilter(since: period.lowerBound, until: period.upperBound)
    do {
      try store.forEachRecord(matching: filter) { (record: UsageRecord) throws(Never) in
        report.add(record)
      }
    } catch let error as RecordStoreError {
      throw AgentError(error)
    } catch {
      throw AgentError("\(store.path): \(SystemMessage.of(error))", status: .dataError)
    }
    return report
  }
}

extension PolicyReport {
  /// The day on which a period ends that does not hold its own end.
  static func lastDay(of period: Range<Timestamp>?, otherwise now: Timestamp) -> Int {
    (period?.upperBound.advanced(byNanoseconds: -1) ?? now).daysSince1970
  }
}
