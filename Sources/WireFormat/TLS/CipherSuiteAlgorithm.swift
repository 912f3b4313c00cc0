/// How a cipher suite protects a record, as far as sizes go.
enum CipherSuiteAlgorithm: Equatable {
  /// TLS 1.3 with a 16-octet tag, or with an 8-octet one.
  case tls13, tls13ShortTag
  /// GCM or CCM up to TLS 1.2: an explicit nonce of 8 octets and a tag of 16, or of 8.
  case explicitNonce, explicitNonceShortTag
  case chaCha20
  case cbc(blockByteCount: Int, macByteCount: Int)
  /// RC4 or NULL.
  case stream(macByteCount: Int)
  case unknown

  /// The algorithm of a suite by its number in the IANA registry "TLS Cipher Suites".
  init(_ suite: UInt16) {
    self = Self.aead(suite) ?? Self.blockCipher(suite) ?? Self.streamCipher(suite) ?? .unknown
  }

  private static func aead(_ suite: UInt16) -> Self? {
    switch suite {
    case 0x1301...0x1304: .tls13
    case 0x1305: .tls13ShortTag
    case 0x009c...0x00ad, 0xc02b...0xc032,  // AES-GCM
      0xc050...0xc063, 0xc06a...0xc06f,  // ARIA-GCM
      0xc07a...0xc093,  // Camellia-GCM
      0xd001, 0xd002,
      0xc09c...0xc09f, 0xc0a4...0xc0a7, 0xc0ac, 0xc0ad, 0xd005:  // AES-CCM
      .explicitNonce
    case 0xc0a0...0xc0a3, 0xc0a8...0xc0ab, 0xc0ae, 0xc0af, 0xd003: .explicitNonceShortTag
    case 0xcca8...0xccae, 0xcc13...0xcc15: .chaCha20
    default: nil
    }
  }

  private static func blockCipher(_ suite: UInt16) -> Self? {
    switch suite {
    // DES, 3DES, IDEA with SHA-1: blocks of eight octets.
    case 0x0007, 0x0009, 0x000a, 0x000c, 0x000d, 0x000f, 0x0010, 0x0012, 0x0013, 0x0015, 0x0016,
      0x001a, 0x001b, 0x008b, 0x008f, 0x0093, 0xc003, 0xc008, 0xc00d, 0xc012, 0xc017,
      0xc01a...0xc01c, 0xc034:
      .cbc(blockByteCount: 8, macByteCount: 20)
    // AES, Camellia, SEED with SHA-1.
    case 0x002f...0x003a, 0x0041...0x0046, 0x0084...0x0089, 0x008c, 0x008d, 0x0090, 0x0091,
      0x0094...0x009b, 0xc004, 0xc005, 0xc009, 0xc00a, 0xc00e, 0xc00f, 0xc013, 0xc014, 0xc018,
      0xc019, 0xc01d...0xc022, 0xc035, 0xc036:
      .cbc(blockByteCount: 16, macByteCount: 20)
    // AES, Camellia with SHA-256.
    case 0x003c...0x0040, 0x0067...0x006d, 0x00ae, 0x00b2, 0x00b6, 0x00ba...0x00c5:
      .cbc(blockByteCount: 16, macByteCount: 32)
    case 0x00af, 0x00b3, 0x00b7:
      .cbc(blockByteCount: 16, macByteCount: 48)
    // AES: SHA-256 and SHA-384 by turns, from an odd number on.
    case 0xc023...0xc02a, 0xc037, 0xc038:
      .cbc(blockByteCount: 16, macByteCount: suite & 1 == 1 ? 32 : 48)
    // ARIA, Camellia: SHA-256 and SHA-384 by turns, from an even number on.
    case 0xc03c...0xc04f, 0xc064...0xc069, 0xc070...0xc079, 0xc094...0xc09b:
      .cbc(blockByteCount: 16, macByteCount: suite & 1 == 0 ? 32 : 48)
    default: nil
    }
  }

  private static func streamCipher(_ suite: UInt16) -> Self? {
    switch suite {
    case 0x0001, 0x0004, 0x0018: .stream(macByteCount: 16)
    case 0x0002, 0x0005, 0x002c...0x002e, 0x008a, 0x008e, 0x0092, 0xc001, 0xc002, 0xc006, 0xc007,
      0xc00b, 0xc00c, 0xc010, 0xc011, 0xc015, 0xc016, 0xc033, 0xc039:
      .stream(macByteCount: 20)
    case 0x003b, 0x00b0, 0x00b4, 0x00b8, 0xc03a: .stream(macByteCount: 32)
    case 0x00b1, 0x00b5, 0x00b9, 0xc03b: .stream(macByteCount: 48)
    default: nil
    }
  }
}
