/// A domain name as text in lower case, in place: reading one allocates nothing.
///
/// Labels are joined by dots, without a dot at the end; the root is the empty name. A dot or a
/// backslash within a label is written `\.` and `\\`, an octet outside 0x21...0x7e as `\DDD` in
/// decimal (RFC 4343, section 2.1). Letters are lowered because names that differ in case only are
/// the same (RFC 4343, section 3), and resolvers mix the case to be harder to spoof.
package struct DNSName: Sendable {
  /// Octets of text, at most ``maximumByteCount``.
  package private(set) var byteCount = 0
  private var octets = InlineArray<1_004, UInt8>(repeating: 0)

  /// The longest text that 255 octets on the wire make: four labels of 250 octets together, each
  /// octet escaped, and three dots.
  package static let maximumByteCount = 1_003
  /// Compression pointers followed in one name; each is less than the last.
  package static let maximumPointerCount = 128

  /// The root.
  package init() {}

  package var isEmpty: Bool { byteCount == 0 }

  /// Two labels or more of letters, digits, `-` and `_`.
  package var isHostLike: Bool {
    var hasDot = false
    var isLabelEmpty = true
    for index in 0..<byteCount {
      switch octets[index] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "_"):
        isLabelEmpty = false
      case UInt8(ascii: ".") where !isLabelEmpty:
        (hasDot, isLabelEmpty) = (true, true)
      default:
        return false
      }
    }
    return hasDot && !isLabelEmpty
  }

  /// The text's octets, to look it up.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // Safe: octets have no padding that `bytes` could show.
      unsafe octets.span.bytes.extracting(first: byteCount)
    }
  }

  package var text: String {
    var octets: [UInt8] = []
    bytes.appendLowercased(0..<byteCount, to: &octets)
    return String(decoding: octets, as: UTF8.self)
  }

  /// Reads the name at the cursor, which is left after it; the name is the root after an error.
  ///
  ///     label:    0 0 + length (6), then as many octets         RFC 1035, section 4.1.4
  ///     pointer:  1 1 + offset in the message (14)
  ///
  /// - Parameters:
  ///   - reader: within `message`, its offsets counting from the start of `message`.
  ///   - message: from the header on; pointers count from there.
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when the message ends within the
  ///   name; ``WireError/invalid(_:offset:)`` with `dnsLabel` for a reserved label type,
  ///   `dnsPointer` for a pointer that does not go back, or the 129th, `dnsNameLength` past 255
  ///   octets on the wire.
  package mutating func read(
    _ reader: inout ByteReader, in message: RawSpan
  ) throws(WireError) {
    do throws(WireError) {
      try reader.skip(try decode(at: reader.offset, in: message))
    } catch {
      byteCount = 0
      throw error
    }
  }

  /// Moves past the name at the cursor without following its pointer: in the time that its own octets take.
  ///
  /// - Throws: as ``read(_:in:)`` does, of what stands at the cursor.
  static func skip(_ reader: inout ByteReader) throws(WireError) {
    let start = reader.offset
    while true {
      let offset = reader.offset
      let length = try reader.readUInt8()
      switch length >> 6 {
      case 0 where length == 0: return
      case 0:
        try reader.skip(Int(length))
        guard reader.offset - start < 255 else { throw .invalid(.dnsNameLength, offset: offset) }
      case 3:
        let target = Int(length & 0x3f) << 8 | Int(try reader.readUInt8())
        guard target < start, target >= DNSHeader.byteCount else {
          throw .invalid(.dnsPointer, offset: offset)
        }
        return
      default: throw .invalid(.dnsLabel, offset: offset)
      }
    }
  }

  /// - Returns: octets of the name at `start`, up to its end or first pointer.
  private mutating func decode(at start: Int, in message: RawSpan) throws(WireError) -> Int {
    byteCount = 0
    var position = start
    var segmentStart = start
    var ownByteCount: Int?
    var wireByteCount = 1
    var pointerCount = 0
    while true {
      let length = try Self.octet(at: position, in: message)
      switch length >> 6 {
      case 0 where length == 0:
        return ownByteCount ?? position + 1 - start
      case 0:
        wireByteCount += 1 + Int(length)
        guard wireByteCount <= 255 else { throw .invalid(.dnsNameLength, offset: position) }
        try appendLabel(position + 1, Int(length), in: message)
        position += 1 + Int(length)
      case 3:
        let low = try Self.octet(at: position + 1, in: message)
        let target = Int(length & 0x3f) << 8 | Int(low)
        pointerCount += 1
        guard target < segmentStart, target >= DNSHeader.byteCount,
          pointerCount <= Self.maximumPointerCount
        else { throw .invalid(.dnsPointer, offset: position) }
        if ownByteCount == nil { ownByteCount = position + 2 - start }
        position = target
        segmentStart = target
      default:
        throw .invalid(.dnsLabel, offset: position)
      }
    }
  }

  private static func octet(at offset: Int, in message: RawSpan) throws(WireError) -> UInt8 {
    guard let octet = message.octet(at: offset) else {
      throw .truncated(offset: offset, needed: 1, available: 0)
    }
    return octet
  }

  private mutating func appendLabel(
    _ start: Int, _ length: Int, in message: RawSpan
  ) throws(WireError) {
    guard start + length <= message.byteCount else {
      throw .truncated(offset: start, needed: length, available: message.byteCount - start)
    }
    if byteCount > 0 { try append(UInt8(ascii: "."), start) }
    for offset in start..<start + length {
      let octet = try Self.octet(at: offset, in: message)
      switch octet {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"):
        try append(octet | 0x20, offset)
      case UInt8(ascii: "."), UInt8(ascii: "\\"):
        try append(UInt8(ascii: "\\"), offset)
        try append(octet, offset)
      case 0x21...0x7e:
        try append(octet, offset)
      default:
        try append(UInt8(ascii: "\\"), offset)
        try append(UInt8(ascii: "0") + octet / 100, offset)
        try append(UInt8(ascii: "0") + octet / 10 % 10, offset)
        try append(UInt8(ascii: "0") + octet % 10, offset)
      }
    }
  }

  private mutating func append(_ octet: UInt8, _ offset: Int) throws(WireError) {
    guard byteCount < Self.maximumByteCount else {
      throw .invalid(.dnsNameLength, offset: offset)
    }
    octets[byteCount] = octet
    byteCount += 1
  }
}
