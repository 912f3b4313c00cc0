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
  /// Frames with something between the link and IP besides VLAN tags: PPPoE, MPLS, 802.11 and others.
  package var wrappedPackets = 0
  /// Tunnels entered, each where a packet has several.
  package var tunnelledPackets = 0
  /// Frames that came several in one packet (A-MSDU): each is counted by itself where it is malformed or not IP.
  package var aggregatedFrames = 0
  /// Encrypted below the transport: ESP, MACsec, PPP with encryption, Wi-Fi with protection.
  package var sealedPackets = 0
  /// More wrappings in one another than are followed.
  package var packetsTooDeep = 0
  package var fragments = 0
  package var reassembledDatagrams = 0
  package var droppedFragments = 0

  package var flows = 0
  package var flowsEvicted = 0
  /// Flows that could not be probed because too many were.
  package var probesRefused = 0
  /// Waits that were given up because all flows together held as much as they may.
  package var waitsRefused = 0
  package var flowsBySNI = 0
  package var flowsByQUIC = 0
  package var flowsByHTTP = 0
  /// Flows without a server name that a certificate in the clear named.
  package var flowsByCertificate = 0
  package var flowsBySOCKS = 0
  /// Requests to proxies for a connection, CONNECT or SOCKS.
  package var proxyRequests = 0
  /// Requests with several Host fields that disagree.
  package var conflictingHosts = 0
  package var flowsByDNS = 0
  package var flowsByAddress = 0
  package var flowsUnnamed = 0
  /// Of these, flows to an address that an AI service shares, with no name likely enough.
  package var flowsAmbiguous = 0
  package var flowsWithoutPayload = 0
  package var flowsMatched = 0
  /// Open flows that new rules made ours, and that they made nothing of ours.
  package var flowsTakenUp = 0
  package var flowsDropped = 0
  /// Flows without a server name whose certificate could not be waited for because too many were.
  package var certificateWaitsRefused = 0
  /// Certificates that could not be read, or held no name.
  package var certificatesWithoutName = 0
  /// Hellos with encrypted_client_hello, by whether it is GREASE.
  package var flowsWithECHGrease = 0
  package var flowsWithECHReal = 0
  package var flowsWithECHUnknown = 0
  /// Flows that hide names: DNS over TLS, QUIC or HTTPS, and Private Relay.
  package var encryptedDNSFlows = 0
  /// QUIC Initial packets that were opened, and those of which no key that could be derived did.
  package var quicInitialsOpened = 0
  package var quicInitialsRefused = 0
  package var flowsPrivateRelay = 0
  /// Judged flows on which no further connection is looked for: too many keys were derived for them in vain.
  package var quicFlowsUnwatched = 0
  /// Octets copied or cleared to put DTLS hellos together.
  package var dtlsOctetsMoved = 0

  package var duplicateSegments = 0
  package var earlySegments = 0
  package var outOfWindowSegments = 0
  /// Segments of which a part had been seen before.
  package var overlappingSegments = 0
  /// Of these, ones that were compared with what waited and said something else.
  package var conflictingSegments = 0
  /// Segments whose only payload was the padding of a short Ethernet frame.
  package var paddingSegments = 0
  /// Directions that were taken up anew at other sequence numbers.
  package var resynchronisedStreams = 0
  /// Octets that were looked at to find names in TCP streams, each as often as it was.
  package var probeOctetsExamined = 0
  package var dnsMessages = 0
  package var dnsMalformed = 0
  /// Messages with more questions, records, addresses or names than are read of one.
  package var dnsMessagesCut = 0
  /// Octets of names in answers that were hashed, each as often as it was.
  package var dnsOctetsHashed = 0
  package var dnsAnswersEvicted = 0
  /// Answers to questions that were not seen.
  package var dnsAnswersUnasked = 0
  /// Questions that left their table before an answer could not come any more.
  package var dnsQuestionsEvicted = 0
  /// Names that left because an address had more of them than are kept.
  package var dnsNamesDisplaced = 0
  package var announcementsEvicted = 0
  /// Routers that were not remembered because too many were.
  package var routersRefused = 0

  package init() {}

  /// Hellos with encrypted_client_hello, real or not.
  package var flowsWithECH: Int {
    flowsWithECHGrease &+ flowsWithECHReal &+ flowsWithECHUnknown
  }

  /// Names and values in the order in which `--stats` prints them.
  package var rows: [(name: String, value: Int)] {
    [
      ("packets", packets), ("bytes", bytes), ("packets_truncated", truncatedPackets),
      ("packets_malformed", malformedPackets), ("packets_not_ip", nonIPPackets),
      ("packets_unknown_link_type", unknownLinkPackets),
      ("packets_other_transport", otherTransportPackets), ("packets_wrapped", wrappedPackets),
      ("packets_tunnelled", tunnelledPackets), ("packets_sealed", sealedPackets),
      ("frames_aggregated", aggregatedFrames),
      ("packets_too_deep", packetsTooDeep), ("fragments", fragments),
      ("fragments_reassembled", reassembledDatagrams), ("fragments_dropped", droppedFragments),
      ("flows", flows), ("flows_evicted", flowsEvicted), ("flow_probes_refused", probesRefused),
      ("flow_waits_refused", waitsRefused),
      ("http_conflicting_hosts", conflictingHosts),
      ("flows_named_by_sni", flowsBySNI), ("flows_named_by_quic", flowsByQUIC),
      ("flows_named_by_http", flowsByHTTP), ("flows_named_by_socks", flowsBySOCKS),
      ("proxy_requests", proxyRequests), ("flows_named_by_certificate", flowsByCertificate),
      ("certificate_waits_refused", certificateWaitsRefused),
      ("certificates_without_name", certificatesWithoutName), ("flows_named_by_dns", flowsByDNS),
      ("flows_named_by_address", flowsByAddress), ("flows_unnamed", flowsUnnamed),
      ("flows_ambiguous", flowsAmbiguous),
      ("flows_without_payload", flowsWithoutPayload), ("flows_matched", flowsMatched),
      ("flows_taken_up", flowsTakenUp), ("flows_dropped_by_rules", flowsDropped),
      ("flows_with_ech_grease", flowsWithECHGrease), ("flows_with_ech_real", flowsWithECHReal),
      ("flows_with_ech_unknown", flowsWithECHUnknown), ("flows_encrypted_dns", encryptedDNSFlows),
      ("flows_private_relay", flowsPrivateRelay),
      ("quic_initials_opened", quicInitialsOpened), ("quic_initials_failed", quicInitialsRefused),
      ("quic_flows_unwatched", quicFlowsUnwatched), ("dtls_octets_moved", dtlsOctetsMoved),
      ("tcp_duplicate_segments", duplicateSegments), ("tcp_early_segments", earlySegments),
      ("tcp_out_of_window_segments", outOfWindowSegments),
      ("tcp_overlapping_segments", overlappingSegments),
      ("tcp_conflicting_segments", conflictingSegments), ("tcp_padding_segments", paddingSegments),
      ("tcp_resynchronised_streams", resynchronisedStreams),
      ("probe_octets_examined", probeOctetsExamined), ("dns_messages", dnsMessages),
      ("dns_malformed", dnsMalformed), ("dns_messages_cut", dnsMessagesCut),
      ("dns_octets_hashed", dnsOctetsHashed), ("dns_names_displaced", dnsNamesDisplaced),
      ("dns_answers_evicted", dnsAnswersEvicted),
      ("dns_answers_unasked", dnsAnswersUnasked), ("dns_questions_evicted", dnsQuestionsEvicted),
      ("dns_announcements_evicted", announcementsEvicted),
      ("routers_refused", routersRefused),
    ]
  }
}
