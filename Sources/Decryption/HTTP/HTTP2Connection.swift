import WireFormat

/// A decrypted HTTP/2 connection: the streams on it (RFC 9113).
struct HTTP2Connection {
  fileprivate struct Stream {
    var start: Timestamp
    var requestEnd: Timestamp
    var responseStart: Timestamp?
    var end: Timestamp
    var request: RequestBody?
    var response: ResponseBody?
    var statusCode = 0
    var facts = RequestFacts()
    var requestByteCount = 0
    var requestIsOver = false
  }

  fileprivate struct Direction {
    /// Octets of a frame that is not whole.
    var partial: [UInt8] = []
    var headers = HPACKDecoder()
    /// A header block that CONTINUATION goes on with, its stream and whether the stream ends with it.
    var block: (stream: UInt32, octets: [UInt8], endsStream: Bool)?
    var awaitsPreface: Bool
  }

  private var up = Direction(awaitsPreface: true)
  private var down = Direction(awaitsPreface: false)
  private var streams: [UInt32: Stream] = [:]
  private(set) var hasFailed = false
  /// The connection was left because it held too much.
  private(set) var isTooMuch = false
  /// What the bodies of all streams hold, kept as they change.
  private var bodiesByteCount = 0
  /// The most that was held after a frame.
  private(set) var mostHeldByteCount = 0
  /// Streams that were reset, or for which there was no room.
  private(set) var lostStreamCount = 0

  private static let mostStreams = 1_024
  private static let longestFrame = 1 << 20
  private static let longestBlock = 1 << 18

  var heldByteCount: Int {
    up.heldByteCount + down.heldByteCount + bodiesByteCount
  }

  mutating func read(
    _ octets: [UInt8], isUp: Bool, at time: Timestamp, ended: (Exchange) -> Void
  ) {
    guard !hasFailed else { return }
    var direction = isUp ? up : down
    if isUp {
      up = Direction(awaitsPreface: false)
    } else {
      down = Direction(awaitsPreface: false)
    }
    direction.partial += octets
    do throws(WireError) {
      try frames(&direction, isUp: isUp, time, ended)
    } catch {
      fail()
      return
    }
    if isUp { up = direction } else { down = direction }
  }

  private mutating func fail() {
    hasFailed = true
    (streams, bodiesByteCount) = ([:], 0)
    up = Direction(awaitsPreface: false)
    down = Direction(awaitsPreface: false)
  }

  private mutating func frames(
    _ direction: inout Direction, isUp: Bool, _ time: Timestamp, _ ended: (Exchange) -> Void
  ) throws(WireError) {
    let octets = direction.partial
    direction.partial = []
    var start = 0
    if direction.awaitsPreface {
      guard octets.count >= HTTP2FrameHeader.preface.count else {
        direction.partial = octets
        return
      }
      guard octets.starts(with: HTTP2FrameHeader.preface) else {
        throw .invalid(.httpStartLine, offset: 0)
      }
      direction.awaitsPreface = false
      start = HTTP2FrameHeader.preface.count
    }
    while octets.count - start >= HTTP2FrameHeader.byteCount {
      var reader = ByteReader(octets.octets.extracting(droppingFirst: start))
      let header = try HTTP2FrameHeader(parsing: reader.rest)
      guard header.length <= Self.longestFrame else {
        throw .invalid(.httpHeadLength, offset: start)
      }
      try reader.skip(5)
      let id = try reader.readUInt32() & 0x7fff_ffff
      guard reader.remaining >= header.length else { break }
      let payload = start + HTTP2FrameHeader.byteCount
      let frame = octets[payload..<payload + header.length]
      let before = streams[id]?.heldByteCount ?? 0
      try take(header, id, frame, &direction, isUp: isUp, time, ended)
      bodiesByteCount += (streams[id]?.heldByteCount ?? 0) - before
      start = frame.endIndex
      let held = bodiesByteCount + direction.heldByteCount
      mostHeldByteCount = max(mostHeldByteCount, held)
      guard held <= DecryptedFlow.maximumHeldByteCount else {
        isTooMuch = true
        throw .invalid(.httpHeadLength, offset: start)
      }
    }
    // Where nothing was taken nothing is copied: a frame may come in very many pieces.
    direction.partial = start == 0 ? octets : Array(octets[start...])
  }

  private mutating func take(
    _ header: HTTP2FrameHeader, _ id: UInt32, _ frame: ArraySlice<UInt8>,
    _ direction: inout Direction, isUp: Bool, _ time: Timestamp, _ ended: (Exchange) -> Void
  ) throws(WireError) {
    let endsStream = header.flags & 0x01 != 0
    switch header.type {
    case 0:
      let content = try Self.content(header, frame)
      streams[id]?.take(content, isUp: isUp, time)
      if endsStream { end(id, isUp: isUp, ended) }
    case HTTP2FrameHeader.headers:
      let octets = Array(frame)
      guard let range = header.headerBlock(octets.octets) else {
        throw .invalid(.httpHeader, offset: 0)
      }
      direction.block = (id, Array(octets[range]), endsStream)
    case HTTP2FrameHeader.continuation:
      guard direction.block?.stream == id else { throw .invalid(.httpHeader, offset: 0) }
      direction.block?.octets += frame
    case 3:
      if streams.removeValue(forKey: id) != nil { lostStreamCount += 1 }
      return
    default:
      return
    }
    guard header.type != 0, let block = direction.block else { return }
    guard block.octets.count <= Self.longestBlock else {
      throw .invalid(.httpHeadLength, offset: 0)
    }
    guard header.flags & HTTP2FrameHeader.endHeaders != 0 else { return }
    direction.block = nil
    var fields = MessageFields()
    var status = 0
    try direction.headers.read(block.octets.octets) { name, value in
      let name = String(decoding: name, as: UTF8.self)
      let value = String(decoding: value, as: UTF8.self)
      if name == ":status" {
        status = Int(value) ?? 0
      } else {
        fields.note(name: name, value: value)
      }
    }
    begin(block.stream, fields, status: status, isUp: isUp, time)
    if block.endsStream { end(block.stream, isUp: isUp, ended) }
  }

  /// The content of a DATA frame, padding taken off (RFC 9113, section 6.1).
  private static func content(
    _ header: HTTP2FrameHeader, _ frame: ArraySlice<UInt8>
  ) throws(WireError) -> ArraySlice<UInt8> {
    guard header.flags & HTTP2FrameHeader.padded != 0 else { return frame }
    guard let padding = frame.first, Int(padding) < frame.count else {
      throw .invalid(.httpHeader, offset: 0)
    }
    return frame.dropFirst().dropLast(Int(padding))
  }

  /// Takes a header block: a request, a response, or trailers.
  private mutating func begin(
    _ id: UInt32, _ fields: MessageFields, status: Int, isUp: Bool, _ time: Timestamp
  ) {
    if isUp {
      guard streams[id] == nil else { return }
      guard streams.count < Self.mostStreams else {
        lostStreamCount += 1
        return
      }
      streams[id] = Stream(
        start: time, requestEnd: time, end: time, request: RequestBody(fields))
      return
    }
    guard var stream = streams[id] else { return }
    stream.end = max(stream.end, time)
    if stream.responseStart == nil { stream.responseStart = time }
    if stream.response == nil, status >= 200 {
      stream.statusCode = status
      stream.response = ResponseBody(fields, statusCode: status)
    }
    streams[id] = stream
  }

  private mutating func end(_ id: UInt32, isUp: Bool, _ ended: (Exchange) -> Void) {
    guard var stream = streams[id] else { return }
    guard !isUp else {
      stream.endRequest()
      streams[id] = stream
      return
    }
    streams[id] = nil
    stream.endRequest()
    guard var response = stream.response else { return }
    var exchange = Exchange(
      http: .http2, streamID: id, start: stream.start, requestEnd: stream.requestEnd,
      responseStart: stream.responseStart ?? stream.end, end: stream.end,
      statusCode: stream.statusCode, requestBodyByteCount: stream.requestByteCount,
      responseBodyByteCount: 0, facts: stream.facts)
    response.finish(&exchange)
    ended(exchange)
  }
}

extension HTTP2Connection.Direction {
  fileprivate var heldByteCount: Int {
    partial.count + headers.size + (block?.octets.count ?? 0)
  }
}

extension HTTP2Connection.Stream {
  /// Without a body a place in the table all the same.
  fileprivate var heldByteCount: Int {
    512 + (request?.heldByteCount ?? 0) + (response?.heldByteCount ?? 0)
  }

  fileprivate mutating func take(_ content: ArraySlice<UInt8>, isUp: Bool, _ time: Timestamp) {
    if isUp {
      request?.read(content)
      requestEnd = max(requestEnd, time)
    } else {
      response?.read(content)
      end = max(end, time)
      if responseStart == nil { responseStart = time }
    }
  }

  fileprivate mutating func endRequest() {
    guard !requestIsOver, var body = request else { return }
    requestIsOver = true
    requestByteCount = body.byteCount
    facts = body.finish()
    request = nil
  }
}
