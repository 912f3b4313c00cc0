package import RecordStore
package import TokenEstimation
internal import WireFormat

/// A record as JSON: the fields of `design/record.md` under their names, in one order, in the NDJSON export and the
/// JSON report alike.
///
/// | field | unit |
/// |---|---|
/// | `window_start`, `window_end`, `first_seen`, `last_seen` | RFC 3339, UTC, ms |
/// | `bytes_up`, `bytes_down` | IP octets on the wire, host → provider and back |
/// | `application_bytes_up`, `application_bytes_down` | net octets |
/// | `active_seconds` | s in which a turn was open |
/// | `prompt_tokens`, `completion_tokens` | ``tokens(_:_:_:)`` |
/// | `known` | `seen`, `inferred` or `unknown`, ``Knowledge`` |
/// | `use` | whether the evidence amounts to use |
package enum RecordFields {
  /// Version of the form. It grows when a field changes its meaning or goes; new fields leave it as it is.
  package static let schemaVersion = 1

  package static func json(_ record: UsageRecord) -> JSONValue {
    .object([
      ("window_start", time(record.windowStart)),
      ("window_end", time(record.windowEnd)),
      ("sensor", .string(record.sensor)),
      ("host", host(record.host)),
      ("provider", .string(record.provider)),
      ("provider_name", .string(record.providerName)),
      ("service", .string(record.service)),
      ("service_name", .string(record.serviceName)),
      ("tenant", .optional(record.tenant)),
      ("category", .string(record.category)),
      ("data_egress", .string(record.dataEgress)),
      ("verdict", .string(record.verdict.rawValue)),
      ("rule_version", .string(record.ruleVersion)),
      ("policy_version", .string(record.policyVersion)),
      ("use", .bool(record.isUse)),
      ("known", .string(record.knowledge.rawValue)),
      ("evidence", .array(record.evidence.map(evidence))),
      ("evidence_unlisted", .integer(record.unlistedEvidenceCount)),
      ("flows", .integer(record.flowCount)),
      ("turns", .integer(record.turnCount)),
      ("bytes_up", .integer(record.wireBytesUp)),
      ("bytes_down", .integer(record.wireBytesDown)),
      ("application_bytes_up", .integer(record.applicationBytesUp)),
      ("application_bytes_down", .integer(record.applicationBytesDown)),
      ("first_seen", time(record.firstSeen)),
      ("last_seen", time(record.lastSeen)),
      ("active_seconds", .decimal(record.activeSeconds, places: 3)),
      ("prompt_tokens", tokens(.prompt, record.promptTokens, record.abstentions)),
      ("completion_tokens", tokens(.completion, record.completionTokens, record.abstentions)),
      ("drifted_turns", .integer(record.driftedTurnCount)),
      ("profiles", .strings(record.profiles)),
      ("hidden", .strings(record.hidden)),
      ("cost", record.cost.map(cost) ?? .null),
      ("capture_loss", loss(record.captureLoss)),
      ("confidence", .decimal(record.confidence, places: 3)),
    ])
  }

  /// A figure: `{"low": …, "likely": …, "high": …, "estimated_turns": n}`, a 90 % interval; with `abstained_turns` and
  /// `reasons` besides where some turns are not in it. `{"abstained": true, "reasons": {"why": turns}}` where none is.
  /// Null where there was no turn. Of `abstentions`, only the figure's own are in it.
  package static func tokens(
    _ figure: Figure, _ sum: TokenSum, _ abstentions: [String: Int]
  ) -> JSONValue {
    let reasons = ("reasons", JSONValue.counts(figure.reasons(in: abstentions)))
    guard sum.estimatedTurnCount > 0 else {
      guard sum.abstainedTurnCount > 0 else { return .null }
      return .object([
        ("abstained", .bool(true)), ("abstained_turns", .integer(sum.abstainedTurnCount)), reasons,
      ])
    }
    var members: [(String, JSONValue)] = [
      ("low", .decimal(sum.low, places: 1)), ("likely", .decimal(sum.likely, places: 1)),
      ("high", .decimal(sum.high, places: 1)),
      ("estimated_turns", .integer(sum.estimatedTurnCount)),
    ]
    if sum.abstainedTurnCount > 0 {
      members += [("abstained_turns", .integer(sum.abstainedTurnCount)), reasons]
    }
    return .object(members)
  }

  package static func cost(_ cost: UsageRecord.Cost) -> JSONValue {
    .object([
      ("low", .decimal(cost.low, places: 6)), ("likely", .decimal(cost.likely, places: 6)),
      ("high", .decimal(cost.high, places: 6)), ("currency", .string(cost.currency)),
      ("price_date", .string(cost.priceDate)),
    ])
  }

  private static func time(_ time: Timestamp) -> JSONValue { .string(UTCText(time).rfc3339) }

  private static func host(_ host: UsageRecord.Host) -> JSONValue {
    .object([
      ("address", .string(host.address.description)), ("mac", .optional(host.mac?.description)),
      ("name", .optional(host.name)), ("name_source", .optional(host.nameSource)),
      ("group", .optional(host.group)),
    ])
  }

  private static func evidence(_ evidence: UsageRecord.Evidence) -> JSONValue {
    .object([
      ("source", .string(evidence.source.rawValue)), ("name", .string(evidence.name)),
      ("class", .string(evidence.evidenceClass.rawValue)), ("rule", .string(evidence.rule)),
      ("inferred", .bool(evidence.source.isInferred)),
    ])
  }

  private static func loss(_ loss: UsageRecord.CaptureLoss) -> JSONValue {
    .object([
      ("dropped_packets", .integer(loss.droppedPackets)),
      ("missed_bytes", .integer(loss.missedBytes)),
      ("truncated_packets", .integer(loss.truncatedPackets)),
    ])
  }
}
