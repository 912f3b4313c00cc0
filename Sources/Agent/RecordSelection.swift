import ProviderRules
import RecordStore
import WireFormat

/// Which records a command is about, as said on its command line.
package struct RecordSelection: Sendable {
  let filter: RecordFilter

  /// - Throws: ``AgentError`` that says what a word may be.
  package init(
    since: String?, until: String?, verdicts: [String], groups: [String]
  ) throws(AgentError) {
    var chosen: Set<Verdict> = []
    for name in verdicts {
      guard let verdict = Verdict(rawValue: name) else {
        let known = Verdict.allCases.map(\.rawValue).joined(separator: ", ")
        throw AgentError("--verdict \(name): expected one of \(known)", status: .usage)
      }
      chosen.insert(verdict)
    }
    let now = Timestamp.now()
    filter = RecordFilter(
      since: try Self.time(since, "--since", now), until: try Self.time(until, "--until", now),
      verdicts: chosen, groups: Set(groups))
    if let start = filter.since, let end = filter.until, start > end {
      throw AgentError(
        "--since \(since ?? "") is after --until \(until ?? ""): no time lies between them",
        status: .usage)
    }
  }

  private static func time(
    _ text: String?, _ option: String, _ now: Timestamp
  ) throws(AgentError) -> Timestamp? {
    guard let text else { return nil }
    guard let time = TimeText.parse(text, now: now) else {
      throw AgentError(
        "\(option) \(text): expected a day (2026-11-20), a UTC time (2026-11-20T09:00Z), or a span "
          + "before now (90m, 24h, 7d, 4w)", status: .usage)
    }
    return time
  }
}
