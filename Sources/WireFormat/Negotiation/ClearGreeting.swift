/// How protocols begin that may change to TLS later on their connection.
package enum ClearGreeting {
  /// Whether the first octets that an end sends are those of such a protocol: SMTP and LMTP (RFC 3207), IMAP and POP3
  /// (RFC 2595, 8314), FTP (RFC 4217), NNTP (RFC 4642), ManageSieve (RFC 5804), XMPP (RFC 6120), IRC, LDAP (RFC 4511),
  /// PostgreSQL, MySQL, RDP, TDS, AMQP, VNC and NBD.
  package static func mayLeadToTLS(_ bytes: RawSpan) -> Bool {
    guard let first = bytes.octet(at: 0) else { return false }
    let all = 0..<bytes.byteCount
    switch first {
    case UInt8(ascii: "2"):
      // 200, 201, 220: a service is ready.
      return bytes.hasPrefix("220", at: all) || bytes.hasPrefix("200 ", at: all)
        || bytes.hasPrefix("201 ", at: all)
    case UInt8(ascii: "*"): return bytes.hasPrefix("* OK", at: all)
    case UInt8(ascii: "+"): return bytes.hasPrefix("+OK", at: all)
    case UInt8(ascii: "\""): return bytes.hasPrefix("\"IMPLEMENTATION\"", at: all)
    case UInt8(ascii: "<"):
      return bytes.hasPrefix("<?xml", at: all) || bytes.hasPrefix("<stream:", at: all)
    case UInt8(ascii: "E"), UInt8(ascii: "H"), UInt8(ascii: "L"):
      return bytes.hasPrefix("EHLO ", at: all) || bytes.hasPrefix("HELO ", at: all)
        || bytes.hasPrefix("LHLO ", at: all)
    case UInt8(ascii: "C"): return bytes.hasPrefix("CAP ", at: all)
    case UInt8(ascii: "N"):
      return bytes.hasPrefix("NICK ", at: all) || bytes.hasPrefix("NBDMAGIC", at: all)
    case UInt8(ascii: "A"): return bytes.hasPrefix("AMQP", at: all)
    case UInt8(ascii: "R"): return bytes.hasPrefix("RFB 00", at: all)
    case 0x12: return bytes.octet(at: 1) ?? 9 <= 1 && bytes.octet(at: 4) == 0
    case 0x30: return isLDAP(bytes)
    case 0, 3:
      if TLSPreamble(bytes) != .none { return true }
      return isMySQLGreeting(bytes)
    default:
      return isMySQLGreeting(bytes)
    }
  }

  /// SEQUENCE, length, INTEGER messageID of one octet, and an operation.
  private static func isLDAP(_ bytes: RawSpan) -> Bool {
    let content = bytes.octet(at: 1) == 0x84 ? 6 : 2
    return bytes.octet(at: content) == 2 && bytes.octet(at: content + 1) == 1
      && bytes.octet(at: content + 3) ?? 0 >= 0x40
  }

  /// Length 3 (little-endian), sequence 0, protocol 10, then the version's digits.
  private static func isMySQLGreeting(_ bytes: RawSpan) -> Bool {
    guard bytes.octet(at: 2) == 0, bytes.octet(at: 3) == 0, bytes.octet(at: 4) == 10,
      let digit = bytes.octet(at: 5)
    else { return false }
    return (0x30...0x39).contains(digit)
  }
}
