import WireFormat

/// Octets of names eight at a time: a lookup hashes each label of a name and compares what it finds, and a loop over single
/// octets would take most of its time.
extension RawSpan {
  /// The octets from `start` on, before `end` and eight at most, A-Z in lower case: the first lowest, zeros behind the
  /// last.
  @inline(__always)
  func nameWord(_ start: Int, _ end: Int) -> UInt64 {
    let count = end &- start
    guard count > 0 else { return 0 }
    if count >= 8 { return Self.lowercased(littleEndianWord(at: start)) }
    // What stands behind it goes out on the left, what stands before it on the right.
    if start &+ 8 <= byteCount {
      return Self.lowercased(littleEndianWord(at: start) & ((1 &<< UInt64(8 &* count)) &- 1))
    }
    if end >= 8 {
      return Self.lowercased(littleEndianWord(at: end &- 8) &>> UInt64(64 &- 8 &* count))
    }
    return shortWord(start, end)
  }

  /// Where the label that ends before `end` begins: behind the last dot, or at the span's begin.
  @inline(__always)
  func labelStart(before end: Int) -> Int {
    var rest = end
    while rest >= 8 {
      let dots = Self.dots(in: littleEndianWord(at: rest &- 8))
      if dots != 0 { return rest &- dots.leadingZeroBitCount / 8 }
      rest &-= 8
    }
    let word = byteCount >= 8 ? littleEndianWord(at: 0) : shortWord(0, byteCount)
    let dots = Self.dots(in: word) & ((1 &<< UInt64(8 &* rest)) &- 1)
    return 8 &- dots.leadingZeroBitCount / 8
  }

  /// - Precondition: eight octets stand at `offset`; checked.
  @inline(__always)
  private func littleEndianWord(at offset: Int) -> UInt64 {
    // Safe: every bit pattern is an integer, and the load checks the bounds.
    let word = unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    return UInt64(littleEndian: word)
  }

  private func shortWord(_ start: Int, _ end: Int) -> UInt64 {
    var word: UInt64 = 0
    for offset in start..<Swift.min(end, start + 8) {
      word |= UInt64(octet(at: offset) ?? 0) << UInt64(8 * (offset - start))
    }
    return Self.lowercased(word)
  }

  /// The top bit of each octet that is a dot.
  @inline(__always)
  private static func dots(in word: UInt64) -> UInt64 {
    // An octet becomes zero where a dot stands; the sum sets the top bit of all others, and carries into none.
    let word = word ^ 0x2e2e_2e2e_2e2e_2e2e
    return ~(((word & low) &+ low) | word | low)
  }

  /// Sets 0x20 in each octet from 0x41 to 0x5a.
  @inline(__always)
  private static func lowercased(_ word: UInt64) -> UInt64 {
    // Either sum sets the top bit of an octet that is large enough, and carries into none.
    let fromA = (word & low) &+ 0x3f3f_3f3f_3f3f_3f3f
    let aboveZ = (word & low) &+ 0x2525_2525_2525_2525
    return word | ((fromA ^ aboveZ) & ~word & ~low) >> 2
  }

  /// All bits of each octet but its top one.
  private static var low: UInt64 { 0x7f7f_7f7f_7f7f_7f7f }
}
