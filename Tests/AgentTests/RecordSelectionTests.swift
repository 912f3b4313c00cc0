import ProviderRules
import Testing

@testable import Agent

@Suite("which records a command is about")
struct RecordSelectionTests {
  @Test func takesVerdictsGroupsAndTimes() throws {
    let selection = try RecordSelection(
      since: "2026-11-20", until: "2026-11-21", verdicts: ["approved", "unknown"],
      groups: ["none"])
    #expect(selection.filter.verdicts == [.approved, .unknown])
    #expect(selection.filter.groups == ["none"])
    #expect(selection.filter.since?.nanoseconds == 1_795_132_800_000_000_000)
    #expect(selection.filter.until?.nanoseconds == 1_795_219_200_000_000_000)
  }

  @Test func saysWhichVerdictsThereAre() {
    #expect(
      message { () throws(AgentError) in
        try RecordSelection(since: nil, until: nil, verdicts: ["allowed"], groups: [])
      }
        == "--verdict allowed: expected one of approved, tolerated, unapproved, unknown")
  }

  @Test(
    "says how a time is written", arguments: [("soon", nil), (nil, "soon")] as [(String?, String?)])
  func saysHowTimesAreWritten(since: String?, until: String?) {
    let option = since == nil ? "--until" : "--since"
    #expect(
      message { () throws(AgentError) in
        try RecordSelection(since: since, until: until, verdicts: [], groups: [])
      }
        == "\(option) soon: expected a day (2026-11-20), a UTC time (2026-11-20T09:00Z), or a span "
        + "before now (90m, 24h, 7d, 4w)")
  }

  @Test func refusesAnEndBeforeTheStart() throws {
    #expect(
      message { () throws(AgentError) in
        try RecordSelection(since: "2026-11-21", until: "2026-11-20", verdicts: [], groups: [])
      }
        == "--since 2026-11-21 is after --until 2026-11-20: no time lies between them")
    #expect(
      message { () throws(AgentError) in
        try RecordSelection(since: "1h", until: "2h", verdicts: [], groups: [])
      } != nil)
    // The window that holds the moment.
    _ = try RecordSelection(
      since: "2026-11-20", until: "2026-11-20", verdicts: [], groups: [])
  }

  /// The message of a usage error.
  private func message(_ body: () throws(AgentError) -> RecordSelection) -> String? {
    do {
      _ = try body()
      return nil
    } catch {
      return error.status == .usage ? error.description : nil
    }
  }
}
