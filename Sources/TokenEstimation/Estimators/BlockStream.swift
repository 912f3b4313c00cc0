/// The text in a stream of content blocks (Anthropic messages), whose events are of known sizes but for text and
/// padding:
///
///     message_start  content_block_start  ping
///     content_block_delta …                              115 octets, the text, and 0–15 spaces
///     content_block_stop  message_delta  message_stop
///
/// Several events may share a record, and a record may hold the end of one block and the start of the next.
struct BlockStream {
  let shape: TextShape
  let blocks: BlockShape

  /// What a turn's own events say of their text weighs as their number against so many usual ones.
  private static let priorEvents = 6.0
  /// A record of more events than the first holds no text but search results or a file, unless the usual record holds
  /// more than the second.
  private static let foreignEvents = 30.0
  private static let usualEvents = 8.0

  /// Octets of text, calls included, and `perEvent` for each event.
  ///
  /// - Parameter contents: octets of each record, framing taken off.
  func text(_ contents: [Double]) -> Double {
    guard !contents.isEmpty else { return 0 }
    var (contents, left) = withoutClosing(contents[...])
    guard !contents.isEmpty else { return 0 }
    var calls = 0.0
    (contents, calls) = withoutOpening(contents)
    guard let last = contents.last else { return calls * blocks.tool }

    let overhead = shape.overhead
    let unit = unit(of: contents)
    if left == blocks.stop, last > 1.6 * overhead,
      Self.distance(last, unit) < Self.distance(last - left, unit)
    {
      left = 0
    }
    contents[contents.endIndex - 1] = last - left

    let singles = contents.count { $0 >= 0.9 * overhead && $0 <= 1.63 * overhead }
    let isSingle = Double(singles) >= 0.5 * Double(contents.count)
    let foreign = Self.foreignSize(contents, unit)
    var total = 0.0
    var pingIsSeen = false
    var followsStop = false
    for octets in contents where octets <= foreign {
      if followsStop, isSingle, octets >= 0.9 * blocks.block, octets <= 1.76 * blocks.block {
        followsStop = false
        calls += isToolStart(octets) ? 1 : 0
        continue
      }
      followsStop = false
      if octets <= 0.82 * overhead {
        followsStop = isStop(octets)
        pingIsSeen = pingIsSeen || octets <= 1.25 * blocks.ping
        continue
      }
      let events = RecordSizes.count(octets, unit)
      let rest = octets - events * overhead
      total += min(max(-RecordSizes.leastPad * events, rest), events * shape.mostText)
      total += shape.perEvent * events
    }
    if !isSingle, !pingIsSeen { total -= blocks.ping }
    return max(0, total + calls * blocks.tool)
  }

  /// The contents before the closing events, and the octets of closing events that the last of them still holds.
  private func withoutClosing(_ contents: ArraySlice<Double>) -> (ArraySlice<Double>, Double) {
    guard let last = contents.last else { return (contents, 0) }
    var kept = contents.dropLast()
    let ends = blocks.delta + blocks.end
    var left = blocks.stop
    if last <= 1.2 * blocks.end {
      let before = kept.last ?? 0
      if before >= 0.58 * blocks.delta, before <= 1.16 * blocks.delta {
        kept = kept.dropLast()
      } else if before > 1.16 * blocks.delta, before <= 1.13 * (blocks.stop + blocks.delta) {
        return (kept.dropLast(), 0)
      } else {
        left += blocks.delta
      }
    } else if last < 0.65 * ends || last > 1.1 * (blocks.stop + ends) {
      return (contents, blocks.stop + ends)
    } else if last > 1.1 * ends {
      return (kept, 0)
    }
    if left == blocks.stop, let stop = kept.last, isStop(stop) { return (kept.dropLast(), 0) }
    return (kept, left)
  }

  /// The contents after the opening events, and the calls that begin among the latter.
  private func withoutOpening(_ contents: ArraySlice<Double>) -> (ArraySlice<Double>, Double) {
    guard let first = contents.first else { return (contents, 0) }
    var rest = contents.dropFirst()
    // The message start may have left with the headers.
    if isBlockStart(first) { return (rest, 0) }
    if first < 0.74 * blocks.start { return (contents, 0) }
    if first > 1.48 * blocks.start {
      var contents = contents
      contents[contents.startIndex] = first - blocks.start - blocks.block
      return (contents, 0)
    }
    guard first <= 1.19 * blocks.start, let second = rest.first else { return (rest, 0) }
    if isBlockStart(second) { return (rest.dropFirst(), 0) }
    if isToolStart(second) { return (rest.dropFirst(), 1) }
    rest[rest.startIndex] = second - blocks.block
    return (rest, 0)
  }

  /// Octets of this turn's usual event, by its small records.
  private func unit(of contents: ArraySlice<Double>) -> Double {
    let overhead = shape.overhead
    var text = Self.priorEvents * blocks.text
    var events = Self.priorEvents
    for octets in contents where octets > 0.82 * overhead {
      let count = RecordSizes.count(octets, overhead + blocks.text)
      guard count <= 3 else { continue }
      text += octets - count * overhead
      events += count
    }
    return overhead + max(0, text) / events
  }

  /// A record of more octets holds no text.
  static func foreignSize(_ contents: some Collection<Double>, _ unit: Double) -> Double {
    let sorted = contents.sorted()
    guard !sorted.isEmpty, sorted[sorted.count / 2] <= usualEvents * unit else { return .infinity }
    return foreignEvents * unit
  }

  /// How far octets are from a whole number of events.
  private static func distance(_ octets: Double, _ unit: Double) -> Double {
    (octets - RecordSizes.count(octets, unit) * unit).magnitude
  }

  /// A start of a block of text, a ping perhaps with it.
  private func isBlockStart(_ octets: Double) -> Bool {
    octets >= 0.9 * blocks.block && octets <= 1.37 * blocks.block
  }

  /// A block that starts a call bears its name and identifier.
  private func isToolStart(_ octets: Double) -> Bool {
    octets >= 1.44 * blocks.block && octets <= 1.76 * blocks.block
  }

  private func isStop(_ octets: Double) -> Bool {
    octets >= 0.85 * blocks.stop && octets <= 1.15 * blocks.stop
  }
}

extension RecordSizes {
  /// Octets of text in a stream of content blocks.
  func blockText(shape: TextShape, blocks: BlockShape, headAllowance: Double) -> Double {
    BlockStream(shape: shape, blocks: blocks).text(bodyContents(headAllowance: headAllowance))
      * beyondKept
  }

  /// Octets of compressed text: those of the body less what opening, closing and each event take for themselves.
  ///
  /// zlib with a flush for each event makes a record of each, or of several; which it is, the median record tells.
  func compressedText(shape: CompressedShape, headAllowance: Double) -> Double {
    var contents = records.map { Double(Int($0) - framing) }
    contents.removeAll { $0 <= 0 }
    guard let first = contents.first else { return 0 }
    if head == nil { contents[0] = max(0, first - headAllowance) }
    // A small first record is no message start: that left with the headers.
    let isOpened = contents[0] >= Self.leastStart * shape.opening
    let foreign = max(shape.opening, BlockStream.foreignSize(contents, shape.usual))
    contents.removeAll { $0 > foreign }
    let octets = contents.reduce(0, +) - (isOpened ? shape.opening : 0) - shape.closing
    guard octets > 0 else { return 0 }
    let median = contents.sorted()[contents.count / 2]
    let events =
      median <= 1.6 * shape.usual
      ? max(
        1, Double(contents.count - (isOpened ? Self.compressedOpening : 0) - Self.compressedClosing)
      ) : octets / shape.usual
    return (max(0, octets - events * shape.overhead) + shape.perEvent * events) * beyondKept
  }

  /// Opening and closing events of a stream of one block.
  private static let compressedOpening = 3
  private static let compressedClosing = 3
  /// The share of the opening that its first event is at least.
  private static let leastStart = 0.35
}
