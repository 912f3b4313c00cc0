internal import ProviderRules
internal import RecordStore
internal import TokenEstimation
internal import WireFormat

/// The page's head: what, when, by which rules; then the figures that a reader takes away.
enum PageHead {
  static func html(_ report: Report) -> HTML {
    let period = report.period.map(UTCText.period) ?? "no time covered"
    let filter = ReportWords.filter(report.filter)
    return """
      <header>
      <p class="brand">gnomon</p>
      <h1>Shadow-AI report</h1>
      <p class="period">\(period)\(filter.map { " <span class=\"chip\">\($0)</span>" } ?? .nothing)</p>
      <dl class="facts">
      \(fact("Sensor", report.sensors))
      \(fact("Rules", report.ruleVersions))
      \(fact("Policy", report.policyVersions))
      \(fact("Made", [UTCText(report.generatedAt).dateAndMinute + " UTC"]))
      </dl>
      \(ReportWords.missingGroups(report).map { "<p class=\"headline\"><strong>\($0)</strong></p>" } ?? .nothing)
      <p class="headline">\(headline(report))</p>
      </header>
      """
  }

  static func tiles(_ report: Report) -> HTML {
    let totals = report.totals
    let pairs = totals.verdicts.values.reduce(0, +)
    let unapproved = totals.verdicts[.unapproved, default: 0]
    let unknown = totals.verdicts[.unknown, default: 0]
    let costs = totals.costs.html { cost in
      tile(
        "List price, \(cost.currency)", Quantity.money(cost.likely),
        "\(Quantity.money(cost.low))–\(Quantity.money(cost.high)) · \(totals.pricedCount) of \(pairs) priced"
      )
    }
    return """
      <section class="tiles" aria-label="Summary">
      \(tile("Hosts using AI", Quantity.grouped(totals.hostCount), groupCount(report)))
      \(tile("Services", Quantity.grouped(totals.serviceCount), Quantity.counted(totals.providerCount, "provider")))
      \(tile("Unapproved uses", Quantity.grouped(unapproved), "\(unknown) unknown · \(pairs) in all", alarm: unapproved > 0))
      \(tile("Turns", Quantity.grouped(totals.turnCount), bytes(totals)))
      \(tokenTile("Prompt tokens", totals.promptTokens))
      \(tokenTile("Completion tokens", totals.completionTokens))
      \(costs)
      </section>
      \(verdictStrip(totals, pairs))
      """
  }

  private static func headline(_ report: Report) -> HTML {
    let totals = report.totals
    guard totals.hostCount > 0 else {
      let looked = report.capture.map { ReportWords.lookedAt($0, windows: report.windowCount) }
      return """
        \(ReportWords.headline(totals)) \
        \(looked.map { "Looked at: \($0)." } ?? "Nothing was looked at in this time.")
        """
    }
    let unapproved = totals.verdicts[.unapproved, default: 0]
    let unknown = totals.verdicts[.unknown, default: 0]
    let isOrAre = unapproved == 1 ? "use is" : "uses are"
    return """
      \(ReportWords.headline(totals)) \
      <strong>\(unapproved == 0 ? "No" : String(unapproved)) \(isOrAre) unapproved</strong>, \
      \(unknown == 0 ? "none" : String(unknown)) unknown to the policy.
      """
  }

  private static func groupCount(_ report: Report) -> String {
    let named = report.groups.filter { $0.name != nil }.count
    return named == 0 ? "in no policy group" : "in \(Quantity.counted(named, "policy group"))"
  }

  private static func bytes(_ totals: Totals) -> String {
    "\(Quantity.bytes(totals.wireBytesUp)) up · \(Quantity.bytes(totals.wireBytesDown)) down"
  }

  private static func tokenTile(_ name: String, _ sum: TokenSum) -> HTML {
    let turns = sum.estimatedTurnCount.addingSaturating(sum.abstainedTurnCount)
    guard sum.estimatedTurnCount > 0 else {
      return tile(name, turns > 0 ? "abstained" : "–", turns > 0 ? "\(turns) turns" : "no turns")
    }
    let share = Quantity.share(sum.estimatedTurnCount, of: turns)
    return tile(
      name, Quantity.compact(sum.likely),
      "\(Quantity.compact(sum.low))–\(Quantity.compact(sum.high)) · \(share) of turns")
  }

  private static func tile(
    _ name: String, _ value: String, _ note: String, alarm: Bool = false
  ) -> HTML {
    """
    <div class="tile\(alarm ? " alarm" : "")"><p class="name">\(name)</p>\
    <p class="value">\(value)</p><p class="note">\(note)</p></div>
    """
  }

  /// Host × service pairs by verdict, as one bar and in words.
  private static func verdictStrip(_ totals: Totals, _ pairs: Int) -> HTML {
    let shown = Verdict.byUrgency.map { ($0, totals.verdicts[$0, default: 0]) }
    let parts = shown.filter { $0.1 > 0 }.html { verdict, count in
      "<span class=\"\(verdict.rawValue)\" style=\"flex-grow:\(count)\">\(verdict.symbol)</span>"
    }
    let legend = shown.html { verdict, count in
      "<li>\(Badge.verdict(verdict)) <b>\(count)</b> <span class=\"muted\">\(verdict.meaning)</span></li>"
    }
    return """
      <section class="verdicts">
      <div class="strip" role="img" aria-label="Uses by verdict">\(parts)</div>
      <ul class="legend">\(legend)</ul>
      </section>
      """
  }

  private static func fact(_ name: String, _ values: [String]) -> HTML {
    guard !values.isEmpty else { return .nothing }
    return "<div><dt>\(name)</dt><dd>\(values.joined(separator: ", "))</dd></div>"
  }
}
