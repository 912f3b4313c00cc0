package import RecordStore

extension CaptureSummary {
  /// How the flows' names were known, in the order of trust; the words are those of reports.
  package var flowsByKnowledge: [(how: String, flows: Int)] {
    [
      ("TLS server name (SNI)", flowsBySNI), ("QUIC server name", flowsByQUIC),
      ("clear HTTP host", flowsByHTTP), ("server certificate, inferred", flowsByCertificate),
      ("earlier DNS answer, inferred", flowsByDNS),
      ("address range, inferred", flowsByAddress), ("no name", flowsUnnamed),
    ]
  }

  /// All flows, named or not.
  package var flowCount: Int {
    flowsByKnowledge.reduce(0) { $0.addingSaturating($1.flows) }
  }

  /// Packets that should have been there: captured and dropped.
  package var offeredPackets: Int { packets.addingSaturating(droppedPackets) }
}
