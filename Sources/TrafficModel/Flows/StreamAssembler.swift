/// Puts one direction of a TCP connection in order (RFC 9293, section 3.4): tells for each segment which octets are
/// next, keeps early ones until their turn, and says how many are missing where they never come.
///
/// Octets that were taken once are never replaced: the first copy wins. What is kept waiting is bounded; the caller
/// skips the gap when it is full.
struct StreamAssembler {
  /// What to do with a segment's payload.
  enum Acceptance: Equatable {
    /// From octet `skip` of the payload on, it is next in order.
    case deliver(skip: Int)
    /// Seen before.
    case duplicate
    /// Early: hand the octets to ``hold(sequence:bytes:wireCount:)``.
    case early
    /// Too far from what is expected to belong here.
    case outOfWindow
  }

  struct Segment {
    var sequence: UInt32
    var bytes: [UInt8]
    /// Octets on the wire; more than `bytes` where the snaplen cut.
    var wireCount: Int
  }

  /// The next sequence number; nil before the first segment.
  private(set) var next: UInt32?
  private(set) var pending: [Segment] = []
  private(set) var pendingByteCount = 0

  /// Memory that waiting segments take, about: their octets, and what an array and its place cost.
  var heldByteCount: Int { pendingByteCount + 96 * pending.count }

  static let maximumPendingSegments = 256
  static let maximumPendingBytes = 262_144
  /// Octets ahead of what is expected that are still believed: the largest window (RFC 7323, section 2.3) is 1 GiB, but
  /// 16 MiB is beyond what real paths keep in flight.
  static let window: Int32 = 16 << 20

  /// - Parameter next: the sequence number of the first octet, when a SYN told it.
  init(next: UInt32? = nil) { self.next = next }

  /// Judges a segment and, unless it is early, moves on past it.
  mutating func accept(sequence: UInt32, wireCount: Int) -> Acceptance {
    guard let expected = next else {
      next = sequence &+ UInt32(truncatingIfNeeded: wireCount)
      return .deliver(skip: 0)
    }
    let distance = Int32(bitPattern: sequence &- expected)
    if distance > 0 { return distance > Self.window ? .outOfWindow : .early }
    if distance < -Self.window { return .outOfWindow }
    let skip = -Int(distance)
    guard skip < wireCount else { return .duplicate }
    next = sequence &+ UInt32(truncatingIfNeeded: wireCount)
    return .deliver(skip: skip)
  }

  /// Keeps an early segment.
  ///
  /// - Returns: false when there is no room; the segment is then lost, and the gap ought to be skipped.
  mutating func hold(sequence: UInt32, bytes: [UInt8], wireCount: Int) -> Bool {
    guard pending.count < Self.maximumPendingSegments,
      pendingByteCount + bytes.count <= Self.maximumPendingBytes
    else { return false }
    var index = pending.count
    while index > 0, Int32(bitPattern: sequence &- pending[index - 1].sequence) < 0 { index -= 1 }
    if index > 0, pending[index - 1].sequence == sequence, pending[index - 1].wireCount >= wireCount
    {
      return true
    }
    pending.insert(Segment(sequence: sequence, bytes: bytes, wireCount: wireCount), at: index)
    pendingByteCount += bytes.count
    return true
  }

  /// The next waiting segment whose turn has come, with the octets of it that were already taken.
  mutating func popReady() -> (segment: Segment, skip: Int)? {
    while let first = pending.first, let expected = next {
      let distance = Int32(bitPattern: first.sequence &- expected)
      guard distance <= 0 else { return nil }
      pending.removeFirst()
      pendingByteCount -= first.bytes.count
      let skip = -Int(distance)
      guard skip < first.wireCount else { continue }
      next = first.sequence &+ UInt32(truncatingIfNeeded: first.wireCount)
      return (first, skip)
    }
    return nil
  }

  /// Gives up on the octets before the first waiting segment.
  ///
  /// - Returns: how many are missing, or nil when nothing waits.
  mutating func skipGap() -> Int? {
    guard let first = pending.first, let expected = next else { return nil }
    let distance = Int32(bitPattern: first.sequence &- expected)
    guard distance > 0 else { return nil }
    next = first.sequence
    return Int(distance)
  }

  /// Gives up on everything before `sequence`, where nothing waits.
  ///
  /// - Returns: how many octets are missing.
  mutating func skip(to sequence: UInt32) -> Int {
    guard pending.isEmpty, let expected = next else { return 0 }
    let distance = Int32(bitPattern: sequence &- expected)
    guard distance > 0, distance <= Self.window else { return 0 }
    next = sequence
    return Int(distance)
  }
}
