import WireFormat

/// The first 64 octets of a bundle, which say where its parts are:
///
///      0   8  89 47 4e 52 0d 0a 1a 0a    changed by whoever takes the file for text
///      8   2  format                     1
///     10   2  zero
///     12   8  version                    1…2^63-1, greater for later rules
///     20   4  length of the packed contents
///     24   4  length of the contents
///     28   4  number of files
///     32  32  key: SHA-256 of the public key, as ``KeyID``
///     64      packed contents (zlib, RFC 1950), then 64 octets of signature (Ed25519, RFC 8032) over all before them
///
/// All integers are in network byte order. Until the signature has been verified, only these lengths and the key are
/// looked at; the key chooses among the trusted ones and is not believed.
struct BundleHeader {
  static let magic: [UInt8] = [0x89, 0x47, 0x4e, 0x52, 0x0d, 0x0a, 0x1a, 0x0a]
  static let format: UInt16 = 1
  static let byteCount = 64
  static let signatureByteCount = 64

  let version: UInt64
  let packedByteCount: Int
  let contentByteCount: Int
  let fileCount: Int
  let keyID: KeyID

  /// Octets of the whole bundle.
  var bundleByteCount: Int { signedByteCount + Self.signatureByteCount }
  /// Octets that the signature is over.
  var signedByteCount: Int { Self.byteCount + packedByteCount }
}

extension BundleHeader {
  /// Reads the header of a whole bundle.
  ///
  /// - Throws: ``BundleError`` of the kinds `notABundle`, `otherFormat`, `tooBig`, `truncated`, `trailingOctets`, and
  ///   `damaged` where a field that must be zero is not, or the version is none.
  init(of bundle: RawSpan) throws(BundleError) {
    let start = bundle.part(0..<Self.magic.count).copied()
    guard !start.isEmpty, start == Array(Self.magic.prefix(start.count)) else {
      throw BundleError(
        .notABundle, start.isEmpty ? "it is empty" : "its first octets are others")
    }
    do {
      var reader = ByteReader(bundle)
      try reader.skip(Self.magic.count)
      let format = try reader.readUInt16()
      guard format == Self.format else {
        throw BundleError(.otherFormat, "\(format); this gnomon reads format \(Self.format)")
      }
      let zero = try reader.readUInt16()
      version = try reader.readUInt64()
      packedByteCount = Int(try reader.readUInt32())
      contentByteCount = Int(try reader.readUInt32())
      fileCount = Int(try reader.readUInt32())
      keyID = KeyID(try reader.readBytes(KeyID.byteCount).copied())
      guard zero == 0 else {
        throw BundleError(.damaged, "expected zero in octets 10 and 11, found \(zero)")
      }
      guard 1...UInt64(Int64.max) ~= version else {
        throw BundleError(.damaged, "expected a version from 1 to 2^63-1, found \(version)")
      }
    } catch let error as BundleError {
      throw error
    } catch {
      throw BundleError(
        .truncated, "\(bundle.byteCount) octets, where its header has \(Self.byteCount)")
    }
    try Self.bound(
      packedByteCount, RuleBundle.maximumByteCount - Self.byteCount - Self.signatureByteCount,
      "octets of packed contents")
    try Self.bound(contentByteCount, RuleBundle.maximumContentByteCount, "octets of contents")
    try Self.bound(fileCount, RuleBundle.maximumFileCount, "files")
    guard bundle.byteCount >= bundleByteCount else {
      throw BundleError(
        .truncated, "\(bundle.byteCount) octets, where it says \(bundleByteCount)")
    }
    guard bundle.byteCount == bundleByteCount else {
      throw BundleError(
        .trailingOctets, "\(bundle.byteCount) octets, where it says \(bundleByteCount)")
    }
  }

  static func bound(_ count: Int, _ most: Int, _ what: String) throws(BundleError) {
    guard count <= most else {
      throw BundleError(.tooBig, "\(count) \(what), where at most \(most) may be")
    }
  }

  var octets: [UInt8] {
    Self.magic + Self.format.bigEndianOctets + [0, 0] + version.bigEndianOctets
      + UInt32(clamping: packedByteCount).bigEndianOctets
      + UInt32(clamping: contentByteCount).bigEndianOctets
      + UInt32(clamping: fileCount).bigEndianOctets + keyID.octets
  }
}

extension FixedWidthInteger {
  var bigEndianOctets: [UInt8] {
    stride(from: Self.bitWidth - 8, through: 0, by: -8).map {
      UInt8(truncatingIfNeeded: self >> $0)
    }
  }
}
