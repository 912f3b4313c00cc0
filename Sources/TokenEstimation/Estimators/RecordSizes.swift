import TrafficModel

/// The downstream records of one turn, their framing known and the response headers set apart.
struct RecordSizes {
  /// Octets of chunk or frame around each record's content: `Xxx CRLF … CRLF` in HTTP/1.1 (RFC 9112, section 7.1),
  /// a DATA frame's header in HTTP/2 (RFC 9113, section 4.1).
  let framing: Int
  /// Octets of the first record, taken for the response headers; nil when they cannot be told apart.
  let head: Int?
  /// The records after the head, framing not yet taken off.
  let records: ArraySlice<UInt16>
  /// All octets over those whose sizes were kept: 1 unless the turn was longer than `Turn.maximumRecordSizes`.
  let beyondKept: Double

  /// A first record up to this size is taken for response headers when others follow.
  static let headLimit = 1900
  /// Leading HTTP/2 records up to this size are SETTINGS and their like.
  static let controlLimit = 64
  /// A record bears body octets when it is this much larger than its framing.
  static let bearingMargin = 16
  /// A piece up to this size is the beginning of a flush that was cut.
  private static let cutLimit = 32.0
  /// So many events show their own overhead.
  private static let enoughEvents = 6

  init(of turn: Turn) {
    let sizes = turn.downstreamSizes
    framing = turn.http == .http11 ? 7 : 9
    var start = 0
    if turn.http != .http11 {
      while start < sizes.count, sizes[start] <= Self.controlLimit { start += 1 }
    }
    let framing = framing
    let rest = sizes.dropFirst(start + 1)
    if start < sizes.count, Int(sizes[start]) <= Self.headLimit,
      rest.contains(where: { Int($0) > framing + Self.bearingMargin })
    {
      head = Int(sizes[start])
      records = rest
    } else {
      head = nil
      records = sizes[start...]
    }
    let kept = sizes.reduce(0) { $0 &+ Int($1) }
    beyondKept =
      kept > 0 && turn.downstream.byteCount > kept && turn.downstream.recordCount > sizes.count
      ? Double(turn.downstream.byteCount) / Double(kept) : 1
  }

  /// Sizes of the records that bear body octets, framing included.
  var bearing: [Int] {
    records.lazy.map(Int.init).filter { $0 > framing + Self.bearingMargin }
  }

  /// Octets of the body, framing taken off, and the allowance where the head is not apart.
  func bodyOctets(headAllowance: Double) -> Double {
    var octets = 0.0
    for size in records { octets += Double(max(0, Int(size) - framing)) }
    if head == nil { octets -= headAllowance }
    return max(0, octets) * beyondKept
  }

  /// Octets of text in events that each bear so much JSON around it.
  ///
  /// A record holds as many events as its size in units of the usual one says. No event counts for less than −16:
  /// padding is random, and its mean is part of the overhead. A small piece is the beginning of the next record.
  func textOctets(shape: TextShape, headAllowance: Double) -> Double {
    var contents = bodyContents(headAllowance: headAllowance)
    if shape.skipsLast, contents.count > 1 { contents.removeLast() }
    let overhead = Self.overhead(of: contents, shape)
    let usual = shape.usual + (overhead - shape.overhead)
    var text = 0.0
    for octets in contents {
      let events = max(1, (octets / usual + 0.5).rounded(.down))
      let rest = octets - events * overhead
      text += min(max(-16 * events, rest), events * shape.mostText)
    }
    return max(0, text) * beyondKept
  }

  /// Octets of each record that bears some, pieces of cut flushes put together.
  private func bodyContents(headAllowance: Double) -> [Double] {
    var contents: [Double] = []
    contents.reserveCapacity(records.count)
    var carried = 0.0
    for (index, size) in records.enumerated() {
      var octets = Double(Int(size) - framing)
      if index == 0, head == nil { octets -= headAllowance }
      guard octets > Double(Self.bearingMargin) else { continue }
      if octets <= Self.cutLimit {
        carried += octets
      } else {
        contents.append(octets + carried)
        carried = 0
      }
    }
    return contents
  }

  /// Octets around the text of one event: the profile's, or what the turn's smallest event shows.
  private static func overhead(of contents: [Double], _ shape: TextShape) -> Double {
    guard let leastText = shape.leastText else { return shape.overhead }
    let events = contents.filter { $0 >= 0.75 * shape.overhead }
    guard events.count >= enoughEvents, let least = events.min() else { return shape.overhead }
    return max(shape.overhead, least - leastText)
  }

  /// Fewer records than a stream has, or one body cut to size.
  func readAsUnary(leastRecords: Int) -> Bool {
    let bearing = bearing
    return bearing.count < leastRecords || Self.isCutToSize(bearing)
  }

  /// Events smaller than the JSON around their text: a compressed stream.
  func readAsCompressed(overhead: Double) -> Bool {
    let contents = records.lazy.map { Int($0) - framing }.filter { $0 > 0 }.sorted()
    return contents.count >= 6 && Double(contents[contents.count / 2]) < 0.75 * overhead
  }

  /// One long body in records of the largest size that the sender makes, and a rest.
  private static func isCutToSize(_ sizes: [Int]) -> Bool {
    guard let largest = sizes.max(), largest >= 1300 else { return false }
    return sizes.count { $0 != largest } <= 1
  }
}
