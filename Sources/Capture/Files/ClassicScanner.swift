import WireFormat

/// The records of a pcap file (draft-ietf-opsawg-pcap).
///
///     file header, 24 octets:   magic u32 · major u16 · minor u16 · reserved 8 octets ·
///                               snaplen u32 · network u32
///     record header, 16 octets: seconds u32 · micro- or nanoseconds u32 ·
///                               captured length u32 · original length u32
///
/// All numbers are in the byte order of the host that wrote the file; the magic tells which. Linux
/// distributions of the nineties wrote eight octets more per record ("modified" pcap); those are
/// passed over.
struct ClassicScanner {
  static let fileHeaderLength = 24

  private let swapped: Bool
  private let nanosecondsPerTick: Int64
  private let recordHeaderLength: Int
  private let linkType: UInt32

  /// Reads the file header.
  ///
  /// - Parameter header: At least 24 octets.
  /// - Returns: nil where the magic is none of pcap's.
  /// - Throws: ``CaptureError/Kind/unsupported`` for a major version other than 2.
  init?(header: RawSpan, path: String) throws(CaptureError) {
    guard let magic = Magic(firstOctetsOf: header) else { return nil }
    swapped = magic.swapped
    nanosecondsPerTick = magic.format == .nanoseconds ? 1 : 1000
    recordHeaderLength = magic.format == .modified ? 24 : 16
    linkType = LinkType.value(forNetworkField: header.number32(at: 20, swapped: swapped))
    let version = header.number16(at: 4, swapped: swapped)
    guard version == 2 else {
      throw CaptureError(
        .unsupported, path: path, offset: 4,
        detail: "pcap version \(version).\(header.number16(at: 6, swapped: swapped)); 2.x is read")
    }
  }

  /// See ``RecordScanner/scan(_:cursor:headers:notes:)``.
  func scan(
    _ bytes: RawSpan, cursor: inout Int, headers: inout [FrameHeader], notes: inout ScanNotes
  ) -> RecordScanner.Stop {
    let end = bytes.byteCount
    var start = cursor
    defer { cursor = start }
    while end &- start >= recordHeaderLength {
      let captured = bytes.number32(at: start &+ 8, swapped: swapped)
      guard captured <= UInt32(FrameBatch.maximumFrameLength) else {
        return notes.fault(at: start &+ 8, Self.describe(badLength: captured))
      }
      let length = recordHeaderLength &+ Int(captured)
      guard length <= end &- start else { return .needsMore(length) }
      if captured > 0 {
        // No overflow: 2^32 seconds are 4.3e18 ns, and Int64 holds 9.2e18.
        let seconds = Int64(bytes.number32(at: start, swapped: swapped))
        let fraction = Int64(bytes.number32(at: start &+ 4, swapped: swapped))
        headers.append(
          FrameHeader(
            timestamp: Timestamp(
              nanoseconds: seconds &* 1_000_000_000 &+ fraction &* nanosecondsPerTick),
            offset: UInt32(truncatingIfNeeded: start &+ recordHeaderLength),
            capturedLength: captured,
            originalLength: bytes.number32(at: start &+ 12, swapped: swapped),
            linkType: linkType))
      } else {
        notes.counters.emptyFrames &+= 1
      }
      start &+= length
    }
    return .needsMore(recordHeaderLength)
  }

  private static func describe(badLength: UInt32) -> String {
    let limit = FrameBatch.maximumFrameLength
    let other = badLength.byteSwapped
    return "a captured length of at most \(limit) octets was expected, found \(badLength)"
      + (other <= 65_535 ? " (\(other) in the other byte order)" : "")
  }
}

/// The first four octets of a pcap file.
private struct Magic {
  enum Format { case microseconds, nanoseconds, modified }

  let format: Format
  let swapped: Bool

  init?(firstOctetsOf header: RawSpan) {
    let value = header.number32(at: 0, swapped: false)
    switch value {
    case 0xa1b2_c3d4, 0xd4c3_b2a1: format = .microseconds
    case 0xa1b2_3c4d, 0x4d3c_b2a1: format = .nanoseconds
    case 0xa1b2_cd34, 0x34cd_b2a1: format = .modified
    default: return nil
    }
    swapped = value & 0xffff_0000 != 0xa1b2_0000
  }
}
