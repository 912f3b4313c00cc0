import Testing

@testable import Capture

@Suite("pcapng files (draft-ietf-opsawg-pcapng)")
struct BlockCaptureTests {
  /// A section with one Ethernet and one frame of three octets at 4294967297 µs.
  static let example: [UInt8] = [
    0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0,  // Section Header Block
    0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0,  // little-endian, version 1.0
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,  // section length unknown
    28, 0, 0, 0,
    1, 0, 0, 0, 20, 0, 0, 0,  // Interface Description Block
    1, 0, 0, 0, 0, 0, 4, 0,  // Ethernet, snaplen 262144
    20, 0, 0, 0,
    6, 0, 0, 0, 36, 0, 0, 0,  // Enhanced Packet Block
    0, 0, 0, 0,  // interface 0
    1, 0, 0, 0, 1, 0, 0, 0,  // upper and lower half of the time
    3, 0, 0, 0, 60, 0, 0, 0,  // captured 3 octets of 60
    0xaa, 0xbb, 0xcc, 0,  // padded
    36, 0, 0, 0,
  ]

  @Test func readsAFrame() throws {
    let run = try CaptureRun(Self.example)
    #expect(run.error == nil)
    #expect(
      run.frames == [
        SeenFrame(
          nanoseconds: 4_294_967_297_000, linkType: 1, original: 60, octets: [0xaa, 0xbb, 0xcc])
      ])
  }

  @Test func eachSectionHasItsOwnByteOrderAndInterfaces() throws {
    let octets =
      CaptureBytes.section(.little) + CaptureBytes.interface(.little)
      + CaptureBytes.interface(linkType: 113, .little)
      + CaptureBytes.enhanced(interface: 1, ticks: 1, [1], .little)
      + CaptureBytes.section(.big) + CaptureBytes.interface(linkType: 12, .big)
      + CaptureBytes.enhanced(ticks: 2, [2], .big)
      + CaptureBytes.enhanced(interface: 1, ticks: 3, [3], .big)
    let run = try CaptureRun(octets)
    #expect(run.error == nil)
    #expect(run.frames.map(\.linkType) == [113, 101])
    #expect(run.frames.map(\.nanoseconds) == [1000, 2000])
    #expect(run.counters.skippedFrames == 1, "interface 1 was the first section's")
    #expect(run.firstSkippedFrame?.packetNumber == 3)
    #expect(run.firstSkippedFrame?.detail == "interface 1 is not described; 1 are")
  }

  @Test(
    "if_tsresol and if_tsoffset set the time",
    arguments: [
      (6, 1_500_000, 0, 1_500_000_000),
      (9, 1_500_000_000, 0, 1_500_000_000),
      (0, 3, 0, 3_000_000_000),
      (12, 1_500_000_000_000, 0, 1_500_000_000),
      (127, .max, 0, 1),
      (0x80 | 10, 1536, 0, 1_500_000_000),
      (0x80 | 0, 3, 0, 3_000_000_000),
      (0x80 | 127, .max, 0, 0),
      (6, 1_500_000, 100, 101_500_000_000),
      (6, 1_500_000, -100, -98_500_000_000),
      (6, .max, 0, .max),
      (0, 1, .max, .max),
      (0, 1, .min, .min),
    ] as [(UInt8, UInt64, Int64, Int64)])
  func readsTimes(resolution: UInt8, ticks: UInt64, offset: Int64, nanoseconds: Int64) throws {
    for order in CaptureBytes.Order.allCases {
      let options =
        CaptureBytes.option(9, [resolution], order)
        + CaptureBytes.option(14, CaptureBytes.octets(offset, order), order)
        + CaptureBytes.option(0, [], order)
      let octets =
        CaptureBytes.section(order) + CaptureBytes.interface(options: options, order)
        + CaptureBytes.enhanced(ticks: ticks, [1], order)
      #expect(try CaptureRun(octets).frames.map(\.nanoseconds) == [nanoseconds])
    }
  }

  @Test func aSimplePacketBlockIsCutAtTheSnaplenAndBearsTheTimeBefore() throws {
    let simple = CaptureBytes.block(
      3, CaptureBytes.octets(9 as UInt32, .big) + [1, 2, 3, 4, 5], .big)
    let octets =
      CaptureBytes.section(.big) + CaptureBytes.interface(snaplen: 5, .big)
      + CaptureBytes.enhanced(ticks: 7, [0], .big) + simple
    #expect(
      try CaptureRun(octets).frames.last
        == SeenFrame(nanoseconds: 7000, linkType: 1, original: 9, octets: [1, 2, 3, 4, 5]))
  }

  @Test func readsTheObsoletePacketBlock() throws {
    let body =
      CaptureBytes.octets(1 as UInt16, .little) + CaptureBytes.octets(9 as UInt16, .little)
      + CaptureBytes.octets(0 as UInt32, .little) + CaptureBytes.octets(8 as UInt32, .little)
      + CaptureBytes.octets(2 as UInt32, .little) + CaptureBytes.octets(2 as UInt32, .little)
      + [4, 5]
    let octets =
      CaptureBytes.section(.little) + CaptureBytes.interface(.little)
      + CaptureBytes.interface(linkType: 276, .little) + CaptureBytes.block(2, body, .little)
    #expect(
      try CaptureRun(octets).frames
        == [SeenFrame(nanoseconds: 8000, linkType: 276, original: 2, octets: [4, 5])])
  }

  @Test func passesOverOtherBlocks() throws {
    let names = CaptureBytes.block(4, [0, 0, 0, 0], .little)
    let secrets = CaptureBytes.block(10, [UInt8](repeating: 7, count: 3_000_000), .little)
    let octets =
      CaptureBytes.section(.little) + names + CaptureBytes.interface(.little) + secrets
      + CaptureBytes.enhanced([1], .little) + secrets + names
      + CaptureBytes.enhanced([2], .little) + secrets
    let run = try CaptureRun(octets)
    #expect(run.error == nil)
    #expect(run.frames.map(\.octets) == [[1], [2]])
    #expect(run.counters.otherBlocks == 5)
  }

  @Test func readsTheDropCountersOfEachInterface() throws {
    func statistics(_ interface: UInt32, _ dropped: UInt64, _ droppedByKernel: UInt64) -> [UInt8] {
      CaptureBytes.block(
        5,
        CaptureBytes.octets(interface, .big) + CaptureBytes.octets(0 as UInt64, .big)
          + CaptureBytes.option(5, CaptureBytes.octets(dropped, .big), .big)
          + CaptureBytes.option(7, CaptureBytes.octets(droppedByKernel, .big), .big)
          + CaptureBytes.option(0, [], .big), .big)
    }
    let octets =
      CaptureBytes.section(.big) + CaptureBytes.interface(.big) + CaptureBytes.interface(.big)
      + statistics(0, 1, 10) + statistics(1, 100, 1000) + statistics(0, 3, 30)
      + statistics(7, 9, 9)
    let counters = try CaptureRun(octets).counters
    #expect(counters.droppedByInterface == 103)
    #expect(counters.droppedByKernel == 1030)
  }

  @Test("every proper prefix is cut short, unless it ends between blocks")
  func reportsWhereItIsCut() throws {
    for length in 1..<Self.example.count {
      let run = try CaptureRun(Array(Self.example[..<length]))
      #expect(run.frames.isEmpty)
      #expect(run.error?.kind == (length == 28 || length == 48 ? nil : .cutShort), "at \(length)")
      if run.error != nil { #expect(run.error?.offset == length) }
    }
  }
}
