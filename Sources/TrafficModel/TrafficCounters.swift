/// What the traffic model has seen and what it had to leave: `gnomon analyze --stats` shows each by name.
package struct TrafficCounters: Sendable, Equatable {
  package var packets = 0
  /// Original lengths, summed.
  package var bytes = 0
  package var truncatedPackets = 0
  package var malformedPackets = 0
  /// ARP, spanning tree and other frames without IP.
  package var nonIPPackets = 0
  /// Packets of link types that are not read.
  package var unknownLinkPackets = 0
  /// IP packets that are neither TCP nor UDP.
  package var otherTransportPackets = 0
  package var fragments = 0
  package var reassembledDatagrams = 0
  package var droppedFragments = 0

  package var flows = 0
  package var flowsEvicted = 0
  /// Flows that could not be probed because too many were.
  package var probesRefused = 0
  package var flowsBySNI = 0
  package var flowsByQUIC = 0
  package var flowsByHTTP = 0
  package var flowsByDNS = 0
  package var flowsByAddress = 0
  package var flowsUnnamed = 0
  package var flowsWithoutPayload = 0
  package var flowsMatched = 0
  package var flowsWithECH = 0
  package var encryptedDNSFlows = 0

  package var duplicateSegments = 0
  package var earlySegments = 0
  package var outOfWindowSegments = 0
  package var dnsMessages = 0
  package var dnsMalformed = 0
  package var dnsAnswersEvicted = 0

  package init() {}

  /// Names and values in the order in which `--stats` prints them.
  package var rows: [(name: String, value: Int)] {
    [
      ("packets", packets), ("bytes", bytes), ("packets_truncated", truncatedPackets),
      ("packets_malformed", malformedPackets), ("packets_not_ip", nonIPPackets),
      ("packets_unknown_link_type", unknownLinkPackets),
      ("packets_other_transport", otherTransportPackets), ("fragments", fragments),
      ("fragments_reassembled", reassembledDatagrams), ("fragments_dropped", droppedFragments),
      ("flows", flows), ("flows_evicted", flowsEvicted), ("flow_probes_refused", probesRefused),
      ("flows_named_by_sni", flowsBySNI), ("flows_named_by_quic", flowsByQUIC),
      ("flows_named_by_http", flowsByHTTP), ("flows_named_by_dns", flowsByDNS),
      ("flows_named_by_address", flowsByAddress), ("flows_unnamed", flowsUnnamed),
      ("flows_without_payload", flowsWithoutPayload), ("flows_matched", flowsMatched),
      ("flows_with_ech", flowsWithECH), ("flows_encrypted_dns", encryptedDNSFlows),
      ("tcp_duplicate_segments", duplicateSegments), ("tcp_early_segments", earlySegments),
      ("tcp_out_of_window_segments", outOfWindowSegments), ("dns_messages", dnsMessages),
      ("dns_malformed", dnsMalformed), ("dns_answers_evicted", dnsAnswersEvicted),
    ]
  }
}
