import CPacket
import WireFormat

/// The frames of one block of a ring that have not been taken yet.
///
///     block:   struct tpacket_block_desc, 48 octets      linux/if_packet.h
///     frame:   struct tpacket3_hdr       48 octets
///              struct sockaddr_ll        20 octets
///              …                                         up to tp_mac
///              the frame                 tp_snaplen octets
///              …                                         up to tp_next_offset, where the next one begins
///
/// The kernel writes blocks, and nobody else can. They are read as if anybody could.
struct RingBlock {
  /// What is the same for every frame of a ring.
  struct Kind: Sendable {
    /// The LINKTYPE_ value.
    var linkType: UInt32
    /// What leaves comes back, and is there twice.
    var isLoopback: Bool
    var snaplen: Int
  }

  enum Outcome: Equatable {
    /// There are no more frames.
    case finished
    /// The batch has no room for the next frame.
    case batchIsFull
    /// So many frames could not be found, because a length or an offset cannot be.
    case damaged(frames: Int)
  }

  /// The beginning of a `struct tpacket_block_desc`, flat: Swift takes no structure with a union in it out of memory.
  struct BlockHeader: BitwiseCopyable {
    var version, privateOffset, status, frameCount, firstOffset, usedByteCount: UInt32
  }

  /// A `struct tpacket3_hdr` without its padding, flat.
  struct Description: BitwiseCopyable {
    var nextOffset, seconds, nanoseconds, capturedLength, originalLength, status: UInt32
    var macOffset, networkOffset: UInt16
    var hash, tagControl: UInt32
    var tagKind, padding: UInt16
  }

  static let blockHeaderLength = MemoryLayout<tpacket_block_desc>.size
  static let frameHeaderLength = MemoryLayout<tpacket3_hdr>.size
  private static let frameOverhead = frameHeaderLength + MemoryLayout<sockaddr_ll>.size
  private static let tagLength = 4
  /// Two addresses of Ethernet, after which a tag stands.
  private static let addressesLength = 12

  private var offset: Int
  private var remainingCount: Int

  /// Begins to read a block.
  init(_ block: RawSpan) {
    guard block.byteCount >= Self.blockHeaderLength else {
      (offset, remainingCount) = (0, 0)
      return
    }
    // Safe: the guard has seen that the octets are there, and every pattern of bits is a value.
    let header = unsafe block.unsafeLoadUnaligned(as: BlockHeader.self)
    offset = Int(header.firstOffset)
    // No frame is shorter than what stands before it, which bounds a count that cannot be.
    remainingCount = min(Int(header.frameCount), block.byteCount / Self.frameOverhead)
  }

  /// Copies frames into a batch as long as there are some and it has room.
  mutating func take(from block: RawSpan, _ kind: Kind, into batch: inout FrameBatch) -> Outcome {
    while remainingCount > 0 {
      guard offset >= Self.blockHeaderLength, offset <= block.byteCount - Self.frameOverhead else {
        return giveUp()
      }
      // Safe: the guard has seen that the octets are there, and every pattern of bits is a value.
      let header = unsafe block.unsafeLoadUnaligned(
        fromUncheckedByteOffset: offset, as: Description.self)
      let start = offset + Int(header.macOffset)
      let length = Int(header.capturedLength)
      guard Int(header.macOffset) >= Self.frameOverhead, length <= block.byteCount - start else {
        return giveUp()
      }
      if !kind.isLoopback || !isOutgoing(block) {
        let frame = block.extracting(start..<start + length)
        guard append(frame, header, kind, to: &batch) else { return .batchIsFull }
      }
      remainingCount -= 1
      let next = Int(header.nextOffset)
      guard remainingCount == 0 || next >= Self.frameOverhead else { return giveUp() }
      offset += next
    }
    return .finished
  }

  private mutating func giveUp() -> Outcome {
    defer { remainingCount = 0 }
    return .damaged(frames: remainingCount)
  }

  /// Whether the frame left this machine; its `sockaddr_ll` stands within the block.
  private func isOutgoing(_ block: RawSpan) -> Bool {
    // Safe: `take` has seen that the octets are there, and every pattern of bits is a value.
    let address = unsafe block.unsafeLoadUnaligned(
      fromByteOffset: offset + Self.frameHeaderLength, as: sockaddr_ll.self)
    return Int32(address.sll_pkttype) == PACKET_OUTGOING
  }

  /// False where the batch has no room; frames that cannot be kept at all are passed over.
  private func append(
    _ frame: RawSpan, _ header: Description, _ kind: Kind, to batch: inout FrameBatch
  ) -> Bool {
    let time = Timestamp(seconds: Int64(header.seconds), nanoseconds: Int64(header.nanoseconds))
    let length = min(frame.byteCount, kind.snaplen)
    guard length > 0 else { return true }
    guard length + Self.tagLength <= batch.freeByteCount else { return false }
    let isTagged =
      header.status & UInt32(TP_STATUS_VLAN_VALID) != 0
      && kind.linkType == LinkType.ethernet.rawValue && length >= Self.addressesLength
    guard isTagged else {
      return batch.append(
        frame.extracting(first: length), at: time, originalLength: header.originalLength,
        linkType: kind.linkType)
    }
    let hasKind = header.status & UInt32(TP_STATUS_VLAN_TPID_VALID) != 0
    let tag = (
      kind: hasKind ? header.tagKind : UInt16(ETH_P_8021Q),
      control: UInt16(truncatingIfNeeded: header.tagControl)
    )
    batch.append(
      addresses: frame.extracting(first: Self.addressesLength), tag: tag,
      rest: frame.extracting(Self.addressesLength..<length),
      keeping: kind.snaplen, at: time,
      originalLength: header.originalLength &+ UInt32(Self.tagLength),
      linkType: kind.linkType)
    return true
  }
}

extension FrameBatch {
  /// Adds an Ethernet frame whose outer VLAN tag the kernel or the card took out: it stands in its place again.
  ///
  /// The caller has seen that there is room for all of it.
  fileprivate mutating func append(
    addresses: RawSpan, tag: (kind: UInt16, control: UInt16), rest: RawSpan, keeping snaplen: Int,
    at time: Timestamp, originalLength: UInt32, linkType: UInt32
  ) {
    let start = byteCount
    let space = unsafe freeSpace
    var length = 0
    func put(_ octets: RawSpan) {
      unsafe octets.withUnsafeBytes { octets in
        // Safe: slicing checks that there is room; the source is another buffer.
        unsafe UnsafeMutableRawBufferPointer(rebasing: space[length..<length + octets.count])
          .copyMemory(from: octets)
      }
      length += octets.byteCount
    }
    put(addresses)
    for value in [tag.kind, tag.control] {
      unsafe space[length] = UInt8(value >> 8)  // Safe: as above.
      unsafe space[length + 1] = UInt8(value & 0xff)
      length += 2
    }
    put(rest)
    let captured = min(length, snaplen)
    commit(captured)
    headers.append(
      FrameHeader(
        timestamp: time, offset: UInt32(start), capturedLength: UInt32(captured),
        originalLength: originalLength, linkType: linkType))
  }
}
