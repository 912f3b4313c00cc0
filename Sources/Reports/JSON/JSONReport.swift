internal import ProviderRules
internal import RecordStore
internal import WireFormat

/// The report as one JSON document.
///
/// ```
/// schema           "gnomon-report", schema_version 1 (grows when a member changes its meaning or goes)
/// generated_at, period {start, end}, filter {since, until, verdicts, groups, groups_without_records}
/// sensors, rule_versions, policy_versions, profiles
/// totals           hosts, services, providers, verdicts {word: pairs}, known {word: pairs}, turns, flows,
///                  bytes_up, bytes_down, prompt_tokens, completion_tokens, costs [], abstentions {why: turns}, drifted_turns, hidden []
/// groups []        name or null, totals, rows []: a record per host × service, all windows added up
/// unknown_names [] names that look like AI and that no rule knows: name (below it, where a dot begins it), sign, weak,
///                  shape_of_model, flows, hosts (the most of one day), bytes_up, bytes_down, answers, streamed_answers,
///                  first_seen, last_seen (hours)
/// unknown_names_lost  further such names that found no place; one that came in several windows counts in each
/// contacts []      records without usage evidence: no use
/// timeline         measure, span_seconds, spans [{start, approved, …}]
/// capture          counts of all that was looked at; null when nothing was
/// policy           path, version, day, expiring [], budgets []; null where none was read
/// records []       a record per host × service × window
/// ```
/// Records have the members of ``RecordFields``.
package enum JSONReport {
  package static let schemaVersion = 1

  package static func render(_ report: Report) -> String {
    JSONValue.object([
      ("schema", .string("gnomon-report")),
      ("schema_version", .integer(schemaVersion)),
      ("generated_at", time(report.generatedAt)),
      ("period", report.period.map(period) ?? .null),
      ("filter", filter(report)),
      ("sensors", .strings(report.sensors)),
      ("rule_versions", .strings(report.ruleVersions)),
      ("policy_versions", .strings(report.policyVersions)),
      ("profiles", .strings(report.profiles)),
      ("totals", totals(report.totals)),
      ("groups", .array(report.groups.map(group))),
      ("unknown_names", .array(report.unknownNames.map(unknownName))),
      ("unknown_names_lost", .integer(report.lostUnknownNameCount)),
      ("contacts", .array(report.contacts.map(RecordFields.json))),
      ("timeline", timeline(report.timeline)),
      ("capture", report.capture.map { capture($0, windows: report.windowCount) } ?? .null),
      ("policy", report.policy?.json ?? .null),
      ("records", .array(report.records.map(RecordFields.json))),
    ]).text(isIndented: true) + "\n"
  }

  private static func time(_ time: Timestamp) -> JSONValue { .string(UTCText(time).rfc3339) }

  private static func unknownName(_ name: UnknownName) -> JSONValue {
    .object([
      ("name", .string(name.name)), ("sign", .string(name.sign)), ("weak", .bool(name.isWeak)),
      ("shape_of_model", .bool(name.hasShapeOfModel)), ("flows", .integer(name.flowCount)),
      ("hosts", .integer(name.hostCount)), ("bytes_up", .integer(name.wireBytesUp)),
      ("bytes_down", .integer(name.wireBytesDown)), ("answers", .integer(name.turnCount)),
      ("streamed_answers", .integer(name.streamedTurnCount)),
      ("first_seen", time(name.firstSeen)), ("last_seen", time(name.lastSeen)),
    ])
  }

  private static func period(_ period: Range<Timestamp>) -> JSONValue {
    .object([("start", time(period.lowerBound)), ("end", time(period.upperBound))])
  }

  private static func filter(_ report: Report) -> JSONValue {
    let filter = report.filter
    return .object([
      ("since", filter.since.map(time) ?? .null), ("until", filter.until.map(time) ?? .null),
      ("verdicts", .strings(filter.verdicts.sorted().map(\.rawValue))),
      ("groups", .strings(filter.groups.sorted())),
      ("groups_without_records", .strings(report.missingGroups)),
    ])
  }

  private static func totals(_ totals: Totals) -> JSONValue {
    .object([
      ("hosts", .integer(totals.hostCount)),
      ("services", .integer(totals.serviceCount)),
      ("providers", .integer(totals.providerCount)),
      (
        "verdicts",
        .object(Verdict.byUrgency.map { ($0.rawValue, .integer(totals.verdicts[$0, default: 0])) })
      ),
      (
        "known",
        .object(
          Knowledge.allCases.map { ($0.rawValue, .integer(totals.knowledge[$0, default: 0])) })
      ),
      ("flows", .integer(totals.flowCount)),
      ("turns", .integer(totals.turnCount)),
      ("bytes_up", .integer(totals.wireBytesUp)),
      ("bytes_down", .integer(totals.wireBytesDown)),
      ("prompt_tokens", RecordFields.tokens(.prompt, totals.promptTokens, totals.abstentions)),
      (
        "completion_tokens",
        RecordFields.tokens(.completion, totals.completionTokens, totals.abstentions)
      ),
      ("costs", .array(totals.costs.map(RecordFields.cost))),
      ("abstentions", .counts(totals.abstentions)),
      ("drifted_turns", .integer(totals.driftedTurnCount)),
      ("hidden", .strings(totals.hidden)),
    ])
  }

  private static func group(_ group: Report.Group) -> JSONValue {
    .object([
      ("name", .optional(group.name)), ("totals", totals(group.totals)),
      ("rows", .array(group.rows.map(RecordFields.json))),
    ])
  }

  private static func timeline(_ timeline: Timeline) -> JSONValue {
    let spans = timeline.spans.map { span in
      JSONValue.object(
        [("start", time(span.start))]
          + Verdict.byUrgency.map { ($0.rawValue, .integer(span.amounts[$0, default: 0])) })
    }
    return .object([
      ("measure", .string(timeline.measure.rawValue)),
      ("span_seconds", .integer(Int(timeline.spanSeconds))), ("spans", .array(spans)),
    ])
  }

  private static func capture(_ capture: CaptureSummary, windows: Int) -> JSONValue {
    .object([
      ("windows", .integer(windows)),
      ("packets", .integer(capture.packets)),
      ("bytes", .integer(capture.bytes)),
      ("dropped_packets", .integer(capture.droppedPackets)),
      ("truncated_packets", .integer(capture.truncatedPackets)),
      ("malformed_packets", .integer(capture.malformedPackets)),
      ("flows", .integer(capture.flowCount)),
      ("flows_by_sni", .integer(capture.flowsBySNI)),
      ("flows_by_quic", .integer(capture.flowsByQUIC)),
      ("flows_by_http", .integer(capture.flowsByHTTP)),
      ("flows_by_certificate", .integer(capture.flowsByCertificate)),
      ("flows_by_dns", .integer(capture.flowsByDNS)),
      ("flows_by_address", .integer(capture.flowsByAddress)),
      ("flows_unnamed", .integer(capture.flowsUnnamed)),
      ("flows_matched", .integer(capture.flowsMatched)),
      ("flows_with_ech", .integer(capture.flowsWithECH)),
      ("encrypted_dns_flows", .integer(capture.encryptedDNSFlows)),
      ("counters", .counts(capture.counters)),
    ])
  }
}
