internal import COpenSSL

/// JA4, FoxIO's fingerprint of a TLS client: `t13d1516h2_8daaf6152771_b186095e22b6`.
///
///     t | d | q      TCP, DTLS, QUIC
///     13             highest version: of supported_versions, else legacy_version
///     d | i          a server_name extension is there, or not
///     15             cipher suites, 99 at most
///     16             extensions, 99 at most
///     h2             first and last character of the first ALPN value; 00 without
///     _ 12 digits    SHA-256 of the cipher suites, sorted, in hexadecimal with commas
///     _ 12 digits    SHA-256 of the extensions, sorted, without server_name and ALPN, then `_` and
///                    the signature algorithms in the order sent where there are any
///
/// GREASE values (RFC 8701) count nowhere. An ALPN value that does not begin and end with a letter or
/// digit is told by the first and last digit of its hexadecimal form. A hash of nothing is twelve
/// zeros. Where DTLS lists several versions, the highest is the newest, though its number is the least.
package struct JA4: Equatable, Sendable {
  /// What carries the hello.
  package enum Transport: UInt8, Sendable {
    case tcp = 0x74
    case dtls = 0x64
    case quic = 0x71
  }

  package let text: String

  /// Makes the fingerprint of a hello.
  ///
  /// - Parameters:
  ///   - hello: as read from `message`.
  ///   - message: the span that the hello's ranges count in.
  /// - Returns: nil for a hello that is cut or in the form of SSL 2.0, or where OpenSSL has no SHA-256.
  package init?(_ hello: ClientHello, in message: RawSpan, _ transport: Transport) {
    guard !hello.isTruncated, !hello.isSSLv2 else { return nil }
    var parts = Parts()
    parts.read(hello, in: message)
    parts.cipherSuites.sort()
    var hashed = parts.extensions.filter { $0 != 0 && $0 != 16 }
    hashed.sort()
    var tail = Self.list(hashed)
    if !parts.signatureAlgorithms.isEmpty {
      tail.append(UInt8(ascii: "_"))
      tail.append(contentsOf: Self.list(parts.signatureAlgorithms))
    }
    guard let ciphers = Self.hash(Self.list(parts.cipherSuites)), let rest = Self.hash(tail) else {
      return nil
    }
    let version = HelloFacts.version(of: hello, in: message)
    let head =
      String(UnicodeScalar(transport.rawValue)) + Self.text(ofVersion: version)
      + (parts.extensions.contains(0) ? "d" : "i") + Self.text(of: parts.cipherSuites.count)
      + Self.text(of: parts.extensions.count)
      + Self.ends(of: message.part(hello.firstApplicationProtocol))
    text = "\(head)_\(ciphers)_\(rest)"
  }

  /// The lists of a hello without their GREASE values, in the order sent.
  private struct Parts {
    var cipherSuites: [UInt16] = []
    var extensions: [UInt16] = []
    var signatureAlgorithms: [UInt16] = []

    mutating func read(_ hello: ClientHello, in message: RawSpan) {
      var suites = ByteReader(message.part(hello.cipherSuites))
      while let suite = try? suites.readUInt16() {
        if !JA4.isGREASE(suite) { cipherSuites.append(suite) }
      }
      var list = ByteReader(message.part(hello.extensions))
      var hasAlgorithms = false
      while let type = try? list.readUInt16(), let length = try? list.readUInt16(),
        var content = try? list.readSlice(Int(length))
      {
        if JA4.isGREASE(type) { continue }
        if type == 13, !hasAlgorithms, (try? content.readUInt16()) != nil {
          hasAlgorithms = true
          while let algorithm = try? content.readUInt16() {
            if !JA4.isGREASE(algorithm) { signatureAlgorithms.append(algorithm) }
          }
        }
        extensions.append(type)
      }
    }
  }

  /// 0x0a0a, 0x1a1a … 0xfafa (RFC 8701, section 2).
  static func isGREASE(_ value: UInt16) -> Bool {
    value & 0x0f0f == 0x0a0a && value >> 8 == value & 0xff
  }

  private static func text(ofVersion version: UInt16) -> String {
    switch version {
    case 0x0304: "13"
    case 0x0303: "12"
    case 0x0302: "11"
    case 0x0301: "10"
    case 0x0300: "s3"
    case 0x0002: "s2"
    case 0xfeff: "d1"
    case 0xfefd: "d2"
    case 0xfefc: "d3"
    default: "00"
    }
  }

  private static func text(of count: Int) -> String {
    count < 10 ? "0\(count)" : String(min(count, 99))
  }

  private static func ends(of value: RawSpan) -> String {
    guard let first = value.octet(at: 0), let last = value.octet(at: value.byteCount - 1) else {
      return "00"
    }
    if isAlphanumeric(first), isAlphanumeric(last) {
      return String(UnicodeScalar(first)) + String(UnicodeScalar(last))
    }
    return String(UnicodeScalar(digit(first >> 4))) + String(UnicodeScalar(digit(last & 15)))
  }

  private static func isAlphanumeric(_ octet: UInt8) -> Bool {
    switch octet {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    default: false
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? 0x30 + value : 0x61 + (value - 10)
  }

  /// `1301,1302`
  private static func list(_ values: [UInt16]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(values.count * 5)
    for value in values {
      if !text.isEmpty { text.append(UInt8(ascii: ",")) }
      for shift: UInt16 in [12, 8, 4, 0] {
        text.append(digit(UInt8(truncatingIfNeeded: value >> shift & 15)))
      }
    }
    return text
  }

  /// The first twelve digits of SHA-256.
  private static func hash(_ text: [UInt8]) -> String? {
    guard !text.isEmpty else { return "000000000000" }
    var digest = InlineArray<32, UInt8>(repeating: 0)
    var output = digest.mutableSpan
    let succeeded = unsafe text.withUnsafeBytes { text in
      unsafe output.withUnsafeMutableBytes { output in
        // Safe: the length is the buffer's; the output has the 32 octets that are written.
        unsafe gnomon_sha256(text.baseAddress, text.count, output.baseAddress)
      }
    }
    guard succeeded == 1 else { return nil }
    var result = ""
    for index in 0..<6 {
      result.unicodeScalars.append(UnicodeScalar(Self.digit(digest[index] >> 4)))
      result.unicodeScalars.append(UnicodeScalar(Self.digit(digest[index] & 15)))
    }
    return result
  }
}
