/// The four octets before each TLS handshake message.
///
///     HandshakeType msg_type;  1 octet           RFC 8446, section 4
///     uint24 length;           3 octets
package struct HandshakeHeader: Equatable, Sendable {
  /// Message types that gnomon reads; others are kept as their number.
  package enum MessageType: Equatable, Sendable {
    case clientHello
    case serverHello
    case other(UInt8)

    init(octet: UInt8) {
      switch octet {
      case 1: self = .clientHello
      case 2: self = .serverHello
      default: self = .other(octet)
      }
    }
  }

  /// Octets of the header.
  package static let byteCount = 4

  package let type: MessageType
  /// Octets of the message after this header, 0...16,777,215 as the sender says.
  package let length: Int

  /// Header and body together.
  package var messageByteCount: Int { Self.byteCount + length }

  /// Reads a header; the reader is left at the first octet of the body.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` with fewer than four octets.
  package init(parsing reader: inout ByteReader) throws(WireError) {
    var header = try reader.readSlice(Self.byteCount)
    type = .init(octet: try header.readUInt8())
    length = Int(try header.readUInt24())
  }
}
