import COpenSSL
import WireFormat

/// HMAC, and what TLS derives from it.
enum KeyDerivation {
  /// Hashes that a cipher suite may name, by the octets of their values.
  enum Hash: Int, Sendable {
    case sha1 = 20
    case sha256 = 32
    case sha384 = 48
  }

  /// - Returns: as many octets as the hash has; nil where OpenSSL refuses.
  static func hmac(_ hash: Hash, key: [UInt8], _ data: [UInt8]) -> [UInt8]? {
    var output = [UInt8](repeating: 0, count: hash.rawValue)
    let succeeded = unsafe key.withUnsafeBytes { key in
      unsafe data.withUnsafeBytes { data in
        unsafe output.withUnsafeMutableBytes { output in
          // Safe: the lengths are those of the buffers, and the output has the hash's octets.
          unsafe gnomon_hmac(
            Int32(hash.rawValue), key.baseAddress, Int32(key.count), data.baseAddress, data.count,
            output.baseAddress)
        }
      }
    }
    return succeeded == 1 ? output : nil
  }

  /// HKDF-Expand-Label with an empty context, for at most as many octets as the hash has (RFC 8446, section 7.1).
  static func expand(
    _ hash: Hash, _ secret: [UInt8], _ label: String, byteCount: Int
  ) -> [UInt8]? {
    guard byteCount <= hash.rawValue, label.utf8.count <= 64 else { return nil }
    let text = "tls13 " + label
    var info: [UInt8] = [0, UInt8(byteCount), UInt8(text.utf8.count)]
    info += text.utf8
    // An empty context, and the counter of HKDF-Expand's only block.
    info += [0, 1]
    return hmac(hash, key: secret, info).map { Array($0.prefix(byteCount)) }
  }

  /// The PRF of TLS 1.2 (RFC 5246, section 5).
  static func prf(
    _ hash: Hash, _ secret: [UInt8], label: String, seed: [UInt8], byteCount: Int
  ) -> [UInt8]? {
    let seed = Array(label.utf8) + seed
    var output: [UInt8] = []
    guard var a = hmac(hash, key: secret, seed) else { return nil }
    while output.count < byteCount {
      guard let block = hmac(hash, key: secret, a + seed), let next = hmac(hash, key: secret, a)
      else { return nil }
      output += block
      a = next
    }
    return Array(output.prefix(byteCount))
  }
}

/// One cipher of OpenSSL, keyed again for each record.
///
/// For one thread at a time.
@safe
final class CipherContext {
  private let context: OpaquePointer

  /// - Returns: nil where this machine's OpenSSL does not have the cipher.
  init?(_ name: String) {
    guard let context = unsafe gnomon_cipher_new(name, 0) else { return nil }
    // Safe: owned by this object alone from here to `deinit`.
    unsafe self.context = context
  }

  deinit {
    // Safe: made in `init`, freed only here.
    unsafe EVP_CIPHER_CTX_free(context)
  }

  /// Opens octets that end in a tag of sixteen.
  ///
  /// - Parameter nonce: 12 octets.
  /// - Returns: nil when they are not what was sealed under this key.
  func openSealed(_ sealed: RawSpan, key: [UInt8], nonce: [UInt8], associated: [UInt8]) -> [UInt8]?
  {
    let count = sealed.byteCount - 16
    guard count >= 0, nonce.count == 12, sealed.byteCount <= 1 << 20 else { return nil }
    // OpenSSL takes a null output for associated data, so that there is always an octet.
    var output = [UInt8](repeating: 0, count: max(count, 1))
    let succeeded = unsafe key.withUnsafeBytes { key in
      unsafe nonce.withUnsafeBytes { nonce in
        unsafe associated.withUnsafeBytes { associated in
          unsafe sealed.withUnsafeBytes { sealed in
            unsafe output.withUnsafeMutableBytes { output in
              // Safe: key and nonce have the cipher's lengths, the output that of the text.
              unsafe gnomon_aead_open(
                context, key.baseAddress, nonce.baseAddress, associated.baseAddress,
                Int32(associated.count), sealed.baseAddress, Int32(count), output.baseAddress)
            }
          }
        }
      }
    }
    guard succeeded == 1 else { return nil }
    if count == 0 { output.removeAll() }
    return output
  }

  /// Decrypts whole blocks; padding stays.
  func decryptBlocks(_ sealed: RawSpan, key: [UInt8], iv: [UInt8]) -> [UInt8]? {
    guard sealed.byteCount > 0, sealed.byteCount % 16 == 0, iv.count == 16,
      sealed.byteCount <= 1 << 20
    else { return nil }
    var output = [UInt8](repeating: 0, count: sealed.byteCount)
    let succeeded = unsafe key.withUnsafeBytes { key in
      unsafe iv.withUnsafeBytes { iv in
        unsafe sealed.withUnsafeBytes { sealed in
          unsafe output.withUnsafeMutableBytes { output in
            // Safe: key and IV have the cipher's lengths; output and input are equally long.
            unsafe gnomon_cbc_open(
              context, key.baseAddress, iv.baseAddress, sealed.baseAddress, Int32(sealed.count),
              output.baseAddress)
          }
        }
      }
    }
    return succeeded == 1 ? output : nil
  }
}
