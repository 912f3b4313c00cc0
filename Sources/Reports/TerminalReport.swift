internal import ProviderRules
internal import RecordStore
internal import TokenEstimation

/// The report as a table for a terminal: a heading per group, a line per host, a row per service that it uses.
///
/// Groups by name, hosts by address: the order never follows volume, so the table is no ranking of people.
package enum TerminalReport {
  /// - Parameters:
  ///   - columns: The width that no line exceeds; at least 80 are used.
  ///   - color: Whether verdicts are coloured with ANSI escapes. Colour adds nothing that symbols and words do not say.
  package static func render(_ report: Report, columns: Int = 100, color: Bool) -> String {
    var page = Page(columns: max(80, columns), hasColor: color)
    page.head(report)
    page.table(report)
    page.unknownNames(report)
    page.foot(report)
    return page.text
  }

  private struct Page {
    let columns: Int
    let hasColor: Bool
    var text = ""

    mutating func head(_ report: Report) {
      line(bold("gnomon · who uses which AI service, and how it is known"))
      var facts: [String] = []
      if let period = report.period { facts.append(UTCText.period(period)) }
      if !report.sensors.isEmpty {
        facts.append("sensor \(report.sensors.joined(separator: ", "))")
      }
      facts.append("made \(UTCText(report.generatedAt).dateAndMinute) UTC")
      paragraph(facts.joined(separator: " · "))
      if let filter = ReportWords.filter(report.filter) { paragraph(filter) }
      if let missing = ReportWords.missingGroups(report) { paragraph(missing) }
      line("")
    }

    mutating func table(_ report: Report) {
      guard report.totals.hostCount > 0 else {
        line(bold(ReportWords.headline(report.totals)))
        if let capture = report.capture {
          paragraph("Looked at: \(ReportWords.lookedAt(capture, windows: report.windowCount)).")
        } else {
          paragraph("Nothing was looked at in this time.")
        }
        line("")
        return
      }
      line(heading)
      let widest = report.groups.flatMap(\.rows).map(\.wireBytes).max() ?? 0
      for group in report.groups {
        line(bold(groupHeading(group)))
        var host: UsageRecord.Host?
        for record in group.rows {
          if host?.address != record.host.address { line(hostLine(record, report)) }
          host = record.host
          line(row(record, widest: widest))
          if let tenant = record.tenant { line("    tenant \(DisplayText.clean(tenant))") }
        }
        if group.rows.count > 1 { line(totalRow("sum of group", group.totals)) }
        line("")
      }
      if report.groups.count > 1 {
        line(bold(totalRow("sum of all", report.totals)))
        line("")
      }
    }

    mutating func unknownNames(_ report: Report) {
      guard !report.unknownNames.isEmpty else { return }
      line(bold(UnknownNameWords.heading))
      paragraph(UnknownNameWords.caption)
      for name in report.unknownNames.prefix(UnknownNameWords.maximumShown) {
        let facts = [
          UnknownNameWords.basis(name), UnknownNameWords.extent(name),
          UnknownNameWords.traffic(name),
        ]
        line("  " + DisplayText.fit("\(name.name)  (\(name.sign))", columns - 2))
        for part in DisplayText.wrap(facts.joined(separator: "; "), columns - 6) {
          line("      " + part)
        }
      }
      if let rest = UnknownNameWords.rest(report) { paragraph(rest) }
      paragraph(UnknownNameWords.advice)
      line("")
    }

    mutating func foot(_ report: Report) {
      let totals = report.totals
      if totals.hostCount > 0 {
        item("Use", ReportWords.headline(totals))
        let verdicts = Verdict.byUrgency.map { verdict in
          paint(
            "\(verdict.symbol) \(totals.verdicts[verdict, default: 0]) \(verdict.rawValue)", verdict
          )
        }
        // Colour escapes take no columns, and the line is short.
        line(label("Verdicts") + verdicts.joined(separator: " · "))
        let known = [Knowledge.seen, .inferred].map {
          "\(totals.knowledge[$0, default: 0]) \($0.rawValue)"
        }
        item("Known", known.joined(separator: " · ") + ", like the verdicts by host × service")
        for cost in totals.costs {
          let rows = totals.knowledge.values.reduce(0, +)
          item(
            "Cost",
            "\(ReportWords.cost(cost)), list prices, \(totals.pricedCount) of \(rows) rows; "
              + ReportWords.costAssumptions)
        }
      }
      if !report.contacts.isEmpty {
        let pairs = Quantity.counted(report.contacts.count, "host × service pair")
        item(
          "Not use", "\(pairs) touched only a website, CDN, login or telemetry; not counted above")
      }
      if totals.hostCount > 0, let capture = report.capture {
        item("Looked at", ReportWords.lookedAt(capture, windows: report.windowCount))
      }
      if let capture = report.capture {
        let losses = ReportWords.losses(capture, totals)
        item("Lost", losses.isEmpty ? "nothing that is known" : losses.joined(separator: ", "))
        let spots = ReportWords.blindSpots(capture) + ReportWords.standingBlindSpots
        item("Not seen", spots.joined(separator: "; "))
      }
      for (reason, turns) in totals.abstentionsByTurns {
        item("Abstained", "\(Quantity.counted(turns, "turn")): \(reason)")
      }
      if let drift = ReportWords.drift(totals) { item("Drifted", drift) }
      if !totals.hidden.isEmpty {
        item("Hidden", "not on the wire and in no figure: \(totals.hidden.joined(separator: ", "))")
      }
      if let policy = report.policy {
        for use in policy.budgets { item("Budget", policy.text(use)) }
        for line in policy.expiring { item("Expiry", policy.text(line)) }
      }
      item("Judged by", versions(report))
      if hasPartialFigures(report) {
        item("*", "some turns could not be estimated and are not in the figure")
      }
      if totals.promptTokens.estimatedTurnCount + totals.completionTokens.estimatedTurnCount > 0 {
        item("Tokens", "likely (low–high), a 90 % interval; bars show bytes on the wire")
      }
    }

    // MARK: Rows

    /// What every row needs beside the name of the service and the bar.
    private static let figureColumns = 69

    private var serviceColumns: Int { min(24, max(11, columns - Self.figureColumns - 11)) }
    private var barColumns: Int {
      min(40, max(0, columns - Self.figureColumns - serviceColumns))
    }

    private var heading: String {
      "  \(DisplayText.fit("SERVICE", serviceColumns)) VERDICT      KNOWN     TURNS  "
        + "PROMPT TOKENS     COMPLETION TOKENS"
        + (barColumns >= 7 ? " TRAFFIC" : "")
    }

    private func groupHeading(_ group: Report.Group) -> String {
      let name = DisplayText.clean(group.name ?? "no group")
      let facts =
        "\(Quantity.counted(group.totals.hostCount, "host")), "
        + "\(Quantity.counted(group.totals.serviceCount, "service"))"
      return DisplayText.trimmed(DisplayText.fit("\(name) · \(facts)", columns))
    }

    private func hostLine(_ record: UsageRecord, _ report: Report) -> String {
      var parts = ["\(record.host.address)"]
      if let name = record.host.name {
        parts.append(DisplayText.clean(name) + (record.host.nameSource.map { " (\($0))" } ?? ""))
      }
      if let mac = record.host.mac { parts.append("\(mac)") }
      if report.sensors.count > 1 { parts.append("at \(DisplayText.clean(record.sensor))") }
      return DisplayText.trimmed(DisplayText.fit(" " + parts.joined(separator: "  "), columns))
    }

    private func row(_ record: UsageRecord, widest: Int) -> String {
      let service = DisplayText.fit(DisplayText.clean(record.serviceName), serviceColumns)
      let verdict = DisplayText.fit("\(record.verdict.symbol) \(record.verdict.rawValue)", 12)
      let known = DisplayText.fit(record.knowledge.rawValue, 8)
      let share = widest > 0 ? Double(record.wireBytes) / Double(widest) : 0
      let bar = DisplayText.bar(share, barColumns)
      return "  \(service) \(paint(verdict, record.verdict)) \(known) "
        + figures(record.turnCount, record.promptTokens, record.completionTokens)
        + " " + paint(bar, record.verdict)
    }

    private func totalRow(_ name: String, _ totals: Totals) -> String {
      "  \(DisplayText.fit(name, serviceColumns + 23))"
        + figures(totals.turnCount, totals.promptTokens, totals.completionTokens)
        + (barColumns >= 7
          ? " " + Quantity.bytes(totals.wireBytesUp.addingSaturating(totals.wireBytesDown)) : "")
    }

    private func figures(_ turns: Int, _ prompt: TokenSum, _ completion: TokenSum) -> String {
      let count = turns < 1_000_000 ? String(turns) : Quantity.compact(turns)
      return DisplayText.fit(count, 6, alignRight: true) + "  "
        + DisplayText.fit(ReportWords.figure(prompt), 17) + " "
        + DisplayText.fit(ReportWords.figure(completion), 17)
    }

    private func hasPartialFigures(_ report: Report) -> Bool {
      [report.totals.promptTokens, report.totals.completionTokens].contains {
        $0.estimatedTurnCount > 0 && $0.abstainedTurnCount > 0
      }
    }

    private func versions(_ report: Report) -> String {
      let parts = [
        ("rules", report.ruleVersions), ("policy", report.policyVersions),
        ("profiles", report.profiles),
      ]
      return parts.filter { !$0.1.isEmpty }
        .map { "\($0.0) \($0.1.joined(separator: ", "))" }.joined(separator: "; ")
    }

    // MARK: Lines

    private mutating func line(_ content: String) {
      text += DisplayText.trimmed(content) + "\n"
    }

    private mutating func paragraph(_ content: String) {
      for part in DisplayText.wrap(DisplayText.clean(content), columns) { line(part) }
    }

    private mutating func item(_ name: String, _ content: String) {
      guard !content.isEmpty else { return }
      let indent = label("")
      let clean = DisplayText.clean(content)
      for (index, part) in DisplayText.wrap(clean, columns - indent.count).enumerated() {
        line((index == 0 ? label(name) : indent) + part)
      }
    }

    private func label(_ name: String) -> String { DisplayText.fit(name, 11) }

    private func bold(_ content: String) -> String {
      hasColor ? "\u{1b}[1m\(content)\u{1b}[0m" : content
    }

    private func paint(_ content: String, _ verdict: Verdict) -> String {
      guard hasColor, !content.isEmpty else { return content }
      let code =
        switch verdict {
        case .unapproved: "31"
        case .unknown: "33"
        case .tolerated: "36"
        case .approved: "32"
        }
      return "\u{1b}[\(code)m\(content)\u{1b}[0m"
    }
  }
}
