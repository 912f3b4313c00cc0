/// Octets of names eight at a time: who hashes or compares a name in a loop over single octets spends most of his time
/// there.
extension RawSpan {
  /// The octets from `start` on, before `end` and eight at most, A-Z in lower case: the first lowest, zeros behind the
  /// last.
  @inlinable
  @inline(__always)
  package func nameWord(_ start: Int, _ end: Int) -> UInt64 {
    let count = end &- start
    guard count > 0 else { return 0 }
    if count >= 8 { return littleEndianWord(at: start).loweredOctets }
    // What stands behind it goes out on the left, what stands before it on the right.
    if start &+ 8 <= byteCount {
      return (littleEndianWord(at: start) & ((1 &<< UInt64(8 &* count)) &- 1)).loweredOctets
    }
    if end >= 8 {
      return (littleEndianWord(at: end &- 8) &>> UInt64(64 &- 8 &* count)).loweredOctets
    }
    return shortWord(start, end)
  }

  /// Where the label that ends before `end` begins: behind the last dot, or at the span's begin.
  @inlinable
  @inline(__always)
  package func labelStart(before end: Int) -> Int {
    var rest = end
    while rest >= 8 {
      let dots = littleEndianWord(at: rest &- 8).octets(equalTo: UInt8(ascii: "."))
      if dots != 0 { return rest &- dots.leadingZeroBitCount / 8 }
      rest &-= 8
    }
    let word = byteCount >= 8 ? littleEndianWord(at: 0) : shortWord(0, byteCount)
    let dots = word.octets(equalTo: UInt8(ascii: ".")) & ((1 &<< UInt64(8 &* rest)) &- 1)
    return 8 &- dots.leadingZeroBitCount / 8
  }

  /// - Precondition: eight octets stand at `offset`; checked.
  @inlinable
  @inline(__always)
  func littleEndianWord(at offset: Int) -> UInt64 {
    // Safe: every bit pattern is an integer, and the load checks the bounds.
    let word = unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    return UInt64(littleEndian: word)
  }

  @usableFromInline
  func shortWord(_ start: Int, _ end: Int) -> UInt64 {
    var word: UInt64 = 0
    for offset in start..<Swift.min(end, start + 8) {
      word |= UInt64(octet(at: offset) ?? 0) << UInt64(8 * (offset - start))
    }
    return word.loweredOctets
  }
}

/// Of eight octets in one word, each by itself.
extension UInt64 {
  /// All bits of each octet but its top one.
  @inlinable
  @inline(__always)
  static var lowBits: UInt64 { 0x7f7f_7f7f_7f7f_7f7f }

  /// `octet` in each place.
  @inlinable
  @inline(__always)
  init(octets octet: UInt8) { self = UInt64(octet) &* 0x0101_0101_0101_0101 }

  /// The top bit of each octet that is this one.
  @inlinable
  @inline(__always)
  func octets(equalTo octet: UInt8) -> UInt64 {
    // An octet becomes zero where it stands; the sum sets the top bit of all others, and carries into none.
    let word = self ^ UInt64(octets: octet)
    return ~(((word & Self.lowBits) &+ Self.lowBits) | word | Self.lowBits)
  }

  /// The top bit of each octet from `octet` on, those from 0x80 on left out.
  ///
  /// - Parameter octet: 1...0x7f.
  @inlinable
  @inline(__always)
  func octets(from octet: UInt8) -> UInt64 {
    // The sum sets the top bit of an octet that is large enough, and carries into none.
    ((self & Self.lowBits) &+ UInt64(octets: 0x80 &- octet)) & ~self & ~Self.lowBits
  }

  /// With 0x20 set in each octet from 0x41 to 0x5a.
  @inlinable
  @inline(__always)
  var loweredOctets: UInt64 {
    self | (octets(from: UInt8(ascii: "A")) ^ octets(from: UInt8(ascii: "Z") + 1)) >> 2
  }
}
