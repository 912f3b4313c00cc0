internal import ProviderRules
internal import WireFormat

/// Use over time as stacked bars, one a span, with axes in turns (or octets) and UTC.
enum TimeChart {
  private static let width = 1_120.0
  private static let height = 250.0
  private static let left = 56.0
  private static let right = 8.0
  private static let top = 12.0
  private static let bottom = 30.0

  static func section(_ report: Report) -> HTML {
    let timeline = report.timeline
    guard let tallest = timeline.spans.map(\.total).max(), tallest > 0 else { return .nothing }
    let what = timeline.measure == .turns ? "Turns" : "Bytes on the wire"
    let legend = Verdict.byUrgency.html { "<li>\(Badge.verdict($0))</li>" }
    return """
      <section>
      <h2>Over time</h2>
      <p class="caption">\(what) per \(Quantity.duration(Double(timeline.spanSeconds))), by verdict. Times are UTC.</p>
      \(chart(timeline, ceiling: niceCeiling(tallest)))
      <ul class="legend">\(legend)</ul>
      </section>
      """
  }

  private static func chart(_ timeline: Timeline, ceiling: Int) -> HTML {
    """
    <svg class="chart" viewBox="0 0 1120 250" role="img" aria-label="Use over time">
    \(patterns)
    \(levels(timeline.measure, ceiling))
    \(timeline.spans.indices.html { bar(timeline, $0, ceiling) })
    \(timeLabels(timeline))
    </svg>
    """
  }

  /// Hatching and dots, so that the two verdicts that matter most stand out without colour.
  private static let patterns: HTML = """
    <defs>
    <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">\
    <rect class="unapproved" width="6" height="6"/><line class="ink" x1="0" x2="0" y1="0" y2="6"/></pattern>
    <pattern id="dots" width="5" height="5" patternUnits="userSpaceOnUse">\
    <rect class="unknown" width="5" height="5"/><circle class="ink" cx="2.5" cy="2.5" r="1"/></pattern>
    </defs>
    """

  private static func levels(_ measure: Timeline.Measure, _ ceiling: Int) -> HTML {
    (0...4).html { quarter in
      let y = fixed(vertical(Double(quarter) / 4))
      let value = Double(ceiling) * Double(quarter) / 4
      let label = measure == .turns ? Quantity.compact(value) : Quantity.bytes(Int(value))
      let isWhole = measure == .bytes || value == value.rounded()
      return """
        <line class="grid" x1="\(fixed(left))" x2="\(fixed(width - right))" y1="\(y)" y2="\(y)"/>\
        \(isWhole ? "<text class=\"level\" x=\"\(fixed(left - 8))\" y=\"\(y)\" dy=\".35em\">\(label)</text>" : .nothing)
        """
    }
  }

  private static func bar(_ timeline: Timeline, _ index: Int, _ ceiling: Int) -> HTML {
    let span = timeline.spans[index]
    guard span.total > 0 else { return .nothing }
    let slot = slotWidth(timeline)
    let gap = min(3, slot * 0.2)
    var base = 0.0
    let parts = Verdict.byUrgency.reversed().html { verdict in
      let amount = span.amounts[verdict, default: 0]
      guard amount > 0 else { return .nothing }
      let share = Double(amount) / Double(ceiling)
      let y = vertical(base + share)
      let tall = vertical(base) - y
      base += share
      return """
        <rect class="bar-\(verdict.rawValue)" x="\(fixed(left + slot * Double(index) + gap / 2))" \
        y="\(fixed(y))" width="\(fixed(min(40, slot - gap)))" height="\(fixed(max(0.5, tall)))"/>
        """
    }
    let amounts = Verdict.byUrgency.filter { span.amounts[$0, default: 0] > 0 }.map { verdict in
      let amount = span.amounts[verdict, default: 0]
      return
        "\(timeline.measure == .turns ? Quantity.grouped(amount) : Quantity.bytes(amount)) \(verdict.rawValue)"
    }
    return """
      <g>\(parts)<title>\(UTCText(span.start).dateAndMinute) UTC: \
      \(amounts.joined(separator: ", "))</title></g>
      """
  }

  /// Labels where a round time begins, as many as there is room for; the date where a day begins.
  ///
  /// A narrow page enlarges them, and leaves out those of class `odd`, a very narrow one `even` as well.
  private static func timeLabels(_ timeline: Timeline) -> HTML {
    let slot = slotWidth(timeline)
    let steps: [Int64] = [
      300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
      2_592_000, 31_536_000,
    ]
    let step =
      steps.first { step in
        step >= timeline.spanSeconds
          && slot * Double(step) / Double(max(1, timeline.spanSeconds)) >= 64
      } ?? timeline.spanSeconds
    let y = height - bottom
    var count = 0
    return timeline.spans.indices.html { index in
      let start = timeline.spans[index].start
      let seconds = start.nanoseconds / 1_000_000_000
      guard step > 0, seconds % step == 0 || timeline.spans.count == 1 else { return .nothing }
      let text = UTCText(start)
      let isDay = seconds % 86_400 == 0 || step >= 86_400
      let x = fixed(left + slot * Double(index))
      let rank: HTML = count % 2 == 1 ? " odd" : count % 4 == 2 ? " even" : .nothing
      count += 1
      return """
        <line class="tick" x1="\(x)" x2="\(x)" y1="\(fixed(y))" y2="\(fixed(y + 5))"/>\
        <text class="time\(rank)" x="\(x)" y="\(fixed(y + 10))" dy=".8em">\(isDay ? text.date : text.clock)</text>
        """
    }
  }

  /// The next round number that has round quarters: 4, 8, 12 … 32, 40, 60, 80 … 400, 600.
  static func niceCeiling(_ value: Int) -> Int {
    var scale = 1
    while scale < Int.max / 1_000 {
      for step in [4, 6, 8, 10, 12, 16, 20, 24, 28, 32] {
        let ceiling = step * scale
        if ceiling >= value, ceiling.isMultiple(of: 4) { return ceiling }
      }
      scale *= 10
    }
    return .max
  }

  private static func slotWidth(_ timeline: Timeline) -> Double {
    (width - left - right) / Double(max(1, timeline.spans.count))
  }

  private static func vertical(_ share: Double) -> Double {
    top + (height - top - bottom) * (1 - min(1, share))
  }

  private static func fixed(_ value: Double) -> String { Quantity.fixed(value, 1) }
}
