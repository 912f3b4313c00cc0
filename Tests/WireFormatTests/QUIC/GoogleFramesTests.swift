import Testing
import WireFormat

@Suite("Frames of Google's QUIC")
struct GoogleFramesTests {
  private func read(
    _ payload: [UInt8], _ version: UInt8, packetNumberByteCount: Int = 1
  ) throws(WireError) -> [[Int]] {
    var frames = GoogleFrames(
      payload.wire, version: version, packetNumberByteCount: packetNumberByteCount)
    var all: [[Int]] = []
    while let frame = try frames.next() {
      all.append([Int(frame.streamOffset), frame.range.lowerBound, frame.range.upperBound])
    }
    return all
  }

  @Test("integers are in the byte order of the version")
  func readsBothByteOrders() throws {
    // Stream 1 in two octets, an offset in two, a length.
    #expect(try read([0xa5, 0, 1, 2, 3, 0, 1, 9], 39) == [[0x203, 7, 8]])
    #expect(try read([0xa5, 1, 0, 2, 3, 1, 0, 9], 38) == [[0x302, 7, 8]])
  }

  @Test(
    "the offset has none, two, three up to eight octets; without a length the data ends the packet")
  func readsOffsetLengths() throws {
    #expect(try read([0x80, 1, 7, 7, 7], 43) == [[0, 2, 5]])
    for bits in 1...7 {
      let offset = [UInt8](repeating: 0, count: bits) + [5]
      #expect(
        try read([0x80 | UInt8(bits << 2), 1] + offset + [7, 7], 43) == [[5, bits + 3, bits + 5]])
    }
  }

  @Test("other streams, padding and what else a client sends first are passed over")
  func passesOverOthers() throws {
    let others: [UInt8] =
      [0, 7] + [0xa0, 3, 0, 2, 9, 9] + [4, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 8)
      + [5, 0, 0, 0, 1] + [2, 0, 0, 0, 16, 0, 3, 97, 98, 99] + [6, 0, 1]
    let read = try read(others + [0xa0, 1, 0, 1, 9], 43, packetNumberByteCount: 2)
    #expect(read == [[0, others.count + 4, others.count + 5]])
  }

  @Test("acknowledgements of Q034 and later are passed over")
  func passesOverAcknowledgements() throws {
    let acknowledgements: [[UInt8]] = [
      // As seen: largest 1, delay, first block 1, one timestamp.
      [0x40, 1, 0x24, 0x4b, 1, 1, 0, 0, 0, 0, 13],
      // Two more blocks, all lengths of two octets, no timestamps.
      [0x65, 0, 9, 0, 0, 2, 0, 1, 1, 0, 1, 1, 0, 1, 0],
      // Largest in six octets, the block in four, three timestamps.
      [0x4e, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 1, 3, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0],
    ]
    for acknowledgement in acknowledgements {
      let start = acknowledgement.count + 4
      #expect(
        try read(acknowledgement + [0xa0, 1, 0, 1, 9], 43) == [[0, start, start + 1]])
    }
  }

  @Test("from Q048 on the handshake is in CRYPTO frames")
  func readsCryptoFrames() throws {
    let payload: [UInt8] = [8, 0, 2, 1, 2, 0, 8, 0x44, 0, 1, 9]
    #expect(try read(payload, 48) == [[0, 3, 5], [0x400, 10, 11]])
    #expect(try read(payload, 51) == [[0, 3, 5], [0x400, 10, 11]])
    #expect(try read([0xa0, 1, 0, 1, 9], 50).isEmpty)
  }

  @Test("bad frames")
  func throwsOnBadFrames() {
    let cases: [([UInt8], UInt8, WireError)] = [
      ([0, 0x20], 43, .invalid(.quicFrameType, offset: 1)),
      ([8, 0, 0], 47, .invalid(.quicFrameType, offset: 0)),
      ([6, 0], 46, .invalid(.quicFrameType, offset: 0)),
      ([0x40, 1], 33, .invalid(.quicFrameType, offset: 0)),
      ([0xa0, 1, 0, 9, 1], 43, .truncated(offset: 4, needed: 9, available: 1)),
      ([0xa0, 3, 0, 9, 1], 43, .truncated(offset: 4, needed: 9, available: 1)),
      ([0x80], 43, .truncated(offset: 1, needed: 1, available: 0)),
      ([0x60, 1, 0, 0, 255, 1], 43, .truncated(offset: 5, needed: 511, available: 1)),
      (
        [0x9c, 1] + [UInt8](repeating: 0xff, count: 8) + [1], 43,
        .invalid(.quicLength, offset: 0)
      ),
    ]
    for (payload, version, error) in cases {
      #expect(throws: error) { try read(payload, version) }
    }
  }

  @Test("every proper prefix of a frame is truncated")
  func reportsTruncation() {
    let frame: [UInt8] = [0xa4, 1, 0, 5, 0, 3, 7, 7, 7]
    for length in 1..<frame.count {
      #expect { try read(Array(frame.prefix(length)), 43) } throws: {
        ($0 as? WireError)?.isTruncated == true
      }
    }
  }

  @Test func neverTrapsOnMutatedFrames() {
    let frames: [UInt8] =
      [0x65, 0, 9, 0, 0, 2, 0, 1, 1, 0, 1, 1, 0, 1, 0] + GoogleSample.stream(GoogleSample.chlo)
    for version: UInt8 in [24, 33, 39, 43, 48, 50] {
      ParserSamples.sweep(frames) { _ = try? read($0, version) }
    }
  }
}
