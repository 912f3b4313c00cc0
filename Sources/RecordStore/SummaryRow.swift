internal import GRDB
internal import WireFormat

/// A ``CaptureSummary`` as the `summary` table holds it.
struct SummaryRow: Codable, FetchableRecord, PersistableRecord {
  static let databaseTableName = "summary"

  var windowStart, windowEnd: Int64
  var sensor: String
  var source, run: Int64
  var packets, bytes, droppedPackets, truncatedPackets, malformedPackets: Int
  var flowsBySNI, flowsByQUIC, flowsByHTTP, flowsByDNS, flowsByAddress, flowsUnnamed: Int
  var flowsMatched, flowsWithECH, encryptedDNSFlows: Int
  var counters: [String: Int]

  init(_ summary: CaptureSummary, source: SourceID, run: RunID) {
    windowStart = summary.windowStart.nanoseconds
    windowEnd = summary.windowEnd.nanoseconds
    sensor = summary.sensor
    self.source = source.value
    self.run = run.value
    packets = summary.packets
    bytes = summary.bytes
    droppedPackets = summary.droppedPackets
    truncatedPackets = summary.truncatedPackets
    malformedPackets = summary.malformedPackets
    flowsBySNI = summary.flowsBySNI
    flowsByQUIC = summary.flowsByQUIC
    flowsByHTTP = summary.flowsByHTTP
    flowsByDNS = summary.flowsByDNS
    flowsByAddress = summary.flowsByAddress
    flowsUnnamed = summary.flowsUnnamed
    flowsMatched = summary.flowsMatched
    flowsWithECH = summary.flowsWithECH
    encryptedDNSFlows = summary.encryptedDNSFlows
    counters = summary.counters
  }

  var summary: CaptureSummary {
    var summary = CaptureSummary(
      windowStart: Timestamp(nanoseconds: windowStart),
      windowEnd: Timestamp(nanoseconds: windowEnd), sensor: sensor)
    summary.packets = packets
    summary.bytes = bytes
    summary.droppedPackets = droppedPackets
    summary.truncatedPackets = truncatedPackets
    summary.malformedPackets = malformedPackets
    summary.flowsBySNI = flowsBySNI
    summary.flowsByQUIC = flowsByQUIC
    summary.flowsByHTTP = flowsByHTTP
    summary.flowsByDNS = flowsByDNS
    summary.flowsByAddress = flowsByAddress
    summary.flowsUnnamed = flowsUnnamed
    summary.flowsMatched = flowsMatched
    summary.flowsWithECH = flowsWithECH
    summary.encryptedDNSFlows = encryptedDNSFlows
    summary.counters = counters
    return summary
  }
}
