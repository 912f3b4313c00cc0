package import RecordStore

/// How a report knows that a host used a service. The raw values are the words that reports and exports say.
package enum Knowledge: String, Sendable, CaseIterable {
  /// The name was read off the flow itself (SNI, QUIC, clear HTTP).
  case seen
  /// Concluded from something beside the name that the client asked for: the server's certificate, an earlier DNS
  /// answer, an address range.
  case inferred
  /// The record holds no evidence.
  case unknown
}

extension UsageRecord {
  /// Whether the evidence amounts to use. Traffic to a provider's website, CDN, login or telemetry does not; reports list
  /// it apart and never count it.
  package var isUse: Bool { evidence.contains { $0.evidenceClass == .usage } }

  /// How the use is known; for a record that is no use, how the contact is.
  package var knowledge: Knowledge {
    let decisive = isUse ? evidence.filter { $0.evidenceClass == .usage } : evidence
    if decisive.isEmpty { return .unknown }
    return decisive.allSatisfy(\.source.isInferred) ? .inferred : .seen
  }

  /// IP octets on the wire, both directions.
  package var wireBytes: Int { wireBytesUp.addingSaturating(wireBytesDown) }
}
