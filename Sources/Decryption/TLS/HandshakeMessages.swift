import WireFormat

/// Handshake messages of one direction, put together from records (RFC 5246, section 7.4):
///
///     HandshakeType msg_type;    1 octet
///     uint24 length;             3 octets
///     body                       so many octets
///
/// Keeps what one type of message begins with and passes over the rest, so that what it holds does not depend on lengths that
/// somebody else has chosen.
struct HandshakeMessages {
  /// The type that is wanted: 1 of a ClientHello, 2 of a ServerHello.
  let wanted: UInt8
  /// Octets of a message that are kept at most; a longer one is passed over.
  static let maximumByteCount = 16_384

  private var partial: [UInt8] = []
  /// Octets of a message that is not wanted, still to come.
  private var passingOver = 0

  init(wanted: UInt8) { self.wanted = wanted }

  var heldByteCount: Int { partial.count }

  /// Takes the content of a handshake record.
  ///
  /// - Returns: the wanted messages that it completed, with their four octets of type and length.
  mutating func read(_ octets: [UInt8]) -> [[UInt8]] {
    var found: [[UInt8]] = []
    var rest = octets[...]
    while !rest.isEmpty {
      if passingOver > 0 {
        let count = min(passingOver, rest.count)
        rest = rest.dropFirst(count)
        passingOver -= count
        continue
      }
      let headMissing = max(0, 4 - partial.count)
      partial += rest.prefix(headMissing)
      rest = rest.dropFirst(headMissing)
      guard partial.count >= 4 else { break }
      let length = Int(partial[1]) << 16 | Int(partial[2]) << 8 | Int(partial[3])
      guard partial[0] == wanted, length <= Self.maximumByteCount else {
        partial = []
        passingOver = length
        continue
      }
      let missing = 4 + length - partial.count
      partial += rest.prefix(missing)
      rest = rest.dropFirst(missing)
      if partial.count == 4 + length {
        found.append(partial)
        partial = []
      }
    }
    return found
  }
}
