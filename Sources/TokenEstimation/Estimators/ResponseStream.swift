/// A stream of OpenAI's Responses API:
///
///     created  in_progress                               both repeat the request; the second has 8 octets more
///     output_item.added  content_part.added              a text
///     output_text.delta …
///     output_text.done  content_part.done  output_item.done   each repeats the text
///     completed                                          repeats request and text
///
/// A call has `function_call_arguments.delta … .done` in their place. What is left of the octets without the three that
/// repeat the request tells the deltas, however few there are.
enum ResponseStream {
  /// Octets of `response.created`.
  private static let leastEcho = 720.0
  private static let progress = 8.0
  /// The event that opens a text, of older models and of those that name a phase.
  private static let item = 259.0
  private static let phasedItem = 282.0
  private static let part = 274.0
  private static let delta = 259.6
  private static let arguments = 249.8
  private static let callItem = 310.0
  private static let argumentsDone = 219.0
  private static let itemDone = 303.0
  private static let callEndSpread = -3.0...25.0
  /// The shortest call as a whole.
  private static let oneCall = 1085.0
  /// In streams with two octets less to an event.
  private static let oldItem = 257.0
  private static let oldPart = 272.0
  /// So far a record may be from whole events, and as much again for each of them.
  private static let near = 2.0
  /// What the last event has more than the first.
  private static let leastCompleted = 320.0
  /// Names and identifiers of calls differ in length.
  private static let callSpread = -15.0...45.0
  /// Records of whole deltas that the opening outweighs when it says otherwise.
  private static let openingWeight = 1.5
  /// Octets of a text beside its deltas, and of each delta with what repeats it.
  private static let textFixed = 1686.0
  private static let phasedFixed = 1732.0
  private static let textEach = 277.0
  private static let callFixed = 1190.0
  private static let callEach = 258.0
  /// Octets of a call whose arguments are in one delta, and beside all of them.
  private static let wholeCall = 1380.0
  private static let callsFixed = 70.0
  private static let callTolerance = 60.0
  /// Fewer octets are one call.
  private static let leastText = 1900.0
  private static let textTokens = 1.0
  private static let phasedTokens = 4.0
  private static let callTokens = 12.0
  private static let parallelTokens = 23.5
  private static let mostCalls = 4.0
  /// Of the records within, those that hold whole deltas when nothing else was said.
  private static let usualShare = 0.25
  private static let fewOctets = 4000.0

  /// How the stream may have begun.
  private struct Opening {
    /// Octets of `response.created`.
    var echo: Double
    /// Contents after it, and octets of the opening that left with it.
    var rest: [Double]
    var withEcho: Double
    /// The event that opens the text; nil of a call.
    var item: Double?
  }

  /// The reply, or nil when the records hold no such stream.
  static func reply(in sizes: RecordSizes) -> StreamedReply? {
    guard sizes.head != nil else { return nil }
    var pieces = sizes.pieces()
    while let last = pieces.last, last <= 16 { pieces.removeLast() }
    let found = openings(pieces.map(Double.init)).first { opening in
      let last = opening.rest.suffix(3).max() ?? 0
      return opening.echo >= leastEcho && last >= opening.echo + leastCompleted
    }
    guard let found else { return nil }
    let octets = found.rest.reduce(0, +) + found.withEcho - found.echo
    let within = found.rest.dropFirst().dropLast()
    var texts = 0.0
    var calls = 0.0
    for octets in within {
      let isText = multiple(octets, delta) > 0
      let isCall = multiple(octets, arguments) > 0
      texts += isText && !isCall ? 1 : 0
      calls += isCall && !isText ? 1 : 0
    }
    let isSure =
      octets <= fewOctets || max(texts, calls) >= usualShare * Double(within.count)
    let opening = found.item == nil ? -openingWeight : openingWeight
    let count = max(1, RecordSizes.count(octets - callsFixed, wholeCall))
    let areWhole =
      count <= mostCalls
      && (octets - callsFixed - count * wholeCall).magnitude <= callTolerance * count
    let areSideBySide = calls == 0 && count > 1 && areWhole && found.item == nil
    if octets >= leastText, !areSideBySide, texts - calls + opening > 0 || calls == 0 {
      let isPhased = found.item == phasedItem
      return StreamedReply(
        deltas: max(1, (octets - (isPhased ? phasedFixed : textFixed)) / textEach),
        more: isPhased ? phasedTokens : textTokens, isSure: isSure)
    }
    if areSideBySide {
      return StreamedReply(
        deltas: count, more: count * (parallelTokens - 1), isSure: isSure, isText: false)
    }
    return StreamedReply(
      deltas: max(1, (octets - callFixed) / callEach), more: callTokens, isSure: isSure,
      isText: false)
  }

  /// The octets at both ends are those of such a stream, though what is in between is of no known form.
  static func isLikely(_ sizes: RecordSizes) -> Bool {
    let pieces = sizes.pieces().filter { $0 > 16 }.map(Double.init)
    guard sizes.head != nil, pieces.count >= 3, let first = pieces.first else { return false }
    let echo = (first - progress) / 2
    return echo >= leastEcho && (pieces.suffix(3).max() ?? 0) >= echo + leastCompleted
      && pieces.dropFirst().dropLast(3).allSatisfy { $0 < echo }
  }

  /// Likely ones first.
  private static func openings(_ contents: [Double]) -> [Opening] {
    guard contents.count >= 2, contents[0] >= leastEcho else { return [] }
    let isOdd = contents[0].truncatingRemainder(dividingBy: 2) == 1
    var both = contents[0] - progress
    var rest = Array(contents.dropFirst())
    let more = contents[1] - contents[0] - progress
    if more.magnitude <= near, contents.count > 2 {
      both = 2 * contents[0]
      rest.removeFirst()
    } else if opensText(more) || opensCall(more) {
      both = 2 * contents[0]
      rest[0] = more
    }
    let second = rest[0]
    var openings: [Opening] = []
    func add(_ withEcho: Double, _ item: Double?) {
      openings.append(
        Opening(echo: (both - withEcho) / 2, rest: rest, withEcho: withEcho, item: item))
    }
    if opensText(second, [item]) { add(0, item) }
    if opensText(second, [phasedItem]) { add(0, phasedItem) }
    if opensCall(second) { add(0, nil) }
    let likely = isOdd ? item : phasedItem
    if (second - part).magnitude <= 1 || multiple(second - part, delta) > 0 { add(likely, likely) }
    if multiple(second, delta) > 0 { add(likely + part, likely) }
    if multiple(second, arguments) > 0 { add(callItem, nil) }
    if callEndSpread.contains(second - arguments - argumentsDone) { add(callItem, nil) }
    if opensCall(second) || callEndSpread.contains(second - argumentsDone - itemDone) {
      add(callItem + arguments, nil)
    }
    return openings
  }

  /// A record opens a text: its item, perhaps with the part and deltas.
  private static func opensText(_ octets: Double, _ items: [Double] = [item, phasedItem]) -> Bool {
    [(item, item, part), (item, oldItem, oldPart), (phasedItem, phasedItem, part)].contains {
      kind, item, part in
      let over = octets - item - part
      return items.contains(kind)
        && ((octets - item).magnitude <= 1 || over.magnitude <= 1 || multiple(over, delta) > 0)
    }
  }

  /// A record opens a call: its item, perhaps with deltas, or the whole of it.
  private static func opensCall(_ octets: Double) -> Bool {
    let begun = callItem + arguments
    return [
      callItem, begun, begun + arguments, begun + 2 * arguments, begun + argumentsDone, oneCall,
    ].contains { callSpread.contains(octets - $0) }
  }

  /// How many units a record holds, eight at most; 0 when it does not hold a whole number of them.
  private static func multiple(_ octets: Double, _ unit: Double) -> Double {
    let count = (octets / unit + 0.5).rounded(.down)
    return count >= 1 && count <= 8 && (octets - count * unit).magnitude <= near + near * count
      ? count : 0
  }
}
