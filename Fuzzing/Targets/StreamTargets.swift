import WireFormat

@testable import TrafficModel

extension FuzzTargets {
  static var streams: [any FuzzTarget.Type] {
    [
      StreamInput.self, HelloInput.self, RecordMeterInput.self, FragmentsInput.self,
      CryptoStreamInput.self, FlowTableInput.self, DNSStreamInput.self, HTTPHeadInput.self,
    ]
  }
}

/// The octet that stands at `offset` of every stream here, so that what comes out can be told right from wrong.
func octet(at offset: Int) -> UInt8 {
  UInt8(truncatingIfNeeded: offset &* 167 &+ offset >> 8 &* 31 &+ 13)
}

/// What stands at these offsets.
func octets(_ range: Range<Int>) -> [UInt8] {
  range.upperBound <= beginning.count ? Array(beginning[range]) : range.map { octet(at: $0) }
}

/// Made once: most of a run would go into making it.
private let beginning = (0..<1 << 17).map { octet(at: $0) }

/// Segments of one stream, in any order: kind, offset (2 octets), length (1).
struct StreamInput: FuzzTarget {
  static let name = "stream"
  static let maximumByteCount = 1_024

  /// Octets of the stream that wait.
  private var held = [Bool](repeating: false, count: 4_096 + 256)
  private var position = 0
  private var start: UInt32 = 0

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    start = UInt32(choices.word()) << 16
    position = 0
    for index in held.indices { held[index] = false }
    var assembler = StreamAssembler(next: start)
    while !choices.isAtEnd {
      let kind = choices.octet()
      let offset = choices.word() & 0x0fff
      let count = choices.octet()
      // The snaplen may have cut what was sent.
      let captured = kind & 8 == 0 ? count : count / 2
      if kind & 7 == 7 {
        try giveUp(&assembler)
        continue
      }
      let sequence = start &+ UInt32(offset)
      switch assembler.accept(sequence: sequence, wireCount: count) {
      case .deliver(let skip): try deliver(offset, captured, count, skip)
      case .duplicate: try hold(offset + count <= position, "a duplicate has been seen")
      case .outOfWindow, .resynchronise: throw Broken(property: "4 KiB lie within the window")
      case .early:
        let bytes = octets(offset..<offset + captured)
        switch assembler.hold(sequence: sequence, bytes: bytes, wireCount: count) {
        case .held: for index in offset..<offset + captured { held[index] = true }
        case .heldInConflict: throw Broken(property: "equal octets are in no conflict")
        case .noRoom: break
        }
      }
      try drain(&assembler)
      try check(assembler)
    }
    while !assembler.pending.isEmpty {
      try giveUp(&assembler)
    }
    try hold(assembler.heldByteCount == 0, "nothing waits where nothing is pending")
  }

  private mutating func drain(_ assembler: inout StreamAssembler) throws(Broken) {
    while let (segment, skip) = assembler.popReady() {
      let offset = Int(segment.sequence &- start)
      for (index, octet) in segment.bytes.enumerated() where octet != FuzzTargets.at(offset + index)
      {
        throw Broken(property: "what waited has not changed")
      }
      try deliver(offset, segment.bytes.count, segment.wireCount, skip)
    }
  }

  private mutating func deliver(
    _ offset: Int, _ captured: Int, _ count: Int, _ skip: Int
  ) throws(Broken) {
    try hold(offset + skip == position, "octets come in order, each once")
    try hold(skip == 0 || skip < count, "something of a delivered segment is new")
    position = offset + count
  }

  private mutating func giveUp(_ assembler: inout StreamAssembler) throws(Broken) {
    guard let missing = assembler.skipGap() else {
      try hold(assembler.pending.isEmpty, "before what waits there is a gap")
      return
    }
    for index in position..<position + missing {
      try hold(index < held.count && !held[index], "what waits is not missing")
    }
    position += missing
    try drain(&assembler)
  }

  private func check(_ assembler: StreamAssembler) throws(Broken) {
    var sum = 0
    var last = Int.min
    for segment in assembler.pending {
      sum += segment.bytes.count
      let offset = Int(segment.sequence &- start)
      try hold(offset >= last, "what waits is in order")
      last = offset
    }
    try hold(sum == assembler.pendingByteCount, "what waits is counted")
    try hold(
      assembler.pending.count <= StreamAssembler.maximumPendingSegments, "what waits has its bound")
  }
}

extension FuzzTargets {
  static func at(_ offset: Int) -> UInt8 { octet(at: offset) }
}

/// One octet for the size of the pieces, then TLS records: gathered whole and in pieces.
struct HelloInput: FuzzTarget {
  static let name = "hello-collector"
  static let maximumByteCount = 2_048

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let size = choices.octet() % 61 + 1
    let records = choices.rest
    let (whole, status, end) = Self.gather(records, by: max(1, records.byteCount))
    let (pieces, pieceStatus, pieceEnd) = Self.gather(records, by: size)
    try hold(status == pieceStatus, "pieces end as the whole does")
    guard status != .notAHello else { return }
    try hold(whole.message == pieces.message, "pieces make the same message")
    try hold(end == pieceEnd, "pieces end where the whole does")
    try hold(whole.message.count <= records.byteCount, "a message is no longer than its records")
  }

  private static func gather(
    _ records: RawSpan, by size: Int
  ) -> (HelloCollector, HelloCollector.Status, end: Int) {
    var collector = HelloCollector()
    var status = HelloCollector.Status.needMore
    var start = 0
    while start < records.byteCount, status == .needMore {
      let piece = records.extracting(start..<min(start + size, records.byteCount))
      var offset = 0
      status = collector.append(piece, from: &offset)
      start += offset
      if status == .needMore, offset < piece.byteCount { return (collector, .notAHello, -1) }
    }
    return (collector, status, start)
  }
}

/// One octet for the size of the pieces, then TLS records: metered whole and in pieces.
struct RecordMeterInput: FuzzTarget {
  static let name = "record-meter"
  static let maximumByteCount = 2_048

  private struct Sum: Equatable {
    var records = 0
    var octets = 0
    var types: UInt64 = 0
    var passedOver = 0
    var handshake: [UInt8] = []
  }

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let size = choices.octet() % 61 + 1
    let records = choices.rest
    let whole = try meter(records, by: max(1, records.byteCount), isMidstream: false)
    let pieces = try meter(records, by: size, isMidstream: false)
    if whole.passedOver == 0, pieces.passedOver == 0 {
      try hold(whole == pieces, "pieces are metered as the whole is")
    }
    _ = try meter(records, by: size, isMidstream: true)
  }

  private func meter(
    _ records: RawSpan, by size: Int, isMidstream: Bool
  ) throws(Broken) -> Sum {
    var meter = isMidstream ? TLSRecordMeter.midstream() : TLSRecordMeter(wantsHandshake: true)
    var sum = Sum()
    var start = 0
    while start < records.byteCount {
      let piece = records.extracting(start..<min(start + size, records.byteCount))
      start += size
      var offset = 0
      while offset < piece.byteCount {
        let before = offset
        let record = meter.next(in: piece, from: &offset)
        sum.passedOver += meter.takePassedOver()
        guard let record else { break }
        try hold(offset > before, "a record takes octets")
        sum.records += 1
        sum.octets += record.length
        sum.types = sum.types &* 31 &+ UInt64(record.contentType)
      }
      try hold(offset == piece.byteCount, "all octets are read")
    }
    try hold(
      sum.octets + 5 * sum.records + sum.passedOver <= records.byteCount,
      "records are no longer than what they came in")
    sum.handshake = meter.handshakeOctets
    try hold(
      sum.handshake.count <= TLSRecordMeter.certificateLimit, "a handshake has its bound")
    return sum
  }
}

/// Fragments of eight datagrams: which one, offset in eights (2 octets), length, time.
struct FragmentsInput: FuzzTarget {
  static let name = "fragments"
  static let maximumByteCount = 1_024

  /// IPv4 and IPv6 headers with a fragment's fields to be filled in.
  private static let v4: [UInt8] = [
    0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
  ]
  private static let v6: [UInt8] =
    [0x60, 0, 0, 0, 0, 0, 44, 64] + [UInt8](repeating: 1, count: 32) + [17, 0, 0, 0, 0, 0, 0, 0]

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    var reassembler = FragmentReassembler()
    var now = Timestamp(nanoseconds: 0)
    var accepted = 0
    while !choices.isAtEnd {
      let which = choices.octet()
      let place = choices.word()
      let count = choices.octet() * 8 + (place & 1 == 0 ? which >> 4 & 7 : 0)
      now = now.advanced(byNanoseconds: Int64(choices.octet()) << 27)
      let offset = place & 0x0ff8
      let more = place & 1 == 1
      guard let header = Self.header(which, offset, more, count), let fragment = header.fragment
      else { continue }
      accepted += count
      let payload = octets(offset..<offset + count)
      guard
        let whole = reassembler.accept(
          payload.octets, header: header, fragment: fragment, at: now)
      else { continue }
      try hold(whole.octets.count <= accepted, "a datagram is no longer than its fragments")
      try hold(
        whole.octets.elementsEqual(octets(0..<whole.octets.count)), "a datagram is what was sent")
    }
  }

  private static func header(_ which: Int, _ offset: Int, _ more: Bool, _ count: Int) -> IPHeader? {
    var octets = which & 8 == 0 ? v4 : v6
    let total = octets.count + count
    if which & 8 == 0 {
      (octets[2], octets[3]) = (UInt8(total >> 8), UInt8(total & 255))
      octets[5] = UInt8(which & 7)
      let word = offset / 8 | (more ? 0x2000 : 0)
      (octets[6], octets[7]) = (UInt8(word >> 8), UInt8(word & 255))
    } else {
      (octets[4], octets[5]) = (UInt8((total - 40) >> 8), UInt8((total - 40) & 255))
      octets[47] = UInt8(which & 7)
      let word = offset | (more ? 1 : 0)
      (octets[42], octets[43]) = (UInt8(word >> 8), UInt8(word & 255))
    }
    return try? IPHeader(parsing: octets.octets, originalLength: total)
  }
}

/// Pieces of a CRYPTO stream: offset (2 octets), length.
struct CryptoStreamInput: FuzzTarget {
  static let name = "crypto-stream"
  static let maximumByteCount = 1_024

  private var inserted = [Bool](repeating: false, count: 4_096 + 256)
  private var accepted = [Bool](repeating: false, count: 4_096 + 256)

  mutating func take(_ input: RawSpan) throws(Broken) {
    for index in inserted.indices { (inserted[index], accepted[index]) = (false, false) }
    var choices = Choices(input)
    var stream = CryptoStream()
    while !choices.isAtEnd {
      let offset = choices.word() & 0x0fff
      let range = offset..<offset + choices.octet()
      let isAccepted = stream.insert(octets(range).octets, at: offset)
      for index in range {
        inserted[index] = true
        if isAccepted { accepted[index] = true }
      }
    }
    let count = stream.prefixCount
    let most = inserted.firstIndex(of: false) ?? inserted.count
    let least = accepted.firstIndex(of: false) ?? accepted.count
    try hold(count >= least && count <= most, "the prefix is what has come")
    let bytes = stream.bytes
    for index in 0..<count where bytes[index] != octet(at: index) {
      throw Broken(property: "the prefix is what was sent")
    }
  }
}

/// Operations on a flow table beside a dictionary: kind, key (1 octet).
struct FlowTableInput: FuzzTarget {
  static let name = "flow-table"
  static let maximumByteCount = 512

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    var table = FlowTable(maximumSlots: 1_024, seed: UInt64(choices.octet()))
    var known: Set<UInt64> = []
    var now: UInt32 = 0
    while !choices.isAtEnd {
      let kind = choices.octet()
      let number = UInt64(choices.octet())
      switch kind & 3 {
      case 0:
        // A run of keys, so that the table fills.
        for key in number * 16..<number * 16 + UInt64(kind >> 2) {
          try insert(key, at: now, &table, &known)
        }
      case 1:
        let (index, isFound) = table.find(FlowKey(a: number * 16, b: 1))
        try hold(isFound == known.contains(number * 16), "what is there is found")
        if isFound {
          table.remove(at: index)
          known.remove(number * 16)
        }
      case 2:
        now &+= UInt32(number)
      default:
        var steps = 64
        while let entry = table.nextExpired(steps: &steps, at: now, timeouts: FlowTimeouts()) {
          try hold(known.remove(entry.key.a) != nil, "what expires was there")
        }
      }
      try hold(table.count == known.count, "entries are counted")
      // Three quarters are filled, and now and then a stretch of 64 places that was empty.
      try hold(table.count <= table.slotCount - 64, "places stay free")
    }
    for key in known {
      try hold(table.find(FlowKey(a: key, b: 1)).found, "what is there is found")
    }
  }

  private func insert(
    _ key: UInt64, at now: UInt32, _ table: inout FlowTable, _ known: inout Set<UInt64>
  ) throws(Broken) {
    let flow = FlowKey(a: key, b: 1)
    guard !table.find(flow).found else { return }
    let (index, evicted) = table.insert(flow, at: now)
    if let evicted { try hold(known.remove(evicted.key.a) != nil, "what left was there") }
    known.insert(key)
    try hold(table[index].key == flow, "an entry stands where it was put")
  }
}

/// One octet for the size of the pieces, then DNS messages with their lengths: taken whole and in pieces.
struct DNSStreamInput: FuzzTarget {
  static let name = "dns-stream"
  static let maximumByteCount = 1_024

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let size = choices.octet() % 61 + 1
    let stream = choices.rest
    let whole = try Self.read(stream, by: max(1, stream.byteCount))
    let pieces = try Self.read(stream, by: size)
    try hold(whole == pieces, "pieces make the same messages")
    _ = DNSStream.begins(stream, source: 50_000, 8_080)
  }

  private static func read(_ stream: RawSpan, by size: Int) throws(Broken) -> [UInt64] {
    var reader = DNSStream()
    var digests: [UInt64] = []
    var start = 0
    var octets = 0
    while start < stream.byteCount {
      let chunk = stream.extracting(start..<min(start + size, stream.byteCount))
      start += size
      var offset = 0
      while let message = reader.next(in: chunk, from: &offset) {
        switch message {
        case .inChunk(let range):
          try hold(range.isWithin(chunk.byteCount), "a message lies in its chunk")
          digests.append(digest(chunk.extracting(range)))
          octets += range.count
        case .gathered:
          digests.append(digest(reader.gathered))
          octets += reader.gathered.byteCount
        }
      }
      try hold(offset == chunk.byteCount, "all octets are taken")
      try hold(reader.heldByteCount <= 65_537, "a message has its bound")
    }
    try hold(octets + 2 * digests.count <= stream.byteCount, "messages do not overlap")
    return digests
  }

  private static func digest(_ octets: RawSpan) -> UInt64 {
    var sum = UInt64(octets.byteCount)
    for index in 0..<octets.byteCount { sum = sum &* 31 &+ UInt64(octets.octet(at: index) ?? 0) }
    return sum
  }
}

/// One octet for the size of the pieces, then a request: gathered whole and in pieces.
struct HTTPHeadInput: FuzzTarget {
  static let name = "http-head"
  static let maximumByteCount = 1_024

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let size = choices.octet() % 61 + 1
    let stream = choices.rest
    var whole = HTTPHeadCollector()
    let status = whole.append(stream)
    var pieces = HTTPHeadCollector()
    var start = 0
    while start < stream.byteCount {
      let piece = stream.extracting(start..<min(start + size, stream.byteCount))
      start += size
      if pieces.append(piece) == .complete {
        try hold(status == .complete, "pieces end where the whole does")
        let head = try? HTTPRequestHead(parsing: pieces.octets.octets)
        try hold(
          head == (try? HTTPRequestHead(parsing: stream)), "pieces make the same head")
        return
      }
    }
    try hold(status != .complete, "pieces end where the whole does")
    try hold(pieces.octets.count == stream.byteCount, "all octets are kept")
  }
}
