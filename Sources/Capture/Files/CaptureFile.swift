import WireFormat

/// A capture file: pcap or pcapng, plain, gzip or zstd, told apart by their first octets.
///
/// Octets are read straight into the batch and found there, so a frame costs neither a copy nor an
/// allocation; only the record that a buffer's end cuts in two is carried over to the next fill.
///
/// Everything before a fault is delivered before the fault is thrown. Work without a frame is
/// bounded by ``maximumBarrenByteCount``, memory by the batch's buffer and the decompressor's
/// window.
package struct CaptureFile: ~Copyable {
  /// So many octets in a row without a frame end the reading: a sparse file or a decompression
  /// bomb.
  package static let maximumBarrenByteCount = 256 << 20
  /// Octets after which a batch with frames is handed out: what has just been read is then still in a core's own cache.
  static let comfortableByteCount = 128 << 10

  /// As it was given; `-` is standard input.
  package let path: String
  /// What the file held so far.
  package private(set) var counters = CaptureCounters()
  /// The first frame that was left out although reading went on.
  package private(set) var firstSkippedFrame: CaptureError?
  /// By which the capture is known again; complete after the first fill, but for frames of more
  /// than 32 kB.
  package private(set) var identity = CaptureIdentity()

  private let source: any ByteSource
  private var scanner: RecordScanner
  /// Octets that were read and not yet scanned, and where they lie in the capture.
  private var carry: [UInt8]
  private var carryOffset: Int
  /// Octets to pass over before the next record.
  private var octetsToSkip = 0
  private var fault: CaptureError?
  private var isFinished = false

  /// Opens a capture and reads its first octets.
  ///
  /// - Throws: ``CaptureError/Kind/unreadable``, ``CaptureError/Kind/notACapture``,
  ///   ``CaptureError/Kind/cutShort`` where not even the file header is there,
  ///   ``CaptureError/Kind/unsupported`` for another version or a format that is known and not
  ///   read.
  package init(path: String) throws(CaptureError) {
    let source = try openByteSource(path: path)
    var head: [UInt8] = []
    while head.count < ClassicScanner.fileHeaderLength {
      guard try Self.read(256, from: source, appendingTo: &head) else { break }
    }
    let (scanner, headerLength) = try CaptureFormat.recognize(head, path: path)
    self.init(
      path: path, source: source, scanner: scanner, carry: Array(head[headerLength...]),
      carryOffset: headerLength)
  }

  private init(
    path: String, source: any ByteSource, scanner: RecordScanner, carry: [UInt8], carryOffset: Int
  ) {
    self.path = path
    self.source = source
    self.scanner = scanner
    self.carry = carry
    self.carryOffset = carryOffset
  }

  /// Replaces the frames of `batch` by the next ones of the file.
  ///
  /// The first fill brings at least ``CaptureIdentity/maximumFrameCount`` frames where the file has
  /// and the batch holds so many; from a pipe, later ones bring what there is.
  ///
  /// - Returns: false, and no frames, at the end of the file.
  /// - Throws: ``CaptureError/Kind/cutShort``, ``CaptureError/Kind/damaged`` or
  ///   ``CaptureError/Kind/unreadable``, with no frames, once; after that the file has ended.
  package mutating func fill(_ batch: inout FrameBatch) throws(CaptureError) -> Bool {
    batch.removeAll()
    var cursor = 0
    if fault == nil, !isFinished { cursor = readFrames(into: &batch) }
    guard !batch.isEmpty else {
      isFinished = true
      carry = []
      if let fault = fault.take() { throw fault }
      return false
    }
    carryOver(batch, from: cursor)
    counters.frames += batch.count
    if !identity.isComplete { identity.add(batch) }
    return true
  }

  /// The time of the first frame of the file at `path`; nil where it has none, or is damaged before
  /// it.
  ///
  /// - Throws: As ``init(path:)``.
  static func firstTimestamp(path: String) throws(CaptureError) -> Timestamp? {
    var file = try CaptureFile(path: path)
    var batch = FrameBatch(capacity: FrameBatch.minimumCapacity)
    return (try? file.fill(&batch)) == true ? batch.headers.first?.timestamp : nil
  }

  // MARK: reading

  /// Reads and scans until there are frames, the end, or a fault; returns up to where the buffer
  /// was scanned.
  private mutating func readFrames(into batch: inout FrameBatch) -> Int {
    var notes = ScanNotes()
    notes.baseOffset = carryOffset
    notes.counters = counters
    defer { take(notes) }
    batch.load(carry)
    var cursor = 0
    var barrenByteCount = 0
    while true {
      let needed: Int
      switch scan(&batch, cursor: &cursor, notes: &notes) {
      case .needsMore(let count): needed = count
      case .skip(let count):
        octetsToSkip = count
        continue
      case .fault(let fault):
        self.fault = error(fault.kind, at: fault.offset, batch, notes, fault.detail)
        return cursor
      }
      if batch.isEmpty {
        barrenByteCount += cursor
        notes.baseOffset += cursor
        batch.dropFirst(cursor)
        cursor = 0
        guard barrenByteCount <= Self.maximumBarrenByteCount else {
          fault = error(
            .damaged, at: notes.baseOffset, batch, notes,
            "no frame in \(barrenByteCount >> 20) MiB of data")
          return cursor
        }
      } else if counters.frames + batch.count >= CaptureIdentity.maximumFrameCount
        || batch.capacity - cursor < needed || batch.byteCount >= Self.comfortableByteCount
      {
        return cursor
      }
      guard readMore(into: &batch, from: cursor, needed: needed, notes) else { return cursor }
    }
  }

  /// Passes over what is to be skipped and scans the rest.
  private mutating func scan(
    _ batch: inout FrameBatch, cursor: inout Int, notes: inout ScanNotes
  ) -> RecordScanner.Stop {
    let skipped = min(octetsToSkip, batch.byteCount - cursor)
    cursor += skipped
    octetsToSkip -= skipped
    guard octetsToSkip == 0 else { return .needsMore(1) }
    return batch.scan(with: &scanner, cursor: &cursor, notes: &notes)
  }

  /// Reads once; false at the end of the file or at a fault, which is then kept.
  private mutating func readMore(
    into batch: inout FrameBatch, from cursor: Int, needed: Int, _ notes: ScanNotes
  ) -> Bool {
    do {
      let wanted = max(Self.comfortableByteCount, cursor + needed) - batch.byteCount
      let space = unsafe batch.freeSpace
      // Safe: the source writes within the space and returns how much it wrote.
      let count = unsafe try source.read(
        into: UnsafeMutableRawBufferPointer(rebasing: space.prefix(max(1, wanted))))
      batch.commit(count)
      if count > 0 { return true }
    } catch {
      fault = self.error(
        error.kind, at: notes.baseOffset + batch.byteCount, batch, notes, error.detail)
      return false
    }
    isFinished = true
    let left = batch.byteCount - cursor
    if left > 0 || octetsToSkip > 0 {
      let expected = octetsToSkip > 0 ? left + octetsToSkip : needed
      fault = error(
        .cutShort, at: notes.baseOffset + batch.byteCount, batch, notes,
        "\(expected) octets were expected from byte \(notes.baseOffset + cursor) on, "
          + "\(left) are there")
    }
    return false
  }

  private mutating func carryOver(_ batch: borrowing FrameBatch, from cursor: Int) {
    carry.removeAll(keepingCapacity: true)
    batch.copyOctets(from: cursor, to: &carry)
    carryOffset += cursor
  }

  private mutating func take(_ notes: ScanNotes) {
    counters = notes.counters
    carryOffset = notes.baseOffset
    if firstSkippedFrame == nil, let (fault, packetNumber) = notes.firstSkip {
      firstSkippedFrame = CaptureError(
        fault.kind, path: path, offset: fault.offset, packetNumber: packetNumber,
        detail: fault.detail)
    }
  }

  private func error(
    _ kind: CaptureError.Kind, at offset: Int, _ batch: borrowing FrameBatch, _ notes: ScanNotes,
    _ detail: String
  ) -> CaptureError {
    CaptureError(
      kind, path: path, offset: offset, packetNumber: notes.packetNumber(after: batch.count),
      detail: detail)
  }

  /// Appends up to `count` octets; false at the end.
  private static func read(
    _ count: Int, from source: any ByteSource, appendingTo octets: inout [UInt8]
  ) throws(CaptureError) -> Bool {
    var chunk = [UInt8](repeating: 0, count: count)
    var received = 0
    var failure: CaptureError?
    unsafe chunk.withUnsafeMutableBytes { space in
      do throws(CaptureError) {
        // Safe: the source writes within the chunk.
        received = unsafe try source.read(into: space)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    octets += chunk[..<received]
    return received > 0
  }
}
