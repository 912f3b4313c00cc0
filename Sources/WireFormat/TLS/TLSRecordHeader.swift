/// The five octets before each TLS record.
///
///     ContentType type;                1 octet, 20...24         RFC 8446, section 5.1
///     ProtocolVersion legacy_version;  2 octets, 3.0...3.4
///     uint16 length;                   2 octets
///
/// The initializers accept only a header that can stand before a record, so that a meter that has
/// lost its place can tell a header from ciphertext: 5 · 5 · 18,433 of 2^40 values pass.
@frozen
@usableFromInline
package struct TLSRecordHeader: Equatable, Sendable {
  /// What a record carries (RFC 8446, section 5.1; heartbeat is RFC 6520).
  @frozen
  @usableFromInline
  package enum ContentType: UInt8, Sendable {
    case changeCipherSpec = 20
    case alert = 21
    case handshake = 22
    case applicationData = 23
    case heartbeat = 24

    @inlinable
    init?(octet: UInt8) {
      switch octet {
      case 20: self = .changeCipherSpec
      case 21: self = .alert
      case 22: self = .handshake
      case 23: self = .applicationData
      case 24: self = .heartbeat
      default: return nil
      }
    }
  }

  /// Octets of the header.
  @inlinable package static var byteCount: Int { 5 }
  /// The longest `length`: 2^14 + 2,048 octets (RFC 5246, section 6.2.3); TLS 1.3 allows 2^14 +
  /// 256.
  @inlinable package static var maximumLength: Int { 16_384 + 2_048 }

  @usableFromInline package let contentType: ContentType
  /// 0x0300...0x0304; 0x0303 in TLS 1.3 whatever was agreed on.
  @usableFromInline package let legacyVersion: UInt16
  /// Octets of the record after this header.
  @usableFromInline package let length: Int

  /// Header and record together.
  @inlinable package var recordByteCount: Int { Self.byteCount + length }

  /// A header from its three fields.
  ///
  /// - Throws: ``WireError/invalid(_:offset:)`` with `recordType`, `recordVersion` or
  ///   `recordLength` and the field's offset within the header. A record without octets is allowed
  ///   for application data only.
  @inlinable
  package init(contentType: UInt8, legacyVersion: UInt16, length: UInt16) throws(WireError) {
    guard let type = ContentType(octet: contentType) else {
      throw .invalid(.recordType, offset: 0)
    }
    guard legacyVersion >= 0x0300, legacyVersion <= 0x0304 else {
      throw .invalid(.recordVersion, offset: 1)
    }
    guard length > 0 || type == .applicationData, Int(length) <= Self.maximumLength else {
      throw .invalid(.recordLength, offset: 3)
    }
    self.contentType = type
    self.legacyVersion = legacyVersion
    self.length = Int(length)
  }

  /// Reads a header; the reader is left at the record's first octet.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)``, or what the other initializer
  ///   throws, with offsets within the reader's span.
  @inlinable
  package init(parsing reader: inout ByteReader) throws(WireError) {
    let start = reader.offset
    var header = try reader.readSlice(Self.byteCount)
    let type = try header.readUInt8()
    let version = try header.readUInt16()
    let length = try header.readUInt16()
    do throws(WireError) {
      self = try Self(contentType: type, legacyVersion: version, length: length)
    } catch {
      if case .invalid(let field, let offset) = error {
        throw .invalid(field, offset: start + offset)
      }
      throw error
    }
  }

  /// Whether the five octets at `offset` can be a record header; false where they run past the end.
  @inlinable
  package static func canStand(at offset: Int, in bytes: RawSpan) -> Bool {
    guard offset >= 0, offset <= bytes.byteCount - byteCount else { return false }
    var reader = ByteReader(bytes, from: offset, to: bytes.byteCount)
    return (try? TLSRecordHeader(parsing: &reader)) != nil
  }
}
