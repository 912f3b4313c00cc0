internal import COpenSSL
import WireFormat

/// The name of a key: SHA-256 of its public half as SubjectPublicKeyInfo (RFC 8410, section 4), which
/// `openssl pkey -pubin -in KEY.pem -outform DER | sha256sum` prints as well.
package struct KeyID: Hashable, Sendable, CustomStringConvertible {
  package static let byteCount = SHA256.byteCount
  let octets: [UInt8]

  init(_ octets: [UInt8]) { self.octets = octets }

  /// 64 hexadecimal digits.
  package var description: String { hexadecimal(octets) }
}

/// Why a text is no key that can be used.
package enum KeyError: String, Error, Sendable, CustomStringConvertible {
  case noKey = "expected a key in PEM form, found none"
  case isPrivate =
    "expected a public key, found a private one: keep that where bundles are signed, and nowhere else"
  case isPublic = "expected a private key, found a public one"
  case isEncrypted = "the key is under a password, which gnomon does not ask for"
  case isOfAnotherKind = "expected an Ed25519 key, found one of another kind or a damaged one"
  case library = "OpenSSL cannot make or write the key"

  package var description: String { rawValue }
}

/// A public key: verifies signatures.
package struct VerifyingKey: Sendable {
  package let id: KeyID
  private let key: KeyHandle

  /// - Parameter pem: a SubjectPublicKeyInfo, `-----BEGIN PUBLIC KEY-----`.
  package init(pem: [UInt8]) throws(KeyError) {
    key = try KeyHandle(reading: pem, isPrivate: false)
    id = try key.id()
  }

  /// Whether `signature`, 64 octets, is this key's of `message`.
  func verifies(_ signature: RawSpan, of message: RawSpan) -> Bool {
    guard signature.byteCount == BundleHeader.signatureByteCount else { return false }
    return unsafe signature.withUnsafeBytes { signature in
      unsafe message.withUnsafeBytes { message in
        // Safe: the signature has the 64 octets that are read, the message those of its count.
        unsafe gnomon_ed25519_verify(
          key.pointer, signature.baseAddress, message.baseAddress, message.count) == 1
      }
    }
  }
}

/// A private key: signs bundles.
package struct SigningKey: Sendable {
  package let id: KeyID
  private let key: KeyHandle

  /// A new key of OpenSSL's random generator.
  package init() throws(KeyError) {
    key = try KeyHandle()
    id = try key.id()
  }

  /// - Parameter pem: a PKCS #8 PrivateKeyInfo, `-----BEGIN PRIVATE KEY-----`, as `openssl genpkey` writes it.
  package init(pem: [UInt8]) throws(KeyError) {
    key = try KeyHandle(reading: pem, isPrivate: true)
    id = try key.id()
  }

  /// PKCS #8.
  package func privatePEM() throws(KeyError) -> [UInt8] { try key.pem(isPrivate: true) }
  /// SubjectPublicKeyInfo.
  package func publicPEM() throws(KeyError) -> [UInt8] { try key.pem(isPrivate: false) }

  /// 64 octets; nil when OpenSSL fails.
  func signature(of message: RawSpan) -> [UInt8]? {
    var signature = [UInt8](repeating: 0, count: BundleHeader.signatureByteCount)
    let succeeded = unsafe message.withUnsafeBytes { message in
      unsafe signature.withUnsafeMutableBytes { signature in
        // Safe: the message has the octets of its count, the signature the 64 that are written.
        unsafe gnomon_ed25519_sign(
          key.pointer, message.baseAddress, message.count, signature.baseAddress)
      }
    }
    return succeeded == 1 ? signature : nil
  }
}

/// An OpenSSL key, freed with its last owner.
///
/// Safe: the pointer is made in `init`, freed in `deinit`, and the key it leads to is never changed, which OpenSSL
/// allows several threads to use at a time.
@safe private final class KeyHandle: @unchecked Sendable {
  let pointer: OpaquePointer

  init() throws(KeyError) {
    guard let pointer = unsafe gnomon_ed25519_new() else { throw .library }
    unsafe self.pointer = unsafe pointer
  }

  init(reading pem: [UInt8], isPrivate: Bool) throws(KeyError) {
    let pointer = unsafe pem.withUnsafeBytes { text in
      // Safe: the length is not greater than the buffer's.
      unsafe gnomon_ed25519_read(
        text.baseAddress, Int32(clamping: text.count), isPrivate ? 1 : 0)
    }
    guard let pointer = unsafe pointer else { throw Self.reason(pem, isPrivate) }
    unsafe self.pointer = unsafe pointer
  }

  deinit { unsafe EVP_PKEY_free(pointer) }

  /// What a text is that was not read.
  private static func reason(_ pem: [UInt8], _ isPrivate: Bool) -> KeyError {
    let text = String(decoding: pem.prefix(100_000), as: UTF8.self)
    if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY") { return .isEncrypted }
    if text.contains("PRIVATE KEY-----"), !isPrivate { return .isPrivate }
    if text.contains("PUBLIC KEY-----"), isPrivate { return .isPublic }
    return text.contains("-----BEGIN ") ? .isOfAnotherKind : .noKey
  }

  func id() throws(KeyError) -> KeyID {
    var info = [UInt8](repeating: 0, count: 44)
    let succeeded = unsafe info.withUnsafeMutableBytes { info in
      // Safe: the buffer has the 44 octets that are written.
      unsafe gnomon_ed25519_public(pointer, info.baseAddress)
    }
    let digest = SHA256.digest(of: info)
    guard succeeded == 1, digest.count == KeyID.byteCount else { throw .library }
    return KeyID(digest)
  }

  func pem(isPrivate: Bool) throws(KeyError) -> [UInt8] {
    var text = [UInt8](repeating: 0, count: 1_024)
    let byteCount = unsafe text.withUnsafeMutableBytes { text in
      // Safe: no more is written than the buffer holds.
      unsafe gnomon_ed25519_write(
        pointer, isPrivate ? 1 : 0, text.baseAddress, Int32(clamping: text.count))
    }
    guard byteCount > 0 else { throw .library }
    return Array(text.prefix(Int(byteCount)))
  }
}

/// SHA-256 (FIPS 180-4) by OpenSSL.
enum SHA256 {
  static let byteCount = 32

  static func digest(of octets: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: byteCount)
    let succeeded = unsafe octets.withUnsafeBytes { octets in
      unsafe digest.withUnsafeMutableBytes { digest in
        // Safe: the length is the buffer's; the output has the 32 octets that are written.
        unsafe gnomon_sha256(octets.baseAddress, octets.count, digest.baseAddress)
      }
    }
    // An empty digest equals none of 32 octets.
    return succeeded == 1 ? digest : []
  }
}
