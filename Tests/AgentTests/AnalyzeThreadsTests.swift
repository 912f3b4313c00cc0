import Capture
import Foundation
import RecordStore
import Testing
import WireFormat

@testable import Agent

/// Whatever the number of threads, a capture comes to the same records, messages and errors.
@Suite("Analysis with several threads")
struct AnalyzeThreadsTests {
  /// All that a run leaves behind, as text.
  private static func outcome(
    of paths: [String], rules: String, threads: Int, batchesAlone: Int = 0
  ) throws -> [String] {
    let folder = try TemporaryFolder()
    var options = AnalyzeRun.Options(
      paths: paths, database: folder.path("records.db"), rules: rules, policy: nil,
      sensor: "bench", window: 300)
    (options.threads, options.seed, options.batchesAlone) = (threads, 5, batchesAlone)
    var lines: [String] = []
    do throws(AgentError) {
      let outcome = try AnalyzeRun.run(options) { lines.append($0) }
      lines += [outcome.statistics, "\(outcome.recordCount) records"]
    } catch {
      lines.append(error.description)
    }
    let store = try RecordStore(readingFrom: folder.path("records.db"))
    // The number of the run counts from one in each database.
    lines += try store.records(matching: RecordFilter()).map(text).sorted()
    lines += try store.summaries(since: nil, until: nil).map(text)
    return lines
  }

  /// A value with its parts; those of a dictionary or a set have no order of their own.
  private static func text(_ value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    guard !mirror.children.isEmpty else { return "\(value)" }
    let parts = mirror.children.map { ($0.label.map { $0 + ":" } ?? "") + text($0.value) }
    let isOrdered = mirror.displayStyle != .dictionary && mirror.displayStyle != .set
    return "(" + (isOrdered ? parts : parts.sorted()).joined(separator: " ") + ")"
  }

  private static func expectSame(_ paths: [String], rules: String, _ what: String) throws {
    let alone = try outcome(of: paths, rules: rules, threads: 1)
    for threads in [2, 3, 7] {
      let together = try outcome(of: paths, rules: rules, threads: threads)
      #expect(together == alone, "\(what) with \(threads) threads")
      let late = try outcome(of: paths, rules: rules, threads: threads, batchesAlone: 2)
      #expect(late == alone, "\(what) with \(threads) threads after two batches")
    }
  }

  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test("the shipped capture")
  func shippedCapture() throws {
    let rules = Self.root.appendingPathComponent("rules").path
    let capture = Self.root.appendingPathComponent("captures/office-day.pcapng").path
    let lines = try Self.outcome(of: [capture], rules: rules, threads: 2)
    #expect(lines.contains { $0.contains("openai") })
    try Self.expectSame([capture], rules: rules, "office-day")
  }

  @Test("a capture that is cut short tells the same place, after the same records")
  func cutCapture() throws {
    let rules = Self.root.appendingPathComponent("rules").path
    let whole = try Data(
      contentsOf: Self.root.appendingPathComponent("captures/office-day.pcapng"))
    let folder = try TemporaryFolder()
    let path = folder.path("cut.pcapng")
    for share in [3, 5, 9] {
      try whole.prefix(whole.count * share / 10 + 3).write(to: URL(fileURLWithPath: path))
      let lines = try Self.outcome(of: [path], rules: rules, threads: 2)
      #expect(lines.contains { $0.contains("byte") })
      try Self.expectSame([path], rules: rules, "\(share) tenths of office-day")
    }
  }

  @Test("a capture that is given twice is told of and counts once")
  func repeatedCapture() throws {
    let rules = Self.root.appendingPathComponent("rules").path
    let capture = Self.root.appendingPathComponent("captures/office-day.pcapng").path
    let folder = try TemporaryFolder()
    let copy = folder.path("copy.pcapng")
    try FileManager.default.copyItem(atPath: capture, toPath: copy)
    let lines = try Self.outcome(of: [capture, copy], rules: rules, threads: 3)
    #expect(lines.contains { $0.contains("the same capture as an earlier one") })
    try Self.expectSame([capture, copy], rules: rules, "office-day twice")
  }

  @Test(
    "real captures",
    .enabled(if: !captures.isEmpty, "../shared/conformance/captures is absent"))
  func realCaptures() throws {
    let rules = try RuleFolder()
    // Together they are more than all batches in flight hold.
    try Self.expectSame(Self.captures, rules: rules.path, "the conformance captures")
  }

  /// Every ninth of the real captures, wherever above this file they are found.
  private static let captures: [String] = {
    var folder = URL(fileURLWithPath: #filePath)
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      let captures = folder.appendingPathComponent("shared/conformance/captures").path
      guard let all = FileManager.default.enumerator(atPath: captures) else { continue }
      let files = all.compactMap { $0 as? String }.filter { $0.contains(".pcap") }.sorted()
      let chosen = stride(from: 0, to: files.count, by: 9).map { captures + "/" + files[$0] }
      if !chosen.isEmpty { return chosen }
    }
    return []
  }()
}
