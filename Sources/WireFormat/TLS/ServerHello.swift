/// The first message of a TLS server: what the two agreed on.
///
///     ProtocolVersion legacy_version;     2 octets                     RFC 8446, section 4.1.3
///     Random random;                      32 octets
///     opaque legacy_session_id_echo<0..32>;
///     CipherSuite cipher_suite;           2 octets
///     uint8 legacy_compression_method;    1 octet
///     Extension extensions<6..2^16-1>;    absent from old servers
package struct ServerHello: Equatable, Sendable {
  /// The longest message that its length fields allow, header included.
  package static let maximumByteCount = 65_611

  /// The agreed version: that of supported_versions where there is one (0x0304), else
  /// `legacy_version`.
  package private(set) var version: UInt16
  package let cipherSuite: UInt16
  /// The random is that of a HelloRetryRequest: the client will send a second ClientHello.
  package let isHelloRetryRequest: Bool
  /// Header and body together, in octets.
  package let byteCount: Int
  /// The protocol chosen by ALPN: one element up to TLS 1.2, empty in 1.3, which encrypts it.
  package private(set) var applicationProtocol: ApplicationProtocols = []

  /// Reads a whole handshake message, its four-octet header included; octets after it are left
  /// unread.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when it is not all there or a
  ///   length runs past its end; ``WireError/invalid(_:offset:)`` with `handshakeType` for another
  ///   message, `handshakeLength` past ``maximumByteCount``.
  package init(parsing message: RawSpan) throws(WireError) {
    var reader = ByteReader(message)
    let header = try HandshakeHeader(parsing: &reader)
    guard header.type == .serverHello else { throw .invalid(.handshakeType, offset: 0) }
    guard header.messageByteCount <= Self.maximumByteCount else {
      throw .invalid(.handshakeLength, offset: 1)
    }
    byteCount = header.messageByteCount
    var body = try reader.readSlice(header.length)
    version = try body.readUInt16()
    isHelloRetryRequest = try Self.isRetryRandom(&body)
    try body.skip(Int(try body.readUInt8()))
    cipherSuite = try body.readUInt16()
    try body.skip(1)
    guard !body.isAtEnd else { return }

    var left = Int(try body.readUInt16())
    while left > 0 {
      let type = try body.readUInt16()
      let length = Int(try body.readUInt16())
      var content = try body.readSlice(length)
      left -= 4 + length
      switch type {
      case 16: applicationProtocol = ApplicationProtocols.read(&content, in: message).0
      case 43: version = try content.readUInt16()
      default: break
      }
    }
  }

  /// Compares the random with SHA-256("HelloRetryRequest") (RFC 8446, section 4.1.3).
  private static func isRetryRandom(_ body: inout ByteReader) throws(WireError) -> Bool {
    let first = try body.readUInt64()
    let second = try body.readUInt64()
    let third = try body.readUInt64()
    let fourth = try body.readUInt64()
    return first == 0xcf21_ad74_e59a_6111 && second == 0xbe1d_8c02_1e65_b891
      && third == 0xc2a2_1116_7abb_8c5e && fourth == 0x079e_09e2_c8a8_339c
  }
}
