/// How a cipher suite protects records, for the suites that are opened here.
struct SuiteProtection: Equatable, Sendable {
  enum Cipher: Equatable, Sendable {
    case aes128GCM, aes256GCM, chaCha20Poly1305
    case cbc(keyByteCount: Int, mac: KeyDerivation.Hash)
  }

  let cipher: Cipher
  /// Of HKDF in TLS 1.3, of the PRF in TLS 1.2.
  let hash: KeyDerivation.Hash

  /// - Parameter suite: its number in the IANA registry "TLS Cipher Suites".
  /// - Returns: nil for suites that nobody offers an API over today: CCM, Camellia, ARIA, 3DES, RC4, NULL.
  init?(_ suite: UInt16) {
    switch suite {
    case 0x1301, 0x009c, 0x009e, 0x00a8, 0xc02b, 0xc02f:
      (cipher, hash) = (.aes128GCM, .sha256)
    case 0x1302, 0x009d, 0x009f, 0x00a9, 0xc02c, 0xc030:
      (cipher, hash) = (.aes256GCM, .sha384)
    case 0x1303, 0xcca8, 0xcca9, 0xccaa, 0xccab, 0xccac:
      (cipher, hash) = (.chaCha20Poly1305, .sha256)
    case 0x002f, 0x0033, 0xc009, 0xc013:
      (cipher, hash) = (.cbc(keyByteCount: 16, mac: .sha1), .sha256)
    case 0x0035, 0x0039, 0xc00a, 0xc014:
      (cipher, hash) = (.cbc(keyByteCount: 32, mac: .sha1), .sha256)
    case 0x003c, 0x0067, 0xc023, 0xc027:
      (cipher, hash) = (.cbc(keyByteCount: 16, mac: .sha256), .sha256)
    case 0x003d, 0x006b:
      (cipher, hash) = (.cbc(keyByteCount: 32, mac: .sha256), .sha256)
    case 0xc024, 0xc028:
      (cipher, hash) = (.cbc(keyByteCount: 32, mac: .sha384), .sha384)
    default: return nil
    }
  }

  var keyByteCount: Int {
    switch cipher {
    case .aes128GCM: 16
    case .aes256GCM, .chaCha20Poly1305: 32
    case .cbc(let count, _): count
    }
  }

  /// Octets of the IV that the key block of TLS 1.2 has (RFC 5288, section 3; RFC 7905, section 2).
  var fixedIVByteCount: Int {
    switch cipher {
    case .aes128GCM, .aes256GCM: 4
    case .chaCha20Poly1305: 12
    case .cbc: 0
    }
  }

  var macByteCount: Int {
    if case .cbc(_, let mac) = cipher { mac.rawValue } else { 0 }
  }
}

/// The ciphers of one run; made once.
package final class CipherBox {
  private let aes128GCM: CipherContext
  private let aes256GCM: CipherContext
  private let chaCha20: CipherContext
  private let aes128CBC: CipherContext
  private let aes256CBC: CipherContext

  /// - Returns: nil where the OpenSSL of this machine lacks one of them.
  package init?() {
    guard let aes128GCM = CipherContext("AES-128-GCM"),
      let aes256GCM = CipherContext("AES-256-GCM"),
      let chaCha20 = CipherContext("ChaCha20-Poly1305"),
      let aes128CBC = CipherContext("AES-128-CBC"), let aes256CBC = CipherContext("AES-256-CBC")
    else { return nil }
    (self.aes128GCM, self.aes256GCM, self.chaCha20) = (aes128GCM, aes256GCM, chaCha20)
    (self.aes128CBC, self.aes256CBC) = (aes128CBC, aes256CBC)
  }

  func context(of cipher: SuiteProtection.Cipher) -> CipherContext {
    switch cipher {
    case .aes128GCM: aes128GCM
    case .aes256GCM: aes256GCM
    case .chaCha20Poly1305: chaCha20
    case .cbc(let count, _): count == 16 ? aes128CBC : aes256CBC
    }
  }
}
