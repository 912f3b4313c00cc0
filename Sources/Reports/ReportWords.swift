internal import ProviderRules
internal import RecordStore
internal import TokenEstimation

/// Sentences that the terminal and the HTML form share, so that both say the same.
package enum ReportWords {
  /// `5 hosts use 6 AI services of 4 providers.`
  static func headline(_ totals: Totals) -> String {
    guard totals.hostCount > 0 else { return "No AI use seen." }
    let hosts = Quantity.counted(totals.hostCount, "host")
    return "\(hosts) \(totals.hostCount == 1 ? "uses" : "use") "
      + "\(Quantity.counted(totals.serviceCount, "AI service")) of "
      + "\(Quantity.counted(totals.providerCount, "provider"))."
  }

  /// The figure, `abstained`, or `–` where there was no turn; a `*` says that some turns are not in it.
  static func figure(_ sum: TokenSum) -> String {
    guard let interval = Quantity.interval(sum) else {
      return sum.abstainedTurnCount > 0 ? "abstained" : "–"
    }
    return sum.abstainedTurnCount > 0 ? interval + "*" : interval
  }

  /// `USD 1.24 (0.80–2.10)`
  static func cost(_ cost: UsageRecord.Cost) -> String {
    "\(cost.currency) \(Quantity.money(cost.likely)) "
      + "(\(Quantity.money(cost.low))–\(Quantity.money(cost.high)))"
  }

  /// What a cost takes for granted; see `PriceTable.cost`.
  static let costAssumptions =
    "the low end takes the cheapest model and cached prompts, the high end the dearest; no reasoning in it"

  /// `3 turns did not fit their profile's event size: intervals widened`; nil where all did.
  static func drift(_ totals: Totals) -> String? {
    guard totals.driftedTurnCount > 0 else { return nil }
    return
      "\(Quantity.counted(totals.driftedTurnCount, "turn")) did not fit their profile's event size: "
      + "intervals widened"
  }

  /// What the filter leaves out; nil when nothing but time limits it.
  static func filter(_ filter: RecordFilter) -> String? {
    var parts: [String] = []
    if !filter.verdicts.isEmpty {
      let words = filter.verdicts.sorted().map(\.rawValue).joined(separator: " or ")
      parts.append("verdict \(words)")
    }
    if !filter.groups.isEmpty {
      parts.append("group \(filter.groups.sorted().joined(separator: " or "))")
    }
    return parts.isEmpty ? nil : "only " + parts.joined(separator: ", ")
  }

  /// `No record has the group sales. Groups that records have: engineering, labs.`; nil where all groups are known.
  package static func missingGroups(_ report: Report) -> String? {
    guard !report.missingGroups.isEmpty else { return nil }
    let missing = report.missingGroups.joined(separator: " or ")
    let known = report.knownGroups.joined(separator: ", ")
    return "No record has the group \(missing). "
      + (known.isEmpty ? "No record has any group." : "Groups that records have: \(known).")
  }

  /// `12,345 packets (9.1 MB) in 6 windows`
  static func lookedAt(_ capture: CaptureSummary, windows: Int) -> String {
    "\(Quantity.counted(capture.packets, "packet")) (\(Quantity.bytes(capture.bytes))) and "
      + "\(Quantity.counted(capture.flowCount, "flow")) in \(Quantity.counted(windows, "window"))"
  }

  /// What the capture lost, part by part; empty when it lost nothing.
  static func losses(_ capture: CaptureSummary, _ totals: Totals) -> [String] {
    var parts: [String] = []
    if capture.droppedPackets > 0 {
      let share = Quantity.share(capture.droppedPackets, of: capture.offeredPackets)
      parts.append("\(Quantity.counted(capture.droppedPackets, "packet")) dropped (\(share))")
    }
    if capture.truncatedPackets > 0 {
      parts.append("\(Quantity.counted(capture.truncatedPackets, "packet")) cut short")
    }
    if capture.malformedPackets > 0 {
      parts.append("\(Quantity.counted(capture.malformedPackets, "packet")) unreadable")
    }
    if totals.missedBytes > 0 {
      parts.append("\(Quantity.bytes(totals.missedBytes)) of AI flows missing")
    }
    return parts
  }

  /// Where use may hide from this capture, part by part.
  static func blindSpots(_ capture: CaptureSummary) -> [String] {
    var parts: [String] = []
    if capture.flowsUnnamed > 0 {
      let share = Quantity.share(capture.flowsUnnamed, of: capture.flowCount)
      parts.append("\(Quantity.counted(capture.flowsUnnamed, "flow")) without a name (\(share))")
    }
    if let flows = capture.counters["flows_ambiguous"], flows > 0 {
      parts.append(
        "\(Quantity.counted(flows, "flow")) to addresses that AI services share with others")
    }
    if capture.flowsWithECH > 0 { parts.append(encryptedHellos(capture)) }
    if capture.encryptedDNSFlows > 0 {
      let flows = Quantity.counted(capture.encryptedDNSFlows, "flow")
      parts.append("\(flows) to encrypted DNS, which hides names")
    }
    if let flows = capture.counters["flows_private_relay"], flows > 0 {
      parts.append(
        "\(Quantity.counted(flows, "flow")) to Private Relay, which hides names and servers")
    }
    return parts
  }

  /// `31 flows with encrypted_client_hello (2 hide their name, 5 may, others are GREASE)`
  private static func encryptedHellos(_ capture: CaptureSummary) -> String {
    let real = capture.counters["flows_with_ech_real"] ?? 0
    let unknown = capture.counters["flows_with_ech_unknown"] ?? 0
    let flows = Quantity.counted(capture.flowsWithECH, "flow")
    guard real > 0 || unknown > 0 || capture.counters["flows_with_ech_grease"] != nil else {
      return "\(flows) with encrypted_client_hello (mostly GREASE from browsers)"
    }
    return "\(flows) with encrypted_client_hello (\(Quantity.grouped(real)) "
      + "\(real == 1 ? "hides its" : "hide their") name, \(Quantity.grouped(unknown)) may, "
      + "others are GREASE)"
  }

  /// What no capture on this gateway can show.
  static let standingBlindSpots = [
    "devices off this network", "what goes through a VPN, proxy or tunnel",
    "users behind one address",
    "prompts and answers (never looked at)",
  ]
}
