internal import ProviderRules
internal import RecordStore
internal import WireFormat

/// Who uses what, and how it is known: a row per host × service, by group and address.
enum UseTable {
  /// Names listed for one row; more are counted.
  private static let listedNames = 6

  static func section(_ report: Report) -> HTML {
    let rows = report.groups.flatMap(\.rows)
    let scale = TokenScale(rows.flatMap { [$0.promptTokens, $0.completionTokens] })
    return """
      <section>
      <h2>Who uses what, and how it is known</h2>
      <p class="caption">Ordered by policy group and address, not by volume: this is no ranking of people.</p>
      <table class="cards uses">
      <thead><tr><th>Host</th><th>Service</th><th>Verdict</th><th>How it is known</th>\
      <th class="number">Turns</th><th>Tokens \(TokenRange.axis(scale))</th></tr></thead>
      \(report.groups.html { group($0, scale, showsSensor: report.sensors.count > 1) })
      </table>
      </section>
      """
  }

  /// Hosts that came near a provider without using it; nothing where there are none.
  static func contacts(_ report: Report) -> HTML {
    guard !report.contacts.isEmpty else { return .nothing }
    let rows = report.contacts.html { record in
      """
      <tr><td data-label="Host">\(host(record, showsSensor: report.sensors.count > 1))</td>\
      <td data-label="Service">\(record.serviceName)<br><span class="muted">\(record.providerName)</span></td>\
      <td data-label="How it is known">\(evidence(record))</td></tr>
      """
    }
    return """
      <section>
      <h2>Contact without use</h2>
      <p class="caption">Only a website, CDN, login or telemetry of the provider was reached. That is no use, and no \
      figure in this report counts it.</p>
      <table class="cards"><thead><tr><th>Host</th><th>Service</th><th>How it is known</th></tr></thead>\
      <tbody>\(rows)</tbody></table>
      </section>
      """
  }

  private static func group(
    _ group: Report.Group, _ scale: TokenScale, showsSensor: Bool
  ) -> HTML {
    var previous: IPAddress?
    let rows = group.rows.html { record in
      let isAgain = previous == record.host.address
      previous = record.host.address
      return row(record, scale, isAgain: isAgain, showsSensor: showsSensor)
    }
    let facts = """
      \(Quantity.counted(group.totals.hostCount, "host")), \
      \(Quantity.counted(group.totals.serviceCount, "service")), \
      \(Quantity.counted(group.totals.turnCount, "turn"))
      """
    return """
      <tbody>
      <tr class="group"><th colspan="6" scope="rowgroup">\(group.name ?? "No policy group") \
      <span class="muted">\(facts)</span></th></tr>
      \(rows)
      </tbody>
      """
  }

  private static func row(
    _ record: UsageRecord, _ scale: TokenScale, isAgain: Bool, showsSensor: Bool
  ) -> HTML {
    let tokens = TokenRange.pair(
      prompt: record.promptTokens, completion: record.completionTokens,
      reasons: record.abstentions, scale)
    return """
      <tr>
      <td data-label="Host"\(isAgain ? " class=\"again\"" : .nothing)>\(host(record, showsSensor: showsSensor))</td>
      <td data-label="Service"><b>\(record.serviceName)</b><br><span class="muted">\(record.providerName)<br>\
      \(record.tenant.map { "tenant <b>\($0)</b><br>" } ?? .nothing)\(Badge.egress(record.dataEgress))</span></td>
      <td data-label="Verdict">\(Badge.verdict(record.verdict))</td>
      <td data-label="How it is known">\(evidence(record))</td>
      <td data-label="Turns" class="number tight">\(Quantity.grouped(record.turnCount))<br>\
      <span class="muted">\(Quantity.duration(record.activeSeconds)) open<br>\
      \(Quantity.bytes(record.wireBytes))<br>\(times(record))</span></td>
      <td data-label="Tokens">\(tokens)</td>
      </tr>
      """
  }

  private static func host(_ record: UsageRecord, showsSensor: Bool) -> HTML {
    var lines: [HTML] = ["<span class=\"address\">\(record.host.address.description)</span>"]
    if let name = record.host.name {
      let source = record.host.nameSource.map { " (\($0))" } ?? ""
      lines.append("<span><b>\(name)</b><span class=\"muted\">\(source)</span></span>")
    }
    if let mac = record.host.mac {
      lines.append("<span class=\"muted mono mac\">\(mac.description)</span>")
    }
    if showsSensor { lines.append("<span class=\"muted\">at \(record.sensor)</span>") }
    return HTML(joining: lines, separator: "<br>")
  }

  /// The source in a column of some seven letters.
  private static func label(_ source: UsageRecord.Evidence.Source) -> String {
    source == .certificate ? "cert" : source.rawValue
  }

  private static func evidence(_ record: UsageRecord) -> HTML {
    let listed = record.evidence.prefix(listedNames).html { evidence in
      let kind = evidence.evidenceClass == .usage ? "" : " · \(evidence.evidenceClass.rawValue)"
      return """
        <li><span class="source">\(label(evidence.source))</span><span><span class="mono">\(HTML(breakingAtDots: evidence.name))</span>\
        \(kind)<br><span class="rule">\(evidence.rule)</span></span></li>
        """
    }
    let more = (record.evidence.count - min(listedNames, record.evidence.count))
      .addingSaturating(record.unlistedEvidenceCount)
    let confidence = Quantity.fixed(record.confidence * 100, 0)
    return """
      \(Badge.knowledge(record.knowledge)) <span class="muted">confidence \(confidence) %</span>\
      <ul class="evidence">\(listed)\
      \(more > 0 ? "<li class=\"muted\">and \(Quantity.counted(more, "more name", plural: "more names"))</li>" : .nothing)</ul>
      """
  }

  private static func times(_ record: UsageRecord) -> String {
    let first = UTCText(record.firstSeen)
    let last = UTCText(record.lastSeen)
    return first.date == last.date
      ? "\(first.clock)–\(last.clock)" : "\(first.dateAndMinute) – \(last.dateAndMinute)"
  }
}
