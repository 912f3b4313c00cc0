/// A stream of chat completions whose events are padded, as OpenAI sends them:
///
///     role  delta …  end  usage  [DONE]                  each event 16·k + 9 octets, the last 14
///     role and call  arguments …  end  usage  [DONE]
///
/// As 9 is odd, the size of a record modulo 16 tells how many events are in it, whatever their sizes.
enum PaddedChat {
  private static let step = 16
  private static let rest = 9
  private static let done = 14
  /// Octets of an event; of the first and the last of a stream.
  private static let least = 281
  private static let most = 440
  private static let mostAtEdge = 540
  /// Characters of several octets make an event larger by a few.
  private static let extras = [0, 2, 1, 3, 4]
  /// In a record; the size of a larger one fits some number of events whatever it holds.
  private static let mostEvents = 32
  /// Events in the first flush, when it left with the headers.
  private static let usualFlush = 2
  /// What the first event of a text has more than the others.
  private static let role = 32.0
  /// What a whole stream has more than its events, usage with it.
  private static let wholeOver = 208.0
  /// The last events have so much more when usage is among them.
  private static let leastUsage = 72.0
  /// Octets of an event of a call's arguments.
  private static let call = 338
  private static let mostCall = 400
  private static let usualCall = 345
  private static let usualText = 313.0
  /// The mean event in the first record, of one and of several, when a call begins in it.
  private static let callAlone = 400
  private static let callInFlush = 353
  /// The first record has less than this more than its events when the role came before the call.
  private static let bareCall = 96.0
  /// A record has so much more when another call begins in it.
  private static let nextCall = 40.0
  /// What an event of a call has more than one of text.
  private static let callMarkup = 48
  /// Events of models that name no fingerprint are small; they count tokens that they do not send.
  private static let unsentBelow = 305
  private static let unsent = 3.0
  /// Tokens of a call beside its arguments, and those more when it is not the only one.
  private static let callTokens = 9.0
  private static let sideBySide = 10.0

  /// Whole events of a record.
  private struct Flush {
    var octets: Int
    /// Nil when the record does not hold whole events.
    var events: Int?
    var isClean = false

    func over(_ unit: Int) -> Double {
      events.map { Double(octets - $0 * unit) } ?? 0
    }
  }

  /// The reply, or nil when the records hold no such stream.
  static func reply(in sizes: RecordSizes) -> StreamedReply? {
    var pieces = sizes.pieces()
    let isClosed = pieces.last.map { $0 <= step } ?? false
    while let last = pieces.last, last <= step { pieces.removeLast() }
    guard !pieces.isEmpty, pieces.count + (isClosed ? 1 : 0) >= 2 else { return nil }
    let headIsApart = sizes.head != nil
    let flushes = flushes(
      of: pieces, isClosed: isClosed, headIsApart: headIsApart, framing: sizes.framing)
    let judged = headIsApart ? flushes[...] : flushes.dropFirst()
    let found = judged.count { $0.events != nil }
    let clean = judged.count { $0.isClean }
    guard found > 0, Double(judged.count - found) <= 0.2 * Double(judged.count),
      Double(clean) >= 0.6 * Double(judged.count)
    else { return nil }
    return reply(in: flushes, headIsApart: headIsApart)
  }

  private static func flushes(
    of pieces: [Int], isClosed: Bool, headIsApart: Bool, framing: Int
  ) -> [Flush] {
    let ending = framing == RecordSizes.chunkFraming ? 5 : framing
    let tails = isClosed ? [0] : [done, done + ending]
    return pieces.enumerated().map { index, octets in
      if index == 0, !headIsApart, pieces.count > 1 { return Flush(octets: octets) }
      if index == pieces.count - 1 {
        guard index > 0 || headIsApart else { return Flush(octets: octets) }
        for tail in tails {
          if let found = events(in: octets - tail, most: mostAtEdge, extras: [0]) {
            return Flush(octets: octets - tail, events: found.count, isClean: true)
          }
        }
        return Flush(octets: octets)
      }
      let found =
        index == 0
        ? events(in: octets, most: mostAtEdge, extras: [0])
        : events(in: octets, most: most, extras: extras)
      return Flush(octets: octets, events: found?.count, isClean: found?.extra == 0)
    }
  }

  private static func events(
    in octets: Int, most: Int, extras: [Int]
  ) -> (count: Int, extra: Int)? {
    for extra in extras where octets > extra {
      // 9 is its own inverse modulo 16.
      var count = (octets - extra) * rest % step
      if count == 0 { count = step }
      while octets > most * count { count += step }
      if octets >= least * count, count <= mostEvents { return (count, extra) }
    }
    return nil
  }

  private static func reply(in flushes: [Flush], headIsApart: Bool) -> StreamedReply? {
    guard let first = flushes.first, let last = flushes.last else { return nil }
    let isWhole = flushes.count == 1
    let opensCall =
      first.events.map { first.octets >= $0 * ($0 == 1 ? callAlone : callInFlush) } ?? false
    var unit = unit(flushes, opensCall: opensCall)
    let isCall = unit <= mostCall && (opensCall && !isWhole || unit >= call)
    if isCall, unit < call { unit = usualCall }

    var events = 0
    for (index, flush) in flushes.enumerated() {
      if let count = flush.events {
        events += count
      } else if index == 0, !headIsApart {
        events += usualFlush
      } else {
        events += max(1, Int((Double(flush.octets) / Double(unit) + 0.5).rounded(.down)))
      }
    }
    let hasUsage = last.over(unit) >= leastUsage
    if headIsApart, first.events != nil, !isCall, first.over(unit).magnitude < 8, !isWhole {
      // No role: the first flush left with the headers.
      events += usualFlush
    }
    let textUnit = isCall ? unit - callMarkup : unit
    var more = hasUsage && textUnit <= unsentBelow ? unsent : 0
    // All but the end and the usage.
    let deltas = events - 1 - (hasUsage ? 1 : 0)
    let isSure = flushes.allSatisfy { $0.events != nil }
    guard isCall else {
      return StreamedReply(deltas: Double(max(0, deltas - 1)), more: more, isSure: isSure)
    }
    var calls = 1
    var roles = 0
    if let count = first.events {
      if count == 1, first.octets < callAlone {
        (calls, roles) = (0, 1)
      } else if first.over(unit) < bareCall {
        roles = 1
      }
    }
    calls += flushes.dropFirst().dropLast().count { $0.over(unit) >= nextCall }
    calls = max(1, calls)
    more += Double(calls) * (callTokens + (calls > 1 ? sideBySide : 0))
    return StreamedReply(
      deltas: Double(max(0, deltas - calls - roles)), more: more, isSure: isSure, isText: false)
  }

  /// Octets of this turn's usual event: the median of those within.
  private static func unit(_ flushes: [Flush], opensCall: Bool) -> Int {
    var octets = usualText
    let first = flushes.first
    let within = flushes.dropFirst().dropLast()
      .compactMap { flush in
        flush.events.map { (octets: Double(flush.octets) / Double($0), events: $0) }
      }
      .sorted { $0.octets < $1.octets }
    if flushes.count == 1 {
      if let first, let count = first.events {
        octets = (Double(first.octets) - wholeOver) / Double(count)
      }
    } else if !within.isEmpty {
      let middle = within.reduce(0) { $0 + $1.events } / 2
      var passed = 0
      for flush in within {
        octets = flush.octets
        passed += flush.events
        if passed > middle { break }
      }
    } else if opensCall {
      octets = Double(usualCall)
    } else if let first, let count = first.events {
      octets = (Double(first.octets) - role) / Double(count)
    }
    let steps = ((octets - Double(rest)) / Double(step) + 0.5).rounded(.down)
    return max(step, step * Int(max(0, min(steps, 4096))) + rest)
  }
}
