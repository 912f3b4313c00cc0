internal import ProviderRules
internal import RecordStore

/// The services in use, the most worrying first: what there is to decide.
enum ServiceTable {
  static func section(_ report: Report) -> HTML {
    let services = report.services
    let scale = TokenScale(
      services.flatMap { [$0.totals.promptTokens, $0.totals.completionTokens] })
    return """
      <section>
      <h2>Services</h2>
      <p class="caption">Each with all its hosts together. Tokens are likely values with their 90 % interval, drawn on \
      one logarithmic scale.</p>
      <table class="cards">
      <thead><tr><th>Service</th><th>Verdict</th><th class="number">Hosts</th><th class="number">Turns</th>\
      <th>Tokens \(TokenRange.axis(scale))</th>\
      <th class="number">Cost</th></tr></thead>
      <tbody>\(services.html { row($0, scale) })</tbody>
      </table>
      </section>
      """
  }

  private static func row(_ service: Report.ServiceUse, _ scale: TokenScale) -> HTML {
    let totals = service.totals
    let verdicts = Verdict.byUrgency.filter { totals.verdicts[$0, default: 0] > 0 }
    let groups = service.groups.map { $0 ?? "no group" }.joined(separator: ", ")
    let cost: HTML = totals.costs.html(separator: "<br>") { cost in
      """
      <span><b>\(Quantity.money(cost.likely))</b> \(cost.currency)</span><br>\
      <span class="interval">\(Quantity.money(cost.low))–\(Quantity.money(cost.high))</span>
      """
    }
    let tokens = TokenRange.pair(
      prompt: totals.promptTokens, completion: totals.completionTokens,
      reasons: totals.abstentions, scale)
    return """
      <tr>
      <td data-label="Service"><b>\(service.serviceName)</b><br><span class="muted">\(service.providerName) · \
      \(service.category) · \(Badge.egress(service.dataEgress))</span></td>
      <td data-label="Verdict">\(verdicts.html(separator: "<br>", Badge.verdict))</td>
      <td data-label="Hosts" class="number">\(totals.hostCount)<br><span class="muted">\(groups)</span></td>
      <td data-label="Turns" class="number">\(Quantity.grouped(totals.turnCount))</td>
      <td data-label="Tokens">\(tokens)</td>
      <td data-label="Cost" class="number tight">\(totals.costs.isEmpty ? "<span class=\"muted\">–</span>" : cost)</td>
      </tr>
      """
  }
}
