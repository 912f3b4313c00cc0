import Testing

@testable import Capture

@Suite("pcap files (draft-ietf-opsawg-pcap)")
struct ClassicCaptureTests {
  /// One frame of three octets, cut from sixty, at 1.000002 s, on an Ethernet.
  static let example: [UInt8] = [
    0xd4, 0xc3, 0xb2, 0xa1,  // little-endian, microseconds
    2, 0, 4, 0,  // version 2.4
    0, 0, 0, 0, 0, 0, 0, 0,  // reserved
    0, 0, 4, 0,  // snaplen 262144
    1, 0, 0, 0,  // Ethernet
    1, 0, 0, 0, 2, 0, 0, 0,  // 1 s, 2 µs
    3, 0, 0, 0, 60, 0, 0, 0,  // captured 3 octets of 60
    0xaa, 0xbb, 0xcc,
  ]

  @Test func readsAFrame() throws {
    let run = try CaptureRun(Self.example)
    #expect(run.error == nil)
    #expect(
      run.frames == [
        SeenFrame(
          nanoseconds: 1_000_002_000, linkType: 1, original: 60, octets: [0xaa, 0xbb, 0xcc])
      ])
  }

  @Test(
    "both byte orders and both precisions give the same times",
    arguments: CaptureBytes.Order.allCases)
  func readsBothOrders(order: CaptureBytes.Order) throws {
    let micro =
      CaptureBytes.fileHeader(order)
      + CaptureBytes.record(seconds: 0x8000_0001, fraction: 999_999, [1, 2], order)
    let nano =
      CaptureBytes.fileHeader(magic: CaptureBytes.nanoseconds, order)
      + CaptureBytes.record(seconds: 0x8000_0001, fraction: 999_999_000, [1, 2], order)
    let expected = SeenFrame(
      nanoseconds: 0x8000_0001 * 1_000_000_000 + 999_999_000, linkType: 1, original: 2,
      octets: [1, 2])
    #expect(try CaptureRun(micro).frames == [expected])
    #expect(try CaptureRun(nano).frames == [expected])
  }

  @Test func readsTheModifiedFormat() throws {
    let extra: [UInt8] = [7, 0, 0, 0, 0, 8, 0, 0]  // interface index, protocol, packet type
    let record = CaptureBytes.record([5, 6], .little)
    let octets =
      CaptureBytes.fileHeader(magic: CaptureBytes.modified, .little)
      + record[..<16] + extra + record[16...]
    #expect(try CaptureRun(octets).frames.map(\.octets) == [[5, 6]])
  }

  @Test(
    "the link type is what the network field holds beside the FCS length",
    arguments: [
      (0x5000_0001, 1), (0x0400_0071, 113), (12, 101), (14, 101), (101, 101), (276, 276),
    ] as [(UInt32, UInt32)])
  func masksTheLinkType(field: UInt32, linkType: UInt32) throws {
    let octets =
      CaptureBytes.fileHeader(network: field, .big) + CaptureBytes.record([1], .big)
    #expect(try CaptureRun(octets).frames.map(\.linkType) == [linkType])
  }

  @Test func theOriginalLengthIsNeverLessThanTheCaptured() throws {
    let octets =
      CaptureBytes.fileHeader(.little) + CaptureBytes.record(original: 0, [1, 2, 3], .little)
    #expect(try CaptureRun(octets).frames.map(\.original) == [3])
  }

  @Test func anotherMajorVersionIsNotSupported() throws {
    let error = try CaptureRun(CaptureBytes.fileHeader(version: 9, .little)).error
    #expect(error?.kind == .unsupported)
    #expect(error?.detail == "pcap version 9.4; 2.x is read")
  }

  @Test("every proper prefix is cut short, unless it ends between records")
  func reportsWhereItIsCut() throws {
    let octets = CaptureBytes.classic(frameCount: 3)
    // Frames of 1, 2 and 3 octets, each after a header of 16.
    let ends = [24, 24 + 17, 24 + 17 + 18]
    for length in 1..<octets.count {
      let run = try CaptureRun(Array(octets[..<length]))
      #expect(run.frames.count == max(0, ends.count { $0 <= length } - 1))
      if ends.contains(length) {
        #expect(run.error == nil, "at \(length)")
      } else {
        #expect(run.error?.kind == .cutShort, "at \(length)")
        #expect(run.error?.offset == length)
        #expect(run.error?.packetNumber == (length < 24 ? nil : run.frames.count + 1))
      }
    }
  }
}
