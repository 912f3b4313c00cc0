import Testing
import WireFormat

@Suite("What leads to TLS on a connection in the clear")
struct TLSPreambleTests {
  static let hello: [UInt8] = [22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3]
  static let postgreSQL: [UInt8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]
  static let mySQL: [UInt8] =
    [0x20, 0, 0, 1, 0x05, 0xae, 0xff, 0x01] + [0, 0, 0, 1, 33] + [UInt8](repeating: 0, count: 23)
  /// X.224 connection request with an RDP_NEG_REQ that asks for TLS.
  static let rdp: [UInt8] =
    [3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0] + [1, 0, 8, 0, 1, 0, 0, 0]
  /// ExtendedRequest 1.3.6.1.4.1.1466.20037 (RFC 4511, section 4.14.1).
  static let ldap: [UInt8] =
    [0x30, 0x1d, 2, 1, 1, 0x77, 0x18, 0x80, 0x16] + Array("1.3.6.1.4.1.1466.20037".utf8)
  static let tds: [UInt8] = [0x12, 1, 0, 208, 0, 0, 0, 0]

  private func mayLeadToTLS(_ bytes: [UInt8]) -> Bool { ClearGreeting.mayLeadToTLS(bytes.wire) }
  private func read(_ bytes: [UInt8]) -> TLSPreamble { TLSPreamble(bytes.wire) }

  @Test(
    "a hello may follow at once",
    arguments: [
      postgreSQL, mySQL, rdp, ldap, tds, Array("STARTTLS\r\n".utf8),
      Array("a001 starttls\r\n".utf8), Array("EHLO a.test\r\nSTARTTLS\r\n".utf8),
      Array("STLS\n".utf8), Array("AUTH TLS\r\n".utf8), Array("auth ssl\r\n".utf8),
      Array("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>".utf8),
    ])
  func findsTheEnd(preamble: [UInt8]) {
    #expect(read(preamble + Self.hello) == .whole(byteCount: preamble.count))
  }

  @Test(
    "nothing of the kind",
    arguments: [
      [] as [UInt8], Array("HELO a.test\r\n".utf8) + hello, Array("STARTTLS".utf8) + hello,
      Array("the word STARTTLS.\r\n".utf8) + hello, Array("</starttls>".utf8) + hello,
      Array("STARTTLS\r\n".utf8), Array("STARTTLS\r\n\u{16}".utf8) + [4, 1],
      [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2e], [0, 1], [3, 1], [3, 0, 0, 19, 14, 0xd0],
      [0x20, 0, 0, 1, 0x05, 0xa6], [0x30, 0x1d, 2, 1, 1, 0x60], tds, hello,
      [UInt8](repeating: 0x41, count: 300) + Array("\r\nSTARTTLS\r\n".utf8) + hello,
    ])
  func passesOverOthers(bytes: [UInt8]) {
    #expect(read(bytes) == .none)
  }

  @Test("every proper prefix of a request waits for more", arguments: [postgreSQL, rdp])
  func waitsForMore(request: [UInt8]) {
    for length in 1..<min(6, request.count) {
      #expect(read(Array(request.prefix(length))) == .partial)
    }
  }

  @Test("how protocols begin that may change to TLS")
  func knowsGreetings() {
    for text in [
      "220 mx.a.test ESMTP", "* OK IMAP4rev1", "+OK POP3", "200 news.a.test", "<?xml version",
      "EHLO a", "CAP LS 302", "NICK a", "\"IMPLEMENTATION\" \"x\"", "AMQP\u{2}", "RFB 003.008",
    ] {
      #expect(mayLeadToTLS(Array(text.utf8)), "\(text)")
    }
    for bytes in [
      Self.postgreSQL, Self.rdp, Self.ldap, Self.tds,
      [0x4a, 0, 0, 0, 10] + Array("8.0.33".utf8),
    ] {
      #expect(mayLeadToTLS(bytes))
    }
    for text in ["HTTP/1.1 200 OK", "SSH-2.0-x", "GET / HTTP/1.1", "", "hello", "LIST", "22"] {
      #expect(!mayLeadToTLS(Array(text.utf8)), "\(text)")
    }
    #expect(!mayLeadToTLS(Self.hello))
  }
}
