package import WireFormat

/// One window's account of all traffic, AI or not: what the report's "what could not be seen" is made of.
///
/// Flows that are not AI are counted here and nowhere else; no address or name of theirs is kept.
package struct CaptureSummary: Sendable, Equatable {
  package var windowStart: Timestamp
  package var windowEnd: Timestamp
  package var sensor: String

  package var packets = 0
  /// Original lengths, summed.
  package var bytes = 0
  /// Dropped by the kernel or the interface.
  package var droppedPackets = 0
  /// Shorter in the capture than on the wire.
  package var truncatedPackets = 0
  /// Packets that could not be read as what they claim to be.
  package var malformedPackets = 0

  /// Flows that ended (or were still open at the end) in the window, by how their name was known.
  package var flowsBySNI = 0
  package var flowsByQUIC = 0
  package var flowsByHTTP = 0
  /// Inferred from an earlier DNS answer.
  package var flowsByDNS = 0
  package var flowsByAddress = 0
  /// No name at all.
  package var flowsUnnamed = 0
  /// Flows to names or addresses of AI services, of all above.
  package var flowsMatched = 0
  /// ClientHellos with an encrypted_client_hello extension (mostly GREASE from browsers).
  package var flowsWithECH = 0
  /// Flows to DNS-over-TLS, -HTTPS or -QUIC resolvers: names hidden there.
  package var encryptedDNSFlows = 0
  /// Table-full and other counters by name, as `--stats` prints them.
  package var counters: [String: Int] = [:]

  /// Inferred from the certificate that the server sent; kept among the ``counters``, by their name.
  package var flowsByCertificate: Int { counters["flows_named_by_certificate", default: 0] }

  package init(windowStart: Timestamp, windowEnd: Timestamp, sensor: String) {
    self.windowStart = windowStart
    self.windowEnd = windowEnd
    self.sensor = sensor
  }
}
