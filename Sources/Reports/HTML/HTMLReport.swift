internal import RecordStore
internal import WireFormat

/// The report as one self-contained HTML file: no script, nothing loaded from anywhere, charts as inline SVG, light and
/// dark by the reader's preference, and a style sheet for print.
///
/// Its content security policy forbids everything but its own style, so that a mistake in escaping would still
/// run nothing.
package enum HTMLReport {
  package static func render(_ report: Report) -> String {
    let title =
      report.period.map { "Shadow-AI report, \(UTCText.period($0))" } ?? "Shadow-AI report"
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
      <title>\(title)</title>
      <style>\(PageStyle.css)</style>
      </head>
      <body>
      <main>
      \(PageHead.html(report))
      \(body(report))
      \(report.policy.map(PolicySection.html) ?? .nothing)
      \(CaptureSection.html(report))
      \(ReadingSection.html(report))
      </main>
      </body>
      </html>

      """
    return page.markup
  }

  private static func body(_ report: Report) -> HTML {
    guard report.totals.hostCount > 0 else {
      return "\(UseTable.contacts(report))\(UnknownNameTable.section(report))"
    }
    return """
      \(PageHead.tiles(report))
      \(TimeChart.section(report))
      \(ServiceTable.section(report))
      \(UseTable.section(report))
      \(UseTable.contacts(report))
      \(UnknownNameTable.section(report))
      """
  }
}
