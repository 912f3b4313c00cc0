import Glibc
package import WireFormat

/// Frames that were read together: one buffer, and a flat list of what lies where in it.
///
/// A batch is made once and filled over and over by a ``CaptureFile`` or a ``LiveInterface``; a
/// frame costs no allocation. The frames are valid until the next fill, which the compiler holds
/// callers to:
///
///     var batch = FrameBatch()
///     while try file.fill(&batch) {
///       for index in batch.headers.indices {
///         process(batch.headers[index], batch.frame(at: index))
///       }
///     }
///
/// Safe to send: it alone has its memory.
@frozen
@safe
@usableFromInline
package struct FrameBatch: ~Copyable, @unchecked Sendable {
  /// The longest frame that is kept, as in libpcap (MAXIMUM_SNAPLEN): longer ones are damage.
  @inlinable package static var maximumFrameLength: Int { 262_144 }
  /// Room for the longest record (see ``CaptureFile``) beside some others.
  @inlinable package static var minimumCapacity: Int { 1 << 19 }

  @usableFromInline let base: UnsafeMutableRawPointer
  /// Octets in the buffer, fixed.
  @usableFromInline package let capacity: Int
  /// Octets of the buffer that hold something.
  @usableFromInline var byteCount = 0
  /// The frames, in the order of the capture.
  @usableFromInline package internal(set) var headers: [FrameHeader] = []

  /// An empty batch.
  ///
  /// - Parameter capacity: Octets of buffer; at least ``minimumCapacity`` are allocated, at most 1
  ///   GiB.
  package init(capacity: Int = 1 << 19) {
    self.capacity = min(max(capacity, Self.minimumCapacity), 1 << 30)
    // Zeros, so that every later read is of initialized memory; what is never filled takes none.
    guard let memory = unsafe calloc(1, self.capacity) else { fatalError("out of memory") }
    unsafe base = memory
    headers.reserveCapacity(self.capacity / 256)
  }

  deinit {
    unsafe free(base)  // Safe: allocated by `init`, and nothing outlives the batch.
  }

  @inlinable package var isEmpty: Bool { headers.isEmpty }
  @inlinable package var count: Int { headers.count }

  /// The captured octets of the frame at `index` of ``headers``.
  @inlinable
  @_lifetime(borrow self)
  package func frame(at index: Int) -> RawSpan {
    let header = headers[index]
    return bytes.extracting(header.offset..<header.offset &+ header.capturedLength)
  }

  /// The filled part of the buffer.
  @inlinable
  var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // Safe: `base` has `capacity` initialized octets and lives as long as the batch; `byteCount`
      // never exceeds it.
      let span = unsafe RawSpan(_unsafeStart: base, byteCount: byteCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Adds a copy of a frame; returns false, and adds nothing, where it does not fit or is empty or
  /// too long.
  package mutating func append(
    _ frame: RawSpan, at timestamp: Timestamp, originalLength: UInt32? = nil,
    linkType: UInt32 = LinkType.ethernet.rawValue
  ) -> Bool {
    let length = frame.byteCount
    guard length > 0, length <= Self.maximumFrameLength, length <= capacity - byteCount else {
      return false
    }
    // Safe: the guard has checked that `length` octets are left in the buffer.
    unsafe frame.withUnsafeBytes { source in
      unsafe UnsafeMutableRawBufferPointer(start: base + byteCount, count: length)
        .copyMemory(from: source)
    }
    headers.append(
      FrameHeader(
        timestamp: timestamp, offset: UInt32(byteCount), capturedLength: UInt32(length),
        originalLength: originalLength ?? UInt32(length), linkType: linkType))
    byteCount += length
    return true
  }

  /// Adds a copy of a frame that stands in an array, as above.
  package mutating func append(
    _ frame: [UInt8], at timestamp: Timestamp, originalLength: UInt32? = nil,
    linkType: UInt32 = LinkType.ethernet.rawValue
  ) -> Bool {
    // Safe: octets have no padding.
    unsafe append(
      frame.span.bytes, at: timestamp, originalLength: originalLength, linkType: linkType)
  }

  /// Forgets all frames; the memory stays.
  package mutating func removeAll() {
    headers.removeAll(keepingCapacity: true)
    byteCount = 0
  }

  // MARK: for the readers of this room

  /// The part of the buffer that holds nothing yet.
  var freeSpace: UnsafeMutableRawBufferPointer {
    // Safe: `byteCount` never exceeds `capacity`.
    unsafe UnsafeMutableRawBufferPointer(start: base + byteCount, count: capacity - byteCount)
  }

  /// Takes `count` octets that were written at the start of ``freeSpace`` as filled.
  mutating func commit(_ count: Int) {
    precondition(count >= 0 && count <= capacity - byteCount, "a source wrote past its space")
    byteCount += count
  }

  /// Moves the octets from `start` to the front; only while there are no frames.
  mutating func dropFirst(_ start: Int) {
    precondition(headers.isEmpty && start >= 0 && start <= byteCount)
    // Safe: both ranges lie within the buffer; memmove semantics.
    unsafe base.copyMemory(from: base + start, byteCount: byteCount - start)
    byteCount -= start
  }

  var freeByteCount: Int { capacity - byteCount }

  /// Starts over with `octets`, of which there are at most ``capacity``.
  mutating func load(_ octets: [UInt8]) {
    precondition(headers.isEmpty && octets.count <= capacity)
    // Safe: the precondition has checked the size.
    unsafe octets.withUnsafeBytes { source in
      unsafe UnsafeMutableRawBufferPointer(start: base, count: capacity).copyMemory(from: source)
    }
    byteCount = octets.count
  }

  /// Appends a copy of what lies from `start` on.
  func copyOctets(from start: Int, to octets: inout [UInt8]) {
    precondition(start >= 0 && start <= byteCount)
    // Safe: the precondition has checked the range.
    unsafe octets.append(
      contentsOf: UnsafeRawBufferPointer(start: base + start, count: byteCount - start))
  }

  /// Adds the headers of the frames that a scan finds from `cursor` on.
  mutating func scan(
    with scanner: inout RecordScanner, cursor: inout Int, notes: inout ScanNotes
  ) -> RecordScanner.Stop {
    // Safe: the span lives as long as this call, in which the buffer is not written.
    let octets = unsafe RawSpan(_unsafeStart: base, byteCount: byteCount)
    return scanner.scan(octets, cursor: &cursor, headers: &headers, notes: &notes)
  }
}
