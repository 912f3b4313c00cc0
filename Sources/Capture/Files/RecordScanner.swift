/// Finds the frames in a run of octets of a capture file: pure, no I/O.
///
/// A scanner is handed the octets read so far and a cursor, moves the cursor past each whole
/// record, adds the headers of the frames, and says why it stopped.
enum RecordScanner {
  case classic(ClassicScanner)
  case blocks(BlockScanner)

  /// A record longer than this is not held in the buffer as a whole.
  static let longestRecord = FrameBatch.maximumFrameLength + (1 << 16)

  /// Why a scan stopped.
  enum Stop {
    /// The record at the cursor is `needed` octets long, and they are not all there; at most
    /// ``longestRecord``.
    case needsMore(Int)
    /// The next so many octets from the cursor, which may not have been read yet, are to be passed
    /// over.
    case skip(Int)
    /// The octets at the cursor cannot be what they claim to be.
    case fault(Fault)
  }

  /// What is wrong with a record.
  struct Fault {
    var kind: CaptureError.Kind
    /// Octets from the start of the capture.
    var offset: Int
    var detail: String
  }

  /// Scans on from `cursor`, an offset in `bytes`.
  mutating func scan(
    _ bytes: RawSpan, cursor: inout Int, headers: inout [FrameHeader], notes: inout ScanNotes
  ) -> Stop {
    switch self {
    case .classic(let scanner):
      return scanner.scan(bytes, cursor: &cursor, headers: &headers, notes: &notes)
    case .blocks(var scanner):
      defer { self = .blocks(scanner) }
      return scanner.scan(bytes, cursor: &cursor, headers: &headers, notes: &notes)
    }
  }
}

/// What a scan notes beside the frames it delivers.
struct ScanNotes {
  /// Where in the capture the scanned octets begin.
  var baseOffset = 0
  /// `frames` counts those of earlier batches only.
  var counters = CaptureCounters()
  /// The first frame that was left out, and why.
  var firstSkip: (fault: RecordScanner.Fault, packetNumber: Int)?

  /// The number, from 1, of the frame that comes after `batched` ones in this batch.
  func packetNumber(after batched: Int) -> Int { counters.seen + batched + 1 }

  /// Counts a frame at `offset` that is left out.
  mutating func skipFrame(at offset: Int, after batched: Int, _ detail: @autoclosure () -> String) {
    if firstSkip == nil {
      firstSkip = (
        .init(kind: .skippedFrame, offset: baseOffset + offset, detail: detail()),
        packetNumber(after: batched)
      )
    }
    counters.skippedFrames += 1
  }

  /// A fault at `offset` of the scanned octets.
  func fault(at offset: Int, _ detail: String) -> RecordScanner.Stop {
    .fault(.init(kind: .damaged, offset: baseOffset + offset, detail: detail))
  }
}

extension RawSpan {
  /// The 32-bit number at `offset` in the byte order of the capture; the caller has checked the
  /// range.
  @inline(__always)
  func number32(at offset: Int, swapped: Bool) -> UInt32 {
    // Safe: any four octets are a UInt32, and the load checks its bounds.
    let value = unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
    return swapped ? value.byteSwapped : value
  }

  /// The 16-bit number at `offset`, as ``number32(at:swapped:)``.
  @inline(__always)
  func number16(at offset: Int, swapped: Bool) -> UInt16 {
    // Safe: any two octets are a UInt16, and the load checks its bounds.
    let value = unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)
    return swapped ? value.byteSwapped : value
  }

  /// The 64-bit number at `offset`, as ``number32(at:swapped:)``.
  @inline(__always)
  func number64(at offset: Int, swapped: Bool) -> UInt64 {
    // Safe: any eight octets are a UInt64, and the load checks its bounds.
    let value = unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    return swapped ? value.byteSwapped : value
  }
}
