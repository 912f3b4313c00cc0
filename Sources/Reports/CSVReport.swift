internal import RecordStore
internal import TokenEstimation
internal import WireFormat

/// The report's rows as CSV (RFC 4180: one header line, CRLF, quotes where needed): one a host × service, all windows
/// added up, contacts without use included (`use` is false). Records by window are in the JSON report and the exports.
///
/// A text cell that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, tab or carriage return)
/// gets a leading `'`: host names and server names are chosen by others. Cells of absent or abstained figures are
/// empty, with the reasons in `abstentions`.
package enum CSVReport {
  package static func render(_ report: Report) -> String {
    let rows = report.groups.flatMap(\.rows) + report.contacts
    let lines = [columns.map(\.name)] + rows.map { row in columns.map { $0.cell(row).text } }
    return lines.map { $0.joined(separator: ",") + "\r\n" }.joined()
  }

  /// A cell's content: text is guarded and quoted, numbers stand as they are.
  private enum Cell {
    case words(String)
    case number(String)
    case empty

    var text: String {
      switch self {
      case .words(let text): CSVReport.quoted(CSVReport.guarded(text))
      case .number(let text): text
      case .empty: ""
      }
    }
  }

  private struct Column {
    var name: String
    var cell: (UsageRecord) -> Cell
  }

  private static var columns: [Column] { subject + judgement + amounts }

  private static var subject: [Column] {
    [
      Column(name: "period_start") { .words(UTCText($0.windowStart).rfc3339) },
      Column(name: "period_end") { .words(UTCText($0.windowEnd).rfc3339) },
      Column(name: "sensor") { .words($0.sensor) },
      Column(name: "group") { .words($0.host.group ?? "") },
      Column(name: "host") { .words($0.host.address.description) },
      Column(name: "mac") { .words($0.host.mac?.description ?? "") },
      Column(name: "name") { .words($0.host.name ?? "") },
      Column(name: "name_source") { .words($0.host.nameSource ?? "") },
      Column(name: "provider") { .words($0.provider) },
      Column(name: "provider_name") { .words($0.providerName) },
      Column(name: "service") { .words($0.service) },
      Column(name: "service_name") { .words($0.serviceName) },
      Column(name: "tenant") { .words($0.tenant ?? "") },
      Column(name: "category") { .words($0.category) },
      Column(name: "data_egress") { .words($0.dataEgress) },
    ]
  }

  private static var judgement: [Column] {
    [
      Column(name: "verdict") { .words($0.verdict.rawValue) },
      Column(name: "rule_version") { .words($0.ruleVersion) },
      Column(name: "policy_version") { .words($0.policyVersion) },
      Column(name: "use") { .words($0.isUse ? "true" : "false") },
      Column(name: "known") { .words($0.knowledge.rawValue) },
      Column(name: "evidence") { record in
        .words(
          record.evidence.map { "\($0.source.rawValue):\($0.name) (\($0.evidenceClass.rawValue))" }
            .joined(separator: "; "))
      },
      Column(name: "confidence") { .number(JSONValue.decimal($0.confidence, places: 3).text()) },
    ]
  }

  private static var amounts: [Column] {
    [
      count("flows", \.flowCount), count("turns", \.turnCount),
      count("bytes_up", \.wireBytesUp), count("bytes_down", \.wireBytesDown),
      count("application_bytes_up", \.applicationBytesUp),
      count("application_bytes_down", \.applicationBytesDown),
      Column(name: "first_seen") { .words(UTCText($0.firstSeen).rfc3339) },
      Column(name: "last_seen") { .words(UTCText($0.lastSeen).rfc3339) },
      Column(name: "active_seconds") { decimal($0.activeSeconds, 3) },
    ] + tokens("prompt", \.promptTokens) + tokens("completion", \.completionTokens) + [
      Column(name: "abstentions") { record in
        .words(
          record.abstentions.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            .joined(separator: "; "))
      },
      count("drifted_turns", \.driftedTurnCount),
      Column(name: "profiles") { .words($0.profiles.joined(separator: "; ")) },
      Column(name: "hidden") { .words($0.hidden.joined(separator: "; ")) },
      Column(name: "cost_low") { $0.cost.map { decimal($0.low, 6) } ?? .empty },
      Column(name: "cost_likely") { $0.cost.map { decimal($0.likely, 6) } ?? .empty },
      Column(name: "cost_high") { $0.cost.map { decimal($0.high, 6) } ?? .empty },
      Column(name: "currency") { .words($0.cost?.currency ?? "") },
      Column(name: "price_date") { .words($0.cost?.priceDate ?? "") },
      count("missed_bytes", \.captureLoss.missedBytes),
      count("truncated_packets", \.captureLoss.truncatedPackets),
    ]
  }

  private static func count(_ name: String, _ field: KeyPath<UsageRecord, Int>) -> Column {
    Column(name: name) { .number(String($0[keyPath: field])) }
  }

  private static func tokens(_ name: String, _ field: KeyPath<UsageRecord, TokenSum>) -> [Column] {
    let ends: [(String, KeyPath<TokenSum, Double>)] = [
      ("low", \.low), ("likely", \.likely), ("high", \.high),
    ]
    return ends.map { end, value in
      Column(name: "\(name)_tokens_\(end)") { record in
        let sum = record[keyPath: field]
        return sum.estimatedTurnCount > 0 ? decimal(sum[keyPath: value], 1) : .empty
      }
    } + [
      Column(name: "\(name)_turns_estimated") {
        .number(String($0[keyPath: field].estimatedTurnCount))
      },
      Column(name: "\(name)_turns_abstained") {
        .number(String($0[keyPath: field].abstainedTurnCount))
      },
    ]
  }

  private static func decimal(_ value: Double, _ places: Int) -> Cell {
    value.isFinite ? .number(JSONValue.decimal(value, places: places).text()) : .empty
  }

  private static func guarded(_ text: String) -> String {
    guard let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) else {
      return text
    }
    return "'" + text
  }

  private static func quoted(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else {
      return text
    }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}
