import CPacket
import Testing
import WireFormat

@testable import Capture

/// Blocks as the kernel writes them, and as nobody should.
@Suite("blocks of a ring")
struct RingBlockTests {
  static let kind = RingBlock.Kind(linkType: 1, isLoopback: false, snaplen: 1_000)

  @Test("the flat headers lie as the kernel's do")
  func hasTheKernelsLayout() {
    #expect(MemoryLayout<RingBlock.BlockHeader>.offset(of: \.frameCount) == 12)
    #expect(MemoryLayout<RingBlock.BlockHeader>.offset(of: \.firstOffset) == 16)
    #expect(MemoryLayout<tpacket_block_desc>.offset(of: \.hdr) == 8)
    #expect(MemoryLayout<tpacket_hdr_v1>.offset(of: \.offset_to_first_pkt) == 8)
    #expect(RingBlock.blockHeaderLength == 48 && RingBlock.frameHeaderLength == 48)
    #expect(
      MemoryLayout<RingBlock.Description>.offset(of: \.macOffset)
        == MemoryLayout<tpacket3_hdr>.offset(of: \.tp_mac))
    #expect(MemoryLayout<RingBlock.Description>.offset(of: \.hash) == 28)
    #expect(MemoryLayout<RingBlock.Description>.offset(of: \.tagKind) == 36)
  }

  @Test func readsFrames() {
    let block = Block([.init([1, 2, 3]), .init([4, 5])])
    let (frames, outcome) = block.read()
    #expect(outcome == .finished)
    #expect(frames.map(\.octets) == [[1, 2, 3], [4, 5]])
    #expect(frames.map(\.nanoseconds) == [7_000_000_009, 7_000_000_009])
    #expect(frames.map(\.original) == [1_500, 1_500])
  }

  @Test("of loopback, what leaves is left out, for it comes back")
  func leavesOutgoing() {
    let block = Block([.init([1], packetType: 4), .init([2], packetType: 0)])
    var kind = Self.kind
    #expect(block.read(kind).frames.map(\.octets) == [[1], [2]])
    kind.isLoopback = true
    #expect(block.read(kind).frames.map(\.octets) == [[2]])
  }

  @Test("a tag goes in behind the addresses, and only into Ethernet that reaches so far")
  func putsTagsIn() {
    let addresses = Array(UInt8(0)..<12)
    let status = UInt32(TP_STATUS_VLAN_VALID)
    let withKind = status | UInt32(TP_STATUS_VLAN_TPID_VALID)
    let block = Block([
      .init(addresses + [8, 0, 9], status: status, tag: (0x88a8, 0x2064)),
      .init(addresses + [8, 0, 9], status: withKind, tag: (0x88a8, 0x2064)),
      .init(addresses + [8, 0, 9], tag: (0x88a8, 0x2064)),
      .init(Array(addresses.dropLast()), status: withKind, tag: (0x88a8, 0x2064)),
    ])
    let (frames, _) = block.read()
    #expect(
      frames.map(\.octets) == [
        addresses + [0x81, 0, 0x20, 0x64, 8, 0, 9], addresses + [0x88, 0xa8, 0x20, 0x64, 8, 0, 9],
        addresses + [8, 0, 9], Array(addresses.dropLast()),
      ])
    #expect(frames.map(\.original) == [1_504, 1_504, 1_500, 1_500])
    let raw = block.read(.init(linkType: LinkType.raw.rawValue, isLoopback: false, snaplen: 100))
    #expect(raw.frames.first?.octets == addresses + [8, 0, 9])
    let cut = block.read(.init(linkType: 1, isLoopback: false, snaplen: 14))
    #expect(cut.frames[0].octets == addresses + [0x81, 0])
  }

  @Test("a full batch keeps the place")
  func keepsThePlace() {
    let block = Block(
      (0..<5).map { .init([UInt8](repeating: $0, count: 200_000)) }, capacity: 2 << 20)
    var batch = FrameBatch(capacity: 0)
    var seen: [UInt8?] = []
    var kind = Self.kind
    kind.snaplen = FrameBatch.maximumFrameLength
    // Safe, here and below: octets have no padding.
    var frames = unsafe RingBlock(block.octets.span.bytes)
    var outcome = RingBlock.Outcome.batchIsFull
    for _ in 0..<9 where outcome == .batchIsFull {
      batch.removeAll()
      outcome = unsafe frames.take(from: block.octets.span.bytes, kind, into: &batch)
      for index in batch.headers.indices { seen.append(batch.frame(at: index).copied().first) }
    }
    #expect(seen == [0, 1, 2, 3, 4])
    #expect(outcome == .finished)
  }

  @Test(
    "what cannot be is left, counted, and what came before is kept",
    arguments: [
      (Field.nextOffset, 0 as UInt32), (.nextOffset, 67), (.nextOffset, .max),
      (.capturedLength, .max), (.capturedLength, 100_000), (.macOffset, 0), (.macOffset, 67),
      (.macOffset, 0xffff),
    ])
  func leavesWhatCannotBe(field: Field, value: UInt32) {
    var block = Block([.init([1]), .init([2]), .init([3])])
    block.set(field, of: 1, to: value)
    let (frames, outcome) = block.read()
    let isOfTheNext = field == .nextOffset
    #expect(frames.map(\.octets) == (isOfTheNext ? [[1], [2]] : [[1]]))
    #expect(outcome == .damaged(frames: isOfTheNext ? 1 : 2))
  }

  @Test("a count or a first offset that cannot be", arguments: [0, 47, 4_090, .max] as [UInt32])
  func boundsTheCount(offset: UInt32) {
    var block = Block([.init([1])])
    block.put(.max, at: 12)
    let (frames, outcome) = block.read()
    #expect(frames.map(\.octets) == [[1]])
    #expect(outcome == .damaged(frames: block.octets.count / 68 - 1))
    block.put(offset, at: 16)
    #expect(block.read().frames.isEmpty)
  }

  @Test("any octets at all, and any length of a block")
  func survivesAnything() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<3_000 {
      var block = Block([.init([1]), .init(Array(0..<40)), .init([3])])
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        block.octets[Int.random(in: 8..<400, using: &random)] = .random(in: 0...255, using: &random)
      }
      let (frames, _) = block.read()
      #expect(frames.allSatisfy { $0.octets.count <= block.octets.count })
    }
    for length in 0..<70 {
      #expect(Block(octets: [UInt8](repeating: 0xff, count: length)).read().frames.isEmpty)
    }
  }

  /// Where a field lies in a frame's header, and how many octets it has.
  enum Field: Int {
    case nextOffset = 0
    case capturedLength = 12
    case macOffset = 24
  }
}

/// A block with frames, put together by hand.
private struct Block {
  struct Frame {
    var octets: [UInt8]
    var status: UInt32
    var tag: (kind: UInt16, control: UInt16)
    var packetType: UInt8

    init(
      _ octets: [UInt8], status: UInt32 = 1, tag: (UInt16, UInt16) = (0, 0), packetType: UInt8 = 0
    ) {
      (self.octets, self.status, self.tag, self.packetType) = (octets, status, tag, packetType)
    }
  }

  var octets: [UInt8]
  private var starts: [Int] = []

  init(octets: [UInt8]) { self.octets = octets }

  init(_ frames: [Frame], capacity: Int = 4_096) {
    octets = [UInt8](repeating: 0, count: capacity)
    put(UInt32(frames.count), at: 12)
    put(48, at: 16)
    var start = 48
    for frame in frames {
      starts.append(start)
      // 68 octets of headers, and the gap that the kernel leaves.
      let mac = 82
      let next = (mac + frame.octets.count + 15) / 16 * 16
      let values: [UInt32] = [
        UInt32(next), 7, 9, UInt32(frame.octets.count), 1_500, frame.status,
      ]
      for (number, value) in values.enumerated() { put(value, at: start + 4 * number) }
      put(UInt32(mac), at: start + 24)
      put(UInt32(frame.tag.control), at: start + 32)
      put(UInt32(frame.tag.kind), at: start + 36)
      octets[start + 48 + 10] = frame.packetType
      octets.replaceSubrange(start + mac..<start + mac + frame.octets.count, with: frame.octets)
      start += next
    }
  }

  mutating func put(_ value: UInt32, at offset: Int) {
    for byte in 0..<4 { octets[offset + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte)) }
  }

  mutating func set(_ field: RingBlockTests.Field, of frame: Int, to value: UInt32) {
    let offset = starts[frame] + field.rawValue
    guard field == .macOffset else { return put(value, at: offset) }
    octets[offset] = UInt8(truncatingIfNeeded: value)
    octets[offset + 1] = UInt8(truncatingIfNeeded: value >> 8)
  }

  func read(_ kind: RingBlock.Kind = RingBlockTests.kind) -> (
    frames: [SeenFrame], outcome: RingBlock.Outcome
  ) {
    var batch = FrameBatch()
    // Safe: octets have no padding.
    let block = unsafe octets.span.bytes
    var rest = RingBlock(block)
    let outcome = rest.take(from: block, kind, into: &batch)
    var frames: [SeenFrame] = []
    for index in batch.headers.indices {
      let header = batch.headers[index]
      frames.append(
        SeenFrame(
          nanoseconds: header.timestamp.nanoseconds, linkType: header.linkType,
          original: header.originalLength, octets: batch.frame(at: index).copied()))
    }
    return (frames, outcome)
  }
}
