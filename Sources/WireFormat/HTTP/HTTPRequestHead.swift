/// The start line and header fields of an HTTP/1 request in the clear.
///
///     method SP request-target SP HTTP-version CRLF        RFC 9112, section 3
///     *( field-name ":" OWS field-value OWS CRLF )         RFC 9112, section 5
///     CRLF
///
/// Ranges count octets of the span that was parsed. At most 16,384 octets are read.
package struct HTTPRequestHead: Equatable, Sendable {
  package enum Method: Sendable {
    case get, post, put, head, connect, options, other
  }

  package let method: Method
  /// The request target as it was sent (RFC 9112, section 3.2).
  package let target: Range<Int>
  /// The path and query of the target; empty for CONNECT and `*`.
  package let path: Range<Int>
  /// The host that is asked, with its port if one was sent: the authority of a CONNECT or an
  /// absolute target, else the Host field; nil when there is none (yet) or it holds an octet that
  /// no name has.
  package let authority: Range<Int>?
  /// There is more than one Host field, and they differ (RFC 9112, section 3.2, has servers refuse
  /// this); ``authority`` goes by the first.
  package let hasConflictingHosts: Bool
  package let contentLength: Int?
  package let isChunked: Bool
  /// Octets of the head; nil while its end is not there.
  package let byteCount: Int?

  /// The whole head is there.
  package var isComplete: Bool { byteCount != nil }

  /// Reads a head of which at least the start line is there; see ``isComplete``.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when more octets can make a start
  ///   line; ``WireError/invalid(_:offset:)`` with `httpStartLine` when they cannot, `httpHeader`
  ///   and `httpHeadLength` for the fields.
  package init(parsing bytes: RawSpan) throws(WireError) {
    let start = Self.skipEmptyLines(bytes)
    let methodEnd = try Self.endOfMethod(from: start, in: bytes)
    var lines = HTTPLines(bytes, from: start)
    guard let line = try lines.next() else {
      throw .truncated(
        offset: start, needed: bytes.byteCount - start + 1, available: bytes.byteCount - start)
    }
    // "SP HTTP/1.x" at the end of the line.
    guard line.count >= methodEnd - start + 11,
      bytes.hasPrefix(" HTTP/1.", at: line.upperBound - 9..<line.upperBound)
    else { throw .invalid(.httpStartLine, offset: start) }
    target = methodEnd + 1..<line.upperBound - 9
    for offset in target where !Self.isVisible(bytes.octet(at: offset)) {
      throw .invalid(.httpStartLine, offset: offset)
    }
    method = Self.method(start..<methodEnd, in: bytes)

    var fields = HTTPFields()
    try fields.read(&lines)
    contentLength = fields.contentLength
    isChunked = fields.isChunked
    hasConflictingHosts = fields.hasConflictingHosts
    byteCount = fields.headByteCount
    let (authority, path) = Self.split(target, isConnect: method == .connect, in: bytes)
    self.path = path
    self.authority = (authority ?? fields.host).flatMap { Self.validAuthority($0, in: bytes) }
  }

  /// The authority without its port; what a rule is asked for.
  package func hostName(in bytes: RawSpan) -> Range<Int>? {
    guard let authority else { return nil }
    if bytes.octet(at: authority.lowerBound) == UInt8(ascii: "[") {
      guard let close = authority.first(where: { bytes.octet(at: $0) == UInt8(ascii: "]") })
      else { return nil }
      return authority.lowerBound + 1..<close
    }
    let colon = authority.first { bytes.octet(at: $0) == UInt8(ascii: ":") }
    return authority.lowerBound..<(colon ?? authority.upperBound)
  }

  /// Empty lines before a request are ignored (RFC 9112, section 2.2); at most two here.
  private static func skipEmptyLines(_ bytes: RawSpan) -> Int {
    var offset = 0
    while offset < 4, let octet = bytes.octet(at: offset), octet == 13 || octet == 10 {
      offset += 1
    }
    return offset
  }

  /// Where the method's letters end, at a space; at most sixteen of them.
  private static func endOfMethod(from start: Int, in bytes: RawSpan) throws(WireError) -> Int {
    for offset in start..<start + 17 {
      guard let octet = bytes.octet(at: offset) else {
        throw .truncated(offset: offset, needed: 1, available: 0)
      }
      if octet == UInt8(ascii: " "), offset > start { return offset }
      guard (0x41...0x5a).contains(octet) || octet == UInt8(ascii: "-") else { break }
    }
    throw .invalid(.httpStartLine, offset: start)
  }

  private static func method(_ range: Range<Int>, in bytes: RawSpan) -> Method {
    if bytes.equals("GET", at: range) { return .get }
    if bytes.equals("POST", at: range) { return .post }
    if bytes.equals("PUT", at: range) { return .put }
    if bytes.equals("HEAD", at: range) { return .head }
    if bytes.equals("CONNECT", at: range) { return .connect }
    if bytes.equals("OPTIONS", at: range) { return .options }
    return .other
  }

  private static func isVisible(_ octet: UInt8?) -> Bool {
    octet.map { $0 > 0x20 && $0 != 0x7f } ?? false
  }

  /// The authority that a target states itself, and its path (RFC 9112, section 3.2).
  private static func split(
    _ target: Range<Int>, isConnect: Bool, in bytes: RawSpan
  ) -> (authority: Range<Int>?, path: Range<Int>) {
    let none = target.upperBound..<target.upperBound
    if isConnect { return (target, none) }
    if bytes.octet(at: target.lowerBound) == UInt8(ascii: "/") { return (nil, target) }
    var start = target.lowerBound
    for scheme in ["http://", "https://"] as [StaticString] {
      let prefix = start..<min(start + scheme.utf8CodeUnitCount, target.upperBound)
      if bytes.equalsIgnoringCase(scheme, at: prefix) {
        start = prefix.upperBound
        let rest = start..<target.upperBound
        let slash = rest.first { offset in
          let octet = bytes.octet(at: offset)
          return octet == UInt8(ascii: "/") || octet == UInt8(ascii: "?")
        }
        let end = slash ?? target.upperBound
        let at = (start..<end).last { bytes.octet(at: $0) == UInt8(ascii: "@") }
        return ((at.map { $0 + 1 } ?? start)..<end, end..<target.upperBound)
      }
    }
    return (nil, none)
  }

  private static func validAuthority(_ range: Range<Int>, in bytes: RawSpan) -> Range<Int>? {
    guard (1...ServerName.maximumByteCount).contains(range.count) else { return nil }
    let isValid = range.allSatisfy { bytes.octet(at: $0).map(ServerName.isAllowed) ?? false }
    return isValid ? range : nil
  }
}
