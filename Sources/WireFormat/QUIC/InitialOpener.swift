internal import COpenSSL

/// Derives Initial keys and opens Initial packets with OpenSSL, whose contexts it owns and reuses:
/// nothing is allocated per packet.
///
/// For one thread at a time.
@safe
package final class InitialOpener {
  private let mac: OpaquePointer
  private let maskCipher: OpaquePointer
  private let packetCipher: OpaquePointer

  /// - Returns: nil where the OpenSSL of this machine has no HMAC-SHA-256, AES-128-ECB or
  ///   AES-128-GCM.
  package init?() {
    let mac = unsafe gnomon_hmac_sha256_new()
    let maskCipher = unsafe gnomon_cipher_new("AES-128-ECB", 1)
    let packetCipher = unsafe gnomon_cipher_new("AES-128-GCM", 0)
    guard let mac = unsafe mac, let maskCipher = unsafe maskCipher,
      let packetCipher = unsafe packetCipher
    else {
      // Safe: both accept NULL, and nothing else holds the contexts.
      unsafe EVP_MAC_CTX_free(mac)
      unsafe EVP_CIPHER_CTX_free(maskCipher)
      unsafe EVP_CIPHER_CTX_free(packetCipher)
      return nil
    }
    // Safe: owned by this object alone from here to `deinit`.
    unsafe (self.mac, self.maskCipher, self.packetCipher) = (mac, maskCipher, packetCipher)
  }

  deinit {
    // Safe: made in `init`, freed only here.
    unsafe EVP_MAC_CTX_free(mac)
    unsafe EVP_CIPHER_CTX_free(maskCipher)
    unsafe EVP_CIPHER_CTX_free(packetCipher)
  }

  /// The keys of a connection's Initial packets (RFC 9001, section 5.2).
  ///
  /// - Parameters:
  ///   - version: of the packets.
  ///   - destinationConnectionID: that of the client's first Initial packet, or of its first one
  ///     after a Retry; keys of both directions come from it.
  ///   - sender: whose packets are to be opened.
  /// - Throws: ``WireError/invalid(_:offset:)`` with `quicVersion` where the version has no known
  ///   salt, `quicIntegrity` where OpenSSL refuses.
  package func keys(
    for version: QUICVersion, destinationConnectionID: RawSpan, sender: InitialKeys.Sender
  ) throws(WireError) -> InitialKeys {
    guard let salt = version.initialSalt else { throw .invalid(.quicVersion, offset: 1) }
    // Safe: octets have no padding that `bytes` could show.
    let initialSecret = try unsafe authenticate(salt.span.bytes, destinationConnectionID)
    let secret = try expand(
      initialSecret, sender == .client ? "tls13 client in" : "tls13 server in", byteCount: 32)
    let labels = version.keyLabels
    let key = try expand(secret, labels.key, byteCount: 16)
    let iv = try expand(secret, labels.iv, byteCount: 12)
    let headerProtection = try expand(secret, labels.headerProtection, byteCount: 16)
    var keys = InitialKeys()
    for index in 0..<16 {
      keys.key[index] = key[index]
      keys.headerProtection[index] = headerProtection[index]
    }
    for index in 0..<12 { keys.iv[index] = iv[index] }
    return keys
  }

  /// Removes the header protection of an Initial packet and opens its payload
  /// (RFC 9001, sections 5.3 and 5.4).
  ///
  /// - Parameters:
  ///   - header: as read from this datagram.
  ///   - largestPacketNumber: the largest opened so far in this direction, nil before the first.
  ///   - scratch: grows to the longest packet seen and is used again; its former content is lost.
  /// - Returns: where the frames lie in `scratch`, and the packet's number.
  /// - Throws: ``WireError/invalid(_:offset:)`` with `quicHeaderForm` when it is no Initial packet,
  ///   `quicLength` when it is too short to be one, `quicIntegrity` when the keys do not open it.
  package func open(
    _ datagram: RawSpan, _ header: QUICLongHeader, keys: InitialKeys,
    largestPacketNumber: UInt64? = nil, into scratch: inout [UInt8]
  ) throws(WireError) -> (payload: Range<Int>, packetNumber: UInt64) {
    guard header.type == .initial else {
      throw .invalid(.quicHeaderForm, offset: header.start)
    }
    // The sample is taken as if the packet number had four octets.
    guard header.end <= datagram.byteCount, header.end - header.packetNumberOffset >= 4 + 16 else {
      throw .invalid(.quicLength, offset: header.packetNumberOffset)
    }
    let sample = datagram.extracting(droppingFirst: header.packetNumberOffset + 4)
    let mask = try mask(keys, of: sample.extracting(first: 16))

    let firstOctet = (datagram.octet(at: header.start) ?? 0) ^ (mask[0] & 0x0f)
    let numberLength = Int(firstOctet & 3) + 1
    let headerLength = header.packetNumberOffset + numberLength - header.start
    let payloadLength = header.end - header.packetNumberOffset - numberLength - 16
    guard payloadLength >= 0 else { throw .invalid(.quicLength, offset: header.start) }
    if scratch.count < headerLength + payloadLength {
      scratch.append(
        contentsOf: repeatElement(0, count: headerLength + payloadLength - scratch.count))
    }

    scratch[0] = firstOctet
    for index in 1..<headerLength {
      scratch[index] = datagram.octet(at: header.start + index) ?? 0
    }
    var truncated: UInt64 = 0
    for index in 0..<numberLength {
      let position = headerLength - numberLength + index
      scratch[position] ^= mask[1 + index]
      truncated = truncated << 8 | UInt64(scratch[position])
    }
    let number = Self.packetNumber(
      truncated, bitCount: UInt64(8 * numberLength), after: largestPacketNumber)
    var nonce = keys.iv
    for index in 0..<8 {
      nonce[11 - index] ^= UInt8(truncatingIfNeeded: number >> UInt64(8 * index))
    }
    let sealed = datagram.extracting(
      header.start + headerLength..<header.end)
    guard decipher(sealed, keys.key, nonce, &scratch, headerLength, payloadLength) else {
      throw .invalid(.quicIntegrity, offset: header.start)
    }
    return (headerLength..<headerLength + payloadLength, number)
  }

  /// The packet number that ends in the sent bits and is nearest to the one expected next
  /// (RFC 9000, section A.3).
  package static func packetNumber(
    _ truncated: UInt64, bitCount: UInt64, after largest: UInt64?
  ) -> UInt64 {
    guard let largest else { return truncated }
    let expected = largest &+ 1
    let window: UInt64 = 1 << bitCount
    let candidate = expected & ~(window - 1) | truncated
    if expected >= window / 2, candidate <= expected - window / 2, candidate < 1 << 62 - window {
      return candidate + window
    }
    if candidate > expected, candidate - expected > window / 2, candidate >= window {
      return candidate - window
    }
    return candidate
  }

  private typealias Secret = InlineArray<32, UInt8>

  /// HKDF-Expand-Label with an empty context, for at most 32 octets (RFC 8446, section 7.1).
  private func expand(
    _ secret: Secret, _ label: StaticString, byteCount: UInt8
  ) throws(WireError) -> Secret {
    var info = InlineArray<24, UInt8>(repeating: 0)
    let labelLength = label.utf8CodeUnitCount
    info[1] = byteCount
    info[2] = UInt8(truncatingIfNeeded: labelLength)
    for index in 0..<labelLength {
      // Safe: the index is below the literal's length; the literals lie in the program's data.
      info[3 + index] = unsafe label.utf8Start[index]
    }
    // After an empty context (one octet, 0) the counter of HKDF-Expand's only block.
    info[4 + labelLength] = 1
    // Safe: octets have no padding that `bytes` could show.
    return try unsafe authenticate(
      secret.span.bytes, info.span.bytes.extracting(first: 5 + labelLength))
  }

  /// HMAC-SHA-256.
  private func authenticate(_ key: RawSpan, _ data: RawSpan) throws(WireError) -> Secret {
    var result = Secret(repeating: 0)
    var output = result.mutableSpan
    let succeeded = unsafe key.withUnsafeBytes { key in
      unsafe data.withUnsafeBytes { data in
        unsafe output.withUnsafeMutableBytes { output in
          // Safe: the lengths are those of the buffers; the output has 32 octets.
          unsafe gnomon_hmac_sha256(
            mac, key.baseAddress, key.count, data.baseAddress, data.count, output.baseAddress)
        }
      }
    }
    guard succeeded == 1 else { throw .invalid(.quicIntegrity, offset: 0) }
    return result
  }

  /// The header protection mask of a sample of 16 octets (RFC 9001, section 5.4.3).
  private func mask(
    _ keys: InitialKeys, of sample: RawSpan
  ) throws(WireError) -> InlineArray<16, UInt8> {
    var result = InlineArray<16, UInt8>(repeating: 0)
    var output = result.mutableSpan
    let succeeded = unsafe keys.headerProtection.span.bytes.withUnsafeBytes { key in
      unsafe sample.withUnsafeBytes { sample in
        unsafe output.withUnsafeMutableBytes { output in
          // Safe: key, sample and output have the 16 octets that are read and written.
          unsafe gnomon_aes128_block(
            maskCipher, key.baseAddress, sample.baseAddress, output.baseAddress)
        }
      }
    }
    guard succeeded == 1 else { throw .invalid(.quicIntegrity, offset: 0) }
    return result
  }

  /// Opens `sealed`, whose last 16 octets are the tag; the header in front of `scratch` is the
  /// associated data, the plaintext goes after it.
  private func decipher(
    _ sealed: RawSpan, _ key: InlineArray<16, UInt8>, _ nonce: InlineArray<12, UInt8>,
    _ scratch: inout [UInt8], _ headerLength: Int, _ payloadLength: Int
  ) -> Bool {
    let succeeded = unsafe key.span.bytes.withUnsafeBytes { key in
      unsafe nonce.span.bytes.withUnsafeBytes { nonce in
        unsafe sealed.withUnsafeBytes { sealed in
          unsafe scratch.withUnsafeMutableBytes { scratch in
            // Safe: `open` has made `sealed` payload + 16 octets long and `scratch` at least
            // header + payload; both lengths come from a datagram and fit an Int32.
            unsafe gnomon_aead_open(
              packetCipher, key.baseAddress, nonce.baseAddress, scratch.baseAddress,
              Int32(truncatingIfNeeded: headerLength), sealed.baseAddress,
              Int32(truncatingIfNeeded: payloadLength),
              scratch.baseAddress.map { unsafe $0 + headerLength })
          }
        }
      }
    }
    return succeeded == 1
  }
}
