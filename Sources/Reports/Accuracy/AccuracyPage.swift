internal import TokenEstimation

/// An evaluation as one self-contained HTML file, in the manner of ``HTMLReport``: no script, nothing loaded, plots as
/// inline SVG, light and dark by the reader's preference.
package enum AccuracyPage {
  /// Groups up to this many have plots; more have tables only.
  private static let mostPlots = 12
  /// Sets up to this many are listed openly.
  private static let mostSets = 12

  package static func render(_ report: AccuracyReport) -> String {
    let groups = report.evaluation.groups
    let hasPlots = groups.count <= mostPlots
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
      style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="referrer" content="no-referrer">
      <meta name="color-scheme" content="light dark">
      <title>Accuracy of token estimates</title>
      <style>\(PageStyle.css)
      \(AccuracyStyle.css)</style>
      </head>
      <body>
      <main>
      \(head(report))
      \(groups.html { section($0, report.evaluation.split, hasPlots: hasPlots) })
      \(reading)
      </main>
      </body>
      </html>

      """
    return page.markup
  }

  private static func head(_ report: AccuracyReport) -> HTML {
    let groups = report.evaluation.groups
    let summary = groups.html { group in
      let judged = group.bars.filter { $0.outcome != .noData }
      let met = judged.count { $0.outcome == .met }
      let missed = judged.count { $0.outcome == .missed }
      return """
        <p class="headline">\(AccuracyWords.heading(group, report.evaluation.split)): of \
        \(Quantity.counted(judged.count, "row")) of the bar with data \(met) met, \
        <strong>\(missed) missed</strong>, \(judged.count - met - missed) with too few turns to tell.</p>
        """
    }
    return """
      <header>
      <p class="brand">gnomon</p>
      <h1>Accuracy of token estimates</h1>
      <p class="period">Estimates against what labelled sets say is true. Kinds of evidence are kept apart.</p>
      <dl class="facts"><div><dt>Program</dt><dd>\(report.program)</dd></div>\
      <div><dt>Made</dt><dd>\(UTCText(report.generatedAt).dateAndMinute) UTC</dd></div></dl>
      \(groups.count <= mostPlots ? summary : .nothing)
      </header>
      """
  }

  private static func section(
    _ group: Evaluation.Group, _ split: Evaluation.Split?, hasPlots: Bool
  ) -> HTML {
    let sets = group.sets.html { set in
      """
      <li><span class="mono">\(set.name)</span> <span class="muted">\(AccuracyWords.set(set))\
      \(set.recipe.isEmpty ? .nothing : ". \(set.recipe)")</span></li>
      """
    }
    let list: HTML = "<ul class=\"plain\">\(sets)</ul>"
    let turns = group.sets.reduce(0) { $0 + $1.trueTurnCount }
    let total =
      "\(Quantity.counted(group.sets.count, "set")), \(Quantity.counted(turns, "true turn"))"
    return """
      <section class="evidence-head">
      <h2>\(AccuracyWords.heading(group, split))</h2>
      <p class="caption">\(AccuracyWords.kind(group.kind)).</p>
      \(group.sets.count <= mostSets ? list : "<details><summary>\(total)</summary>\(list)</details>")
      </section>
      \(AccuracyTables.bar(group))
      \(hasPlots ? AccuracyPlots.section(group) : .nothing)
      \(AccuracyTables.scores(group, .completion))
      \(AccuracyTables.scores(group, .prompt))
      \(group.hasPackets ? AccuracyTables.found(group) : .nothing)
      """
  }

  private static let reading: HTML = """
    <section class="reading"><h2>How to read this</h2><ul class="plain">\
    \(AccuracyWords.notes.html { "<li>\($0)</li>" })</ul></section>
    """
}
