/// Takes the framing off a chunked HTTP/1 body, however it was cut into segments.
///
///     chunk-size (hexadecimal) [ ; extension ] CRLF  data  CRLF  …  0 CRLF  trailers  CRLF
///                                                                   RFC 9112, section 7.1
package struct HTTPChunkDecoder: Equatable, Sendable {
  private enum State: Equatable, Sendable {
    /// In a size line: the size so far, its digits, and whether they have ended.
    case size(Int, digitCount: Int, hasEnded: Bool)
    /// In a chunk's data, with octets to come.
    case data(Int)
    /// In the line end after a chunk's data.
    case dataEnd
    /// In a trailer line, with octets in it.
    case trailer(Int)
    case end
  }

  private var state = State.size(0, digitCount: 0, hasEnded: false)

  package init() {}

  /// The last chunk and its trailers have been read; what follows is another message.
  package var isFinished: Bool { state == .end }

  /// The next piece of the body at or after `offset`, which is moved past it; nil when `bytes` is
  /// used up or the body has ended.
  ///
  /// - Throws: ``WireError/invalid(_:offset:)`` with `httpChunk` where the framing is broken; the
  ///   decoder is of no use after it.
  package mutating func next(
    in bytes: RawSpan, at offset: inout Int
  ) throws(WireError) -> Range<Int>? {
    while state != .end, let octet = bytes.octet(at: offset) {
      if case .data(let left) = state {
        let range = offset..<offset + min(left, bytes.byteCount - offset)
        offset = range.upperBound
        state = left == range.count ? .dataEnd : .data(left - range.count)
        return range
      }
      try step(octet, offset)
      offset += 1
    }
    return nil
  }

  private mutating func step(_ octet: UInt8, _ offset: Int) throws(WireError) {
    switch state {
    case .size(let size, let digitCount, let hasEnded):
      if octet == UInt8(ascii: "\n") {
        guard digitCount > 0 else { throw .invalid(.httpChunk, offset: offset) }
        state = size == 0 ? .trailer(0) : .data(size)
      } else if !hasEnded, let digit = Self.digit(octet) {
        guard digitCount < 15 else { throw .invalid(.httpChunk, offset: offset) }
        state = .size(size << 4 | digit, digitCount: digitCount + 1, hasEnded: false)
      } else {
        guard digitCount > 0 else { throw .invalid(.httpChunk, offset: offset) }
        state = .size(size, digitCount: digitCount, hasEnded: true)
      }
    case .dataEnd:
      if octet == UInt8(ascii: "\n") {
        state = .size(0, digitCount: 0, hasEnded: false)
      } else if octet != UInt8(ascii: "\r") {
        throw .invalid(.httpChunk, offset: offset)
      }
    case .trailer(let length):
      if octet == UInt8(ascii: "\n") {
        state = length == 0 ? .end : .trailer(0)
      } else if octet != UInt8(ascii: "\r") {
        state = .trailer(min(length + 1, HTTPLines.maximumByteCount))
      }
    case .data, .end:
      break
    }
  }

  private static func digit(_ octet: UInt8) -> Int? {
    switch octet {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(octet - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(octet - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(octet - UInt8(ascii: "A")) + 10
    default: nil
    }
  }
}
