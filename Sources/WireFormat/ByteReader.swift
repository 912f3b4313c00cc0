/// A cursor over octets that somebody else sent: every read is checked, and the reader cannot outlive the packet.
///
/// All integers are in network byte order. A read that does not fit throws ``WireError/truncated(offset:needed:available:)``
/// and leaves the cursor where it was.
@frozen
@usableFromInline
package struct ByteReader: ~Escapable {
  @usableFromInline let bytes: RawSpan
  /// Octets read so far: the cursor, counted from the start of the span.
  @usableFromInline package private(set) var offset: Int
  @usableFromInline let end: Int

  /// A reader over all of `bytes`.
  @inlinable
  @_lifetime(copy bytes)
  package init(_ bytes: RawSpan) {
    self.bytes = bytes
    self.offset = 0
    self.end = bytes.byteCount
  }

  @inlinable
  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, from offset: Int, to end: Int) {
    self.bytes = bytes
    self.offset = offset
    self.end = end
  }

  /// Octets left.
  @inlinable package var remaining: Int { end - offset }
  @inlinable package var isAtEnd: Bool { offset == end }

  /// The octets left, unread.
  @inlinable package var rest: RawSpan {
    @_lifetime(copy self) get { bytes.extracting(offset..<end) }
  }

  @inlinable
  @_lifetime(self: copy self)
  mutating func advance(_ count: Int) throws(WireError) -> Int {
    let start = offset
    guard count >= 0, count <= end - start else {
      throw .truncated(offset: start, needed: count, available: end - start)
    }
    offset = start + count
    return start
  }

  @inlinable
  @_lifetime(self: copy self)
  package mutating func readUInt8() throws(WireError) -> UInt8 {
    let start = try advance(1)
    // Safe: `advance` has checked that the octet at `start` lies within the span.
    return unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: UInt8.self)
  }

  @inlinable
  @_lifetime(self: copy self)
  package mutating func readUInt16() throws(WireError) -> UInt16 {
    let start = try advance(2)
    // Safe: `advance` has checked that two octets from `start` lie within the span.
    return unsafe UInt16(
      bigEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: UInt16.self))
  }

  @inlinable
  @_lifetime(self: copy self)
  package mutating func readUInt24() throws(WireError) -> UInt32 {
    let start = try advance(3)
    // Safe: `advance` has checked that three octets from `start` lie within the span.
    let high = unsafe UInt16(
      bigEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: UInt16.self))
    let low = unsafe bytes.unsafeLoadUnaligned(
      fromUncheckedByteOffset: start + 2, as: UInt8.self)
    return UInt32(high) << 8 | UInt32(low)
  }

  @inlinable
  @_lifetime(self: copy self)
  package mutating func readUInt32() throws(WireError) -> UInt32 {
    let start = try advance(4)
    // Safe: `advance` has checked that four octets from `start` lie within the span.
    return unsafe UInt32(
      bigEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: UInt32.self))
  }

  @inlinable
  @_lifetime(self: copy self)
  package mutating func readUInt64() throws(WireError) -> UInt64 {
    let start = try advance(8)
    // Safe: `advance` has checked that eight octets from `start` lie within the span.
    return unsafe UInt64(
      bigEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: UInt64.self))
  }

  @inlinable
  @_lifetime(self: copy self)
  package mutating func skip(_ count: Int) throws(WireError) {
    _ = try advance(count)
  }

  /// Passes over octets that are zero, eight at a time.
  @_lifetime(self: copy self)
  mutating func skipZeros() {
    // Safe: eight octets from `offset` lie within the span.
    while end - offset >= 8,
      unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self) == 0
    {
      offset += 8
    }
    while offset < end, bytes.octet(at: offset) == 0 { offset += 1 }
  }

  /// Reads `count` octets as a reader of their own; its offsets go on counting from the start of this reader's span.
  @inlinable
  @_lifetime(copy self)
  package mutating func readSlice(_ count: Int) throws(WireError) -> ByteReader {
    let start = try advance(count)
    return ByteReader(bytes, from: start, to: start + count)
  }

  /// Reads `count` octets as a span.
  @inlinable
  @_lifetime(copy self)
  package mutating func readBytes(_ count: Int) throws(WireError) -> RawSpan {
    let start = try advance(count)
    return bytes.extracting(start..<start + count)
  }
}

extension RawSpan {
  /// The octet at `offset`, or nil where the span has ended.
  @inlinable
  package func octet(at offset: Int) -> UInt8? {
    guard offset >= 0, offset < byteCount else { return nil }
    // Safe: the guard has checked the offset.
    return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt8.self)
  }

  /// Where `octet` first stands in `range`, as far as there are octets; nil where it does not. Eight are looked at in
  /// one step.
  package func firstOffset(of octet: UInt8, in range: Range<Int>) -> Int? {
    let end = min(range.upperBound, byteCount)
    let ones: UInt64 = 0x0101_0101_0101_0101
    let pattern = ones &* UInt64(octet)
    var offset = max(0, range.lowerBound)
    while offset + 8 <= end {
      // Safe: eight octets from `offset` lie within the span.
      let word = unsafe UInt64(
        littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
      let difference = word ^ pattern
      // The lowest octet that is zero has its highest bit set here, whatever borrows do above it.
      let zeros = (difference &- ones) & ~difference & (ones << 7)
      if zeros != 0 { return offset + zeros.trailingZeroBitCount / 8 }
      offset += 8
    }
    while offset < end {
      if self.octet(at: offset) == octet { return offset }
      offset += 1
    }
    return nil
  }

  /// A copy of the octets.
  package func copied() -> [UInt8] {
    unsafe withUnsafeBytes { unsafe Array($0) }  // Safe: copied before the closure ends.
  }
}

extension RawSpan {
  /// The octets of `range`; none where there is no range.
  @_lifetime(copy self)
  package func part(_ range: Range<Int>?) -> RawSpan {
    guard let range else { return extracting(0..<0) }
    return extracting(range.clamped(to: 0..<byteCount))
  }
}

extension Array where Element == UInt8 {
  /// The octets, as parsers take them.
  package var octets: RawSpan {
    // Safe: octets have no padding that `bytes` could show.
    @_lifetime(borrow self) get { unsafe span.bytes }
  }
}
