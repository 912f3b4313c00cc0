package import TokenEstimation
package import WireFormat

/// An evaluation, ready to be written in any form.
package struct AccuracyReport: Sendable {
  package var evaluation: Evaluation
  package var generatedAt: Timestamp
  /// `gnomon 0.2.0`
  package var program: String

  package init(evaluation: Evaluation, generatedAt: Timestamp, program: String) {
    self.evaluation = evaluation
    self.generatedAt = generatedAt
    self.program = program
  }
}

/// Words and numbers that all forms share.
enum AccuracyWords {
  static func kind(_ kind: TruthSet.Kind) -> String {
    switch kind {
    case .real: "ciphertext of a provider's own servers"
    case .recorded: "real bodies, replayed through servers of ours"
    case .synthetic: "bodies made up by a script"
    }
  }

  /// `synthetic, model gpt-4o`
  static func heading(_ group: Evaluation.Group, _ split: Evaluation.Split?) -> String {
    guard let split, let label = group.label else { return group.kind.rawValue }
    return "\(group.kind.rawValue), \(split.rawValue) \(label)"
  }

  static func set(_ set: Evaluation.SetSummary) -> String {
    var parts = [Quantity.counted(set.trueTurnCount, "true turn")]
    if set.isSizesOnly { parts.append("sizes without packets or requests") }
    if set.nonTurnCount > 0 { parts.append("\(Quantity.grouped(set.nonTurnCount)) non-turns") }
    if set.excludedCount > 0 {
      parts.append(
        "\(Quantity.counted(set.excludedCount, "turn")) of hosts that the policy excludes left out")
    }
    return parts.joined(separator: ", ")
  }

  /// The columns of a table of how turns were found.
  static let segmentationHeads = [
    "true", "right", "pooled", "split", "merged", "missed", "invented", "non-turns",
  ]

  static func counts(_ found: Segmentation) -> [Int] {
    [
      found.trueTurns, found.right, found.pooled, found.split, found.merged, found.missed,
      found.invented, found.inventedFromNonTurns,
    ]
  }

  /// `0.4 %`, `12.3 %`, `1,234 %`; `–` where there is no figure.
  static func percent(_ value: Double?, signed: Bool = false) -> String {
    guard let value, value.isFinite else { return "–" }
    let percent = value * 100
    let magnitude = percent.magnitude
    guard magnitude < 99_999.5 else { return percent < 0 ? "< −99,999 %" : "> 99,999 %" }
    let digits =
      magnitude < 99.95 ? Quantity.fixed(magnitude, 1) : Quantity.grouped(Int(magnitude.rounded()))
    let isNothing = digits == "0.0"
    let sign = percent < 0 && !isNothing ? "−" : signed && !isNothing ? "+" : ""
    return "\(sign)\(digits) %"
  }

  /// `×1.08`, `×12`
  static func width(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "–" }
    return "×" + (value < 9.995 ? Quantity.fixed(value, 2) : Quantity.compact(value))
  }

  static func limits(_ barCase: String) -> String? {
    guard let limits = BarCase(rawValue: barCase)?.limits else { return nil }
    return "median ≤ \(whole(limits.median)), p90 ≤ \(whole(limits.p90)), "
      + "total ≤ \(whole(limits.total))"
  }

  /// What is asked of a row, in words.
  static func asked(_ row: BarRow) -> String {
    switch row.id {
    case "coverage": return "88–92 % of the intervals hold the truth"
    case "segmentation": return "95 % or more"
    default: return limits(row.id) ?? "88 % or more of the intervals hold the truth, or abstained"
    }
  }

  /// `median 0.4 %`, with a mark where it misses.
  static func reading(_ reading: BarRow.Reading) -> String {
    let name: String =
      switch reading.measure {
      case .median: "median"
      case .p90: "p90"
      case .total: "total"
      case .coverage: "holds"
      case .segmentation: "right"
      }
    return "\(name) \(percent(reading.value))"
  }

  /// What stands where there is no figure.
  static func withoutReadings(_ row: BarRow) -> String? {
    row.readings.isEmpty && row.turnCount > 0 ? "abstained on every turn" : nil
  }

  /// Why there is no figure, the commonest reason first.
  static func reasons(_ score: FigureScore) -> [(reason: String, count: Int)] {
    score.abstentions.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
  }

  private static func whole(_ share: Double) -> String {
    Quantity.fixed(share * 100, 0) + " %"
  }

  /// How to read the figures: the same lines in every form.
  static let notes = [
    "turns found: a true turn is right when it was found as exactly one; pooled are requests side by side on one "
      + "connection, found as one; split was found as several, merged as one with others; invented has no true turn "
      + "behind it, and non-turns are those of them that the truth lists as no turns.",
    "providers, models never seen: the turns above of which no calibration knew the provider, or the model, once more in "
      + "rows of their own. Profiles are fitted on bodies: of the client that sent them no calibration knows.",
    "turns: true turns found one to one whose truth is known. abst.: of these, without an estimate.",
    "median, p90: of |likely ÷ true − 1| per estimated turn. in 90 %: share of the estimated turns whose interval "
      + "holds the truth, width its median high ÷ low.",
    "total: sum of means ÷ sum of truth − 1 as a report would have it: invented turns are in the sum, missed ones are "
      + "missing from it; what was abstained on is in neither. host-day: the median magnitude of the same for each "
      + "host and UTC day. The bar asks it of the larger of both.",
    "For scale, median errors on the same turns: ÷ 4 is net wire octets ÷ 4; const. is one number, the median truth of "
      + "these turns, so it has seen the truth; plain is a line through the octets of the HTTP body (of a sizes list, of "
      + "the text), which nobody on the wire can see, each half of the turns in time by the other half's line.",
    "completion means the output tokens whose text crosses the wire; reasoning is not in it.",
    "too few turns: the share is not what is asked for, and an exact binomial test at 95 % cannot tell it from that.",
  ]
}
