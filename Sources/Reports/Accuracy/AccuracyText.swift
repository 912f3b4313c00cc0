internal import TokenEstimation

/// An evaluation for a terminal of 120 columns.
package enum AccuracyText {
  private static let columns = 120
  /// Sets that are listed one by one.
  private static let mostSets = 12

  package static func render(_ report: AccuracyReport) -> String {
    let time = UTCText(report.generatedAt).dateAndMinute
    var lines = ["Accuracy of token estimates · \(report.program) · \(time) UTC"]
    for group in report.evaluation.groups {
      lines.append("")
      lines += section(group, report.evaluation.split)
    }
    lines += ["", "How to read this"]
    for note in AccuracyWords.notes {
      lines += DisplayText.wrap("  " + note, columns - 2, indent: "    ").map { "  " + $0 }
    }
    return lines.map { DisplayText.trimmed(DisplayText.clean($0)) }.joined(separator: "\n") + "\n"
  }

  private static func section(
    _ group: Evaluation.Group, _ split: Evaluation.Split?
  ) -> [String] {
    let heading = AccuracyWords.heading(group, split)
    var lines = ["══ \(heading) ══ \(AccuracyWords.kind(group.kind))"]
    for set in group.sets.prefix(mostSets) {
      lines += DisplayText.wrap(
        "  \(set.name): \(AccuracyWords.set(set))", columns - 2, indent: "    "
      ).map { $0.hasPrefix(" ") ? $0 : "  " + $0 }
    }
    if group.sets.count > mostSets {
      let rest = group.sets.dropFirst(mostSets)
      lines.append(
        "  and \(Quantity.counted(rest.count, "more set")), which the other forms list: "
          + Quantity.counted(rest.reduce(0) { $0 + $1.trueTurnCount }, "true turn"))
    }
    if group.hasPackets { lines += [""] + found(group) }
    for figure in [TokenFigure.completion, .prompt]
    where group.rows.contains(where: { $0.score(figure).turnCount > 0 }) {
      lines += [""] + scores(group, figure)
    }
    lines += [""] + bar(group, heading)
    return lines
  }

  /// How turns were found.
  private static func found(_ group: Evaluation.Group) -> [String] {
    func row(_ name: String, _ cells: [String]) -> String {
      line(name, cells, widths: [9, 9, 9, 9, 9, 9, 10, 11], first: 36)
    }
    let rows = group.rows.map { ($0.profile, $0.segmentation) } + [("all", group.segmentation)]
    let head = row("\(group.kind.rawValue): turns found", AccuracyWords.segmentationHeads)
    return [head] + rows.map { row($0, AccuracyWords.counts($1).map { Quantity.grouped($0) }) }
  }

  private static let widths = [6, 7, 8, 8, 10, 9, 9, 8, 7, 8, 8]

  private static func scores(_ group: Evaluation.Group, _ figure: TokenFigure) -> [String] {
    let name = figure == .prompt ? "prompt tokens" : "completion tokens"
    var lines = [
      line(
        "\(group.kind.rawValue): \(name)",
        [
          "turns", "abst.", "median", "p90", "total", "host-day", "in 90 %", "width", "÷ 4",
          "const.", "plain",
        ], widths: widths, first: 30)
    ]
    var reasons: [String] = []
    for row in group.rows + group.unseen.map(\.row) {
      let score = row.score(figure)
      guard score.turnCount > 0 || score.bias != nil else { continue }
      lines.append(
        line(
          row.profile,
          [
            Quantity.grouped(score.turnCount),
            score.abstainedCount == 0 ? "0" : percent0(score.abstainedShare),
            AccuracyWords.percent(score.medianError), AccuracyWords.percent(score.p90Error),
            AccuracyWords.percent(score.bias, signed: true),
            AccuracyWords.percent(score.medianHostDayBias), AccuracyWords.percent(score.coverage),
            AccuracyWords.width(score.medianWidth), median(score, .wireBytes),
            median(score, .constant), median(score, .plainBytes),
          ], widths: widths, first: 30))
      for (reason, count) in AccuracyWords.reasons(score) {
        reasons.append("\(row.profile) abstained on \(Quantity.counted(count, "turn")): \(reason)")
      }
    }
    return lines + reasons.map { "    " + $0 }
  }

  private static func percent0(_ share: Double?) -> String {
    share.map { Quantity.fixed($0 * 100, 0) + " %" } ?? "–"
  }

  private static func median(
    _ score: FigureScore, _ kind: FigureScore.Predictor.Kind
  ) -> String {
    let error = score.predictor(kind)?.medianError
    return (error ?? 0) < 9.995 ? AccuracyWords.percent(error) : ">999 %"
  }

  private static func bar(_ group: Evaluation.Group, _ heading: String) -> [String] {
    var lines = [
      "  " + DisplayText.fit("\(heading): the bar", 54)
        + DisplayText.fit("turns", 7, alignRight: true)
        + DisplayText.fit("abst.", 7, alignRight: true)
    ]
    var last = ""
    for row in group.bars where row.turnCount > 0 {
      if row.id != last {
        lines.append("   \(row.title) (\(AccuracyWords.asked(row)))")
        last = row.id
      }
      var what = row.profile ?? (row.id == "segmentation" ? "all turns" : "all profiles")
      if row.id == "coverage", let figure = row.figure { what += ", " + figure.rawValue }
      let counts = [row.turnCount, row.turnCount - row.estimatedCount]
      var readings = zip(row.readings, [17, 15, 17]).map { reading, columns in
        let mark = !reading.isMet && row.outcome == .missed ? " ✗" : ""
        return " " + DisplayText.fit(AccuracyWords.reading(reading) + mark, columns - 1)
      }
      if let words = AccuracyWords.withoutReadings(row) { readings.append(" " + words) }
      lines.append(
        "    " + DisplayText.fit(row.outcome.rawValue, 14) + DisplayText.fit(what, 38)
          + counts.map { DisplayText.fit(Quantity.grouped($0), 7, alignRight: true) }.joined()
          + readings.joined())
    }
    let without = group.bars.filter { $0.turnCount == 0 }.map(\.title)
    if !without.isEmpty {
      lines += DisplayText.wrap(
        "  no data: \(without.joined(separator: "; "))", columns - 4, indent: "      "
      ).map { "   " + $0 }
    }
    return lines
  }

  /// A first column to the left, the others to the right.
  private static func line(
    _ name: String, _ cells: [String], widths: [Int], first: Int
  ) -> String {
    "  " + DisplayText.fit(name, first)
      + zip(cells, widths).map { DisplayText.fit($0, $1, alignRight: true) }.joined()
  }
}
