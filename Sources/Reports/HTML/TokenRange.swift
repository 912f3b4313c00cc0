internal import TokenEstimation

/// The scale on which a page draws its token figures: logarithmic, because uses differ by powers of ten, and the same
/// for all rows, so that they can be compared.
struct TokenScale {
  /// Powers of ten at both ends.
  let lowest: Int
  let highest: Int

  init(_ sums: [TokenSum]) {
    let drawn = sums.filter { $0.estimatedTurnCount > 0 }
    lowest = drawn.map { Self.exponent($0.low, roundingUp: false) }.min() ?? 0
    highest = max(drawn.map { Self.exponent($0.high, roundingUp: true) }.max() ?? 1, lowest + 1)
  }

  /// Where a value lies on the scale, 0…1.
  func position(_ value: Double) -> Double {
    guard value.isFinite, value > 0 else { return 0 }
    let place = (Self.log10(value) - Double(lowest)) / Double(highest - lowest)
    return min(1, max(0, place))
  }

  /// The powers of ten on the scale with their words: `1k`, `10k`. At most four, whole steps apart: there are
  /// 100 pixels for their labels.
  var ticks: [(position: Double, label: String)] {
    let step = max(1, (highest - lowest + 2) / 3)
    return stride(from: lowest, through: highest, by: step).map { exponent in
      let value = (0..<exponent).reduce(1.0) { power, _ in power * 10 }
      return (position(value), Quantity.compact(value).replacing(".0", with: ""))
    }
  }

  private static func exponent(_ value: Double, roundingUp: Bool) -> Int {
    guard value.isFinite, value >= 1 else { return roundingUp ? 1 : 0 }
    let exponent = log10(value)
    return min(18, max(0, Int(exponent.rounded(roundingUp ? .up : .down))))
  }

  /// Without a C library: the exponent of two, and a short series for the rest (error under 10⁻⁶, far below a pixel).
  static func log10(_ value: Double) -> Double {
    let exponent = Double(value.exponent)
    let y = (value.significand - 1) / (value.significand + 1)
    let squared = y * y
    var term = y
    var sum = 0.0
    for divisor in stride(from: 1.0, through: 15, by: 2) {
      sum += term / divisor
      term *= squared
    }
    return (exponent + 2 * sum / 0.693_147_180_559_945_3) * 0.301_029_995_663_981_2
  }
}

/// A row's two token figures: each a number, its interval, and the interval drawn on the table's scale.
enum TokenRange {
  /// - Parameter reasons: Why there is no figure, where there is none.
  static func pair(
    prompt: TokenSum, completion: TokenSum, reasons: [String: Int], _ scale: TokenScale
  ) -> HTML {
    if prompt.estimatedTurnCount == 0, completion.estimatedTurnCount == 0 {
      guard prompt.abstainedTurnCount > 0 || completion.abstainedTurnCount > 0 else {
        return "<span class=\"muted\">no turns</span>"
      }
      return """
        <span class="abstained">abstained</span> <span class="muted">\(why(reasons))</span>
        """
    }
    return """
      <div class="ranges">\(line(.prompt, prompt, reasons, scale))\
      \(line(.completion, completion, reasons, scale))</div>
      """
  }

  /// The labels of the scale, for the head of a column; it lines up with the drawings below it.
  static func axis(_ scale: TokenScale) -> HTML {
    let labels = scale.ticks.html { tick in
      // A label at an end would be cut in half, were it centred.
      let end = tick.position < 0.001 ? "low" : tick.position > 0.999 ? "high" : "between"
      return """
        <text class="\(end)" x="\(coordinate(tick.position))" y="10">\(tick.label)</text>
        """
    }
    return """
      <div class="ranges axis"><span></span><span></span>\
      <svg class="range" height="12" aria-hidden="true">\(labels)</svg></div>
      """
  }

  /// Why neither figure is there: once, where it is for the same reasons.
  private static func why(_ abstentions: [String: Int]) -> String {
    let reasons = Figure.allCases.map { $0.reasons(in: abstentions).keys.sorted() }
    if Set(reasons).count == 1 { return reasons[0].joined(separator: "; ") }
    return abstentions.keys.sorted().joined(separator: "; ")
  }

  private static func line(
    _ figure: Figure, _ sum: TokenSum, _ reasons: [String: Int], _ scale: TokenScale
  ) -> HTML {
    let name = figure.rawValue
    guard sum.estimatedTurnCount > 0 else {
      let why = figure.reasons(in: reasons).keys.sorted().joined(separator: "; ")
      return """
        <span class="muted">\(name)</span><span class="abstained">\
        \(sum.abstainedTurnCount > 0 ? "abstained" : "–")</span><span class="muted">\(why)</span>
        """
    }
    let turns = sum.estimatedTurnCount.addingSaturating(sum.abstainedTurnCount)
    let interval =
      sum.low == sum.high
      ? "exact" : "\(Quantity.compact(sum.low))–\(Quantity.compact(sum.high))"
    let partial: HTML =
      sum.abstainedTurnCount > 0
      ? "<span class=\"partial\">\(sum.estimatedTurnCount) of \(turns) turns</span>" : .nothing
    return """
      <span class="muted">\(name)</span>\
      <span><b>\(Quantity.compact(sum.likely))</b> <span class="interval">\(interval)</span>\(partial)</span>\
      \(drawing(sum, scale))
      """
  }

  /// A band from low to high with a mark at the likely value.
  private static func drawing(_ sum: TokenSum, _ scale: TokenScale) -> HTML {
    let low = scale.position(sum.low)
    let width = max(0.006, scale.position(sum.high) - low)
    let likely = coordinate(scale.position(sum.likely))
    let grid = scale.ticks.html { tick in
      let x = coordinate(tick.position)
      return "<line class=\"grid\" x1=\"\(x)\" x2=\"\(x)\" y1=\"0\" y2=\"16\"/>"
    }
    return """
      <svg class="range" height="16" aria-hidden="true">\(grid)\
      <line class="base" x1="2%" x2="98%" y1="8" y2="8"/>\
      <rect class="band" x="\(coordinate(low))" width="\(Quantity.fixed(96 * width, 2))%" y="3" height="10" rx="2"/>\
      <line class="likely" x1="\(likely)" x2="\(likely)" y1="1" y2="15"/></svg>
      """
  }

  /// Percent of the drawing's width, which is whatever room there is.
  private static func coordinate(_ position: Double) -> String {
    Quantity.fixed(2 + 96 * position, 2) + "%"
  }
}
