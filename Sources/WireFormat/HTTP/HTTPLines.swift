/// Walks the lines of an HTTP/1 head (RFC 9112, section 2.2): each ends in LF, a CR before it is
/// taken off.
///
/// A head is read up to ``maximumByteCount`` octets; a longer one is refused, not kept waiting for.
struct HTTPLines: ~Escapable {
  /// The longest head read, in octets.
  static let maximumByteCount = 16_384

  let bytes: RawSpan
  /// Where the next line begins.
  private(set) var offset: Int

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, from offset: Int) {
    self.bytes = bytes
    self.offset = offset
  }

  /// The next line without its end; nil when its end is not there yet.
  ///
  /// - Throws: ``WireError/invalid(_:offset:)`` with `httpHeadLength` when the line ends past the
  ///   limit.
  @_lifetime(self: copy self)
  mutating func next() throws(WireError) -> Range<Int>? {
    let start = offset
    let limit = min(bytes.byteCount, Self.maximumByteCount)
    var end = start
    while end < limit {
      if bytes.octet(at: end) == UInt8(ascii: "\n") {
        offset = end + 1
        let hasReturn = end > start && bytes.octet(at: end - 1) == UInt8(ascii: "\r")
        return start..<(hasReturn ? end - 1 : end)
      }
      end += 1
    }
    guard limit < Self.maximumByteCount else { throw .invalid(.httpHeadLength, offset: start) }
    return nil
  }
}
