import WireFormat

/// Puts fragmented IP datagrams together (RFC 791, section 3.2; RFC 8200, section 4.5).
///
/// Overlaps: an IPv4 fragment that overlaps is left out; an IPv6 datagram with one is dropped (RFC 5722). At most 256
/// datagrams of 64 KiB and 2 MiB in all are kept, 30 seconds each; the oldest leaves when a new one needs room
/// (policy *evict-oldest*).
struct FragmentReassembler {
  private struct Key: Hashable {
    var source: IPAddress
    var destination: IPAddress
    var identification: UInt32
    var transportProtocol: UInt8
  }

  private struct Datagram {
    var firstSeen: Timestamp
    var parts: [(offset: Int, bytes: [UInt8])] = []
    var byteCount = 0
    /// Octets of the whole payload, known from the last fragment.
    var total: Int?
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

  /// Takes a fragment's payload.
  ///
  /// - Returns: the payload of the whole datagram when this fragment completes it.
  mutating func accept(
    _ payload: RawSpan, header: IPHeader, fragment: IPHeader.Fragment, at now: Timestamp
  ) -> [UInt8]? {
    let end = fragment.offset + payload.byteCount
    guard payload.byteCount > 0, end <= 65_535, !fragment.moreFollow || payload.byteCount % 8 == 0
    else {
      droppedCount &+= 1
      return nil
    }
    let key = Key(
      source: header.source, destination: header.destination,
      identification: fragment.identification, transportProtocol: header.transportProtocol)
    expire(at: now)
    if datagrams[key] == nil {
      while datagrams.count >= Self.maximumDatagrams { dropOldest() }
      datagrams[key] = Datagram(firstSeen: now)
      order.append(key)
    }
    while byteCount + payload.byteCount > Self.maximumBytes, order.first != key { dropOldest() }
    guard var datagram = datagrams[key] else { return nil }

    var index = datagram.parts.count
    while index > 0, datagram.parts[index - 1].offset > fragment.offset { index -= 1 }
    let before = index > 0 ? datagram.parts[index - 1] : nil
    let after = index < datagram.parts.count ? datagram.parts[index] : nil
    let overlaps =
      before.map { $0.offset + $0.bytes.count > fragment.offset } ?? false
      || after.map { $0.offset < end } ?? false
    if overlaps || datagram.parts.count >= Self.maximumParts {
      // The exact repeat of a fragment is harmless; any other overlap is an attack or an error: first octets stay.
      if !header.source.isIPv4, before?.offset != fragment.offset { forget(key) }
      droppedCount &+= 1
      return nil
    }
    datagram.parts.insert((fragment.offset, payload.copied()), at: index)
    datagram.byteCount += payload.byteCount
    byteCount += payload.byteCount
    if !fragment.moreFollow { datagram.total = end }
    datagrams[key] = datagram

    guard let total = datagram.total, datagram.byteCount == total,
      let last = datagram.parts.last, last.offset + last.bytes.count == total
    else { return nil }
    forget(key)
    completedCount &+= 1
    return datagram.parts.flatMap(\.bytes)
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
    forget(key)
    droppedCount &+= 1
  }

  private mutating func forget(_ key: Key) {
    if let datagram = datagrams.removeValue(forKey: key) { byteCount -= datagram.byteCount }
    if let index = order.firstIndex(of: key) { order.remove(at: index) }
  }
}
