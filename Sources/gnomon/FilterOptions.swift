import Agent
import ArgumentParser

/// Which records: shared by `report` and `export`.
struct FilterOptions: ParsableArguments {
  @Option(help: "From this time on: 2026-11-20, 2026-11-20T09:00Z, or 24h, 7d before now (UTC).")
  var since: String?

  @Option(help: "Before this time, in the same forms.")
  var until: String?

  @Option(help: "Only this verdict: approved, tolerated, unapproved, unknown. May be repeated.")
  var verdict: [String] = []

  @Option(help: "Only this host group of the policy; 'none' for hosts of no group. May be repeated.")
  var group: [String] = []

  func selection() throws(AgentError) -> RecordSelection {
    try RecordSelection(since: since, until: until, verdicts: verdict, groups: group)
  }
}
