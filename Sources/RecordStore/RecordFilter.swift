package import ProviderRules
package import WireFormat

/// Which records a report or an export is about.
package struct RecordFilter: Sendable, Equatable {
  /// Windows that end after `since` and begin before `until`; nil leaves that side open. A window that only partly
  /// lies within is in: records cannot be divided.
  package var since: Timestamp?
  package var until: Timestamp?
  /// Empty means all.
  package var verdicts: Set<Verdict>
  /// Policy host groups; empty means all, ``noGroup`` the hosts that are in none.
  package var groups: Set<String>

  /// Stands in ``groups`` for hosts that no group of the policy names.
  package static let noGroup = "none"

  package init(
    since: Timestamp? = nil, until: Timestamp? = nil, verdicts: Set<Verdict> = [],
    groups: Set<String> = []
  ) {
    self.since = since
    self.until = until
    self.verdicts = verdicts
    self.groups = groups
  }

  package func accepts(_ record: UsageRecord) -> Bool {
    acceptsTime(from: record.windowStart, to: record.windowEnd)
      && (verdicts.isEmpty || verdicts.contains(record.verdict))
      && (groups.isEmpty || groups.contains(record.host.group ?? Self.noGroup))
  }

  package func acceptsTime(from start: Timestamp, to end: Timestamp) -> Bool {
    (since.map { end > $0 } ?? true) && (until.map { start < $0 } ?? true)
  }
}
