/// A ClientHello in the form of SSL 2.0, with which clients up to TLS 1.2 may open a connection
/// (RFC 5246, appendix E.2; RFC 6101, appendix E).
///
///     uint16 msg_length;              2 octets, the highest bit set: no padding
///     uint8 msg_type;                 1 octet, 1
///     Version version;                2 octets, 0.2 or 3.0...3.3
///     uint16 cipher_spec_length;      2 octets, a multiple of 3, not 0
///     uint16 session_id_length;       2 octets, 0 or 16 (0...32 is taken)
///     uint16 challenge_length;        2 octets, 16...32
///     V2CipherSpec cipher_specs[];    3 octets each; 0 and a cipher suite for those of TLS
///     opaque session_id[];
///     Random challenge;
///
/// There is no server name in it, nor any other extension. The server answers with records of TLS when
/// it agrees on a version past 2.0.
package struct SSLv2ClientHello: Equatable, Sendable {
  /// The highest version that the client speaks: 0x0002, or 0x0300...0x0303.
  package let version: UInt16
  package let cipherSpecCount: Int
  /// Header and message together, in octets.
  package let byteCount: Int
  package let hasSessionID: Bool

  /// Octets up to and with `challenge_length`.
  static let headerByteCount = 11

  /// Reads a hello; octets after it are left unread.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when it is not all there;
  ///   ``WireError/invalid(_:offset:)`` with `recordLength` when the highest bit is not set or the
  ///   length is not that of its parts, `handshakeType` when it is another message,
  ///   `recordVersion`, or `sslv2Length` for a part's length that cannot be.
  package init(parsing bytes: RawSpan) throws(WireError) {
    var reader = ByteReader(bytes)
    let first = try reader.readUInt16()
    guard first & 0x8000 != 0 else { throw .invalid(.recordLength, offset: 0) }
    guard try reader.readUInt8() == 1 else { throw .invalid(.handshakeType, offset: 2) }
    version = try reader.readUInt16()
    guard version == 0x0002 || version >= 0x0300 && version <= 0x0303 else {
      throw .invalid(.recordVersion, offset: 3)
    }
    let cipherSpecByteCount = Int(try reader.readUInt16())
    guard cipherSpecByteCount > 0, cipherSpecByteCount % 3 == 0 else {
      throw .invalid(.sslv2Length, offset: 5)
    }
    let sessionIDByteCount = Int(try reader.readUInt16())
    guard sessionIDByteCount <= 32 else { throw .invalid(.sslv2Length, offset: 7) }
    let challengeByteCount = Int(try reader.readUInt16())
    guard challengeByteCount >= 16, challengeByteCount <= 32 else {
      throw .invalid(.sslv2Length, offset: 9)
    }
    let rest = cipherSpecByteCount + sessionIDByteCount + challengeByteCount
    guard Int(first & 0x7fff) == Self.headerByteCount - 2 + rest else {
      throw .invalid(.recordLength, offset: 0)
    }
    try reader.skip(rest)
    byteCount = reader.offset
    cipherSpecCount = cipherSpecByteCount / 3
    hasSessionID = sessionIDByteCount > 0
  }

  /// Whether `bytes` begin as such a hello does, by all its lengths: eleven octets are needed to tell.
  package static func begins(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= headerByteCount else { return false }
    do throws(WireError) {
      _ = try SSLv2ClientHello(parsing: bytes)
      return true
    } catch {
      if case .truncated = error { return true }
      return false
    }
  }
}

extension ClientHello {
  /// The hello of a client that spoke SSL 2.0's form: its version, and no name.
  package init(_ hello: SSLv2ClientHello) {
    self.init()
    legacyVersion = hello.version
    isSSLv2 = true
    if hello.hasSessionID { resumption.insert(.sessionID) }
  }
}
