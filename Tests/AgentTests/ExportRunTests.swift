import Foundation
import RecordStore
import Testing

@testable import Agent

@Suite("records on their way out")
struct ExportRunTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A database with a record in each of so many windows.
  private func database(windows: Int) throws -> Bench {
    var (timeline, connection) = (Timeline(), Connection())
    timeline.open(&connection, "api.acme.test", at: 1)
    for window in 0..<windows { timeline.turn(&connection, at: Double(window) * 300 + 2) }
    let bench = try Bench()
    #expect(try bench.records(of: timeline).count == windows)
    return bench
  }

  private func export(
    _ bench: Bench, groups: [String] = [], to path: String
  ) throws -> (lines: [Substring], notes: [String]) {
    var notes: [String] = []
    try ExportRun.run(
      database: bench.database,
      selection: RecordSelection(since: nil, until: nil, verdicts: [], groups: groups),
      format: .ndjson, destination: path, note: { notes.append($0) })
    let text = try String(contentsOfFile: path, encoding: .utf8)
    return (text.split(separator: "\n"), notes)
  }

  @Test func everyRecordGoesOutInOrder() throws {
    let bench = try database(windows: 5)
    let path = folder.path("out.ndjson")
    let (lines, notes) = try export(bench, to: path)
    #expect(notes == ["5 records to \(path)"])
    let starts = try lines.map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return try #require(object?["window_start"] as? String)
    }
    #expect(starts.count == 5 && starts == starts.sorted() && Set(starts).count == 5)
  }

  @Test func theSelectionCounts() throws {
    let (lines, notes) = try export(
      try database(windows: 2), groups: ["nosuch"], to: folder.path("out.ndjson"))
    #expect(lines.isEmpty)
    #expect(notes.first?.hasPrefix("0 records to ") == true)
  }

  @Test func whatIsReadBeforeDamageGoesOutAndTheDamageIsTold() throws {
    let bench = try database(windows: 3)
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    python.arguments = [
      "python3", "-c",
      """
      import sqlite3, sys
      with sqlite3.connect(sys.argv[1]) as c:
        c.execute("UPDATE record SET verdict = 'perhaps' "
                  "WHERE windowStart = (SELECT max(windowStart) FROM record)")
      """, bench.database,
    ]
    try python.run()
    python.waitUntilExit()
    try #require(python.terminationStatus == 0, "python3 with sqlite3 is missing")
    let path = folder.path("out.ndjson")
    do {
      _ = try export(bench, to: path)
      Issue.record("an impossible verdict was exported")
    } catch let error as AgentError {
      #expect(error.status == .dataError)
      #expect(error.description.contains("is damaged"))
    }
    let kept = try String(contentsOfFile: path, encoding: .utf8)
    // The walk holds one record back, to merge it with what other sources say.
    #expect(kept.split(separator: "\n").count == 1 && kept.hasSuffix("\n"))
  }
}
