import WireFormat

/// The blocks of a pcapng file (draft-ietf-opsawg-pcapng).
///
///     block: type u32 · total length u32 · body, padded to 32 bits · total length u32 again
///
/// A section header sets the byte order of what follows and forgets the interfaces before it.
/// Frames come in Enhanced, Simple and (obsolete) Packet Blocks; Interface Statistics Blocks tell
/// of drops; the rest is passed over.
struct BlockScanner {
  /// libpcap's limit too: beyond it a length is taken for damage.
  static let longestBlock: UInt32 = 16 << 20
  /// Interfaces kept per section; frames of further ones are skipped.
  static let maximumInterfaceCount = 1 << 16
  /// A section header of any byte order begins so.
  static let sectionHeader: UInt32 = 0x0a0d_0d0a

  private enum BlockType {
    static let interfaceDescription: UInt32 = 1
    static let packet: UInt32 = 2
    static let simplePacket: UInt32 = 3
    static let interfaceStatistics: UInt32 = 5
    static let enhancedPacket: UInt32 = 6
  }

  private var swapped = false
  private var interfaces: [CaptureInterface] = []
  /// For Simple Packet Blocks, which have no time.
  private var lastTimestamp = Timestamp(nanoseconds: 0)

  /// See ``RecordScanner/scan(_:cursor:headers:notes:)``.
  mutating func scan(
    _ bytes: RawSpan, cursor: inout Int, headers: inout [FrameHeader], notes: inout ScanNotes
  ) -> RecordScanner.Stop {
    let end = bytes.byteCount
    var start = cursor
    defer { cursor = start }
    while end &- start >= 12 {
      let type = bytes.number32(at: start, swapped: swapped)
      if type == Self.sectionHeader {
        if let stop = beginSection(bytes, at: start, notes: &notes) { return stop }
      }
      let claimed = bytes.number32(at: start &+ 4, swapped: swapped)
      guard claimed >= 12, claimed & 3 == 0, claimed <= Self.longestBlock else {
        return notes.fault(at: start &+ 4, Self.describe(badLength: claimed))
      }
      let length = Int(claimed)
      if length > RecordScanner.longestRecord {
        if let stop = passOver(type, at: start, headers.count, notes: &notes) { return stop }
        return .skip(length)
      }
      guard length <= end &- start else { return .needsMore(length) }
      let repeated = bytes.number32(at: start &+ length &- 4, swapped: swapped)
      guard repeated == claimed else {
        return notes.fault(
          at: start &+ length &- 4,
          "the block's length \(claimed) was expected again at its end, found \(repeated)")
      }
      read(type, bytes, at: start, length: length, headers: &headers, notes: &notes)
      start &+= length
    }
    return .needsMore(12)
  }

  // MARK: sections and interfaces

  /// Takes the byte order of the section that begins at `start`.
  private mutating func beginSection(
    _ bytes: RawSpan, at start: Int, notes: inout ScanNotes
  ) -> RecordScanner.Stop? {
    switch bytes.number32(at: start &+ 8, swapped: false) {
    case 0x1a2b_3c4d: swapped = false
    case 0x4d3c_2b1a: swapped = true
    default:
      return notes.fault(at: start &+ 8, "the byte-order magic 1a2b3c4d was expected")
    }
    guard bytes.byteCount &- start >= 16 else { return .needsMore(16) }
    let version = bytes.number16(at: start &+ 12, swapped: swapped)
    guard version == 1 else {
      let offset = notes.baseOffset + start &+ 12
      return .fault(
        .init(
          kind: .unsupported, offset: offset, detail: "pcapng version \(version).x; 1.x is read"))
    }
    guard bytes.number32(at: start &+ 4, swapped: swapped) >= 28 else {
      return notes.fault(at: start &+ 4, "a section header of at least 28 octets was expected")
    }
    interfaces.removeAll(keepingCapacity: true)
    return nil
  }

  private mutating func addInterface(_ bytes: RawSpan, at start: Int, length: Int) {
    guard interfaces.count < Self.maximumInterfaceCount else { return }
    var interface = CaptureInterface(
      linkType: LinkType.value(
        forDLT: UInt32(bytes.number16(at: start &+ 8, swapped: swapped))),
      snaplen: bytes.number32(at: start &+ 12, swapped: swapped))
    var options = BlockOptions(from: start &+ 16, to: start &+ length &- 4, swapped: swapped)
    while let option = options.next(in: bytes) {
      switch (option.code, option.length) {
      case (9, 1):
        interface.resolution = .init(optionValue: bytes.octet(at: option.offset) ?? 6)
      case (14, 8):
        interface.offsetSeconds = Int64(
          bitPattern: bytes.number64(at: option.offset, swapped: swapped))
      default: break
      }
    }
    interfaces.append(interface)
  }

  /// Takes `isb_ifdrop` (5) and `isb_osdrop` (7), which count from the start of the capture.
  private mutating func readStatistics(
    _ bytes: RawSpan, at start: Int, length: Int, notes: inout ScanNotes
  ) {
    let index = Int(bytes.number32(at: start &+ 8, swapped: swapped))
    guard index < interfaces.count else { return }
    var options = BlockOptions(from: start &+ 20, to: start &+ length &- 4, swapped: swapped)
    while let option = options.next(in: bytes) {
      guard option.length == 8, option.code == 5 || option.code == 7 else { continue }
      let total = bytes.number64(at: option.offset, swapped: swapped)
      if option.code == 5 {
        notes.counters.addDrops(
          \.droppedByInterface, from: interfaces[index].droppedByInterface, to: total)
        interfaces[index].droppedByInterface = total
      } else {
        notes.counters.addDrops(
          \.droppedByKernel, from: interfaces[index].droppedByKernel, to: total)
        interfaces[index].droppedByKernel = total
      }
    }
  }

  // MARK: blocks

  /// Reads a whole block whose framing was checked.
  private mutating func read(
    _ type: UInt32, _ bytes: RawSpan, at start: Int, length: Int, headers: inout [FrameHeader],
    notes: inout ScanNotes
  ) {
    switch type {
    case BlockType.enhancedPacket where length >= 32:
      addFrame(
        of: bytes.number32(at: start &+ 8, swapped: swapped), bytes, at: start, length: length,
        headers: &headers, notes: &notes)
    case BlockType.packet where length >= 32:
      addFrame(
        of: UInt32(bytes.number16(at: start &+ 8, swapped: swapped)), bytes, at: start,
        length: length, headers: &headers, notes: &notes)
    case BlockType.simplePacket where length >= 16:
      addSimpleFrame(bytes, at: start, length: length, headers: &headers, notes: &notes)
    case BlockType.enhancedPacket, BlockType.packet, BlockType.simplePacket:
      notes.skipFrame(
        at: start, after: headers.count, "a packet block of only \(length) octets")
    case BlockType.interfaceDescription where length >= 20:
      addInterface(bytes, at: start, length: length)
    case BlockType.interfaceStatistics where length >= 24:
      readStatistics(bytes, at: start, length: length, notes: &notes)
    case Self.sectionHeader: break
    default: notes.counters.otherBlocks &+= 1
    }
  }

  /// Adds the frame of an Enhanced Packet Block or a Packet Block, which differ only in where the
  /// interface stands.
  private mutating func addFrame(
    of interfaceID: UInt32, _ bytes: RawSpan, at start: Int, length: Int,
    headers: inout [FrameHeader], notes: inout ScanNotes
  ) {
    let captured = bytes.number32(at: start &+ 20, swapped: swapped)
    guard Int(interfaceID) < interfaces.count else {
      return notes.skipFrame(
        at: start, after: headers.count,
        "interface \(interfaceID) is not described; \(interfaces.count) are")
    }
    guard Int(captured) <= length &- 32, captured <= UInt32(FrameBatch.maximumFrameLength) else {
      return notes.skipFrame(
        at: start &+ 20, after: headers.count,
        "a captured length of \(captured) in a block of \(length) octets")
    }
    let high = UInt64(bytes.number32(at: start &+ 12, swapped: swapped))
    let low = UInt64(bytes.number32(at: start &+ 16, swapped: swapped))
    let timestamp = interfaces[Int(interfaceID)].timestamp(ticks: high << 32 | low)
    lastTimestamp = timestamp
    guard captured > 0 else {
      notes.counters.emptyFrames &+= 1
      return
    }
    headers.append(
      FrameHeader(
        timestamp: timestamp, offset: UInt32(truncatingIfNeeded: start &+ 28),
        capturedLength: captured, originalLength: bytes.number32(at: start &+ 24, swapped: swapped),
        linkType: interfaces[Int(interfaceID)].linkType))
  }

  /// A Simple Packet Block belongs to interface 0; how much was captured follows from the snaplen
  /// and the block.
  private func addSimpleFrame(
    _ bytes: RawSpan, at start: Int, length: Int, headers: inout [FrameHeader],
    notes: inout ScanNotes
  ) {
    guard let interface = interfaces.first else {
      return notes.skipFrame(at: start, after: headers.count, "no interface is described")
    }
    let original = bytes.number32(at: start &+ 8, swapped: swapped)
    let snaplen = interface.snaplen == 0 ? UInt32.max : interface.snaplen
    let captured = min(original, snaplen)
    guard Int(captured) <= length &- 16, captured <= UInt32(FrameBatch.maximumFrameLength) else {
      return notes.skipFrame(
        at: start &+ 8, after: headers.count,
        "a captured length of \(captured) in a block of \(length) octets")
    }
    guard captured > 0 else {
      notes.counters.emptyFrames &+= 1
      return
    }
    headers.append(
      FrameHeader(
        timestamp: lastTimestamp, offset: UInt32(truncatingIfNeeded: start &+ 12),
        capturedLength: captured, originalLength: original, linkType: interface.linkType))
  }

  /// A block too long to be held: only an interface's would be missed.
  private func passOver(
    _ type: UInt32, at start: Int, _ batched: Int, notes: inout ScanNotes
  ) -> RecordScanner.Stop? {
    switch type {
    case BlockType.enhancedPacket, BlockType.packet, BlockType.simplePacket:
      notes.skipFrame(
        at: start, after: batched,
        "a packet block longer than \(RecordScanner.longestRecord) octets")
    case BlockType.interfaceDescription:
      return notes.fault(at: start, "an interface description of more than 300 kB")
    case Self.sectionHeader: break
    default: notes.counters.otherBlocks &+= 1
    }
    return nil
  }

  private static func describe(badLength: UInt32) -> String {
    let swapped = badLength.byteSwapped
    let looksSwapped = swapped >= 12 && swapped & 3 == 0 && swapped <= 1 << 18
    return "a block length of 12 to \(longestBlock) octets, a multiple of 4, was expected, "
      + "found \(badLength)" + (looksSwapped ? " (\(swapped) in the other byte order)" : "")
  }
}
