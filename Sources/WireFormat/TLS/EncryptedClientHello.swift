/// What an encrypted_client_hello extension of a ClientHello says in the clear.
///
///     ECHClientHelloType type;              1 octet: 0 outer, 1 inner        RFC 9849, section 5
///     outer:
///       HpkeSymmetricCipherSuite suite;     KDF 2, AEAD 2
///       uint8 config_id;                    which configuration of the server it is for
///       opaque enc<0..2^16-1>;              empty after a HelloRetryRequest
///       opaque payload<1..2^16-1>;          the inner ClientHello, encrypted
///     inner: empty
///
/// A GREASE extension (section 6.2) has the same form with octets made up: whether one is real cannot
/// be told from it alone.
package enum EncryptedClientHello: Equatable, Sendable {
  /// The hello's server name is the public name of who holds the key; the real one is in the payload.
  case outer(Outer)
  /// This is the inner hello, in the clear, behind the server that has decrypted it.
  case inner

  package struct Outer: Equatable, Sendable {
    package var keyDerivation: UInt16
    package var authenticatedEncryption: UInt16
    package var configID: UInt8
    /// Octets.
    package var encapsulatedKeyByteCount: Int
    /// Octets.
    package var payloadByteCount: Int
  }

  /// Reads `extension_data`.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when a length runs past the end;
  ///   ``WireError/invalid(_:offset:)`` with `echHello` for another type, an empty payload, or octets
  ///   left over.
  package init(parsing body: inout ByteReader) throws(WireError) {
    let typeOffset = body.offset
    switch try body.readUInt8() {
    case 0:
      let keyDerivation = try body.readUInt16()
      let authenticatedEncryption = try body.readUInt16()
      let configID = try body.readUInt8()
      let keyByteCount = Int(try body.readUInt16())
      try body.skip(keyByteCount)
      let payloadOffset = body.offset
      let payloadByteCount = Int(try body.readUInt16())
      guard payloadByteCount > 0 else { throw .invalid(.echHello, offset: payloadOffset) }
      try body.skip(payloadByteCount)
      self = .outer(
        Outer(
          keyDerivation: keyDerivation, authenticatedEncryption: authenticatedEncryption,
          configID: configID, encapsulatedKeyByteCount: keyByteCount,
          payloadByteCount: payloadByteCount))
    case 1: self = .inner
    default: throw .invalid(.echHello, offset: typeOffset)
    }
    guard body.isAtEnd else { throw .invalid(.echHello, offset: body.offset) }
  }
}
