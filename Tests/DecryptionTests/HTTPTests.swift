import CBrotliEncoder
import CZlib
import CZstd
import Testing
import WireFormat

@testable import Decryption

@Suite("Decrypted HTTP")
struct HTTPTests {
  static let reply = #"{"usage":{"prompt_tokens":3,"completion_tokens":4}}"#

  static func time(_ milliseconds: Int64) -> Timestamp {
    Timestamp(nanoseconds: milliseconds * 1_000_000)
  }

  /// Reads both directions in pieces of so many octets.
  static func exchanges(up: [UInt8], down: [UInt8], step: Int) -> [Exchange] {
    var connection = HTTP1Connection()
    var found: [Exchange] = []
    for (octets, isUp) in [(up, true), (down, false)] {
      for start in stride(from: 0, to: octets.count, by: step) {
        connection.read(
          Array(octets[start..<min(start + step, octets.count)]), isUp: isUp,
          at: time(isUp ? 1 : 2)
        ) { found.append($0) }
      }
    }
    connection.finish { found.append($0) }
    return found
  }

  static func request(_ body: String, _ fields: String = "") -> [UInt8] {
    Array(
      "POST /v1/chat HTTP/1.1\r\nHost: a.test\r\nContent-Type: application/json\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        .utf8)
  }

  @Test("chunked, cut anywhere", arguments: [1, 3, 100, 4_096])
  func chunked(step: Int) throws {
    let down =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
      + "6\r\ndata: \r\n" + String(Self.reply.utf8.count, radix: 16) + "\r\n\(Self.reply)\r\n"
      + "2\r\n\n\n\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"
    let found = Self.exchanges(
      up: Self.request(#"{"tools":[1]}"#), down: Array(down.utf8), step: step)
    #expect(found.count == 1)
    let exchange = try #require(found.first)
    #expect(exchange.usage?.promptTotal == 3)
    #expect(exchange.eventCount == 2)
    #expect(exchange.requestBodyByteCount == 13 && exchange.facts.hasTools)
    #expect(exchange.responseBodyByteCount == 6 + Self.reply.utf8.count + 2 + 14)
    #expect(exchange.start == Self.time(1) && exchange.end == Self.time(2))
  }

  @Test func responsesAnswerInOrderAndTheLastEndsWithTheConnection() {
    let one =
      "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
    let found = Self.exchanges(
      up: Self.request("{}") + Self.request("{ }"), down: Array((one + Self.reply).utf8), step: 50)
    #expect(found.map(\.statusCode) == [204, 200])
    #expect(found.map(\.requestBodyByteCount) == [2, 3])
    #expect(found.last?.usage?.completionVisible == 4)
    #expect(found.first?.silence == .otherMedia)
  }

  @Test("content codings", arguments: ["gzip", "zstd", "deflate", "br", "gzip, br"])
  func codings(name: String) throws {
    let plain = Array(Self.reply.utf8)
    let body =
      switch name {
      case "gzip": Compressed.zlib(plain, windowBits: 15 + 16)
      case "deflate": Compressed.zlib(plain, windowBits: 15)
      case "zstd": Compressed.zstd(plain)
      case "br": Compressed.brotli(plain)
      default: plain
      }
    let head =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: \(name)\r\nContent-Length: \(body.count)\r\n\r\n"
    let exchange = try #require(
      Self.exchanges(up: Self.request("{}"), down: Array(head.utf8) + body, step: 5).first)
    #expect(exchange.responseBodyByteCount == body.count)
    if name == "gzip, br" {
      #expect(exchange.silence == .unknownCoding)
    } else {
      #expect(exchange.usage?.promptTotal == 3)
    }
  }

  @Test func aDamagedCodingIsSaid() throws {
    let head =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone"
    let exchange = try #require(
      Self.exchanges(up: Self.request("{}"), down: Array(head.utf8), step: 99).first)
    #expect(exchange.silence == .damagedCoding)
  }

  @Test func brotliIsReadInAnyPieces() {
    let plain = Array(String(repeating: Self.reply, count: 300).utf8)
    let body = Compressed.brotli(plain)
    for step in [1, 7, 100, body.count] {
      let decoder = ContentDecoder(.brotli)
      var read: [UInt8] = []
      for start in stride(from: 0, to: body.count, by: step) {
        decoder.decode(body[start..<min(start + step, body.count)]) { read += $0 }
      }
      #expect(read == plain && !decoder.hasFailed)
      #expect((1..<1 << 20).contains(decoder.heldByteCount))
      // Nothing may follow.
      decoder.decode([0]) { _ in Issue.record("octets after the end") }
      #expect(decoder.hasFailed)
    }
  }

  @Test("a window as large as the coding has is held, and no more", arguments: [16, 24])
  func brotliWindows(bits: Int32) {
    // Runs that a window does not make shorter, longer in all than the largest.
    var plain: [UInt8] = []
    var state: UInt64 = 1
    while plain.count < 17 << 20 {
      state = state &* 6_364_136_223_846_793_005 &+ 1
      plain += [UInt8](repeating: UInt8(truncatingIfNeeded: state >> 33), count: 400)
    }
    let body = Compressed.brotli(plain, window: bits)
    let decoder = ContentDecoder(.brotli)
    var (count, most) = (0, 0)
    for start in stride(from: 0, to: body.count, by: 128) {
      decoder.decode(body[start..<min(start + 128, body.count)]) {
        count += $0.count
        most = max(most, decoder.heldByteCount)
      }
    }
    #expect(count == plain.count && !decoder.hasFailed)
    #expect(most >= 1 << bits && most <= (1 << bits) + (2 << 20))
  }

  private static func coded(_ plain: [UInt8], _ coding: ContentDecoder.Coding) -> [UInt8] {
    switch coding {
    case .identity: plain
    case .gzip: Compressed.zlib(plain, windowBits: 15 + 16)
    case .deflate: Compressed.zlib(plain, windowBits: 15)
    case .zstd: Compressed.zstd(plain)
    case .brotli: Compressed.brotli(plain)
    }
  }

  @Test(
    "what expands out of proportion is left",
    arguments: [.gzip, .zstd, .brotli] as [ContentDecoder.Coding])
  func whatExpandsWithoutEndIsLeft(coding: ContentDecoder.Coding) {
    let bomb = Self.coded([UInt8](repeating: 0x20, count: 32 << 20), coding)
    let decoder = ContentDecoder(coding)
    var count = 0
    decoder.decode(bomb[...]) { count += $0.count }
    #expect(decoder.hasFailed)
    let most = ContentDecoder.freeByteCount + ContentDecoder.maximumRatio * bomb.count
    #expect(count <= most && count > 0 && most < 32 << 20)
    #expect(decoder.heldByteCount <= ContentDecoder.maximumHeldByteCount)
  }

  @Test(
    "a body that expands beyond what is kept is let go within one piece",
    arguments: ContentDecoder.Coding.allCases.filter { $0 != .identity })
  func bombs(coding: ContentDecoder.Coding) {
    let bomb = Self.coded(
      [UInt8](repeating: 0x20, count: RequestBody.maximumByteCount + 65_537), coding)
    var fields = MessageFields()
    fields.coding = coding
    fields.contentType = "application/json"
    var request = RequestBody(fields)
    request.read(bomb[...])
    #expect(request.heldByteCount <= ContentDecoder.maximumHeldByteCount)
    #expect(request.byteCount == bomb.count && request.finish() == RequestFacts())
    var response = ResponseBody(fields, statusCode: 200)
    response.read(bomb[...])
    #expect(
      response.heldByteCount
        <= ReplyReader.maximumDocumentByteCount + ContentDecoder.maximumHeldByteCount)
  }

  @Test("many streams that each take a window are left before they hold much")
  func windowsOfManyStreams() {
    // A frame of some octets whose header asks for a window of 8 MiB, cut before its end.
    let body = Compressed.zstd([UInt8](repeating: 0x20, count: 8 << 20)).dropLast()
    var connection = HTTP2Connection()
    connection.read(HTTP2FrameHeader.preface, isUp: true, at: Self.time(0)) { _ in }
    // content-type: application/json and content-encoding: zstd, literals without indexing.
    func literal(_ name: String, _ value: String) -> [UInt8] {
      [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
    }
    let head =
      [0x83] + literal("content-type", "application/json") + literal("content-encoding", "zstd")
    var up: [UInt8] = []
    for stream in stride(from: UInt8(1), to: 127, by: 2) {
      up += Self.frame(1, 4, stream, head) + Self.frame(0, 0, stream, Array(body))
    }
    // All in one piece.
    connection.read(up, isUp: true, at: Self.time(1)) { _ in }
    #expect(connection.hasFailed && connection.isTooMuch && connection.heldByteCount == 0)
    #expect(
      connection.mostHeldByteCount <= DecryptedFlow.maximumHeldByteCount
        + ReplyReader.maximumDocumentByteCount + ContentDecoder.maximumHeldByteCount)
    #expect(connection.mostHeldByteCount > DecryptedFlow.maximumHeldByteCount)
  }

  @Test(
    "an upgrade to WebSocket ends the reading, and is told from others",
    arguments: ["websocket", "h2c"])
  func upgrades(to name: String) {
    var connection = HTTP1Connection()
    let up = "GET /v1/responses HTTP/1.1\r\nHost: a.test\r\n\r\n"
    let down = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: \(name)\r\n\r\n"
    var found = 0
    connection.read(Array(up.utf8), isUp: true, at: Self.time(1)) { _ in found += 1 }
    connection.read(Array(down.utf8), isUp: false, at: Self.time(2)) { _ in found += 1 }
    #expect(connection.hasFailed && found == 0)
    #expect(connection.isWebSocket == (name == "websocket"))
  }

  @Test func whatIsNoHTTPEndsTheReading() {
    #expect(
      Self.exchanges(up: Array("hello\r\n\r\n".utf8), down: Array("x\r\n\r\n".utf8), step: 4)
        .isEmpty)
    let endless = [UInt8](repeating: UInt8(ascii: "a"), count: 100_000)
    var connection = HTTP1Connection()
    connection.read(endless, isUp: true, at: Self.time(0)) { _ in }
    #expect(connection.hasFailed && connection.heldByteCount <= 20_000)
  }

  // MARK: HTTP/2

  static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
    [UInt8(payload.count >> 16), UInt8(payload.count >> 8 & 255), UInt8(payload.count & 255)]
      + [type, flags, 0, 0, 0, stream] + payload
  }

  @Test("two streams side by side, cut anywhere", arguments: [1, 10, 9_999])
  func http2(step: Int) {
    var connection = HTTP2Connection()
    var found: [Exchange] = []
    func send(_ octets: [UInt8], isUp: Bool, at milliseconds: Int64) {
      for start in stride(from: 0, to: octets.count, by: step) {
        connection.read(
          Array(octets[start..<min(start + step, octets.count)]), isUp: isUp,
          at: Self.time(milliseconds)
        ) { found.append($0) }
      }
    }
    // :method POST, and content-type application/json as a new entry of the table.
    let json = Array("application/json".utf8)
    let requestBlock: [UInt8] = [0x83, 0x5f, UInt8(json.count)] + json
    send(HTTP2FrameHeader.preface + Self.frame(4, 0, 0, []), isUp: true, at: 0)
    send(Self.frame(4, 0, 0, []), isUp: false, at: 1)
    send(Self.frame(1, 4, 1, requestBlock), isUp: true, at: 10)
    // Padded, with three octets of padding.
    send(Self.frame(0, 0x09, 1, [3] + Array("{}".utf8) + [0, 0, 0]), isUp: true, at: 11)
    // The second request refers to the entry: index 62.
    send(Self.frame(1, 5, 3, [0x83, 0xbe]), isUp: true, at: 12)
    // :status 200, content-type of the static table's name, the block in two frames.
    send(Self.frame(1, 0, 3, [0x88, 0x5f]), isUp: false, at: 20)
    send(Self.frame(9, 4, 3, [UInt8(json.count)] + json), isUp: false, at: 21)
    send(Self.frame(1, 4, 1, [0x88, 0xbe]), isUp: false, at: 22)
    send(Self.frame(0, 0, 3, Array(Self.reply.utf8)), isUp: false, at: 23)
    send(Self.frame(0, 1, 1, Array(Self.reply.utf8)), isUp: false, at: 24)
    send(Self.frame(0, 1, 3, []), isUp: false, at: 30)
    #expect(found.map(\.streamID) == [1, 3])
    #expect(found.allSatisfy { $0.usage?.promptTotal == 3 && $0.statusCode == 200 })
    #expect(found.map(\.requestBodyByteCount) == [2, 0])
    #expect(found.map(\.start) == [Self.time(10), Self.time(12)])
    #expect(found.map(\.end) == [Self.time(24), Self.time(30)])
  }

  /// RFC 7541, appendix C.4: three requests on one connection, in Huffman's code.
  @Test func hpackReadsTheExamplesOfItsRFC() throws {
    let blocks: [[UInt8]] = [
      [0x82, 0x86, 0x84, 0x41, 0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90]
        + [0xf4, 0xff],
      [0x82, 0x86, 0x84, 0xbe, 0x58, 0x86, 0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf],
      [0x82, 0x87, 0x85, 0xbf, 0x40, 0x88, 0x25, 0xa8, 0x49, 0xe9, 0x5b, 0xa9, 0x7d, 0x7f, 0x89]
        + [0x25, 0xa8, 0x49, 0xe9, 0x5b, 0xb8, 0xe8, 0xb4, 0xbf],
    ]
    var decoder = HPACKDecoder()
    var lists: [[String]] = []
    for block in blocks {
      var list: [String] = []
      try decoder.read(block.octets) { name, value in
        list.append(String(decoding: name + Array(": ".utf8) + value, as: UTF8.self))
      }
      lists.append(list)
    }
    #expect(
      lists[0] == [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"])
    #expect(lists[1].last == "cache-control: no-cache" && lists[1].count == 5)
    #expect(
      lists[2] == [
        ":method: GET", ":scheme: https", ":path: /index.html", ":authority: www.example.com",
        "custom-key: custom-value",
      ])
  }

  @Test(
    "an index that is in no table is refused",
    arguments: [[0x80], [0xc0], [0x3f, 0xff, 0xff, 0xff, 0x7f]] as [[UInt8]])
  func badIndexes(block: [UInt8]) {
    var decoder = HPACKDecoder()
    #expect(throws: WireError.self) { try decoder.read(block.octets) { _, _ in } }
  }
}

@Suite("Work on HPACK blocks")
struct HPACKWorkTests {
  /// A literal with incremental indexing of an empty name and so many octets.
  static func literal(_ count: Int) -> [UInt8] {
    let length: [UInt8] = count < 127 ? [UInt8(count)] : [0x7f] + Self.continued(count - 127)
    return [0x40, 0] + length + [UInt8](repeating: 0x61, count: count)
  }

  static func continued(_ value: Int) -> [UInt8] {
    value < 128
      ? [UInt8(value)] : [UInt8(value & 127 | 128)] + continued(value >> 7)
  }

  @Test func anEntryThatManyFieldsReferToIsNotToldWithoutEnd() throws {
    var decoder = HPACKDecoder()
    // A table of 1 MiB, an entry of 100 kB, and then that entry a thousand times.
    try decoder.read(([0x3f] + Self.continued((1 << 20) - 31) + Self.literal(100_000)).octets) {
      _, _ in
    }
    var told = 0
    #expect(throws: WireError.self) {
      try decoder.read([UInt8](repeating: 0xbe, count: 1_000).octets) {
        told += $0.count + $1.count
      }
    }
    #expect(told <= HPACKDecoder.maximumListByteCount && told > 100_000)
  }

  @Test func theTableEvictsTheOldestAndCountsFromTheNewest() throws {
    var decoder = HPACKDecoder()
    // Room for two entries of one octet.
    var block: [UInt8] = [0x3f] + Self.continued(66 - 31)
    for value in 0..<200 { block += [0x40, 0, 1, UInt8(value)] }
    try decoder.read(block.octets) { _, _ in }
    var values: [[UInt8]] = []
    try decoder.read([UInt8]([0xbe, 0xbf]).octets) { values.append($1) }
    #expect(values == [[199], [198]] && decoder.size == 66)
    #expect(throws: WireError.self) { try decoder.read([UInt8]([0xc0]).octets) { _, _ in } }
  }
}

/// Compressed forms of octets.
enum Compressed {
  static func zlib(_ octets: [UInt8], windowBits: Int32) -> [UInt8] {
    // Safe throughout: the structure and both arrays outlive the calls, and the output is as large as zlib asks.
    var stream = unsafe z_stream()
    unsafe deflateInit2_(
      &stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    var output = [UInt8](
      repeating: 0, count: Int(unsafe deflateBound(&stream, UInt(octets.count))))
    var input = octets
    unsafe input.withUnsafeMutableBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { space in
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = UInt32(source.count)
        unsafe stream.next_out = space.baseAddress
        unsafe stream.avail_out = UInt32(space.count)
        unsafe deflate(&stream, Z_FINISH)
      }
    }
    unsafe output.removeLast(Int(stream.avail_out))
    unsafe deflateEnd(&stream)
    return output
  }

  /// - Parameter window: its size as a power of two, at most 24 (RFC 7932, section 9.1).
  static func brotli(_ octets: [UInt8], window: Int32 = 22) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: octets.count + octets.count / 100 + 1_024)
    var count = output.count
    // Safe: both arrays outlive the call and have the sizes given.
    let isDone = unsafe BrotliEncoderCompress(
      3, window, BROTLI_MODE_GENERIC, octets.count, octets, &count, &output)
    precondition(isDone == BROTLI_TRUE)
    return Array(output[..<count])
  }

  static func zstd(_ octets: [UInt8]) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: ZSTD_compressBound(octets.count))
    // Safe: both arrays outlive the call and have the sizes given.
    let count = unsafe ZSTD_compress(&output, output.count, octets, octets.count, 3)
    return Array(output[..<count])
  }
}
