/// What a cipher suite adds to each record, in octets of the record's `length` (the five octets of
/// the header are not in it).
///
/// | suites | overhead | source |
/// |---|---|---|
/// | TLS 1.3 | 1 content type + 16 tag (8 for CCM_8); padding is not visible | RFC 8446, section 5.2 |
/// | GCM, CCM | 8 explicit nonce + 16 tag (8 for CCM_8) | RFC 5288, section 3; RFC 6655, sections 3, 4 |
/// | ChaCha20-Poly1305 | 16 tag | RFC 7905, section 2 |
/// | CBC | IV (from TLS 1.1) + MAC + 1…block octets of padding | RFC 5246, section 6.2.3.2 |
/// | RC4, NULL | MAC | RFC 5246, section 6.2.3.1 |
///
/// CBC padding hides up to a block less one octet; its mean over evenly spread lengths is taken,
/// half a block. encrypt-then-mac (RFC 7366) moves the MAC out of the padded part and leaves the
/// sum.
@frozen
@usableFromInline
package struct CipherOverhead: Equatable, Sendable {
  /// Octets that each record has beside the content, padding of CBC aside.
  @usableFromInline package let fixedByteCount: Int
  /// The block that CBC pads to, in octets; 0 without padding.
  @usableFromInline package let blockByteCount: Int
  /// The suite is not one of the table's: an AEAD's overhead of the version is assumed.
  @usableFromInline package let isAssumed: Bool

  /// - Parameters:
  ///   - version: as agreed on, 0x0300...0x0304.
  ///   - cipherSuite: its number in the IANA registry.
  package init(version: UInt16, cipherSuite: UInt16) {
    let algorithm = CipherSuiteAlgorithm(cipherSuite)
    let explicitIV = version >= 0x0302
    var block = 0
    switch algorithm {
    case .tls13: fixedByteCount = 1 + 16
    case .tls13ShortTag: fixedByteCount = 1 + 8
    case .explicitNonce: fixedByteCount = 8 + 16
    case .explicitNonceShortTag: fixedByteCount = 8 + 8
    case .chaCha20: fixedByteCount = 16
    case .cbc(let blockByteCount, let macByteCount):
      block = blockByteCount
      fixedByteCount = (explicitIV ? blockByteCount : 0) + macByteCount
    case .stream(let macByteCount): fixedByteCount = macByteCount
    case .unknown: fixedByteCount = version >= 0x0304 ? 1 + 16 : 8 + 16
    }
    blockByteCount = block
    isAssumed = algorithm == .unknown
  }

  /// What the Finished message of TLS 1.2 betrays of the suite that seals it: it always has four octets of head and twelve of
  /// data (RFC 5246, section 7.4.9). After a renegotiation, whose hellos are sealed, nothing else tells.
  ///
  /// - Parameter finishedRecordLength: of the first handshake record after a ChangeCipherSpec.
  /// - Returns: nil for a length that none of the suites in use gives.
  package init?(finishedRecordLength: Int) {
    let suite: UInt16
    switch finishedRecordLength {
    case 32: suite = 0xcca9  // ChaCha20-Poly1305, and CCM_8 alike
    case 40: suite = 0xc02b  // GCM, CCM
    case 64, 68: suite = 0xc009  // CBC with SHA-1; the latter encrypts first
    case 80: suite = 0xc023  // CBC with SHA-256
    case 96: suite = 0xc024  // CBC with SHA-384
    default: return nil
    }
    self.init(version: 0x0303, cipherSuite: suite)
  }

  /// Content octets of a record whose header says `recordLength`; never below zero.
  @inlinable
  package func applicationOctets(recordLength: Int) -> Int {
    let padding = blockByteCount / 2
    return recordLength > fixedByteCount &+ padding
      ? recordLength &- fixedByteCount &- padding : 0
  }
}
