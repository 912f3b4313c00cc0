import WireFormat

/// The shipped rules in one signed file; docs/rule-bundles.md describes it octet by octet.
package struct RuleBundle: Sendable {
  /// Greater for later rules.
  package let version: UInt64
  /// Who has signed it.
  package let keyID: KeyID
  /// By path.
  package let files: [BundleFile]

  /// Octets of a bundle.
  package static let maximumByteCount = 32 << 20
  /// Octets of its contents, unpacked.
  package static let maximumContentByteCount = 128 << 20
  package static let maximumFileCount = 50_000
  package static let maximumFileByteCount = 8 << 20
  package static let maximumPathByteCount = 200

  /// Reads a bundle. Nothing of it is unpacked or believed before its signature has been verified.
  ///
  /// - Throws: ``BundleError`` of any kind.
  package init(_ octets: RawSpan, trusting keys: [VerifyingKey]) throws(BundleError) {
    let header = try BundleHeader(of: octets)
    guard let key = keys.first(where: { $0.id == header.keyID }) else {
      throw BundleError(
        .foreignKey,
        "it says key \(header.keyID), and \(keys.count == 1 ? "1 other key is" : "\(keys.count) other keys are") trusted"
      )
    }
    let signature = octets.extracting(last: BundleHeader.signatureByteCount)
    let signed = octets.extracting(first: header.signedByteCount)
    guard key.verifies(signature, of: signed) else {
      throw BundleError(.badSignature, "the signature of key \(key.id) is of other octets")
    }
    try self.init(verified: header, octets)
  }

  /// Reads a bundle without looking at its signature: one that was verified before it was kept, or a fuzzer's.
  package init(unverified octets: RawSpan) throws(BundleError) {
    try self.init(verified: try BundleHeader(of: octets), octets)
  }

  private init(verified header: BundleHeader, _ octets: RawSpan) throws(BundleError) {
    let packed = octets.part(BundleHeader.byteCount..<header.signedByteCount)
    let contents = try Packing.unpack(packed, byteCount: header.contentByteCount)
    files = try BundleContents.files(in: contents.octets, fileCount: header.fileCount)
    (version, keyID) = (header.version, header.keyID)
  }

  /// The octets of a bundle of `files`: the same for the same files, version, key and zlib.
  ///
  /// - Parameter version: from 1 to 2^63-1.
  /// - Throws: ``BundleError`` when a path may not be in a bundle or stands twice, something is over its bound, or
  ///   OpenSSL cannot sign.
  package static func sealed(
    _ files: [BundleFile], version: UInt64, by key: SigningKey
  ) throws(BundleError) -> [UInt8] {
    try BundleHeader.bound(files.count, maximumFileCount, "files")
    let contents = BundleContents.octets(of: files)
    try BundleHeader.bound(contents.count, maximumContentByteCount, "octets of contents")
    // What nobody could read is not written.
    _ = try BundleContents.files(in: contents.octets, fileCount: files.count)
    return try sealed(contents: contents, fileCount: files.count, version: version, by: key)
  }

  /// Packs and signs any octets as contents.
  static func sealed(
    contents: [UInt8], fileCount: Int, version: UInt64, by key: SigningKey
  ) throws(BundleError) -> [UInt8] {
    let packed = try Packing.pack(contents)
    let header = BundleHeader(
      version: version, packedByteCount: packed.count, contentByteCount: contents.count,
      fileCount: fileCount, keyID: key.id)
    let signed = header.octets + packed
    try BundleHeader.bound(header.bundleByteCount, maximumByteCount, "octets")
    guard let signature = key.signature(of: signed.octets) else {
      throw BundleError(.badSignature, "OpenSSL cannot sign")
    }
    return signed + signature
  }
}
