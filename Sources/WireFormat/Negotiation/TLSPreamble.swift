/// Octets by which a client that began in the clear asks for TLS, where its ClientHello may follow them at once.
///
///     PostgreSQL  SSLRequest: length 4 (8), code 4 (80877103); GSSENCRequest: 80877104
///     MySQL       SSLRequest: length 3 (32, little-endian), sequence 1 (1), capabilities 4 with CLIENT_SSL 0x0800, 28 more
///     RDP         TPKT (RFC 1006, section 6): 3, 0, length 2; in it an X.224 connection request 0xe0 ([MS-RDPBCGR] 2.2.1.1)
///     TDS         PRELOGIN packet: 0x12, status 1, length 2, SPID 2, number 1, window 1; the hello is in it ([MS-TDS] 2.2.3.1)
///     LDAP        LDAPMessage with an extendedReq, 0x77 (RFC 4511, section 4.12)
///     text        one or more lines, the last of them `STARTTLS`, `STLS`, `AUTH TLS` or XMPP's `<starttls …/>`
package enum TLSPreamble: Equatable, Sendable {
  /// Nothing of the kind.
  case none
  /// It takes this many octets; they may be more than are there.
  case whole(byteCount: Int)
  /// More octets can make one.
  case partial

  /// Octets of text before a hello that are looked at.
  package static let maximumTextByteCount = 256

  /// Looks at the start of `bytes`.
  package init(_ bytes: RawSpan) {
    self = .none
    guard let first = bytes.octet(at: 0) else { return }
    switch first {
    case 0: self = Self.postgreSQL(bytes)
    case 3: self = Self.tpkt(bytes)
    case 0x12: self = Self.tds(bytes)
    case 0x20: self = Self.mySQL(bytes)
    case 0x30: self = Self.ldap(bytes)
    default: break
    }
    // A space begins text too, hardly a request in it.
    if self == .none, (0x20...0x7e).contains(first) { self = Self.text(bytes) }
  }

  private static func postgreSQL(_ bytes: RawSpan) -> TLSPreamble {
    var word: UInt64 = 0
    let count = min(8, bytes.byteCount)
    for index in 0..<count { word = word << 8 | UInt64(bytes.octet(at: index) ?? 0) }
    let unread = UInt64(64 - 8 * count)
    let isRequest =
      word == 0x0000_0008_04d2_162f >> unread || word == 0x0000_0008_04d2_1630 >> unread
    guard isRequest else { return .none }
    return count == 8 ? .whole(byteCount: 8) : .partial
  }

  private static func tpkt(_ bytes: RawSpan) -> TLSPreamble {
    guard let zero = bytes.octet(at: 1), let high = bytes.octet(at: 2),
      let low = bytes.octet(at: 3), let type = bytes.octet(at: 5)
    else { return bytes.octet(at: 1) ?? 0 == 0 && bytes.octet(at: 2) ?? 0 <= 1 ? .partial : .none }
    let count = Int(high) << 8 | Int(low)
    guard zero == 0, (11...512).contains(count), type == 0xe0,
      Int(bytes.octet(at: 4) ?? 0) == count - 5
    else { return .none }
    return .whole(byteCount: count)
  }

  /// The header alone: the octets of TLS lie within the packet.
  private static func tds(_ bytes: RawSpan) -> TLSPreamble {
    guard bytes.byteCount >= 11, bytes.octet(at: 1) ?? 9 <= 1, bytes.octet(at: 4) == 0,
      bytes.octet(at: 8) == 22, bytes.octet(at: 9) == 3
    else { return .none }
    return .whole(byteCount: 8)
  }

  private static func mySQL(_ bytes: RawSpan) -> TLSPreamble {
    guard bytes.octet(at: 1) ?? 0 == 0, bytes.octet(at: 2) ?? 0 == 0, bytes.octet(at: 3) ?? 1 == 1
    else { return .none }
    guard let capabilities = bytes.octet(at: 5) else { return .partial }
    return capabilities & 0x08 != 0 ? .whole(byteCount: 36) : .none
  }

  private static func ldap(_ bytes: RawSpan) -> TLSPreamble {
    // SEQUENCE, length (one octet, or 0x84 and four, as Windows writes it), INTEGER messageID, [APPLICATION 23].
    guard let length = bytes.octet(at: 1) else { return .none }
    var content = 2
    var count = Int(length)
    if length == 0x84 {
      guard bytes.octet(at: 2) == 0, bytes.octet(at: 3) == 0, bytes.octet(at: 4) == 0,
        let low = bytes.octet(at: 5)
      else { return .none }
      content = 6
      count = Int(low)
    }
    guard count >= 5, length < 0x80 || length == 0x84, bytes.octet(at: content) == 2,
      let width = bytes.octet(at: content + 1), (1...4).contains(width),
      bytes.octet(at: content + 2 + Int(width)) == 0x77
    else { return .none }
    return .whole(byteCount: content + count)
  }

  /// Text up to a hello that stands where a line or an XML element has ended.
  private static func text(_ bytes: RawSpan) -> TLSPreamble {
    guard let offset = bytes.firstOffset(of: 22, in: 0..<maximumTextByteCount),
      let last = bytes.octet(at: offset - 1),
      last == UInt8(ascii: "\n") || last == UInt8(ascii: ">"),
      bytes.octet(at: offset + 1) ?? 3 == 3, bytes.octet(at: offset + 5) ?? 1 == 1
    else { return .none }
    for index in 0..<offset {
      guard let octet = bytes.octet(at: index),
        octet >= 0x20 && octet < 0x7f || octet == 13 || octet == 10 || octet == 9
      else { return .none }
    }
    return asksForTLS(bytes, end: offset) ? .whole(byteCount: offset) : .none
  }

  /// Whether the line that ends before `end` is a command of one of the protocols above.
  private static func asksForTLS(_ bytes: RawSpan, end: Int) -> Bool {
    var stop = end
    while stop > 0, let octet = bytes.octet(at: stop - 1), octet == 10 || octet == 13 { stop -= 1 }
    func ends(_ text: StaticString) -> Bool {
      let start = stop - text.utf8CodeUnitCount
      return start >= 0 && bytes.equalsIgnoringCase(text, at: start..<stop)
    }
    if ends("starttls") || ends("stls") || ends("auth tls") || ends("auth ssl")
      || ends("auth tls-c")
    {
      return true
    }
    guard bytes.octet(at: stop - 1) == UInt8(ascii: ">") else { return false }
    var start = stop
    while start > 0, bytes.octet(at: start - 1) != UInt8(ascii: "<") { start -= 1 }
    return bytes.equalsIgnoringCase("starttls", at: start..<min(start + 8, stop))
  }
}
