import Foundation
import ProviderRules
import RecordStore
import TokenEstimation
import WireFormat

/// Records and files that the tests of this room start from.
enum Samples {
  /// 2026-11-02 09:00:00 UTC.
  static let nine = Timestamp(seconds: 1_793_610_000)

  /// The start of the n-th five-minute window after nine.
  static func window(_ index: Int) -> Timestamp {
    nine.advanced(byNanoseconds: Int64(index) * 300 * 1_000_000_000)
  }

  static func record(
    host: String = "10.20.3.17", service: String = "openai-api", window index: Int = 0,
    sensor: String = "gw-1", verdict: Verdict = .approved, turns: Int = 1, tokens: Double = 100,
    name: String = "api.openai.com", group: String? = "engineering"
  ) -> UsageRecord {
    let start = window(index)
    var record = UsageRecord(
      windowStart: start, windowEnd: window(index + 1), sensor: sensor,
      host: UsageRecord.Host(
        address: IPAddress(host)!, mac: MACAddress("02:00:00:00:00:17"), name: "lap-0142",
        nameSource: "dhcp", group: group),
      provider: "openai", providerName: "OpenAI", service: service, serviceName: "OpenAI API",
      category: "api", dataEgress: "prompt", verdict: verdict, ruleVersion: "3f2a",
      policyVersion: "91bc",
      evidence: [
        UsageRecord.Evidence(
          source: .sni, name: name, evidenceClass: .usage, rule: "providers/openai.yaml:14")
      ],
      firstSeen: start.advanced(byNanoseconds: 1_000_000_007),
      lastSeen: start.advanced(byNanoseconds: 61_000_000_009), confidence: 0.95)
    record.flowCount = 2
    record.turnCount = turns
    record.wireBytesUp = 9_000
    record.wireBytesDown = 41_000
    record.applicationBytesUp = 8_000
    record.applicationBytesDown = 40_000
    record.activeSeconds = 12.25
    for _ in 0..<turns {
      record.promptTokens.add(
        TokenEstimate(low: 80, likely: tokens, high: 130, sharedVariance: 0.3))
      record.completionTokens.addAbstention()
    }
    record.profiles = ["openai-chat-stream@1"]
    record.abstentions = ["too few bytes to tell": turns]
    record.driftedTurnCount = turns
    record.hidden = ["reasoning"]
    record.cost = UsageRecord.Cost(
      low: 0.01, likely: 0.02, high: 0.04, currency: "USD", priceDate: "2026-11-01")
    record.captureLoss = UsageRecord.CaptureLoss(
      droppedPackets: 3, missedBytes: 1_500, truncatedPackets: 1)
    return record
  }

  static func summary(window index: Int = 0, sensor: String = "gw-1") -> CaptureSummary {
    var summary = CaptureSummary(
      windowStart: window(index), windowEnd: window(index + 1), sensor: sensor)
    summary.packets = 1_000
    summary.bytes = 700_000
    summary.droppedPackets = 3
    summary.truncatedPackets = 1
    summary.malformedPackets = 2
    summary.flowsBySNI = 20
    summary.flowsByQUIC = 5
    summary.flowsByHTTP = 4
    summary.flowsByDNS = 3
    summary.flowsByAddress = 2
    summary.flowsUnnamed = 6
    summary.flowsMatched = 7
    summary.flowsWithECH = 8
    summary.encryptedDNSFlows = 9
    summary.counters = ["flowTableFull": 1]
    return summary
  }
}

/// A folder that is gone when the test is over.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("gnomon-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}

extension RecordStore {
  /// One window of one source with the given records.
  func write(
    _ run: RunID, _ source: SourceID, window index: Int, _ records: [UsageRecord]
  ) throws {
    try write(
      WindowBatch(
        run: run, source: source, windowStart: Samples.window(index),
        windowEnd: Samples.window(index + 1), records: records,
        summary: Samples.summary(window: index)))
  }

  func newRun() throws -> RunID {
    try beginRun(started: Samples.nine, ruleVersion: "3f2a", policyVersion: "91bc")
  }
}
