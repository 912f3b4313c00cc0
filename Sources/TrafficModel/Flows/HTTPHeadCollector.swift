import WireFormat

/// Gathers the head of an HTTP/1 request that is spread over segments.
///
/// Work is linear in what is fed: each octet is looked at once for the end of the head, and the head is parsed twice at
/// most, when its first line is whole and when it is.
struct HTTPHeadCollector {
  enum Status: Equatable {
    case needMore
    /// The head's end is among the octets.
    case complete
    /// The first line has just become whole.
    case firstLine
    /// Longer than what is read of a head.
    case overlong
  }

  /// All octets so far; those after the head, if any, too.
  private(set) var octets: [UInt8] = []
  /// The line that is not whole has octets other than CR.
  private var hasLine = false
  private var hasFirstLine = false

  /// Octets of a head that are waited for.
  static let maximumHead = 16_384

  mutating func append(_ bytes: RawSpan) -> Status {
    var status = Status.needMore
    let limit = min(bytes.byteCount, max(0, Self.maximumHead - octets.count))
    var start = 0
    while start < limit {
      let end = bytes.firstOffset(of: UInt8(ascii: "\n"), in: start..<limit)
      for index in start..<(end ?? limit) where bytes.octet(at: index) != UInt8(ascii: "\r") {
        hasLine = true
        break
      }
      guard let end else { break }
      start = end + 1
      if hasLine {
        hasLine = false
        if !hasFirstLine { status = .firstLine }
        hasFirstLine = true
      } else if hasFirstLine {
        octets.append(contentsOf: bytes.copied())
        return .complete
      }
      // Empty lines before the request are passed over (RFC 9112, section 2.2).
    }
    octets.append(contentsOf: bytes.copied())
    return octets.count >= Self.maximumHead ? .overlong : status
  }
}
