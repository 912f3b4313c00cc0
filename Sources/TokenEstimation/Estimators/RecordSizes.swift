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
  static let cutLimit = 32.0
  /// `Xxx CRLF … CRLF`, three digits as in most chunks.
  static let chunkFraming = 7
  private static let paddingStep: UInt16 = 128
  /// In so few records, one much larger than an event is one with a signature, not several.
  private static let fewRecords = 3
  /// So many events show their own overhead.
  private static let enoughEvents = 3
  /// And what they show is at most so many times the profile's.
  private static let mostOverhead = 1.2
  /// Of several events the smallest has hardly any text.
  private static let leastRated = 0.95
  /// The last event is larger than the others by less than a signature.
  private static let lastMargin = 100.0
  /// An event's text counts for no less than minus this: padding is random, and its mean is part of the overhead.
  static let leastPad = 8.0

  init(of turn: Turn) {
    let sizes = turn.downstreamSizes
    framing = turn.http == .http11 ? Self.chunkFraming : 9
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

  /// The sender pads its records to steps, so that what they hold is not known.
  ///
  /// Fewer records than four, or of fewer sizes than three, may agree by chance; of two sizes only those that leave an octet
  /// for the content type (RFC 8446, section 5.4) are taken for padded.
  var arePadded: Bool {
    guard records.count >= 4, let first = records.first else { return false }
    var counts: [UInt16: Int] = [:]
    for size in records where size % Self.paddingStep == first % Self.paddingStep {
      counts[size, default: 0] += 1
    }
    let agreeing = counts.values.reduce(0, +)
    guard Double(agreeing) >= 0.9 * Double(records.count) else { return false }
    return counts.count >= 3
      || counts.count == 2 && first % Self.paddingStep == Self.paddingStep - 1
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
  /// A record holds as many events as its size in units of the usual one says. Where the last event has more around
  /// it, it counts when it is about as large as the others can be: what is much larger is a signature. So is any event
  /// with more than the most text; it counts for the least.
  func textOctets(shape: TextShape, headAllowance: Double) -> Double {
    var contents = bodyContents(headAllowance: headAllowance)
    if shape.skipsLast, contents.count > 1 { contents.removeLast() }
    var last: Double?
    if shape.closing != nil, contents.count > 1 { last = contents.popLast() }
    let overhead = Self.overhead(of: contents, shape)
    let usual = shape.usual + (overhead - shape.overhead)
    if let last, let closing = shape.closing, let largest = contents.max(),
      last - closing <= largest + Self.lastMargin
    {
      contents.append(last - closing)
    }
    var text = 0.0
    let areFew = shape.leastText != nil && contents.count <= Self.fewRecords
    for octets in contents {
      let events = areFew ? 1 : Self.count(octets, usual)
      var rest = octets - events * overhead
      if let leastText = shape.leastText, rest > events * shape.mostText {
        rest = events * 3 * leastText
      }
      text += min(max(-Self.leastPad * events, rest), events * shape.mostText)
      text += shape.perEvent * events
    }
    return max(0, text) * beyondKept
  }

  /// Events in so many octets, at least one.
  static func count(_ octets: Double, _ unit: Double) -> Double {
    max(1, (octets / unit + 0.5).rounded(.down))
  }

  /// Octets of each record that bears some, pieces of cut flushes put together.
  func bodyContents(headAllowance: Double) -> [Double] {
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
    if let rated = shape.rated, least >= leastRated * rated { return rated }
    return min(mostOverhead * shape.overhead, max(shape.overhead, least - leastText))
  }

  /// Fewer records than a stream has, or one body cut to size.
  func readAsUnary(leastRecords: Int) -> Bool {
    let bearing = bearing
    return bearing.count < leastRecords || Self.isCutToSize(bearing)
  }

  /// Events smaller than the JSON around their text: a compressed stream. In a short plain stream most are; but it starts
  /// with a large one, `start`.
  func readAsCompressed(overhead: Double, start: Double) -> Bool {
    let contents = records.map { Double(Int($0) - framing) }.filter { $0 > 0 }
    guard contents.count >= 6, let first = contents.first else { return false }
    let median = contents.sorted()[contents.count / 2]
    guard median < 0.75 * overhead else { return false }
    return first < 0.7 * start || median < 0.25 * overhead
  }

  /// One long body in records of the largest size that the sender makes, and a rest.
  private static func isCutToSize(_ sizes: [Int]) -> Bool {
    guard let largest = sizes.max(), largest >= 1300 else { return false }
    return sizes.count { $0 != largest } <= 1
  }
}
