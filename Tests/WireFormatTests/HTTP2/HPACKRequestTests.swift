import Testing

@testable import WireFormat

@Suite("The request in an HPACK header block (RFC 7541)")
struct HPACKRequestTests {
  /// RFC 7541, section C.3.1: without Huffman coding.
  static let plain: [UInt8] = [0x82, 0x86, 0x84, 0x41, 0x0f] + Array("www.example.com".utf8)
  /// RFC 7541, section C.4.1: with it.
  static let coded: [UInt8] = [
    0x82, 0x86, 0x84, 0x41, 0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4,
    0xff,
  ]

  static let badFields: [([UInt8], WireError)] = [
    ([0x80], .invalid(.hpackInteger, offset: 0)),
    ([0xff, 0x80, 0x80, 0x80, 0x80, 0x01], .invalid(.hpackInteger, offset: 5)),
    // The end of the string within it, padding of a whole octet, padding of zeros.
    ([0x41, 0x84, 0xff, 0xff, 0xff, 0xff], .invalid(.hpackHuffman, offset: 3)),
    ([0x41, 0x82, 0x1f, 0xff], .invalid(.hpackHuffman, offset: 2)),
    ([0x41, 0x81, 0x18], .invalid(.hpackHuffman, offset: 1)),
  ]

  private func read(_ block: [UInt8]) throws(WireError) -> HPACKRequest {
    try HPACKRequest(parsing: block.wire)
  }

  private func text(_ octets: some Sequence<UInt8>) -> String {
    String(decoding: Array(octets), as: UTF8.self)
  }

  @Test("the examples of the RFC", arguments: [plain, coded])
  func readsTheExamples(block: [UInt8]) throws {
    let request = try read(block)
    #expect(text(request.authority) == "www.example.com")
    #expect(text(request.path) == "/")
  }

  @Test("names may be spelled out, values never indexed, the table resized")
  func readsLiterals() throws {
    let name = [UInt8(10)] + Array(":authority".utf8)
    let block: [UInt8] =
      [0x20, 0x00] + name + [9] + Array("a.lan:800".utf8) + [0x14, 4] + Array("/v1/".utf8)
    let request = try read(block)
    #expect(text(request.hostName) == "a.lan")
    #expect(text(request.path) == "/v1/")
    // Field 62 would be of the dynamic table.
    #expect(try read([0xbe, 0x7e, 1, 0x61] + Self.plain) == read(Self.plain))
  }

  @Test("host stands in for an authority that is not there")
  func takesHost() throws {
    // Field 38 of the static table, its index in a prefix of six bits.
    #expect(text(try read([0x66, 1, 0x62]).authority) == "b")
    #expect(text(try read([0x66, 1, 0x62, 0x41, 1, 0x61]).authority) == "a")
    #expect(try read([0x41, 3, 0x61, 0x20, 0x62]).authority.isEmpty)
    #expect(text(try read([0x41, 7] + Array("[::1]:8".utf8)).hostName) == "::1")
  }

  @Test("every prefix is truncated, or ends between two fields", arguments: [plain, coded])
  func reportsTruncation(block: [UInt8]) {
    for length in 0..<block.count {
      do throws(WireError) {
        _ = try read(Array(block.prefix(length)))
        #expect(length <= 3)
      } catch {
        guard case .truncated = error else {
          Issue.record("\(length): \(error)")
          continue
        }
      }
    }
  }

  @Test("bad fields", arguments: badFields)
  func refusesBadFields(block: [UInt8], error: WireError) {
    #expect(throws: error) { try read(block) }
  }

  @Test("frame headers, and the block within padding and priority")
  func readsFrames() throws {
    let octets: [UInt8] = [0, 0, 10, 1, 0x2c, 0, 0, 0, 1]
    let header = try HTTP2FrameHeader(parsing: octets.wire)
    #expect(header.length == 10 && header.type == 1)
    #expect(block(of: header, padding: 2) == 6..<8)
    #expect(block(of: header, padding: 9) == nil)
    #expect(throws: WireError.self) {
      let cut = Array(octets.dropLast())
      _ = try HTTP2FrameHeader(parsing: cut.wire)
    }
  }

  private func block(of header: HTTP2FrameHeader, padding: UInt8) -> Range<Int>? {
    let octets: [UInt8] = [padding, 0, 0, 0, 0, 16, 0x82, 0x84, 0, 0]
    return header.headerBlock(octets.wire)
  }
}
