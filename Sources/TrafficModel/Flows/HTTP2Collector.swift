import WireFormat

/// Gathers the first header block of a client that speaks HTTP/2 in the clear with prior knowledge (RFC 9113, section 3.3).
///
/// Work is linear in what is fed. Given up are a block of more than 16 KiB, more than 64 frames before it, and more than
/// 64 KiB in them.
struct HTTP2Collector {
  enum Status: Equatable {
    case needMore
    /// ``block`` is whole.
    case complete
    /// This is no HTTP/2, or beyond the limits.
    case notHTTP2
  }

  /// The header block, as far as it has come.
  private(set) var block: [UInt8] = []
  private var prefaceCount = 0
  private var header: [UInt8] = []
  private var frame: HTTP2FrameHeader?
  private var content: [UInt8] = []
  private var remaining = 0
  private var frameCount = 0
  private var passedOver = 0

  static let maximumBlock = 16_384
  static let maximumFrames = 64
  static let maximumPassedOver = 65_536

  init() {}

  /// - Parameter begun: the first octets, which are the preface's.
  init(begun octets: [UInt8]) { prefaceCount = octets.count }

  var heldByteCount: Int { block.count + content.count + header.count }

  mutating func append(_ bytes: RawSpan) -> Status {
    var offset = 0
    while offset < bytes.byteCount {
      guard let octet = bytes.octet(at: offset) else { return .needMore }
      if prefaceCount < HTTP2FrameHeader.preface.count {
        guard octet == HTTP2FrameHeader.preface[prefaceCount] else { return .notHTTP2 }
        prefaceCount += 1
        offset += 1
      } else if let frame {
        let taken = min(remaining, bytes.byteCount - offset)
        if isWanted(frame) {
          content.append(contentsOf: bytes.extracting(offset..<offset + taken).copied())
        }
        offset += taken
        remaining -= taken
        if remaining == 0, let status = end(frame) { return status }
      } else {
        header.append(octet)
        offset += 1
        guard header.count == HTTP2FrameHeader.byteCount else { continue }
        guard let status = begin() else { continue }
        return status
      }
    }
    return .needMore
  }

  private func isWanted(_ frame: HTTP2FrameHeader) -> Bool {
    frame.type == HTTP2FrameHeader.headers || frame.type == HTTP2FrameHeader.continuation
  }

  private mutating func begin() -> Status? {
    guard let next = try? HTTP2FrameHeader(parsing: header.octets) else { return .notHTTP2 }
    header.removeAll(keepingCapacity: true)
    frameCount += 1
    if isWanted(next) {
      guard block.count + next.length <= Self.maximumBlock else { return .notHTTP2 }
    } else {
      passedOver += next.length
    }
    guard frameCount <= Self.maximumFrames, passedOver <= Self.maximumPassedOver else {
      return .notHTTP2
    }
    frame = next
    remaining = next.length
    return remaining == 0 ? end(next) : nil
  }

  private mutating func end(_ ended: HTTP2FrameHeader) -> Status? {
    frame = nil
    guard isWanted(ended) else { return nil }
    if ended.type == HTTP2FrameHeader.headers {
      guard let part = ended.headerBlock(content.octets) else { return .notHTTP2 }
      block = Array(content[part])
    } else {
      block += content
    }
    content.removeAll(keepingCapacity: true)
    return ended.flags & HTTP2FrameHeader.endHeaders != 0 ? .complete : nil
  }
}
