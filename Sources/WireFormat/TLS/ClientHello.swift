/// The first message of a TLS client, with what can be read of it before encryption begins.
///
///     ProtocolVersion legacy_version;     2 octets                     RFC 8446, section 4.1.2
///     Random random;                      32 octets
///     opaque legacy_session_id<0..32>;    1-octet length first
///     opaque cookie<0..2^8-1>;            DTLS only                    RFC 6347, section 4.2.1
///     CipherSuite cipher_suites<2..2^16-2>;
///     opaque legacy_compression_methods<1..2^8-1>;
///     Extension extensions<8..2^16-1>;    absent from old clients
///
/// Ranges count octets in the span that was parsed; nothing is copied. Of an extension that is sent
/// twice the first counts. Unknown extensions, GREASE (RFC 8701) among them, are passed over.
package struct ClientHello: Equatable, Sendable {
  /// The longest message that its length fields allow, header included.
  package static let maximumByteCount = 131_400

  /// 0x0303 from a TLS 1.2 or 1.3 client; 0xfefd or 0xfeff in DTLS.
  package internal(set) var legacyVersion: UInt16 = 0
  /// The cipher suites, two octets each, and the extensions with their headers, as they lie there;
  /// what JA4 is made of.
  package internal(set) var cipherSuites = 0..<0
  package internal(set) var extensions = 0..<0
  /// The server name as it was sent; see ``RawSpan/lowercasedText(_:)``.
  package private(set) var serverName: Range<Int>?
  /// Host names after the first, which RFC 6066 does not allow; at most
  /// ``ServerName/maximumFurtherCount``.
  package private(set) var furtherServerNames: [Range<Int>] = []
  /// Why a server_name extension that is there could not be read.
  package private(set) var serverNameError: WireError?
  /// What the client offers by ALPN, and where its first choice lies.
  package private(set) var applicationProtocols: ApplicationProtocols = []
  package private(set) var firstApplicationProtocol: Range<Int>?
  /// supported_versions lists TLS 1.3 or DTLS 1.3.
  package private(set) var supportsTLS13 = false
  /// An encrypted_client_hello extension is there (RFC 9849), real or GREASE: ``serverName`` may be
  /// the outer, public name.
  package private(set) var hasEncryptedClientHello = false
  /// How the client offers to go on with an earlier session.
  package internal(set) var resumption: SessionResumption = []
  /// What that extension says; nil where it is absent or cannot be read.
  package private(set) var encryptedClientHello: EncryptedClientHello?
  /// quic_transport_parameters is there (RFC 9001, section 8.2, or a draft's number).
  package private(set) var isQUIC = false
  /// It came in the form of SSL 2.0: see ``SSLv2ClientHello``.
  package internal(set) var isSSLv2 = false
  /// The message ended early; the fields above are those before the cut.
  package private(set) var isTruncated = false

  init() {}

  package var cipherSuiteCount: Int { cipherSuites.count / 2 }

  /// Reads a whole handshake message, its four-octet header included; octets after it are left
  /// unread.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when it is not all there or a
  ///   length runs past its end; ``WireError/invalid(_:offset:)`` with `handshakeType` for another
  ///   message, `handshakeLength` past ``maximumByteCount``. An odd server name does not throw: see
  ///   ``serverNameError``.
  package init(parsing message: RawSpan) throws(WireError) {
    self.init()
    var reader = ByteReader(message)
    let header = try Self.header(&reader)
    var body = try reader.readSlice(header.length)
    try read(&body, in: message, isDTLS: false)
  }

  /// Reads a message whose end may be missing: what stands before the cut is kept and
  /// ``isTruncated`` is set.
  ///
  /// - Throws: as ``init(parsing:)``, `truncated` only within the first four octets or where the
  ///   message is whole and one of its lengths runs past its end.
  package init(parsingPrefix message: RawSpan) throws(WireError) {
    self.init()
    var reader = ByteReader(message)
    let header = try Self.header(&reader)
    let isWhole = header.length <= reader.remaining
    var body = try reader.readSlice(min(header.length, reader.remaining))
    try readPrefix(&body, in: message, isDTLS: false, isWhole: isWhole)
  }

  /// Reads a DTLS handshake message whose fragments have been put together, as far as they go: four
  /// octets of type and length, then the body with its cookie.
  ///
  /// - Throws: as ``init(parsingPrefix:)``.
  package init(parsingDTLS message: RawSpan) throws(WireError) {
    self.init()
    var reader = ByteReader(message)
    let header = try Self.header(&reader)
    let isWhole = header.length <= reader.remaining
    var body = try reader.readSlice(min(header.length, reader.remaining))
    try readPrefix(&body, in: message, isDTLS: true, isWhole: isWhole)
  }

  /// How many octets the message at the start of `bytes` has, header included: nil with fewer than
  /// four octets to tell it from.
  ///
  /// - Throws: ``WireError/invalid(_:offset:)`` as ``init(parsing:)`` does, already with one octet
  ///   when that is no ClientHello's.
  package static func announcedByteCount(_ bytes: RawSpan) throws(WireError) -> Int? {
    guard let type = bytes.octet(at: 0) else { return nil }
    guard type == 1 else { throw .invalid(.handshakeType, offset: 0) }
    guard bytes.byteCount >= HandshakeHeader.byteCount else { return nil }
    var reader = ByteReader(bytes)
    return try header(&reader).messageByteCount
  }

  private static func header(_ reader: inout ByteReader) throws(WireError) -> HandshakeHeader {
    let header = try HandshakeHeader(parsing: &reader)
    guard header.type == .clientHello else { throw .invalid(.handshakeType, offset: 0) }
    guard header.messageByteCount <= maximumByteCount else {
      throw .invalid(.handshakeLength, offset: 1)
    }
    return header
  }

  private mutating func readPrefix(
    _ body: inout ByteReader, in bytes: RawSpan, isDTLS: Bool, isWhole: Bool
  ) throws(WireError) {
    isTruncated = !isWhole
    do throws(WireError) {
      try read(&body, in: bytes, isDTLS: isDTLS)
    } catch {
      guard case .truncated = error, !isWhole else { throw error }
    }
  }

  private mutating func read(
    _ body: inout ByteReader, in bytes: RawSpan, isDTLS: Bool
  ) throws(WireError) {
    legacyVersion = try body.readUInt16()
    try body.skip(32)
    let sessionIDByteCount = Int(try body.readUInt8())
    try body.skip(sessionIDByteCount)
    if sessionIDByteCount > 0 { resumption.insert(.sessionID) }
    if isDTLS { try body.skip(Int(try body.readUInt8())) }
    let cipherSuiteByteCount = Int(try body.readUInt16())
    let cipherSuitesStart = body.offset
    try body.skip(cipherSuiteByteCount)
    cipherSuites = cipherSuitesStart..<body.offset
    try body.skip(Int(try body.readUInt8()))
    guard !body.isAtEnd else { return }

    var left = Int(try body.readUInt16())
    let extensionsStart = body.offset
    var seen = Seen()
    // Each turn takes at least four octets from at most 65,535: the loop is bounded.
    while left > 0 {
      let type = try body.readUInt16()
      let length = Int(try body.readUInt16())
      var content = try body.readSlice(length)
      left -= 4 + length
      note(type, &content, in: bytes, &seen)
      extensions = extensionsStart..<body.offset
    }
  }

  /// Extensions already read, so that a second of the same type is not.
  private struct Seen {
    var serverName = false
    var applicationProtocols = false
  }

  private mutating func note(
    _ type: UInt16, _ content: inout ByteReader, in bytes: RawSpan, _ seen: inout Seen
  ) {
    switch type {
    case 0 where !seen.serverName:
      seen.serverName = true
      do throws(WireError) {
        let names = try ServerName.read(&content, in: bytes)
        serverName = names.first
        furtherServerNames = names.further
      } catch {
        serverNameError = error
      }
    case 16 where !seen.applicationProtocols:
      seen.applicationProtocols = true
      (applicationProtocols, firstApplicationProtocol) = ApplicationProtocols.read(
        &content, in: bytes)
    case 35 where !content.isAtEnd:
      resumption.insert(.ticket)
    case 41:
      resumption.insert(.preSharedKey)
    case 42:
      resumption.insert(.earlyData)
    case 43:
      supportsTLS13 = supportsTLS13 || Self.listsTLS13(&content)
    case 57, 0xffa5:
      isQUIC = true
    case 0xfe0d where !hasEncryptedClientHello:
      hasEncryptedClientHello = true
      encryptedClientHello = try? EncryptedClientHello(parsing: &content)
    default:
      break
    }
  }

  /// `ProtocolVersion versions<2..254>` (RFC 8446, section 4.2.1); a cut list counts as far as it
  /// goes. 0x0304 is TLS 1.3, 0x7fNN one of its drafts, 0xfefc DTLS 1.3 (RFC 9147).
  private static func listsTLS13(_ content: inout ByteReader) -> Bool {
    guard (try? content.readUInt8()) != nil else { return false }
    while let version = try? content.readUInt16() {
      if version == 0x0304 || version == 0xfefc || version >> 8 == 0x7f { return true }
    }
    return false
  }
}
