package import RecordStore
package import WireFormat

/// What all forms of the report say: records in, and the sums, groups and gaps that a reader asks for.
///
/// Rows stand in the order of group, then host address, then service. Nothing sorts hosts by volume: the
/// report is to find services and settle them, not to rank people (`privacy.md`, point 7).
package struct Report: Sendable {
  package let filter: RecordFilter
  package let generatedAt: Timestamp
  /// Every record, by window; what the rows are rolled up from.
  package let records: [UsageRecord]
  /// Use, by policy host group; hosts of no group last.
  package let groups: [Group]
  /// Hosts that only touched a website, CDN, login or telemetry: no use, and counted nowhere.
  package let contacts: [UsageRecord]
  package let totals: Totals
  package let timeline: Timeline
  /// All traffic that was looked at, added up; nil when nothing was.
  package let capture: CaptureSummary?
  /// Windows that were looked at.
  package let windowCount: Int
  /// The first window's start and the last one's end; nil when nothing was looked at.
  package let period: Range<Timestamp>?
  package let sensors: [String]
  package let ruleVersions: [String]
  package let policyVersions: [String]
  package let profiles: [String]
  /// Groups that the filter asks for and no record at all has, by name: a misspelt one would look like no use.
  package let missingGroups: [String]
  /// Groups that some record has, by name.
  package let knownGroups: [String]
  /// Names that look like AI and that no rule knows; none where the filter asks for verdicts or groups, which they have not.
  package let unknownNames: [UnknownName]
  /// How many more such names found no place; a name counts in each window. 0 where the list has none at all.
  package let lostUnknownNameCount: Int
  /// How the policy stands at the end of the period; nil where none was read.
  package var policy: PolicyReport?

  /// The rows of one policy host group.
  package struct Group: Sendable {
    /// Nil for hosts that no group of the policy names.
    package let name: String?
    /// One a host × service, all windows added up.
    package let rows: [UsageRecord]
    package let totals: Totals
  }

  /// - Parameters:
  ///   - records: What the store gave for `filter`; any windows, any order.
  ///   - summaries: All that was looked at in the same time, AI or not.
  ///   - lastRun: Says the rule and policy versions where no record does.
  ///   - unknownNames: What the store gave for the same time.
  ///   - lostUnknownNameCount: What the store counts beside them.
  ///   - knownGroups: The groups of all records, matching or not; nil takes those of `records`.
  package init(
    records: [UsageRecord], summaries: [CaptureSummary], filter: RecordFilter,
    generatedAt: Timestamp, lastRun: RunInfo? = nil, knownGroups: [String]? = nil,
    unknownNames: [UnknownName] = [], lostUnknownNameCount: Int = 0
  ) {
    self.filter = filter
    self.unknownNames =
      filter.verdicts.isEmpty && filter.groups.isEmpty
      ? UnknownNameWords.ordered(unknownNames) : []
    self.lostUnknownNameCount = self.unknownNames.isEmpty ? 0 : lostUnknownNameCount
    self.generatedAt = generatedAt
    self.records = records.sorted { ($0.windowStart, $0.sensor) < ($1.windowStart, $1.sensor) }

    let rows = UsageRecord.rolledUp(records)
    let uses = rows.filter(\.isUse)
    contacts = rows.filter { !$0.isUse }
    groups = Self.grouped(uses)
    totals = Totals(uses)

    capture = summaries.dropFirst().reduce(summaries.first) { $0?.merged(with: $1) }
    windowCount = Set(summaries.map(\.windowStart)).count
    let starts = records.map(\.windowStart) + summaries.map(\.windowStart)
    let ends = records.map(\.windowEnd) + summaries.map(\.windowEnd)
    if let start = starts.min(), let end = ends.max(), start <= end {
      period = start..<end
    } else {
      period = nil
    }
    timeline = Timeline(
      records.filter(\.isUse), from: period?.lowerBound ?? generatedAt,
      to: period?.upperBound ?? generatedAt)

    sensors = Set(records.map(\.sensor) + summaries.map(\.sensor)).sorted()
    let rules = records.isEmpty ? [lastRun?.ruleVersion ?? ""] : records.map(\.ruleVersion)
    let policies = records.isEmpty ? [lastRun?.policyVersion ?? ""] : records.map(\.policyVersion)
    ruleVersions = Set(rules).subtracting([""]).sorted()
    policyVersions = Set(policies).subtracting([""]).sorted()
    profiles = Set(records.flatMap(\.profiles)).sorted()
    let known = Set(knownGroups ?? records.compactMap(\.host.group))
    self.knownGroups = known.sorted()
    missingGroups = filter.groups.subtracting(known).subtracting([RecordFilter.noGroup]).sorted()
  }

  /// `rows` come ordered by group.
  private static func grouped(_ rows: [UsageRecord]) -> [Group] {
    var groups: [Group] = []
    var start = rows.startIndex
    while start < rows.endIndex {
      let name = rows[start].host.group
      let end = rows[start...].firstIndex { $0.host.group != name } ?? rows.endIndex
      let members = Array(rows[start..<end])
      groups.append(Group(name: name, rows: members, totals: Totals(members)))
      start = end
    }
    return groups
  }
}
