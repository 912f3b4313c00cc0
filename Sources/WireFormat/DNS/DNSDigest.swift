/// What a DNS message of the usual form says, read in one pass into a value of fixed size.
///
/// The usual form is one question about a name of plain octets, and answers that are owned, by a pointer, by the name asked
/// for or by the target of an alias before (RFC 1035, section 4.1.4). Whatever else there is, damage above all, is not
/// taken: ``DNSMessage`` reads it step by step. What is taken says the same there.
///
/// Reading allocates nothing: a value is made once and read into again and again.
package struct DNSDigest: ~Copyable {
  /// An address of an answer.
  package struct Address: Sendable, Equatable {
    package var address: IPAddress
    /// Seconds, as ``DNSRecord/timeToLive``.
    package var timeToLive: UInt32
  }

  /// Addresses of one message; one with more is not taken. A datagram of 512 octets has 29.
  package static let maximumAddressCount = 32
  /// Names of one message: the one asked for and the targets of aliases; one with more is not taken.
  static let maximumNameCount = 15
  /// Records of the answer section; a message with more is not taken.
  static let maximumAnswerCount = 64
  /// Pointers followed within an alias's target.
  private static let maximumPointerCount = 16

  package private(set) var identifier: UInt16 = 0
  /// QR: an answer.
  package private(set) var isResponse = false
  /// RCODE: 0 is success.
  package private(set) var responseCode: UInt8 = 0
  package private(set) var addressCount = 0
  private var nameByteCount = 0
  /// The name asked for, each word's first octet lowest.
  // Arrays, because every look at one in place would copy it whole.
  private var words = ContiguousArray<UInt64>(repeating: 0, count: 32)
  private var addresses = ContiguousArray(
    repeating: Address(address: IPAddress(high: 0, low: 0), timeToLive: 0),
    count: maximumAddressCount)

  package init() {}

  /// The name asked for as text, as ``DNSName/bytes`` has it.
  package var name: RawSpan {
    @_lifetime(borrow self)
    get {
      // Safe: words have no padding that `bytes` could show.
      unsafe words.span.bytes.extracting(first: nameByteCount)
    }
  }

  /// The `index`th address of the answers that belong to the name asked for, in their order.
  ///
  /// - Precondition: below ``addressCount``; checked.
  @inline(__always)
  package func address(_ index: Int) -> Address { addresses[index] }

  /// Reads a message.
  ///
  /// - Parameter message: from the header on.
  /// - Returns: false where the message is not of the usual form; then the value says nothing.
  package mutating func read(_ message: RawSpan) -> Bool {
    guard let head = message.bigEndianWord(at: 0), let counts = message.bigEndianHalf(at: 8)
    else { return false }
    let flags = head >> 32
    // A standard query (opcode 0), Z zero, one question.
    guard flags & 0x7840 == 0, head >> 16 & 0xffff == 1 else { return false }
    identifier = UInt16(truncatingIfNeeded: head >> 48)
    isResponse = flags & 0x8000 != 0
    responseCode = UInt8(truncatingIfNeeded: flags & 15)
    addressCount = 0
    guard readName(message) else { return false }
    // The root's octet, type and class.
    let end = Self.nameStart + nameByteCount + 5
    guard end <= message.byteCount else { return false }
    guard isResponse, responseCode == 0 else { return true }
    return readAnswers(
      message, from: end, count: Int(head & 0xffff), isMoreBehind: counts != 0)
  }

  /// Behind the header and the first label's length.
  private static let nameStart = DNSHeader.byteCount + 1

  /// Reads the question's name eight octets at a time, lengths of labels becoming dots.
  private mutating func readName(_ message: RawSpan) -> Bool {
    guard let first = message.octet(at: Self.nameStart - 1), (1...63).contains(first) else {
      return false
    }
    // Where the next length stands, counted from the name's start; with length zero the name ends there.
    var next = Int(first)
    var start = 0
    var words = words.mutableSpan
    while start < 256 {
      guard let word = message.wordOfPart(at: Self.nameStart + start) else { return false }
      var lengths: UInt64 = 0
      var isLast = false
      while next < start + 8 {
        let shift = UInt64(8 * (next - start))
        let length = Int(truncatingIfNeeded: word >> shift & 0xff)
        if length == 0 {
          lengths |= .max << shift
          isLast = true
          break
        }
        guard length < 64 else { return false }
        lengths |= 0xff << shift
        next += 1 + length
      }
      let text = word & ~lengths | UInt64(octets: UInt8(ascii: "a")) & lengths
      guard text.isPlainText else { return false }
      if isLast {
        guard next <= 253 else { return false }
        let ending: UInt64 = .max << UInt64(8 * (next - start))
        let dots = UInt64(octets: UInt8(ascii: ".")) & lengths
        words[start / 8] = (text.loweredOctets & ~lengths | dots) & ~ending
        nameByteCount = next
        return true
      }
      words[start / 8] =
        text.loweredOctets & ~lengths | UInt64(octets: UInt8(ascii: ".")) & lengths
      start += 8
    }
    return false
  }

  /// - Parameter isMoreBehind: whether the message has records of the other sections; the first of them has to be readable.
  private mutating func readAnswers(
    _ message: RawSpan, from start: Int, count: Int, isMoreBehind: Bool
  ) -> Bool {
    guard count <= Self.maximumAnswerCount else { return false }
    // Offsets of names whose addresses are those of the name asked for.
    var names = InlineArray<15, UInt16>(repeating: 0)
    names[0] = UInt16(DNSHeader.byteCount)
    var nameCount = 1
    var offset = start
    var found = 0
    var addresses = addresses.mutableSpan
    for _ in 0..<count {
      guard let head = message.bigEndianWord(at: offset),
        let tail = message.bigEndianHalf(at: offset + 8)
      else { return false }
      let owner = UInt16(truncatingIfNeeded: head >> 48)
      guard owner >= 0xc000 else { return false }
      var place = nameCount - 1
      while names[place] != owner & 0x3fff {
        guard place > 0 else { return false }
        place -= 1
      }
      let data = offset + 12
      offset = data + Int(tail & 0xffff)
      guard offset <= message.byteCount else { return false }
      // Type, and class without mDNS's bit.
      switch (UInt16(truncatingIfNeeded: head >> 32), head >> 16 & 0x7fff, tail & 0xffff) {
      case (1, 1, 4):
        guard let value = message.bigEndianHalf(at: data), found < Self.maximumAddressCount
        else { return false }
        addresses[found] = Self.address(IPAddress(v4: value), head, tail)
        found += 1
      case (28, 1, 16):
        guard let high = message.bigEndianWord(at: data),
          let low = message.bigEndianWord(at: data + 8), found < Self.maximumAddressCount
        else { return false }
        addresses[found] = Self.address(IPAddress(high: high, low: low), head, tail)
        found += 1
      case (5, _, let length):
        guard let own = Self.byteCount(ofNameAt: data, in: message), own <= Int(length),
          nameCount < Self.maximumNameCount, data <= 0x3fff
        else { return false }
        names[nameCount] = UInt16(data)
        nameCount += 1
      case (64, _, _), (65, _, _): return false
      default: break
      }
    }
    addressCount = found
    return !isMoreBehind || Self.isRecord(at: offset, in: message)
  }

  @inline(__always)
  private static func address(_ address: IPAddress, _ head: UInt64, _ tail: UInt32) -> Address {
    let seconds = UInt32(truncatingIfNeeded: head & 0xffff) << 16 | tail >> 16
    return Address(address: address, timeToLive: seconds >> 31 == 0 ? seconds : 0)
  }

  private static func isRecord(at offset: Int, in message: RawSpan) -> Bool {
    guard let own = byteCount(ofNameAt: offset, in: message),
      let tail = message.bigEndianHalf(at: offset + own + 6)
    else { return false }
    return offset + own + 10 + Int(tail & 0xffff) <= message.byteCount
  }

  /// - Returns: octets of the name up to its end or first pointer; nil where ``DNSName`` could not read it, or follows more
  ///   pointers than names have.
  private static func byteCount(ofNameAt start: Int, in message: RawSpan) -> Int? {
    var (position, segmentStart) = (start, start)
    var own: Int?
    var wireByteCount = 1
    var pointerCount = 0
    while let length = message.octet(at: position) {
      switch length {
      case 0: return own ?? position + 1 - start
      case 1...63:
        wireByteCount += 1 + Int(length)
        guard wireByteCount <= 255 else { return nil }
        position += 1 + Int(length)
      case 192...:
        guard let low = message.octet(at: position + 1) else { return nil }
        let target = Int(length & 0x3f) << 8 | Int(low)
        pointerCount += 1
        guard target < segmentStart, target >= DNSHeader.byteCount,
          pointerCount <= maximumPointerCount
        else { return nil }
        own = own ?? position + 2 - start
        (position, segmentStart) = (target, target)
      default: return nil
      }
    }
    return nil
  }
}

extension RawSpan {
  /// Eight octets in network order; nil where the span has fewer.
  @inline(__always)
  fileprivate func bigEndianWord(at offset: Int) -> UInt64? {
    guard offset >= 0, offset &+ 8 <= byteCount else { return nil }
    // Safe: the guard has checked that eight octets from `offset` lie within the span.
    return unsafe UInt64(
      bigEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
  }

  /// Four octets in network order; nil where the span has fewer.
  @inline(__always)
  fileprivate func bigEndianHalf(at offset: Int) -> UInt32? {
    guard offset >= 0, offset &+ 4 <= byteCount else { return nil }
    // Safe: the guard has checked that four octets from `offset` lie within the span.
    return unsafe UInt32(
      bigEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self))
  }

  /// The octets from `offset` on, eight at most, the first lowest, 0xff behind the span's last: no length of a label and no
  /// octet of a plain name. nil with no octet there, or with less than eight in the span.
  @inline(__always)
  fileprivate func wordOfPart(at offset: Int) -> UInt64? {
    let count = byteCount &- offset
    guard count > 0, byteCount >= 8, offset >= 0 else { return nil }
    if count >= 8 { return littleEndianWord(at: offset) }
    let bits = UInt64(8 &* count)
    return littleEndianWord(at: byteCount &- 8) &>> (64 &- bits) | .max &<< bits
  }
}

extension UInt64 {
  /// Whether each of eight octets is one that a name's text has as it is: 0x21...0x7e, no dot, no backslash.
  @inline(__always)
  fileprivate var isPlainText: Bool {
    let plain = octets(from: 0x21) & ~octets(from: 0x7f)
    let escaped = octets(equalTo: UInt8(ascii: ".")) | octets(equalTo: UInt8(ascii: "\\"))
    return plain & ~escaped == ~Self.lowBits
  }
}
