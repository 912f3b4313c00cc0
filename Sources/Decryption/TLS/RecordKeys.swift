import WireFormat

/// The keys of one direction and what has been opened with them.
struct RecordKeys {
  /// How the nonce and the associated data are made.
  enum Form: Equatable { case tls13, tls12, tls12EncryptThenMAC }

  private let protection: SuiteProtection
  private let form: Form
  private let key: [UInt8]
  private let iv: [UInt8]
  private let macKey: [UInt8]
  private(set) var sequence: UInt64 = 0

  /// The keys that a traffic secret of TLS 1.3 gives (RFC 8446, section 7.3).
  init?(_ protection: SuiteProtection, trafficSecret: [UInt8]) {
    let hash = protection.hash
    guard trafficSecret.count == hash.rawValue,
      let key = KeyDerivation.expand(
        hash, trafficSecret, "key", byteCount: protection.keyByteCount),
      let iv = KeyDerivation.expand(hash, trafficSecret, "iv", byteCount: 12)
    else { return nil }
    (self.protection, form, self.key, self.iv, macKey) = (protection, .tls13, key, iv, [])
  }

  /// Both directions' keys in TLS 1.2 (RFC 5246, section 6.3).
  ///
  /// - Parameter randoms: the server's, then the client's.
  static func tls12(
    _ protection: SuiteProtection, master: [UInt8], randoms: [UInt8], encryptThenMAC: Bool
  ) -> (client: RecordKeys, server: RecordKeys)? {
    let (mac, key) = (protection.macByteCount, protection.keyByteCount)
    let iv = protection.fixedIVByteCount
    let hash = protection.hash
    guard
      let block = KeyDerivation.prf(
        hash, master, label: "key expansion", seed: randoms, byteCount: 2 * (mac + key + iv))
    else { return nil }
    let form = encryptThenMAC && mac > 0 ? Form.tls12EncryptThenMAC : .tls12
    func keys(_ number: Int) -> RecordKeys {
      RecordKeys(
        protection: protection, form: form,
        key: Array(block[(2 * mac + number * key)...].prefix(key)),
        iv: Array(block[(2 * (mac + key) + number * iv)...].prefix(iv)),
        macKey: Array(block[(number * mac)...].prefix(mac)))
    }
    return (keys(0), keys(1))
  }

  private init(
    protection: SuiteProtection, form: Form, key: [UInt8], iv: [UInt8], macKey: [UInt8]
  ) {
    (self.protection, self.form, self.key, self.iv) = (protection, form, key, iv)
    self.macKey = macKey
  }

  /// Opens a record; the next one is counted on from it.
  ///
  /// - Parameters:
  ///   - header: its five octets.
  ///   - fragment: what follows them.
  /// - Returns: what it holds and of which type; nil, and nothing counted, when it was not sealed with these keys.
  mutating func open(
    _ header: TLSRecordHeader, _ fragment: RawSpan, with box: CipherBox
  ) -> (contentType: UInt8, content: [UInt8])? {
    let opened =
      switch form {
      case .tls13: open13(header, fragment, box)
      case .tls12, .tls12EncryptThenMAC: open12(header, fragment, box)
      }
    if opened != nil { sequence &+= 1 }
    return opened
  }

  private func open13(
    _ header: TLSRecordHeader, _ fragment: RawSpan, _ box: CipherBox
  ) -> (contentType: UInt8, content: [UInt8])? {
    let associated = [23, 3, 3] + Self.octets(UInt16(truncatingIfNeeded: header.length))
    guard
      var content = box.context(of: protection.cipher).openSealed(
        fragment, key: key, nonce: nonce, associated: associated)
    else { return nil }
    // The content type stands behind the content, zeros may follow it (RFC 8446, section 5.2).
    while content.last == 0 { content.removeLast() }
    guard let type = content.popLast() else { return nil }
    return (type, content)
  }

  private func open12(
    _ header: TLSRecordHeader, _ fragment: RawSpan, _ box: CipherBox
  ) -> (contentType: UInt8, content: [UInt8])? {
    let context = box.context(of: protection.cipher)
    let type = header.contentType.rawValue
    let content: [UInt8]?
    switch protection.cipher {
    case .aes128GCM, .aes256GCM:
      guard fragment.byteCount >= 8 + 16 else { return nil }
      content = context.openSealed(
        fragment.extracting(droppingFirst: 8), key: key,
        nonce: iv + fragment.extracting(first: 8).copied(),
        associated: associated(header, fragment.byteCount - 24))
    case .chaCha20Poly1305:
      guard fragment.byteCount >= 16 else { return nil }
      content = context.openSealed(
        fragment, key: key, nonce: nonce, associated: associated(header, fragment.byteCount - 16))
    case .cbc(_, let mac):
      content = openCBC(header, fragment, context, mac)
    }
    return content.map { (type, $0) }
  }

  /// Blocks in CBC with a MAC (RFC 5246, section 6.2.3.2; RFC 7366).
  private func openCBC(
    _ header: TLSRecordHeader, _ fragment: RawSpan, _ context: CipherContext,
    _ mac: KeyDerivation.Hash
  ) -> [UInt8]? {
    var sealed = fragment
    if form == .tls12EncryptThenMAC {
      guard fragment.byteCount >= mac.rawValue else { return nil }
      sealed = fragment.extracting(droppingLast: mac.rawValue)
      let expected = KeyDerivation.hmac(
        mac, key: macKey, associated(header, sealed.byteCount) + sealed.copied())
      guard expected == fragment.extracting(last: mac.rawValue).copied() else { return nil }
    }
    guard sealed.byteCount >= 32,
      var content = context.decryptBlocks(
        sealed.extracting(droppingFirst: 16), key: key, iv: sealed.extracting(first: 16).copied()),
      let padding = content.last, content.count > Int(padding)
    else { return nil }
    content.removeLast(Int(padding) + 1)
    guard form == .tls12 else { return content }
    guard content.count >= mac.rawValue else { return nil }
    let found = Array(content.suffix(mac.rawValue))
    content.removeLast(mac.rawValue)
    let expected = KeyDerivation.hmac(mac, key: macKey, associated(header, content.count) + content)
    return expected == found ? content : nil
  }

  /// The IV with the sequence number in its last octets (RFC 8446, section 5.3; RFC 7905, section 2).
  private var nonce: [UInt8] {
    var nonce = iv
    guard nonce.count == 12 else { return nonce }
    for index in 0..<8 {
      nonce[11 - index] ^= UInt8(truncatingIfNeeded: sequence >> UInt64(8 * index))
    }
    return nonce
  }

  /// Sequence number, type, version and length (RFC 5246, section 6.2.3.3).
  private func associated(_ header: TLSRecordHeader, _ length: Int) -> [UInt8] {
    Self.octets(sequence) + [header.contentType.rawValue] + Self.octets(header.legacyVersion)
      + Self.octets(UInt16(truncatingIfNeeded: length))
  }

  private static func octets(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
