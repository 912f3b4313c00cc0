import Testing
import WireFormat

@Suite("chunked transfer coding (RFC 9112, section 7.1)")
struct HTTPChunkDecoderTests {
  static let example = "4\r\nWiki\r\nC;x=y\r\npedia in\r\n c\r\n0\r\nTrailer: 1\r\n\r\n"

  /// Decodes `text` in pieces of `pieceLength` octets.
  private func decode(
    _ text: String, pieceLength: Int = .max
  ) throws(WireError) -> (body: String, isFinished: Bool) {
    var decoder = HTTPChunkDecoder()
    var body: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(pieceLength))
      rest = rest.dropFirst(piece.count)
      var offset = 0
      while let range = try decoder.next(in: piece.wire, at: &offset) { body += piece[range] }
    }
    return (String(decoding: body, as: UTF8.self), decoder.isFinished)
  }

  @Test("however the body is cut", arguments: 1...12)
  func decodesPieces(pieceLength: Int) throws {
    let all = try decode(Self.example, pieceLength: pieceLength)
    #expect(all == ("Wikipedia in\r\n c", true))
  }

  @Test("every proper prefix is unfinished")
  func isUnfinishedBeforeTheEnd() throws {
    for length in 0..<Self.example.utf8.count {
      let all = try decode(String(decoding: Self.example.utf8.prefix(length), as: UTF8.self))
      #expect(!all.isFinished)
    }
  }

  @Test func stopsAtTheEndOfTheBody() throws {
    let octets = Array("0\r\n\r\nHTTP/1.1".utf8)
    var decoder = HTTPChunkDecoder()
    var offset = 0
    let range = try decoder.next(in: octets.wire, at: &offset)
    #expect(range == nil)
    #expect(offset == 5)
    #expect(decoder.isFinished)
  }

  @Test(
    "broken framing",
    arguments: [
      ("\r\n", 0), ("x\r\n", 0), ("4\r\nWikix", 7), ("1000000000000000\r\n", 15), (";a\r\n", 0),
      ("\n", 0),
    ])
  func throwsOnBrokenFraming(text: String, offset: Int) {
    #expect(throws: WireError.invalid(.httpChunk, offset: offset)) { try decode(text) }
  }

  @Test("a size of fifteen digits does not overflow")
  func survivesHugeSizes() throws {
    #expect(try decode("fffffffffffffff\r\nabc") == ("abc", false))
  }

  @Test func neverTrapsOnMutatedBodies() {
    ParserSamples.sweep(Array(Self.example.utf8)) { octets in
      var decoder = HTTPChunkDecoder()
      var offset = 0
      while let range = try? decoder.next(in: octets.wire, at: &offset) {
        #expect(range.upperBound <= octets.count)
      }
    }
  }
}
