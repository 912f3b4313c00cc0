/// The status line and header fields of an HTTP/1 response in the clear.
///
///     HTTP-version SP status-code SP [ reason-phrase ] CRLF      RFC 9112, section 4
///     *( field-name ":" OWS field-value OWS CRLF )
///     CRLF
///
/// Ranges count octets of the span that was parsed. At most 16,384 octets are read.
package struct HTTPResponseHead: Equatable, Sendable {
  /// What a body is, as far as counting tokens in it goes.
  package enum MediaType: Sendable {
    /// `application/json`: one document.
    case json
    /// `application/x-ndjson`: one document a line, as Ollama streams.
    case lines
    /// `text/event-stream`: as most others stream.
    case eventStream
    case other
  }

  /// 100...999.
  package let statusCode: Int
  package let contentLength: Int?
  package let isChunked: Bool
  /// The body is compressed: nothing in it can be read by ``StatedUsageScanner``.
  package let isCompressed: Bool
  package let contentType: Range<Int>?
  package let mediaType: MediaType
  /// Octets of the head; nil while its end is not there.
  package let byteCount: Int?

  /// The whole head is there.
  package var isComplete: Bool { byteCount != nil }

  /// Reads a head of which at least the status line is there; see ``isComplete``.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when more octets can make a status
  ///   line; ``WireError/invalid(_:offset:)`` with `httpStartLine` when they cannot, `httpHeader`
  ///   and `httpHeadLength` for the fields.
  package init(parsing bytes: RawSpan) throws(WireError) {
    statusCode = try Self.status(bytes)
    var lines = HTTPLines(bytes, from: 0)
    guard try lines.next() != nil else {
      throw .truncated(offset: 0, needed: bytes.byteCount + 1, available: bytes.byteCount)
    }
    var fields = HTTPFields()
    try fields.read(&lines)
    contentLength = fields.contentLength
    isChunked = fields.isChunked
    isCompressed = fields.isCompressed
    contentType = fields.contentType
    byteCount = fields.headByteCount
    mediaType = Self.mediaType(fields.contentType, in: bytes)
  }

  /// Checks `HTTP/1.x NNN`, octet by octet, so that a stranger is told by its first one.
  private static func status(_ bytes: RawSpan) throws(WireError) -> Int {
    var code = 0
    for offset in 0..<13 {
      guard let octet = bytes.octet(at: offset) else {
        throw .truncated(offset: offset, needed: 1, available: 0)
      }
      let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
      let isRight: Bool
      switch offset {
      case 0..<7:
        // Safe: the literal has seven octets.
        isRight = unsafe octet == ("HTTP/1." as StaticString).utf8Start[offset]
      case 7: isRight = octet == UInt8(ascii: "0") || octet == UInt8(ascii: "1")
      case 8: isRight = octet == UInt8(ascii: " ")
      case 12: isRight = octet == 0x20 || octet == 13 || octet == 10
      default:
        isRight = isDigit && (offset > 9 || octet != UInt8(ascii: "0"))
        if isRight { code = 10 * code + Int(octet - UInt8(ascii: "0")) }
      }
      guard isRight else { throw .invalid(.httpStartLine, offset: offset) }
    }
    return code
  }

  private static func mediaType(_ range: Range<Int>?, in bytes: RawSpan) -> MediaType {
    guard let range else { return .other }
    let end = range.first { bytes.octet(at: $0) == UInt8(ascii: ";") } ?? range.upperBound
    let type = range.lowerBound..<end
    if bytes.equalsIgnoringCase("application/json", at: type) { return .json }
    if bytes.equalsIgnoringCase("application/x-ndjson", at: type) { return .lines }
    if bytes.equalsIgnoringCase("text/event-stream", at: type) { return .eventStream }
    return .other
  }
}
