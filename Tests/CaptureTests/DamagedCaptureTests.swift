import Testing

@testable import Capture

@Suite("damaged captures")
struct DamagedCaptureTests {
  @Test func aGiantRecordEndsAPcapFileAfterWhatCameBefore() throws {
    var giant = CaptureBytes.record([1], .little)
    giant.replaceSubrange(8..<12, with: CaptureBytes.octets(262_145 as UInt32, .little))
    let octets = CaptureBytes.classic(frameCount: 2) + giant
    let run = try CaptureRun(octets)
    #expect(run.frames.count == 2)
    #expect(run.error?.kind == .damaged)
    #expect(run.error?.offset == 24 + 17 + 18 + 8)
    #expect(run.error?.packetNumber == 3)
    #expect(
      run.error?.detail == "a captured length of at most 262144 octets was expected, found 262145")
  }

  @Test func aRecordInTheOtherByteOrderIsTold() throws {
    let octets = CaptureBytes.classic(frameCount: 1) + CaptureBytes.record([1, 2], .big)
    #expect(try CaptureRun(octets).error?.detail.hasSuffix("(2 in the other byte order)") == true)
  }

  @Test func theLongestFrameIsRead() throws {
    let frame = [UInt8](repeating: 9, count: 262_144)
    let classic =
      CaptureBytes.fileHeader(.little)
      + (0..<5).flatMap { _ in CaptureBytes.record(frame, .little) }
    let blocks =
      CaptureBytes.section(.big) + CaptureBytes.interface(.big)
      + (0..<5).flatMap { _ in CaptureBytes.enhanced(frame, .big) }
    for octets in [classic, blocks] {
      let run = try CaptureRun(octets)
      #expect(run.error == nil)
      #expect(run.frames.map(\.octets.count) == [Int](repeating: 262_144, count: 5))
    }
  }

  @Test("frames that cannot be are skipped where their block ends is known")
  func skipsFramesWithinSoundBlocks() throws {
    let long = [UInt8](repeating: 1, count: 262_145)
    let veryLong = [UInt8](repeating: 1, count: 1_000_000)
    let octets =
      CaptureBytes.section(.little) + CaptureBytes.interface(.little)
      + CaptureBytes.enhanced([1], .little)
      + CaptureBytes.enhanced(captured: 2000, [2], .little)
      + CaptureBytes.enhanced(long, .little) + CaptureBytes.enhanced(veryLong, .little)
      + CaptureBytes.block(6, [0, 0, 0, 0], .little)
      + CaptureBytes.enhanced([3], .little)
    let run = try CaptureRun(octets)
    #expect(run.error == nil)
    #expect(run.frames.map(\.octets) == [[1], [3]])
    #expect(run.counters.skippedFrames == 4)
    #expect(
      run.firstSkippedFrame?.description.hasSuffix(
        "test.pcap: skipped a frame at byte 104 (packet 2): "
          + "a captured length of 2000 in a block of 36 octets"
      ) == true)
  }

  @Test func emptyFramesAreCounted() throws {
    let zeros = [UInt8](repeating: 0, count: 160)
    let run = try CaptureRun(CaptureBytes.classic(frameCount: 2) + zeros)
    #expect(run.error == nil)
    #expect(run.frames.count == 2)
    #expect(run.counters.emptyFrames == 10)
  }

  @Test(
    "a block length that cannot be ends a pcapng file",
    arguments: [0, 8, 13, 30, (16 << 20) + 4, 0x2400_0000] as [UInt32])
  func reportsBadBlockLengths(length: UInt32) throws {
    var bad = CaptureBytes.enhanced([2], .little)
    bad.replaceSubrange(4..<8, with: CaptureBytes.octets(length, .little))
    let run = try CaptureRun(BlockCaptureTests.example + bad)
    #expect(run.frames.count == 1)
    #expect(run.error?.kind == .damaged)
    #expect(run.error?.offset == BlockCaptureTests.example.count + 4)
    #expect(run.error?.detail.contains("(36 in the other") == (length == 0x2400_0000))
  }

  @Test func theLengthAtABlocksEndMustBeTheSame() throws {
    let run = try CaptureRun(BlockCaptureTests.example.dropLast(4) + [40, 0, 0, 0])
    #expect(run.frames.isEmpty)
    #expect(run.error?.kind == .damaged)
    #expect(
      run.error?.detail == "the block's length 36 was expected again at its end, found 40")
  }

  @Test func aSectionNeedsItsMagicAndVersion() throws {
    var octets = BlockCaptureTests.example
    octets[8] = 0
    #expect(try CaptureRun(octets).error?.kind == .damaged)
    octets = BlockCaptureTests.example
    octets[12] = 2
    #expect(try CaptureRun(octets).error?.kind == .unsupported)
  }

  @Test(
    "what is no capture is said to be none",
    arguments: [
      ([], CaptureError.Kind.notACapture, "the file is empty"),
      (Array("hello".utf8), .notACapture, "found 68 65 6c 6c"),
      ([0xa1], .cutShort, "24 octets was expected, 1 are there"),
      ([0xa2], .notACapture, "found a2"),
      (Array("BZh91AY".utf8), .unsupported, "bzip2"),
    ] as [([UInt8], CaptureError.Kind, String)])
  func recognizesOtherFiles(octets: [UInt8], kind: CaptureError.Kind, text: String) throws {
    let error = try CaptureRun(octets, name: "x").error
    #expect(error?.kind == kind)
    #expect(error?.detail.contains(text) == true)
  }

  @Test func anUnreadablePathNamesTheSystemsReason() throws {
    #expect(
      CaptureRun(path: "/no/such/file").error?.description
        == "/no/such/file: cannot be read: No such file or directory")
    #expect(CaptureRun(path: "/").error?.detail == "Is a directory")
  }

  @Test func anErrorIsOneLineWhateverThePath() {
    let error = CaptureError(.notACapture, path: "a\nb", detail: "x\r\ny")
    #expect(error.description == "a b: not a capture: x y")
  }

  @Test(
    "random octets after a sound header never crash the reader", arguments: 0..<200 as Range<UInt64>
  )
  func survivesNoise(seed: UInt64) throws {
    var generator = SplitMix(state: seed)
    let sound = seed.isMultiple(of: 2) ? CaptureBytes.classic(frameCount: 20) : Self.blocks
    var octets = sound
    for _ in 0..<6 {
      octets[Int.random(in: 0..<octets.count, using: &generator)] = .random(
        in: 0...255, using: &generator)
    }
    let run = try CaptureRun(octets)
    #expect(run.frames.allSatisfy { !$0.octets.isEmpty && $0.octets.count <= $0.original })
    #expect(run.counters.frames == run.frames.count)
  }

  private static let blocks: [UInt8] =
    CaptureBytes.section(.big) + CaptureBytes.interface(.big)
    + (1..<20).flatMap {
      CaptureBytes.enhanced(ticks: UInt64($0), [UInt8](repeating: 1, count: $0), .big)
    }
}

/// A small generator whose sequence a seed fixes (Steele, Lea and Flood 2014).
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
