@testable import TrafficModel
@testable import WireFormat

extension FuzzTargets {
  static var http: [any FuzzTarget.Type] {
    [
      HTTPRequestInput.self, HTTPResponseInput.self, ChunksInput.self, StatedUsageInput.self,
      SOCKSInput.self, PreambleInput.self, HPACKInput.self, HTTP2Input.self,
    ]
  }
}

/// The head of an HTTP request.
struct HTTPRequestInput: FuzzTarget {
  static let name = "http-request"
  static let maximumByteCount = 2_048

  mutating func take(_ input: RawSpan) throws(Broken) {
    guard let head = try? HTTPRequestHead(parsing: input) else { return }
    try hold(
      head.target.isWithin(input.byteCount) && head.path.isWithin(input.byteCount),
      "the target lies in the head")
    if let name = head.hostName(in: input) {
      try hold(name.isWithin(input.byteCount), "the host lies in the head")
    }
    try hold((head.contentLength ?? 0) >= 0, "a length is none below zero")
    guard let count = head.byteCount else { return }
    try hold((1...input.byteCount).contains(count), "a head lies in its octets")
    let own = input.extracting(0..<count)
    try hold((try? HTTPRequestHead(parsing: own)) == head, "a body changes no head")
  }
}

/// The head of an HTTP response.
struct HTTPResponseInput: FuzzTarget {
  static let name = "http-response"
  static let maximumByteCount = 2_048

  mutating func take(_ input: RawSpan) throws(Broken) {
    guard let head = try? HTTPResponseHead(parsing: input) else { return }
    try hold((100...999).contains(head.statusCode), "a status has three digits")
    try hold((head.contentLength ?? 0) >= 0, "a length is none below zero")
    if let type = head.contentType {
      try hold(type.isWithin(input.byteCount), "the type lies in the head")
    }
    guard let count = head.byteCount else { return }
    try hold((1...input.byteCount).contains(count), "a head lies in its octets")
    let own = input.extracting(0..<count)
    try hold((try? HTTPResponseHead(parsing: own)) == head, "a body changes no head")
  }
}

/// One octet for the size of the pieces, then a chunked body: read whole and in pieces.
struct ChunksInput: FuzzTarget {
  static let name = "http-chunks"
  static let maximumByteCount = 1_024

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let size = choices.octet() % 17 + 1
    let body = choices.rest
    let whole = try read(body, by: max(1, body.byteCount))
    let pieces = try read(body, by: size)
    try hold(whole == pieces, "pieces read as the whole does")
  }

  private struct Sum: Equatable {
    var octets: UInt64 = 0
    var count = 0
    var isFinished = false
    var isBroken = false
  }

  private func read(_ body: RawSpan, by size: Int) throws(Broken) -> Sum {
    var decoder = HTTPChunkDecoder()
    var sum = Sum()
    var start = 0
    while start < body.byteCount, !sum.isBroken, !decoder.isFinished {
      let piece = body.extracting(start..<min(start + size, body.byteCount))
      start += size
      var offset = 0
      do throws(WireError) {
        while let range = try decoder.next(in: piece, at: &offset) {
          guard range.isWithin(piece.byteCount), !range.isEmpty else {
            throw .invalid(.httpChunk, offset: -1)
          }
          sum.count += range.count
          for index in range {
            sum.octets = sum.octets &* 31 &+ UInt64(piece.octet(at: index) ?? 0)
          }
        }
      } catch {
        try hold(error != .invalid(.httpChunk, offset: -1), "a piece of a body lies in its octets")
        sum.isBroken = true
      }
    }
    try hold(sum.count <= body.byteCount, "a body is no longer than its framing")
    sum.isFinished = decoder.isFinished
    return sum
  }
}

/// One octet for the size of the pieces, then a body: scanned whole and in pieces.
struct StatedUsageInput: FuzzTarget {
  static let name = "stated-usage"
  static let maximumByteCount = 1_024

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let size = choices.octet() % 17 + 1
    let body = choices.rest
    var whole = StatedUsageScanner()
    whole.scan(body)
    var pieces = StatedUsageScanner()
    var start = 0
    while start < body.byteCount {
      pieces.scan(body.extracting(start..<min(start + size, body.byteCount)))
      start += size
    }
    try hold(whole == pieces, "pieces read as the whole does")
    for count in [whole.promptTokens, whole.completionTokens] {
      try hold((0...9_999_999_999).contains(count ?? 0), "a count has ten digits")
    }
    pieces.skipLostOctets()
    pieces.scan(body)
  }
}

/// What a client says to a SOCKS proxy.
struct SOCKSInput: FuzzTarget {
  static let name = "socks"
  static let maximumByteCount = 600

  mutating func take(_ input: RawSpan) throws(Broken) {
    if let request = try? SOCKSRequest(parsing: input) {
      try hold((8...input.byteCount).contains(request.byteCount), "a request lies in its octets")
      if case .name(let name) = request.destination {
        try hold(
          name.isWithin(request.byteCount) && (1...255).contains(name.count),
          "a name lies in its request")
      }
      let own = input.extracting(0..<request.byteCount)
      try hold(
        (try? SOCKSRequest(parsing: own)) == request, "octets after a request change nothing")
    }
    if let count = try? SOCKSNegotiation.greetingByteCount(input) {
      try hold((3...min(257, input.byteCount)).contains(count), "a greeting lies in its octets")
    }
    if let count = try? SOCKSNegotiation.passwordByteCount(input) {
      try hold((4...min(513, input.byteCount)).contains(count), "a password lies in its octets")
    }
  }
}

/// What may stand before a ClientHello: a PROXY header, a request for TLS, the greeting of a protocol in the clear.
struct PreambleInput: FuzzTarget {
  static let name = "preamble"
  static let maximumByteCount = 600

  mutating func take(_ input: RawSpan) throws(Broken) {
    if let header = try? PROXYHeader(parsing: input) {
      try hold(
        (15...PROXYHeader.maximumByteCount).contains(header.byteCount), "a header has its bound")
    }
    switch TLSPreamble(input) {
    case .whole(let count): try hold((1...512).contains(count), "a preamble has its bound")
    case .partial: try hold(input.byteCount < 36, "a preamble is told soon")
    case .none: break
    }
    _ = ClearGreeting.mayLeadToTLS(input)
  }
}

/// The first header block of an HTTP/2 client.
struct HPACKInput: FuzzTarget {
  static let name = "hpack"
  static let maximumByteCount = 512

  mutating func take(_ input: RawSpan) throws(Broken) {
    guard let request = try? HPACKRequest(parsing: input) else { return }
    // The shortest Huffman code has five bits.
    try hold(
      request.authority.count + request.path.count <= 11 + 2 * input.byteCount,
      "texts are no longer than their codes allow")
    try hold(request.hostName.count <= request.authority.count, "a host is part of its authority")
  }
}

/// One octet for the size of the pieces, then what an HTTP/2 client says: gathered whole and in pieces.
struct HTTP2Input: FuzzTarget {
  static let name = "http2"
  static let maximumByteCount = 1_024

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let size = choices.octet() % 61 + 1
    let stream = choices.rest
    var whole = HTTP2Collector(begun: HTTP2FrameHeader.preface)
    let status = whole.append(stream)
    var pieces = HTTP2Collector(begun: HTTP2FrameHeader.preface)
    var pieceStatus = HTTP2Collector.Status.needMore
    var start = 0
    while start < stream.byteCount, pieceStatus == .needMore {
      pieceStatus = pieces.append(stream.extracting(start..<min(start + size, stream.byteCount)))
      start += size
    }
    try hold(status == pieceStatus, "pieces end as the whole does")
    if status == .complete {
      try hold(whole.block == pieces.block, "pieces make the same block")
      _ = try? HPACKRequest(parsing: whole.block.octets)
    }
    try hold(whole.heldByteCount <= 2 * stream.byteCount, "no more is held than came")
  }
}
