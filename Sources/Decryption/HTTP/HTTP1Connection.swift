import WireFormat

/// A decrypted HTTP/1.1 connection: requests and responses, which answer in order (RFC 9112).
struct HTTP1Connection {
  /// A request whose response is not over.
  private struct Asked {
    var start: Timestamp
    var end: Timestamp
    var bodyByteCount: Int
    var facts: RequestFacts
    var isHead: Bool
  }

  /// How far a body goes.
  private enum Extent {
    case fixed(remaining: Int)
    case chunked(HTTPChunkDecoder)
    case untilClose
  }

  private enum UpState {
    case head([UInt8], since: Timestamp?)
    case body(RequestBody, Extent, Asked)
  }

  private enum DownState {
    case head([UInt8], since: Timestamp?)
    case body(ResponseBody, Extent, Exchange)
  }

  private var up = UpState.head([], since: nil)
  private var down = DownState.head([], since: nil)
  private var asked: [Asked] = []
  /// The octets are not HTTP/1, or not any more: nothing further is read.
  private(set) var hasFailed = false
  /// It was left for WebSocket (RFC 6455, section 4.2.2).
  private(set) var isWebSocket = false

  private static let longestHead = 16_384
  private static let mostAsked = 64

  var heldByteCount: Int {
    var count = 0
    switch up {
    case .head(let octets, _): count += octets.count
    case .body(let body, _, _): count += body.heldByteCount
    }
    switch down {
    case .head(let octets, _): count += octets.count
    case .body(let body, _, _): count += body.heldByteCount
    }
    return count
  }

  mutating func read(
    _ octets: [UInt8], isUp: Bool, at time: Timestamp, ended: (Exchange) -> Void
  ) {
    var rest = octets[...]
    while !rest.isEmpty, !hasFailed {
      do throws(WireError) {
        if isUp { try readUp(&rest, time) } else { try readDown(&rest, time, ended) }
      } catch {
        hasFailed = true
      }
    }
  }

  /// Ends a response that only the connection's end ends.
  mutating func finish(ended: (Exchange) -> Void) {
    if case .body(var body, .untilClose, var exchange) = down {
      body.finish(&exchange)
      ended(exchange)
    }
    down = .head([], since: nil)
  }

  // MARK: requests

  private mutating func readUp(_ rest: inout ArraySlice<UInt8>, _ time: Timestamp) throws(WireError)
  {
    switch up {
    case .head(var head, let since):
      up = .head([], since: nil)
      let since = since ?? time
      let before = head.count
      head += rest.prefix(Self.longestHead + 1 - before)
      guard let length = Self.headLength(head) else {
        guard head.count <= Self.longestHead else { throw .invalid(.httpHeadLength, offset: 0) }
        rest = []
        up = .head(head, since: since)
        return
      }
      rest = rest.dropFirst(length - before)
      let octets = Array(head.prefix(length))
      let request = try HTTPRequestHead(parsing: octets.octets)
      guard request.method != .connect, asked.count < Self.mostAsked else {
        throw .invalid(.httpStartLine, offset: 0)
      }
      let one = Asked(
        start: since, end: time, bodyByteCount: 0, facts: RequestFacts(),
        isHead: request.method == .head)
      let body = RequestBody(MessageFields(head: octets[...]))
      if request.isChunked {
        up = .body(body, .chunked(HTTPChunkDecoder()), one)
      } else if let count = request.contentLength, count > 0 {
        up = .body(body, .fixed(remaining: count), one)
      } else {
        asked.append(one)
      }
    case .body(var body, var extent, var one):
      up = .head([], since: nil)
      let isOver = try Self.take(&rest, &extent) { body.read($0) }
      one.end = time
      if isOver {
        one.bodyByteCount = body.byteCount
        one.facts = body.finish()
        asked.append(one)
      } else {
        up = .body(body, extent, one)
      }
    }
  }

  // MARK: responses

  private mutating func readDown(
    _ rest: inout ArraySlice<UInt8>, _ time: Timestamp, _ ended: (Exchange) -> Void
  ) throws(WireError) {
    switch down {
    case .head(var head, let since):
      down = .head([], since: nil)
      let since = since ?? time
      let before = head.count
      head += rest.prefix(Self.longestHead + 1 - before)
      guard let length = Self.headLength(head) else {
        guard head.count <= Self.longestHead else { throw .invalid(.httpHeadLength, offset: 0) }
        rest = []
        down = .head(head, since: since)
        return
      }
      rest = rest.dropFirst(length - before)
      try begin(Array(head.prefix(length)), since: since, at: time, ended)
    case .body(var body, var extent, var exchange):
      down = .head([], since: nil)
      let isOver = try Self.take(&rest, &extent) { body.read($0) }
      exchange.end = time
      if isOver {
        body.finish(&exchange)
        ended(exchange)
      } else {
        down = .body(body, extent, exchange)
      }
    }
  }

  private mutating func begin(
    _ head: [UInt8], since: Timestamp, at time: Timestamp, _ ended: (Exchange) -> Void
  ) throws(WireError) {
    let response = try HTTPResponseHead(parsing: head.octets)
    // Interim responses come before the one that answers; 101 leaves HTTP.
    if (100..<200).contains(response.statusCode), response.statusCode != 101 { return }
    if response.statusCode == 101 {
      isWebSocket = MessageFields(head: head[...]).upgrade.lowercased() == "websocket"
    }
    guard response.statusCode != 101, let one = takeAsked() else {
      throw .invalid(.httpStartLine, offset: 0)
    }
    var exchange = Exchange(
      http: .http11, start: one.start, requestEnd: one.end, responseStart: since, end: time,
      statusCode: response.statusCode, requestBodyByteCount: one.bodyByteCount,
      responseBodyByteCount: 0, facts: one.facts)
    var body = ResponseBody(
      MessageFields(head: head[...]), statusCode: response.statusCode)
    let hasNone = one.isHead || response.statusCode == 204 || response.statusCode == 304
    if hasNone || response.contentLength == 0 && !response.isChunked {
      body.finish(&exchange)
      ended(exchange)
    } else if response.isChunked {
      down = .body(body, .chunked(HTTPChunkDecoder()), exchange)
    } else if let count = response.contentLength {
      down = .body(body, .fixed(remaining: count), exchange)
    } else {
      down = .body(body, .untilClose, exchange)
    }
  }

  /// The oldest request without a response; one whose body is still on its way may be answered.
  private mutating func takeAsked() -> Asked? {
    if !asked.isEmpty { return asked.removeFirst() }
    guard case .body(var body, let extent, var one) = up else { return nil }
    one.bodyByteCount = body.byteCount
    one.facts = body.finish()
    _ = extent
    return one
  }

  // MARK: framing

  /// Octets of the head with its empty line; nil while that is not there.
  private static func headLength(_ octets: [UInt8]) -> Int? {
    var hasLine = false
    var lineIsEmpty = true
    for (index, octet) in octets.enumerated() {
      if octet == UInt8(ascii: "\n") {
        if lineIsEmpty, hasLine { return index + 1 }
        hasLine = hasLine || !lineIsEmpty
        lineIsEmpty = true
      } else if octet != UInt8(ascii: "\r") {
        lineIsEmpty = false
      }
    }
    return nil
  }

  /// Takes what belongs to the body off `rest`.
  ///
  /// - Returns: whether the body is over.
  private static func take(
    _ rest: inout ArraySlice<UInt8>, _ extent: inout Extent, _ body: (ArraySlice<UInt8>) -> Void
  ) throws(WireError) -> Bool {
    switch extent {
    case .untilClose:
      body(rest)
      rest = []
      return false
    case .fixed(let remaining):
      let part = rest.prefix(remaining)
      body(part)
      rest = rest.dropFirst(part.count)
      extent = .fixed(remaining: remaining - part.count)
      return part.count == remaining
    case .chunked(var decoder):
      let octets = Array(rest)
      var offset = 0
      while let range = try decoder.next(in: octets.octets, at: &offset) {
        if !range.isEmpty { body(octets[range]) }
      }
      rest = rest.dropFirst(offset)
      extent = .chunked(decoder)
      return decoder.isFinished
    }
  }
}
