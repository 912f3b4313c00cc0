internal import TokenEstimation

/// The page's tables; each heading names the kind of evidence.
enum AccuracyTables {
  static func bar(_ group: Evaluation.Group) -> HTML {
    let shown = group.bars.filter { $0.turnCount > 0 }
    let without = group.bars.filter { $0.turnCount == 0 }.map(\.title)
    var last = ""
    let rows = shown.html { row in
      defer { last = row.id }
      let title: HTML =
        row.id == last
        ? .nothing
        : """
        <tr class="group"><th colspan="5">\(row.title) <span class="muted">\(AccuracyWords.asked(row))</span></th></tr>
        """
      return "\(title)\(barRow(row))"
    }
    return """
      <section>
      <h2>\(group.kind.rawValue): the bar</h2>
      <table class="bar">
      <thead><tr><th>Outcome</th><th>Profile</th><th class="number">Turns</th><th class="number">Abstained</th>\
      <th>Figures</th></tr></thead>
      <tbody>\(rows)</tbody>
      </table>
      \(without.isEmpty ? .nothing : "<p class=\"caption none\">No data: \(without.joined(separator: "; ")).</p>")
      </section>
      """
  }

  private static func barRow(_ row: BarRow) -> HTML {
    var what = row.profile ?? (row.id == "segmentation" ? "all turns" : "all profiles")
    if row.id == "coverage", let figure = row.figure { what += ", " + figure.rawValue }
    let readings = row.readings.html(separator: " · ") { reading in
      let isMiss = !reading.isMet && row.outcome == .missed
      return
        "<span class=\"\(isMiss ? "miss" : "hit")\">\(AccuracyWords.reading(reading))\(isMiss ? " ✗" : "")</span>"
    }
    return """
      <tr><td>\(badge(row.outcome))</td><td class="mono">\(what)</td>\
      <td class="number">\(Quantity.grouped(row.turnCount))</td>\
      <td class="number">\(Quantity.grouped(row.turnCount - row.estimatedCount))</td><td>\(AccuracyWords.withoutReadings(row).map { "\($0)" } ?? readings)</td></tr>
      """
  }

  private static func badge(_ outcome: BarRow.Outcome) -> HTML {
    let style: HTML =
      switch outcome {
      case .met: "approved"
      case .missed: "unapproved"
      case .tooFew, .noData: "unknown"
      }
    return "<span class=\"badge \(style)\">\(outcome.rawValue)</span>"
  }

  static func scores(_ group: Evaluation.Group, _ figure: TokenFigure) -> HTML {
    let rows = (group.rows + group.unseen.map(\.row)).filter {
      $0.score(figure).turnCount > 0 || $0.score(figure).bias != nil
    }
    guard !rows.isEmpty else { return .nothing }
    let heads = [
      "Turns", "Abstained", "Median", "p90", "Total", "Host-day", "In 90 %", "Width", "÷ 4",
      "Constant", "Plaintext",
    ]
    return """
      <section>
      <h2>\(group.kind.rawValue): \(figure.rawValue) tokens</h2>
      <table class="scores">
      <thead><tr><th>Profile</th>\(heads.html { "<th class=\"number\">\($0)</th>" })</tr></thead>
      <tbody>\(rows.html { scoreRow($0.profile, $0.score(figure)) })</tbody>
      </table>
      </section>
      """
  }

  private static func scoreRow(_ profile: String, _ score: FigureScore) -> HTML {
    let cells = [
      Quantity.grouped(score.turnCount), Quantity.grouped(score.abstainedCount),
      AccuracyWords.percent(score.medianError), AccuracyWords.percent(score.p90Error),
      AccuracyWords.percent(score.bias, signed: true),
      AccuracyWords.percent(score.medianHostDayBias), AccuracyWords.percent(score.coverage),
      AccuracyWords.width(score.medianWidth),
    ]
    let others = FigureScore.Predictor.Kind.allCases.map {
      AccuracyWords.percent(score.predictor($0)?.medianError)
    }
    let reasons = AccuracyWords.reasons(score).map { "\($0.count)× \($0.reason)" }
    return """
      <tr><td><span class="mono">\(profile)</span>\
      \(reasons.isEmpty ? .nothing : "<div class=\"muted\">abstained: \(reasons.joined(separator: "; "))</div>")</td>\
      \(cells.html { "<td class=\"number tight\">\($0)</td>" })\
      \(others.html { "<td class=\"number tight muted\">\($0)</td>" })</tr>
      """
  }

  static func found(_ group: Evaluation.Group) -> HTML {
    func row(_ name: String, _ found: Segmentation) -> HTML {
      return """
        <tr><td class="mono">\(name)</td>\
        \(AccuracyWords.counts(found).html { "<td class=\"number\">\(Quantity.grouped($0))</td>" })</tr>
        """
    }
    return """
      <section>
      <h2>\(group.kind.rawValue): turns found</h2>
      <p class="caption">Right or pooled: \(AccuracyWords.percent(group.segmentation.rightShare)).</p>
      <table class="scores">
      <thead><tr><th>Profile</th>\(AccuracyWords.segmentationHeads.html { "<th class=\"number\">\($0)</th>" })</tr></thead>
      <tbody>\(group.rows.html { row($0.profile, $0.segmentation) })\(row("all", group.segmentation))</tbody>
      </table>
      </section>
      """
  }
}
