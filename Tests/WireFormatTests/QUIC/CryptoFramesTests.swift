import Testing
import WireFormat

@Suite("Frames of Initial packets (RFC 9000, section 19)")
struct CryptoFramesTests {
  private func read(_ payload: [UInt8]) throws(WireError) -> [CryptoFrame] {
    var frames = CryptoFrames(payload.wire)
    var all: [CryptoFrame] = []
    while let frame = try frames.next() { all.append(frame) }
    return all
  }

  private func offsetsAndRanges(_ payload: [UInt8]) throws(WireError) -> [[Int]] {
    try read(payload).map { [Int($0.streamOffset), $0.range.lowerBound, $0.range.upperBound] }
  }

  @Test func findsTheClientHelloOfRFC9001() throws {
    let frames = try read(QUICVectors.clientHelloFrame + [UInt8](repeating: 0, count: 917))
    try #require(frames.count == 1)
    #expect(frames[0].streamOffset == 0)
    let message = Array(QUICVectors.clientHelloFrame[frames[0].range])
    let hello = try ClientHello(parsing: message.wire)
    #expect(hello.serverName.map { message.wire.lowercasedText($0) } == "example.com")
    #expect(hello.isQUIC && hello.supportsTLS13)
  }

  @Test func passesOverTheAcknowledgementOfRFC9001() throws {
    #expect(try offsetsAndRanges(QUICVectors.serverPayload) == [[0, 9, 99]])
  }

  @Test("frames come in the order of the packet, whatever their offsets")
  func keepsTheOrder() throws {
    let payload: [UInt8] = [0, 6, 0x44, 0, 2, 1, 2, 1, 6, 0, 1, 9, 0, 0, 6, 5, 0]
    #expect(try offsetsAndRanges(payload) == [[1_024, 5, 7], [0, 11, 12], [5, 17, 17]])
  }

  @Test("padding of any length is passed over", arguments: 0...40)
  func passesOverPadding(length: Int) throws {
    let padding = [UInt8](repeating: 0, count: length)
    let payload = padding + [6, 0, 1, 9] + padding + [6, 1, 1, 7] + padding
    let second = 2 * length + 4
    #expect(
      try offsetsAndRanges(payload) == [
        [0, length + 3, length + 4], [1, second + 3, second + 4],
      ])
  }

  @Test func passesOverAcknowledgementsWithECNAndClosing() throws {
    let payload: [UInt8] =
      [3, 9, 0, 2, 1, 0, 0, 1, 1, 7, 8, 9] + [0x1c, 0x41, 0, 6, 3, 97, 98, 99] + [6, 1, 1, 5]
    #expect(try offsetsAndRanges(payload) == [[1, 23, 24]])
  }

  @Test(
    "bad frames",
    arguments: [
      ([0x08, 0], WireError.invalid(.quicFrameType, offset: 0)),
      ([0, 0x1d, 0, 0], .invalid(.quicFrameType, offset: 1)),
      ([0x40, 0x78], .invalid(.quicFrameType, offset: 0)),
      ([6, 0, 3, 1, 2], .truncated(offset: 3, needed: 3, available: 2)),
      ([6, 0], .truncated(offset: 2, needed: 1, available: 0)),
      ([2, 0, 0, 9, 0, 1, 1], .truncated(offset: 5, needed: 18, available: 2)),
      ([0x1c, 0, 0, 2, 1], .truncated(offset: 4, needed: 2, available: 1)),
      ([0xc0], .truncated(offset: 0, needed: 8, available: 1)),
      (
        [6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0], .invalid(.quicLength, offset: 0)
      ),
    ])
  func throwsOnBadFrames(payload: [UInt8], error: WireError) {
    #expect(throws: error) { try read(payload) }
  }

  @Test("frames before a bad one are given")
  func givesWhatCameBefore() throws {
    let payload: [UInt8] = [6, 0, 1, 9, 0xff]
    var frames = CryptoFrames(payload.wire)
    let first = try frames.next()
    #expect(first == CryptoFrame(streamOffset: 0, range: 3..<4))
  }

  @Test("every prefix gives whole frames or throws", arguments: 0..<99)
  func neverReadsPastAPrefix(length: Int) {
    let prefix = Array(QUICVectors.serverPayload.prefix(length))
    // Cut within the acknowledgement or the CRYPTO frame; at their edges the prefix is whole.
    if length == 0 || length == 5 {
      #expect((try? read(prefix)) == [])
    } else {
      #expect { try read(prefix) } throws: { ($0 as? WireError)?.isTruncated == true }
    }
  }

  @Test func neverTrapsOnMutatedPayloads() {
    ParserSamples.sweep(QUICVectors.serverPayload) { _ = try? read($0) }
  }
}
