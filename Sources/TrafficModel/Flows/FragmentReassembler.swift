import WireFormat

/// Puts fragmented IP datagrams together (RFC 791, section 3.2; RFC 8200, section 4.5).
///
/// Overlaps: octets that are there stay, of an IPv4 fragment only what is new is taken; an IPv6 datagram with an overlap
/// is dropped with all its fragments, also those to come (RFC 5722); so is a datagram with two ends, or with octets past
/// its end. The exact repeat of a fragment is harmless. At most 256 datagrams of 64 KiB and 2 MiB in all are kept,
/// 30 seconds each; the oldest leaves when a new one needs room (policy *evict-oldest*).
struct FragmentReassembler {
  /// The payload of a datagram that is whole.
  struct Whole: Equatable {
    var octets: [UInt8]
    /// IP total lengths of the fragments that came, repeats among them.
    var wireBytes: Int
    /// What the payload begins with, as the first fragment says.
    var transportProtocol: UInt8
  }

  /// In IPv6 the next header is no part of it: that of the first fragment counts (RFC 8200, section 4.5).
  private struct Key: Hashable {
    var source: IPAddress
    var destination: IPAddress
    var identification: UInt32
    var transportProtocol: UInt8
  }

  fileprivate struct Datagram {
    var firstSeen: Timestamp
    var parts: [(offset: Int, bytes: [UInt8])] = []
    var byteCount = 0
    var wireBytes = 0
    var transportProtocol: UInt8
    /// Octets of the whole payload, known from the last fragment.
    var total: Int?
    /// Its fragments contradict each other: what still comes is dropped too.
    var isRefused = false
  }

  private var datagrams: [Key: Datagram] = [:]
  private var order: [Key] = []
  private var byteCount = 0
  private(set) var droppedCount = 0
  private(set) var completedCount = 0

  static let maximumDatagrams = 256
  static let maximumBytes = 2 << 20
  static let maximumParts = 128
  static let lifetime: Int64 = 30_000_000_000

  /// Takes a fragment's payload; one that the capture cut is dropped.
  ///
  /// - Returns: the whole datagram when this fragment completes it.
  mutating func accept(
    _ payload: RawSpan, header: IPHeader, fragment: IPHeader.Fragment, at now: Timestamp
  ) -> Whole? {
    let end = fragment.offset + payload.byteCount
    guard payload.byteCount > 0, end <= 65_535, header.capturedEnd == header.totalLength,
      !fragment.moreFollow || payload.byteCount % 8 == 0
    else {
      droppedCount &+= 1
      return nil
    }
    let key = Key(
      source: header.source, destination: header.destination,
      identification: fragment.identification,
      transportProtocol: header.source.isIPv4 ? header.transportProtocol : 44)
    expire(at: now)
    if datagrams[key] == nil {
      while datagrams.count >= Self.maximumDatagrams { dropOldest() }
      datagrams[key] = Datagram(firstSeen: now, transportProtocol: header.transportProtocol)
      order.append(key)
    }
    while byteCount + payload.byteCount > Self.maximumBytes, order.first != key { dropOldest() }
    // The datagram leaves the table while it is changed, so that its parts are not copied.
    guard var datagram = datagrams.removeValue(forKey: key) else { return nil }
    byteCount -= datagram.byteCount
    datagram.wireBytes &+= header.totalLength
    if fragment.offset == 0 { datagram.transportProtocol = header.transportProtocol }
    if !datagram.take(payload, fragment, isIPv4: header.source.isIPv4) { droppedCount &+= 1 }

    guard let total = datagram.total, datagram.byteCount == total, !datagram.isRefused,
      let last = datagram.parts.last, last.offset + last.bytes.count == total
    else {
      byteCount += datagram.byteCount
      datagrams[key] = datagram
      return nil
    }
    if let index = order.firstIndex(of: key) { order.remove(at: index) }
    completedCount &+= 1
    return Whole(
      octets: datagram.parts.flatMap(\.bytes), wireBytes: datagram.wireBytes,
      transportProtocol: datagram.transportProtocol)
  }

  private mutating func expire(at now: Timestamp) {
    while let key = order.first, let datagram = datagrams[key],
      now.since(datagram.firstSeen) > Self.lifetime
    {
      dropOldest()
    }
  }

  private mutating func dropOldest() {
    guard let key = order.first else { return }
    order.removeFirst()
    if let datagram = datagrams.removeValue(forKey: key) { byteCount -= datagram.byteCount }
    droppedCount &+= 1
  }
}

extension FragmentReassembler.Datagram {
  /// Puts a fragment in its place.
  ///
  /// - Returns: whether it was of use; an exact repeat counts as such.
  mutating func take(
    _ payload: RawSpan, _ fragment: IPHeader.Fragment, isIPv4: Bool
  ) -> Bool {
    if isRefused { return false }
    let end = fragment.offset + payload.byteCount
    var index = parts.count
    while index > 0, parts[index - 1].offset > fragment.offset { index -= 1 }
    let before = index > 0 ? parts[index - 1] : nil
    if let before, before.offset == fragment.offset, before.bytes.count == payload.byteCount {
      return true
    }
    let covered = before.map { $0.offset + $0.bytes.count } ?? 0
    let overlaps = covered > fragment.offset || index < parts.count && parts[index].offset < end
    let furthest = max(end, parts.last.map { $0.offset + $0.bytes.count } ?? 0)
    let isPastEnd = (fragment.moreFollow ? total : total ?? end).map { furthest > $0 } ?? false
    let hasTwoEnds = !fragment.moreFollow && total ?? end != end
    if overlaps && !isIPv4 || isPastEnd || hasTwoEnds {
      parts = []
      byteCount = 0
      isRefused = true
      return false
    }
    // Of what overlaps, the gaps are filled.
    var start = max(fragment.offset, covered)
    while start < end {
      let gapEnd = index < parts.count ? min(end, parts[index].offset) : end
      if start < gapEnd {
        guard parts.count < FragmentReassembler.maximumParts else { return false }
        let range = start - fragment.offset..<gapEnd - fragment.offset
        parts.insert((start, payload.extracting(range).copied()), at: index)
        byteCount += range.count
        index += 1
      }
      guard index < parts.count else { break }
      start = max(start, parts[index].offset + parts[index].bytes.count)
      index += 1
    }
    if !fragment.moreFollow { total = end }
    return !overlaps
  }
}
