internal import ProviderRules
package import RecordStore
internal import TokenEstimation

/// ArcSight Common Event Format, version 0.
///
///     CEF:0|Vendor|Product|Version|Event class|Name|Severity|key=value key=value …
///
/// `rt` is the window's end, `start` and `end` its bounds, in ms since 1970. `src` is the host, `dhost` the first name
/// of the evidence (`dst` where only an address is known), `cnt` the turns. Octets have labelled fields: `in` and
/// `out` mean opposite things to different consumers. Token fields are absent where the estimator abstained, and
/// `reason` says why. Ports and transport are not in a record, and so not here.
package struct CEFFormat: RecordFormat {
  /// gnomon's version, for the header.
  let version: String

  package init(version: String) { self.version = version }

  package func line(for record: UsageRecord) -> String {
    let header = [
      "CEF:0", "Gnomon", "gnomon", version, record.isUse ? "shadowai.host" : "shadowai.contact",
      Self.name(record), String(Self.severity(record)),
    ]
    let fields = Self.fields(record).map { "\($0)=\(Self.escapedValue($1))" }
    return header.map(Self.escapedHeader).joined(separator: "|") + "|"
      + fields.joined(separator: " ")
  }

  /// 0–10. A record that is no use is never a warning.
  static func severity(_ record: UsageRecord) -> Int {
    guard record.isUse else { return 0 }
    return switch record.verdict {
    case .unapproved: 6
    case .unknown: 4
    case .tolerated: 2
    case .approved: 1
    }
  }

  private static func name(_ record: UsageRecord) -> String {
    guard record.isUse else { return "AI provider contacted, no use seen" }
    return switch record.verdict {
    case .unapproved: "Unapproved AI provider use"
    case .unknown: "AI provider use that no policy speaks of"
    case .tolerated: "Tolerated AI provider use"
    case .approved: "Approved AI provider use"
    }
  }

  private static func fields(_ record: UsageRecord) -> [(String, String)] {
    var fields: [(String, String)] = [
      ("rt", String(record.windowEnd.milliseconds)),
      ("start", String(record.windowStart.milliseconds)),
      ("end", String(record.windowEnd.milliseconds)),
      ("dvchost", record.sensor),
      (record.host.address.isIPv4 ? "src" : "c6a2", record.host.address.description),
    ]
    if !record.host.address.isIPv4 { fields.append(("c6a2Label", "Source IPv6 Address")) }
    if let name = record.host.name { fields.append(("shost", name)) }
    if let mac = record.host.mac { fields.append(("smac", mac.description)) }
    if let named = record.evidence.first(where: { $0.source != .address }) {
      fields.append(("dhost", named.name))
    } else if let address = record.evidence.first {
      fields.append(("dst", address.name))
    }
    fields += [
      ("app", record.serviceName), ("cnt", String(record.turnCount)), ("act", "observed"),
      ("cat", "shadow-ai"),
    ]
    if let reason = abstentions(record) { fields.append(("reason", reason)) }

    let sources = UsageRecord.Evidence.Source.allCases.filter { source in
      record.evidence.contains { $0.source == source }
    }
    let strings = [
      ("provider", record.provider), ("verdict", record.verdict.rawValue),
      ("evidence", sources.map(\.rawValue).joined(separator: ",")),
      ("profile", record.profiles.joined(separator: ",")), ("group", record.host.group ?? ""),
      ("rules", "\(record.ruleVersion) policy \(record.policyVersion)"),
    ]
    // All six strings are taken; the format has keys of a vendor's own.
    if let tenant = record.tenant { fields.append(("GnomonTenant", tenant)) }
    for (index, string) in strings.enumerated() where !string.1.isEmpty {
      fields += [("cs\(index + 1)Label", string.0), ("cs\(index + 1)", string.1)]
    }
    fields += numbers(record)
    fields += [
      ("cfp1Label", "confidence"), ("cfp1", JSONValue.decimal(record.confidence, places: 3).text()),
    ]
    return fields
  }

  private static func numbers(_ record: UsageRecord) -> [(String, String)] {
    var fields: [(String, String)] = []
    let figures = [
      ("promptTokens", record.promptTokens), ("completionTokens", record.completionTokens),
    ]
    for (index, (name, sum)) in figures.enumerated() where sum.estimatedTurnCount > 0 {
      let key = index + 1
      fields += [
        ("cn\(key)Label", name), ("cn\(key)", Quantity.fixed(sum.likely, 0)),
        ("flexString\(key)Label", "\(name)Interval90"),
        ("flexString\(key)", "\(Quantity.fixed(sum.low, 0))-\(Quantity.fixed(sum.high, 0))"),
      ]
    }
    return fields + [
      ("cn3Label", "bytesUp"), ("cn3", String(record.wireBytesUp)),
      ("flexNumber1Label", "bytesDown"), ("flexNumber1", String(record.wireBytesDown)),
      ("flexNumber2Label", "missedBytes"), ("flexNumber2", String(record.captureLoss.missedBytes)),
    ]
  }

  private static func abstentions(_ record: UsageRecord) -> String? {
    guard !record.abstentions.isEmpty else { return nil }
    let reasons = record.abstentions.sorted { $0.key < $1.key }
      .map { "\($0.key) (\(Quantity.counted($0.value, "turn")))" }
    return "tokens not estimated: " + reasons.joined(separator: "; ")
  }

  /// In the header, `\` and `|` are escaped; a line break cannot stand there.
  static func escapedHeader(_ text: String) -> String {
    escaped(text) { scalar in
      switch scalar {
      case "\\": "\\\\"
      case "|": "\\|"
      case "\n", "\r": " "
      default: nil
      }
    }
  }

  /// In a value, `\` and `=` are escaped, and line breaks written as `\n` and `\r`.
  static func escapedValue(_ text: String) -> String {
    escaped(text) { scalar in
      switch scalar {
      case "\\": "\\\\"
      case "=": "\\="
      case "\n": "\\n"
      case "\r": "\\r"
      default: nil
      }
    }
  }

  private static func escaped(
    _ text: String, _ escape: (Unicode.Scalar) -> String?
  ) -> String {
    var output = ""
    for scalar in text.unicodeScalars {
      if let replacement = escape(scalar) {
        output += replacement
      } else if scalar.properties.generalCategory == .control {
        output += " "
      } else {
        output.unicodeScalars.append(scalar)
      }
    }
    return output
  }
}
