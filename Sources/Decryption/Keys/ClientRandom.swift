package import WireFormat

/// The random of a ClientHello: by it a key log says which connection a secret belongs to.
package struct ClientRandom: Hashable, Sendable {
  private let words: InlineArray<4, UInt64>

  /// Octets of a random (RFC 8446, section 4.1.2).
  package static let byteCount = 32

  /// - Throws: ``WireError/truncated(offset:needed:available:)`` with fewer than 32 octets left.
  package init(parsing reader: inout ByteReader) throws(WireError) {
    words = [
      try reader.readUInt64(), try reader.readUInt64(), try reader.readUInt64(),
      try reader.readUInt64(),
    ]
  }

  package static func == (a: ClientRandom, b: ClientRandom) -> Bool {
    (0..<4).allSatisfy { a.words[$0] == b.words[$0] }
  }

  package func hash(into hasher: inout Hasher) {
    for index in 0..<4 { hasher.combine(words[index]) }
  }
}
