package import WireFormat

/// Puts one direction of a TCP connection in order (RFC 9293, section 3.4): tells for each segment which octets are
/// next, keeps early ones until their turn, and says how many are missing where they never come.
///
/// Octets that were taken once are never replaced: the first copy wins. What is kept waiting is bounded; the caller
/// skips the gap when it is full.
package struct StreamAssembler {
  /// What to do with a segment's payload.
  package enum Acceptance: Equatable {
    /// From octet `skip` of the payload on, it is next in order.
    case deliver(skip: Int)
    /// Seen before.
    case duplicate
    /// Early: hand the octets to ``hold(sequence:bytes:wireCount:)``.
    case early
    /// Too far from what is expected to belong here.
    case outOfWindow
    /// Too far from what is expected, as were those before it, and following them: the stream goes on here, and what
    /// lies between is not known.
    case resynchronise
  }

  /// What became of an early segment.
  package enum Holding: Equatable {
    /// It waits, or all of it does already.
    case held
    /// It waits; a part of it differs from what waits.
    case heldInConflict
    /// There is no room: the segment is lost, and the gap ought to be skipped.
    case noRoom
  }

  package struct Segment {
    package var sequence: UInt32
    package var bytes: [UInt8]
    /// Octets on the wire; more than `bytes` where the snaplen cut.
    package var wireCount: Int
    /// When it came; nil where nobody asks.
    package var time: Timestamp?
  }

  /// The next sequence number; nil before the first segment.
  package private(set) var next: UInt32?
  /// Segments that wait, in order of their sequence numbers; those before `firstPending` have gone.
  private var waiting: [Segment] = []
  private var firstPending = 0
  /// Where the last segment that belonged elsewhere ended, and how many have followed one another there.
  private var strayNext: UInt32 = 0
  private var strayCount: UInt8 = 0
  private(set) var pendingByteCount = 0

  /// Memory that waiting segments take, about: their octets, and what an array and its place cost.
  package var heldByteCount: Int { pendingByteCount + 96 * waiting.count }

  var pending: ArraySlice<Segment> { waiting[firstPending...] }

  static let maximumPendingSegments = 256
  static let maximumPendingBytes = 262_144
  /// Octets ahead of what is expected that are still believed: the largest window (RFC 7323, section 2.3) is 1 GiB, but
  /// 16 MiB is beyond what real paths keep in flight.
  static let window: Int32 = 16 << 20
  /// Segments beyond the window that must follow one another before they are believed.
  static let straysToBelieve: UInt8 = 4

  /// - Parameter next: the sequence number of the first octet, when a SYN told it.
  package init(next: UInt32? = nil) { self.next = next }

  /// Judges a segment and, unless it is early, moves on past it.
  package mutating func accept(sequence: UInt32, wireCount: Int) -> Acceptance {
    guard let expected = next else {
      next = sequence &+ UInt32(truncatingIfNeeded: wireCount)
      return .deliver(skip: 0)
    }
    let distance = Int32(bitPattern: sequence &- expected)
    guard distance >= -Self.window, distance <= Self.window else {
      return stray(sequence: sequence, wireCount: wireCount)
    }
    strayCount = 0
    if distance > 0 { return .early }
    let skip = -Int(distance)
    guard skip < wireCount else { return .duplicate }
    next = sequence &+ UInt32(truncatingIfNeeded: wireCount)
    return .deliver(skip: skip)
  }

  /// A SYN-ACK that somebody else sent, or a long stretch that was not captured, sets the place wrong: a few segments that
  /// follow one another set it right.
  private mutating func stray(sequence: UInt32, wireCount: Int) -> Acceptance {
    strayCount = strayCount > 0 && sequence == strayNext ? strayCount + 1 : 1
    strayNext = sequence &+ UInt32(truncatingIfNeeded: wireCount)
    guard strayCount >= Self.straysToBelieve else { return .outOfWindow }
    self = StreamAssembler(next: strayNext)
    return .resynchronise
  }

  /// Keeps an early segment.
  package mutating func hold(
    sequence: UInt32, bytes: [UInt8], wireCount: Int, at time: Timestamp? = nil
  ) -> Holding {
    guard waiting.count - firstPending < Self.maximumPendingSegments,
      pendingByteCount + bytes.count <= Self.maximumPendingBytes
    else { return .noRoom }
    let index = place(of: sequence)
    let segment = Segment(sequence: sequence, bytes: bytes, wireCount: wireCount, time: time)
    var conflicts = false
    if index > firstPending {
      let before = waiting[index - 1]
      conflicts = before.conflicts(with: segment)
      // Nothing new where all of it waits, unless the snaplen cut the copy that does.
      if before.covers(segment) { return conflicts ? .heldInConflict : .held }
    }
    if index < waiting.count, segment.conflicts(with: waiting[index]) { conflicts = true }
    waiting.insert(segment, at: index)
    pendingByteCount += bytes.count
    return conflicts ? .heldInConflict : .held
  }

  /// Behind all that wait for `sequence` or an earlier number.
  private func place(of sequence: UInt32) -> Int {
    var low = firstPending
    var high = waiting.count
    while low < high {
      let middle = (low + high) / 2
      if Int32(bitPattern: sequence &- waiting[middle].sequence) < 0 {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return low
  }

  /// The next waiting segment whose turn has come, with the octets of it that were already taken.
  package mutating func popReady() -> (segment: Segment, skip: Int)? {
    while firstPending < waiting.count, let expected = next {
      let first = waiting[firstPending]
      let distance = Int32(bitPattern: first.sequence &- expected)
      guard distance <= 0 else { return nil }
      removeFirst()
      let skip = -Int(distance)
      guard skip < first.wireCount else { continue }
      next = first.sequence &+ UInt32(truncatingIfNeeded: first.wireCount)
      return (first, skip)
    }
    return nil
  }

  /// Takes the first waiting segment out; the array closes up when half of it has gone, so that few are moved for each.
  private mutating func removeFirst() {
    pendingByteCount -= waiting[firstPending].bytes.count
    waiting[firstPending].bytes = []
    firstPending += 1
    if 2 * firstPending >= waiting.count {
      waiting.removeFirst(firstPending)
      firstPending = 0
    }
  }

  /// Gives up on the octets before the first waiting segment.
  ///
  /// - Returns: how many are missing, or nil when nothing waits.
  package mutating func skipGap() -> Int? {
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

extension StreamAssembler.Segment {
  /// All octets of `other`, which does not begin before this one, are here.
  fileprivate func covers(_ other: Self) -> Bool {
    let start = Int(other.sequence &- sequence)
    return start <= wireCount && other.wireCount <= wireCount - start
      && other.bytes.count <= max(0, bytes.count - start)
  }

  /// Whether `other`, which does not begin before this one, says something else where both have octets.
  fileprivate func conflicts(with other: Self) -> Bool {
    let start = Int(other.sequence &- sequence)
    guard start < bytes.count else { return false }
    return !zip(bytes[start...], other.bytes).allSatisfy { $0 == $1 }
  }
}
