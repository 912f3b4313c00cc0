internal import RecordStore

/// What the capture saw, lost, and could not see: what the figures above rest on.
enum CaptureSection {
  static func html(_ report: Report) -> HTML {
    """
    <section class="columns">
    \(report.capture.map { looked($0, report) } ?? .nothing)
    \(unseen(report))
    \(abstentions(report.totals))
    </section>
    """
  }

  private static func looked(_ capture: CaptureSummary, _ report: Report) -> HTML {
    let flows = capture.flowsByKnowledge.html { how, count in
      measure(how, count, of: capture.flowCount)
    }
    let loss: [(String, Int, Int?)] = [
      ("Packets dropped by kernel or interface", capture.droppedPackets, capture.offeredPackets),
      ("Packets cut short by the snaplen", capture.truncatedPackets, capture.packets),
      ("Packets that could not be read", capture.malformedPackets, capture.packets),
    ]
    return """
      <div>
      <h2>What was looked at</h2>
      <p class="caption">\(ReportWords.lookedAt(capture, windows: report.windowCount)), AI or not. \
      \(Quantity.counted(capture.flowsMatched, "flow")) went to AI services; of the others nothing is kept but these \
      counts\(report.unknownNames.isEmpty ? "" : " and the list of names that look like AI").</p>
      <h3>How flows got their name</h3>
      <ul class="measures">\(flows)</ul>
      <h3>Capture loss</h3>
      <ul class="measures">\(loss.html { measure($0.0, $0.1, of: $0.2) })\
      <li><span>Bytes of AI flows missing</span> <b>\(Quantity.bytes(report.totals.missedBytes))</b></li></ul>
      \(counters(capture))
      </div>
      """
  }

  private static func measure(_ name: String, _ count: Int, of whole: Int?) -> HTML {
    let share = whole.map { Double(count) / Double(max(1, $0)) } ?? 0
    let words = whole.map { " (\(Quantity.share(count, of: $0)))" } ?? ""
    return """
      <li><span>\(name)</span> <b>\(Quantity.grouped(count))</b><span class="muted">\(words)</span>\
      <i style="width:\(Quantity.fixed(min(1, share) * 100, 1))%"></i></li>
      """
  }

  private static func counters(_ capture: CaptureSummary) -> HTML {
    let shown = capture.counters.filter { $0.value != 0 }.sorted { $0.key < $1.key }
    guard !shown.isEmpty else { return .nothing }
    return """
      <h3>Counters</h3>
      <ul class="measures">\(shown.html { measure($0.key, $0.value, of: nil) })</ul>
      """
  }

  private static func unseen(_ report: Report) -> HTML {
    let spots = report.capture.map(ReportWords.blindSpots) ?? []
    let hidden = report.totals.hidden
    return """
      <div>
      <h2>What could not be seen</h2>
      <ul class="plain">
      \(spots.html { "<li>\($0)</li>" })
      \(hidden.isEmpty ? .nothing : "<li>tokens that never cross the wire: \(hidden.joined(separator: ", ")); they are billed, and in no figure here</li>")
      \(ReportWords.standingBlindSpots.html { "<li>\($0)</li>" })
      </ul>
      </div>
      """
  }

  private static func abstentions(_ totals: Totals) -> HTML {
    let drift: HTML =
      ReportWords.drift(totals).map { "<p class=\"caption\">\($0).</p>" } ?? .nothing
    guard !totals.abstentions.isEmpty || totals.driftedTurnCount > 0 else { return .nothing }
    guard !totals.abstentions.isEmpty else {
      return "<div>\n<h2>Where an estimate is weak</h2>\n\(drift)\n</div>"
    }
    let rows = totals.abstentionsByTurns.html { reason, turns in
      measure(reason, turns, of: totals.turnCount)
    }
    return """
      <div>
      <h2>Where no estimate was made</h2>
      <p class="caption">The estimator abstains rather than guess. These turns are in the count of turns and in no \
      token figure.</p>
      <ul class="measures">\(rows)</ul>
      \(drift)
      </div>
      """
  }
}
