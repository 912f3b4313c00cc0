import ProviderRules
import RecordStore
import TrafficModel
import WireFormat

/// Names that look like AI and that no rule knows.
extension Judge {
  /// Whether a flow to a name that no rule matches is watched for what it looks like. Only names that were read off a hello
  /// are; a server's certificate or a DNS answer is no sign of what was used.
  func unknown(
    _ name: RawSpan, _ sign: SignSet.Sign, _ source: UsageRecord.Evidence.Source,
    _ sighting: NameSighting
  ) -> FlowInterest {
    guard source == .sni || source == .quic, sighting.source != .dtls, sighting.tunnel == nil,
      book.policy.unknownNameDays > 0
    else { return .ignore }
    let end = name.octet(at: name.byteCount - 1) == UInt8(ascii: ".") ? 1 : 0
    let text = name.lowercasedText(0..<name.byteCount - end)
    guard Self.isPublicName(text), !book.rules.isTrap(text),
      !book.policy.isExcluded(sighting.client.address, mac: sighting.mac)
    else { return .ignore }
    return .meter(
      tag: unknownNames.begin(shown(text), sign, client: sighting.client.address, at: sighting.time)
    )
  }

  /// What is kept of a name: its last two labels, or three where two bear no sign. What stands before may be somebody's own.
  private func shown(_ name: String) -> String {
    let labels = name.split(separator: ".")
    let two = labels.suffix(2).joined(separator: ".")
    let count = book.signs.sign(of: two) == nil ? 3 : 2
    return (labels.count > count ? "." : "") + labels.suffix(count).joined(separator: ".")
  }

  /// Top-level names of private networks (RFC 6761, RFC 6762, RFC 8375, and in use): what stands below is a host's own.
  private static let privateEnds: Set<Substring> = [
    "arpa", "box", "corp", "home", "internal", "intranet", "lan", "local", "localdomain",
    "localhost", "private",
  ]

  /// Letters, digits, hyphens, dots; not of one label, no address, not of a private network.
  static func isPublicName(_ name: String) -> Bool {
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    return labels.count >= 2 && labels.allSatisfy { (1...63).contains($0.utf8.count) }
      && labels.last.map { $0.allSatisfy(\.isNumber) || privateEnds.contains($0) } == false
      && name.utf8.allSatisfy {
        (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x2e
      }
  }
}
