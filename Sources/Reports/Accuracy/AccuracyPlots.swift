internal import TokenEstimation

/// The plots of one kind of evidence: how errors are distributed, which share of intervals holds, and every estimate
/// against its truth.
enum AccuracyPlots {
  static func section(_ group: Evaluation.Group) -> HTML {
    let figures = [TokenFigure.completion, .prompt].filter { figure in
      group.rows.contains { $0.score(figure).estimatedCount > 0 }
    }
    guard !figures.isEmpty else { return .nothing }
    let kind = group.kind.rawValue
    return """
      <section>
      <h2>\(kind): errors per turn</h2>
      <p class="caption">Share of the estimated turns whose error is at most so large, all profiles together (of each at \
      most \(Quantity.grouped(FigureScore.maximumPoints)) turns). Further left is better.</p>
      <div class="plots">\(figures.html { titled($0, ErrorCurves.plot(group, $0)) })</div>
      \(ErrorCurves.legend)
      </section>
      <section>
      <h2>\(kind): share of the 90 % intervals that hold the truth</h2>
      <p class="caption">Dot: the share; line: what so many turns leave open (95 %); green: the 88–92 % asked for.</p>
      <div class="plots">\(figures.html { titled($0, CoverageDots.plot(group, $0)) })</div>
      </section>
      <section>
      <h2>\(kind): estimate against truth</h2>
      <p class="caption">One mark a turn, with its 90 % interval; tokens on logarithmic axes; the dashed line is equality. \
      A ring in red: the interval does not hold the truth. At most \(Quantity.grouped(EstimateScatter.most)) turns are \
      drawn.</p>
      <div class="plots">\(figures.html { titled($0, EstimateScatter.plot(group, $0)) })</div>
      </section>
      """
  }

  private static func titled(_ figure: TokenFigure, _ plot: HTML) -> HTML {
    "<div><h3>\(figure.rawValue) tokens</h3>\(plot)</div>"
  }
}

/// One axis of a plot: a value's place in the drawing.
struct PlotAxis {
  /// At the ends of the axis; of a logarithmic one, powers of ten.
  let range: ClosedRange<Double>
  let isLogarithmic: Bool
  /// Where the ends lie in the drawing; a vertical axis runs downwards.
  let from: Double
  let to: Double

  func place(_ value: Double) -> Double {
    let scaled = isLogarithmic ? (value > 0 ? TokenScale.log10(value) : -.infinity) : value
    let share = (scaled - range.lowerBound) / (range.upperBound - range.lowerBound)
    return from + (to - from) * (share.isNaN ? 0 : min(1, max(0, share)))
  }

  func text(_ value: Double) -> String { Quantity.fixed(place(value), 1) }
}

/// Error distributions: what we say, and what simpler or better informed predictors would.
enum ErrorCurves {
  private static let x = PlotAxis(range: -3...2, isLogarithmic: true, from: 46, to: 540)
  private static let y = PlotAxis(range: 0...1, isLogarithmic: false, from: 284, to: 10)
  private static let ticks: [(value: Double, label: String)] = [
    (0.001, "0.1 %"), (0.01, "1 %"), (0.1, "10 %"), (1, "100 %"), (10, "1k %"), (100, "10k %"),
  ]

  static func plot(_ group: Evaluation.Group, _ figure: TokenFigure) -> HTML {
    let scores = group.rows.filter { $0.profile != Evaluation.inTheClear }.map { $0.score(figure) }
    func errors(_ kind: FigureScore.Predictor.Kind) -> [Double] {
      scores.flatMap { $0.predictor(kind)?.errors ?? [] }
    }
    return """
      <svg class="plot" viewBox="0 0 560 322" role="img" aria-label="Errors of \(figure.rawValue) tokens per turn">
      \(grid)\
      \(curve(errors(.wireBytes), "wire"))\(curve(errors(.constant), "constant"))\
      \(curve(errors(.plainBytes), "plain"))\(curve(scores.flatMap(\.errors), "ours"))
      </svg>
      """
  }

  static let legend: HTML = """
    <ul class="legend"><li>\(key("ours"))gnomon</li>\
    <li>\(key("wire"))\(FigureScore.Predictor.Kind.wireBytes.rawValue)</li>\
    <li>\(key("constant"))\(FigureScore.Predictor.Kind.constant.rawValue): has seen the truth</li>\
    <li>\(key("plain"))\(FigureScore.Predictor.Kind.plainBytes.rawValue): sees what nobody on the wire can</li></ul>
    """

  private static func key(_ name: HTML) -> HTML {
    """
    <svg class="plot key" viewBox="0 0 30 10" aria-hidden="true"><path class="curve \(name)" d="M0 5H30"/></svg>
    """
  }

  private static let grid: HTML = {
    let across = stride(from: 0.0, through: 1, by: 0.25).html { share in
      """
      <line class="grid" x1="46" x2="540" y1="\(y.text(share))" y2="\(y.text(share))"/>\
      <text class="end" x="40" y="\(y.text(share))" dy=".35em">\(Quantity.fixed(share * 100, 0)) %</text>
      """
    }
    let down = ticks.html { tick in
      """
      <line class="grid" x1="\(x.text(tick.value))" x2="\(x.text(tick.value))" y1="10" y2="284"/>\
      <text class="middle" x="\(x.text(tick.value))" y="300">\(tick.label)</text>
      """
    }
    return """
      \(across)\(down)<text class="middle" x="297" y="318">error of a turn, |likely ÷ true − 1|</text>
      """
  }()

  /// A step at each error.
  private static func curve(_ errors: [Double], _ name: HTML) -> HTML {
    let sorted = errors.filter { !$0.isNaN }.sorted()
    guard !sorted.isEmpty else { return .nothing }
    var path = "M\(x.text(0)) \(y.text(0))"
    let step = max(1, sorted.count / 400)
    for (index, error) in sorted.enumerated()
    where index % step == 0 || index == sorted.count - 1 {
      path += "H\(x.text(error))V\(y.text(Double(index + 1) / Double(sorted.count)))"
    }
    path += "H\(x.text(1e9))"
    return "<path class=\"curve \(name)\" d=\"\(path)\"/>"
  }
}

/// The share of intervals that hold, profile by profile.
enum CoverageDots {
  private static let x = PlotAxis(range: 0...1, isLogarithmic: false, from: 226, to: 520)
  private static let rowHeight = 24.0

  static func plot(_ group: Evaluation.Group, _ figure: TokenFigure) -> HTML {
    let rows = group.rows.filter {
      $0.profile != Evaluation.inTheClear && $0.score(figure).estimatedCount > 0
    }
    let bottom = 10 + rowHeight * Double(rows.count)
    let ticks = [0, 0.25, 0.5, 0.75, 1].html { share in
      """
      <line class="grid" x1="\(x.text(share))" x2="\(x.text(share))" y1="6" y2="\(Quantity.fixed(bottom, 0))"/>\
      <text class="middle" x="\(x.text(share))" y="\(Quantity.fixed(bottom + 16, 0))">\(Quantity.fixed(share * 100, 0)) %</text>
      """
    }
    let target = x.place(0.92) - x.place(0.88)
    return """
      <svg class="plot" viewBox="0 0 560 \(Quantity.fixed(bottom + 24, 0))" role="img" \
      aria-label="Share of intervals that hold, \(figure.rawValue) tokens">
      \(ticks)<rect class="target" x="\(x.text(0.88))" y="6" width="\(Quantity.fixed(target, 1))" \
      height="\(Quantity.fixed(bottom - 6, 0))"/>
      \(rows.enumerated().html { dot($0.offset, $0.element.profile, $0.element.score(figure)) })
      </svg>
      """
  }

  private static func dot(_ index: Int, _ profile: String, _ score: FigureScore) -> HTML {
    guard let share = score.coverage, let range = score.coverageRange else { return .nothing }
    let y = Quantity.fixed(10 + rowHeight * (Double(index) + 0.5), 1)
    let words =
      "\(profile): \(AccuracyWords.percent(share)) of \(Quantity.counted(score.estimatedCount, "turn"))"
    return """
      <g><title>\(words)</title>\
      <text class="name end" x="216" y="\(y)" dy=".35em">\(profile) (\(Quantity.grouped(score.estimatedCount)))</text>\
      <line class="interval" stroke-width="3" x1="\(x.text(range.lowerBound))" x2="\(x.text(range.upperBound))" \
      y1="\(y)" y2="\(y)"/><circle class="held" cx="\(x.text(share))" cy="\(y)" r="4.5"/></g>
      """
  }
}

/// Every estimate against its truth.
enum EstimateScatter {
  static let most = 1_500

  static func plot(_ group: Evaluation.Group, _ figure: TokenFigure) -> HTML {
    let all = group.rows.filter { $0.profile != Evaluation.inTheClear }.flatMap { row in
      row.score(figure).points.map { (profile: row.profile, point: $0) }
    }
    let step = max(1, (all.count + most - 1) / most)
    let shown = stride(from: 0, to: all.count, by: step).map { all[$0] }
    let values = shown.flatMap { [$0.point.truth, $0.point.likely, $0.point.high] }
    let top = values.filter(\.isFinite).max() ?? 10
    let exponent = min(9, max(1, TokenScale.log10(max(top, 1)).rounded(.up)))
    let x = PlotAxis(range: 0...exponent, isLogarithmic: true, from: 52, to: 548)
    let y = PlotAxis(range: 0...exponent, isLogarithmic: true, from: 404, to: 10)
    let powers = (0...Int(exponent)).map { power in (0..<power).reduce(1.0) { v, _ in v * 10 } }
    let grid = powers.html { value in
      let label = Quantity.compact(value).replacing(".0", with: "")
      return """
        <line class="grid" x1="\(x.text(value))" x2="\(x.text(value))" y1="10" y2="404"/>\
        <line class="grid" x1="52" x2="548" y1="\(y.text(value))" y2="\(y.text(value))"/>\
        <text class="middle" x="\(x.text(value))" y="421">\(label)</text>\
        <text class="end" x="45" y="\(y.text(value))" dy=".35em">\(label)</text>
        """
    }
    // What is outside its interval is drawn last, on top.
    let drawn = shown.filter { isHeld($0.point) } + shown.filter { !isHeld($0.point) }
    return """
      <svg class="plot" viewBox="0 0 560 442" role="img" \
      aria-label="Estimated against true \(figure.rawValue) tokens">
      \(grid)<line class="even" x1="52" y1="404" x2="548" y2="10"/>
      \(drawn.html { mark($0.profile, $0.point, x, y) })
      <text class="middle" x="300" y="438">true</text>\
      <text x="56" y="24">estimated</text>
      </svg>
      """
  }

  private static func isHeld(_ point: FigureScore.Point) -> Bool {
    point.low <= point.truth && point.truth <= point.high
  }

  private static func mark(
    _ profile: String, _ point: FigureScore.Point, _ x: PlotAxis, _ y: PlotAxis
  ) -> HTML {
    let held = isHeld(point)
    let at = x.text(point.truth)
    let words =
      "\(profile): \(Quantity.compact(point.likely)) "
      + "(\(Quantity.compact(point.low))–\(Quantity.compact(point.high))), true \(Quantity.compact(point.truth))"
    return """
      <g><title>\(words)</title><line class="interval\(held ? "" : " out")" x1="\(at)" x2="\(at)" \
      y1="\(y.text(point.low))" y2="\(y.text(point.high))"/>\
      <circle class="\(held ? "held" : "out-mark")" cx="\(at)" cy="\(y.text(point.likely))" r="\(held ? "2.6" : "3.4")"/></g>
      """
  }
}
