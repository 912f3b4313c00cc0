/// What a ClientHello says of the client beside a name: told to those who list names, never kept.
package final class HelloFacts: Sendable {
  /// Nil where there is none to make: see ``JA4``.
  package let ja4: String?
  /// The highest version offered: 0x0002, 0x0300...0x0304, or 0xfeff, 0xfefd, 0xfefc of DTLS.
  package let version: UInt16
  /// Values of ALPN as they were sent, GREASE among them; octets that are no UTF-8 are U+FFFD.
  package let applicationProtocols: [String]
  package let resumption: SessionResumption

  /// ALPN values taken of one hello; clients send one to four.
  static let maximumProtocolCount = 16

  /// - Parameters:
  ///   - hello: as read from `message`.
  ///   - message: the span that the hello's ranges count in.
  package init(_ hello: ClientHello, in message: RawSpan, _ transport: JA4.Transport) {
    ja4 = JA4(hello, in: message, transport)?.text
    version = Self.version(of: hello, in: message)
    applicationProtocols = Self.protocols(of: hello, in: message)
    resumption = hello.resumption
  }

  /// `TLS 1.3`, `DTLS 1.2`, `SSL 2.0`; the number of one that is not known.
  package var versionName: String {
    switch version {
    case 0x0002: "SSL 2.0"
    case 0x0300: "SSL 3.0"
    case 0x0301...0x0304: "TLS 1.\(version - 0x0301)"
    case 0xfeff: "DTLS 1.0"
    case 0xfefd: "DTLS 1.2"
    case 0xfefc: "DTLS 1.3"
    default: "0x" + String(version, radix: 16)
    }
  }

  /// The newest version of supported_versions (RFC 8446, section 4.2.1), GREASE left out; else
  /// `legacy_version`.
  static func version(of hello: ClientHello, in message: RawSpan) -> UInt16 {
    var highest: UInt16?
    if var content = hello.extensionBody(43, in: message), (try? content.readUInt8()) != nil {
      while let version = try? content.readUInt16() {
        if JA4.isGREASE(version) { continue }
        highest = highest.map { newer($0, version) } ?? version
      }
    }
    return highest ?? hello.legacyVersion
  }

  /// DTLS counts down from 0xfeff (RFC 6347, section 4.1).
  private static func newer(_ first: UInt16, _ second: UInt16) -> UInt16 {
    let isDTLS = first >> 8 == 0xfe && second >> 8 == 0xfe
    return isDTLS ? min(first, second) : max(first, second)
  }

  private static func protocols(of hello: ClientHello, in message: RawSpan) -> [String] {
    guard var body = hello.extensionBody(16, in: message), (try? body.readUInt16()) != nil else {
      return []
    }
    var values: [String] = []
    while values.count < maximumProtocolCount, let length = try? body.readUInt8(), length > 0,
      let value = try? body.readBytes(Int(length))
    {
      values.append(String(decoding: value.copied(), as: UTF8.self))
    }
    return values
  }
}

extension ClientHello {
  /// The body of the first extension of `type`, of a hello that was read from `message`.
  @_lifetime(copy message)
  func extensionBody(_ type: UInt16, in message: RawSpan) -> ByteReader? {
    var list = ByteReader(message.part(extensions))
    while let found = try? list.readUInt16(), let length = try? list.readUInt16(),
      let content = try? list.readBytes(Int(length))
    {
      if found == type { return ByteReader(content) }
    }
    return nil
  }
}
