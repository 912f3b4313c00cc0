import WireFormat

/// One direction of DNS over TCP: messages, each with its length before it.
///
///     length 2, message (length octets), …          RFC 1035, section 4.2.2; RFC 7766
///
/// A message that lies whole in a segment is read where it is; only one that a segment's end cuts is
/// kept, at most 65,537 octets. Each octet is copied at most once.
struct DNSStream {
  /// Where a whole message is.
  enum Message: Equatable {
    case inChunk(Range<Int>)
    /// In ``gathered``, until the next call.
    case gathered
  }

  /// A message and the two octets before it, as far as they have come.
  private var partial: [UInt8] = []
  private var isDone = false
  private(set) var messageCount = 0

  /// Octets that wait for the rest of their message.
  var heldByteCount: Int { isDone ? 0 : partial.count }

  /// The message that is not whole, or was told to be whole last; without its length.
  var gathered: RawSpan {
    @_lifetime(borrow self) get { partial.octets.extracting(min(2, partial.count)..<partial.count) }
  }

  /// What the length of the message that is not whole says; nil before both its octets have come.
  var announcedByteCount: Int? {
    guard partial.count >= 2 else { return nil }
    return Int(partial[0]) << 8 | Int(partial[1])
  }

  /// Whether a stream that begins so carries DNS: on its ports always, on others when the first
  /// segment holds a whole message and, behind it, at most the start of another.
  static func begins(_ chunk: RawSpan, source: UInt16, _ destination: UInt16) -> Bool {
    switch (source, destination) {
    case (53, _), (_, 53), (5353, _), (_, 5353), (5355, _), (_, 5355): return true
    default: break
    }
    guard let high = chunk.octet(at: 0), let low = chunk.octet(at: 1) else { return false }
    let length = Int(high) << 8 | Int(low)
    guard length >= DNSHeader.byteCount, length <= chunk.byteCount - 2 else { return false }
    return DNSMessage.isWhole(chunk.extracting(2..<2 + length))
  }

  /// Moves on to the next whole message; nil when the chunk is used up.
  ///
  /// - Parameters:
  ///   - chunk: octets in order, the same in each call until nil.
  ///   - offset: octets of it that have been taken; zero in the first call.
  mutating func next(in chunk: RawSpan, from offset: inout Int) -> Message? {
    if isDone {
      partial.removeAll(keepingCapacity: false)
      isDone = false
    }
    if partial.isEmpty, let high = chunk.octet(at: offset), let low = chunk.octet(at: offset + 1) {
      let start = offset + 2
      let length = Int(high) << 8 | Int(low)
      if length <= chunk.byteCount - start {
        offset = start + length
        messageCount &+= 1
        return .inChunk(start..<offset)
      }
    }
    while partial.count < 2, let octet = chunk.octet(at: offset) {
      partial.append(octet)
      offset += 1
    }
    guard let length = announcedByteCount else { return nil }
    let count = min(2 + length - partial.count, chunk.byteCount - offset)
    if count > 0 {
      // Safe: copied before the closure ends.
      unsafe chunk.extracting(offset..<offset + count).withUnsafeBytes {
        unsafe partial.append(contentsOf: $0)
      }
      offset += count
    }
    guard partial.count == 2 + length else { return nil }
    isDone = true
    messageCount &+= 1
    return .gathered
  }
}
