import Foundation
import Reports
import Testing

/// Writes the sample report for a person to look at: `GNOMON_PREVIEW=FOLDER swift test --filter Preview`.
@Suite("a look at the sample report")
struct Preview {
  static let folder = ProcessInfo.processInfo.environment["GNOMON_PREVIEW"]

  @Test(.enabled(if: folder != nil, "GNOMON_PREVIEW names no folder"))
  func writesEveryForm() throws {
    let folder = URL(fileURLWithPath: try #require(Self.folder))
    let forms = [
      "report.txt": TerminalReport.render(Office.report, color: false),
      "report-color.txt": TerminalReport.render(Office.report, color: true),
      "report.json": JSONReport.render(Office.report),
      "report.csv": CSVReport.render(Office.report),
      "report.html": HTMLReport.render(Office.report),
    ]
    for (name, text) in forms {
      try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }
  }
}
