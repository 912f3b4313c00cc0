/// The header fields of an HTTP/1 head that gnomon reads (RFC 9110, RFC 9112); all others are
/// passed over.
struct HTTPFields: Equatable, Sendable {
  /// Host, without white space around it (RFC 9110, section 7.2).
  var host: Range<Int>?
  /// A further Host field says something else.
  var hasConflictingHosts = false
  /// Content-Length, in octets (RFC 9110, section 8.6).
  var contentLength: Int?
  /// Content-Type (RFC 9110, section 8.3).
  var contentType: Range<Int>?
  /// Transfer-Encoding says chunked, first or last of several codings (RFC 9112, section 6.1).
  var isChunked = false
  /// Content-Encoding says anything but identity (RFC 9110, section 8.4).
  var isCompressed = false
  /// The last line was the first Host field.
  private var isAfterHost = false
  /// Octets of the whole head, the empty line included; nil while it is not all there.
  var headByteCount: Int?

  /// Reads field lines up to the empty line or the end of what is there.
  ///
  /// - Throws: ``WireError/invalid(_:offset:)`` with `httpHeader` and the line's offset when a line
  ///   has no colon or an empty name, or a length that is no number or contradicts another; with
  ///   `httpHeadLength` past the limit.
  mutating func read(_ lines: inout HTTPLines) throws(WireError) {
    while let line = try lines.next() {
      if line.isEmpty {
        headByteCount = lines.offset
        return
      }
      try read(line, in: lines.bytes)
    }
  }

  private mutating func read(_ line: Range<Int>, in bytes: RawSpan) throws(WireError) {
    // A line that begins with white space continues the last one (obsolete; RFC 9112, section 5.2).
    if Self.isBlank(bytes.octet(at: line.lowerBound)) {
      if isAfterHost, host?.isEmpty ?? false { host = Self.trim(line, in: bytes) }
      return
    }
    guard let colon = line.first(where: { bytes.octet(at: $0) == UInt8(ascii: ":") }),
      colon > line.lowerBound
    else { throw .invalid(.httpHeader, offset: line.lowerBound) }
    isAfterHost = false
    let name = line.lowerBound..<colon
    let value = Self.trim(colon + 1..<line.upperBound, in: bytes)
    switch name.count {
    case 4 where bytes.equalsIgnoringCase("host", at: name):
      guard let first = host else {
        host = value
        isAfterHost = true
        break
      }
      hasConflictingHosts = hasConflictingHosts || !Self.areEqual(first, value, in: bytes)
    case 12 where contentType == nil && bytes.equalsIgnoringCase("content-type", at: name):
      contentType = value
    case 14 where bytes.equalsIgnoringCase("content-length", at: name):
      guard let length = Self.number(value, in: bytes), contentLength ?? length == length else {
        throw .invalid(.httpHeader, offset: line.lowerBound)
      }
      contentLength = length
    case 16 where bytes.equalsIgnoringCase("content-encoding", at: name):
      isCompressed = !value.isEmpty && !bytes.equalsIgnoringCase("identity", at: value)
    case 17 where bytes.equalsIgnoringCase("transfer-encoding", at: name):
      let last = value.suffix(7)
      isChunked = bytes.equalsIgnoringCase("chunked", at: last.startIndex..<last.endIndex)
    default:
      break
    }
  }

  private static func areEqual(_ a: Range<Int>, _ b: Range<Int>, in bytes: RawSpan) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { bytes.octet(at: $0) == bytes.octet(at: $1) }
  }

  private static func isBlank(_ octet: UInt8?) -> Bool {
    octet == UInt8(ascii: " ") || octet == UInt8(ascii: "\t")
  }

  private static func trim(_ range: Range<Int>, in bytes: RawSpan) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, isBlank(bytes.octet(at: start)) { start += 1 }
    while start < end, isBlank(bytes.octet(at: end - 1)) { end -= 1 }
    return start..<end
  }

  /// One to eighteen digits; nil otherwise.
  private static func number(_ range: Range<Int>, in bytes: RawSpan) -> Int? {
    guard (1...18).contains(range.count) else { return nil }
    var value = 0
    for offset in range {
      guard let octet = bytes.octet(at: offset), octet >= UInt8(ascii: "0"),
        octet <= UInt8(ascii: "9")
      else { return nil }
      value = 10 * value + Int(octet - UInt8(ascii: "0"))
    }
    return value
  }
}
