import Decryption
import TokenEstimation
import TrafficModel
import WireFormat

/// A turn as the meter saw it: where, when, and the sums that estimators go by.
struct MeteredTurn {
  var ends: CalibrateTap.Ends
  var start: Timestamp
  var end: Timestamp
  var serviceID: String
  var providerID: String
  var upstreamByteCount: Int
  var statistics: TurnStatistics
}

/// What a turn is known to have cost, and how the turn is told.
struct KnownUsage {
  /// The flow; nil in a table that does not name it.
  var ends: CalibrateTap.Ends?
  /// The client alone, where that is all that is named.
  var client: IPAddress?
  /// A service, provider or model; compared with the service's and its provider's id.
  var service: String?
  var start: Timestamp
  /// Nil where only the beginning is known.
  var end: Timestamp?
  /// Whether the beginning was stated; else ``start`` is the end.
  var hasStart = true
  /// Nil where nothing is stated.
  var prompt: Int?
  var completion: Int?
  /// Octets of the request's body; nil where not known.
  var requestBodyByteCount: Int?
  /// Images, files, or a history that the provider keeps: the prompt does not cross the wire as text.
  var promptIsElsewhere = false
  /// The exchange is known to be in the capture from end to end.
  var isWhole = true
}

/// Turns and what they are known to have cost, put together.
struct CalibratePairing {
  /// What became of what is known, for the report.
  struct Counts: Equatable {
    var known = 0
    /// Of them, those that state tokens.
    var stated = 0
    var paired = 0
    /// No metered turn at that time on that flow.
    var withoutTurn = 0
    /// The turn holds octets of other exchanges too, or not all of this one.
    var mixed = 0
    /// A table's row fits several turns, or a turn several rows.
    var ambiguous = 0
    /// Paired, but the estimator abstains on such a turn.
    var abstained = 0
    /// Of paired turns, prompts left out because they are not on the wire as text.
    var promptsElsewhere = 0
    /// Of paired turns, prompts longer than the request can hold: the provider adds its own.
    var promptsHidden = 0
    var promptPairs = 0
    var completionPairs = 0

    static func += (a: inout Counts, b: Counts) {
      a.known += b.known
      a.stated += b.stated
      a.paired += b.paired
      a.withoutTurn += b.withoutTurn
      a.mixed += b.mixed
      a.ambiguous += b.ambiguous
      a.abstained += b.abstained
      a.promptsElsewhere += b.promptsElsewhere
      a.promptsHidden += b.promptsHidden
      a.promptPairs += b.promptPairs
      a.completionPairs += b.completionPairs
    }
  }

  private(set) var counts = Counts()
  /// By profile and line.
  private(set) var pairs: [String: [CalibratedFigure: [CalibrationPair]]] = [:]
  private var sources: [IPAddress: Int] = [:]
  private var sourceCount = 0
  /// What a call is known again by when it is sent once more: a laboratory replays one over many lines.
  private struct Call: Hashable {
    var provider: String
    var prompt: Int
    var completion: Int
    var requestBodyByteCount: Int
  }

  private var calls: [Call: Int] = [:]
  private var callCount = 0

  /// How far the times of an exchange and of its turn may differ, in nanoseconds: decrypted ones are read off the same
  /// frames, a truth may come from the ends.
  private static let slack: Int64 = 20_000_000
  /// Fewer octets of request for a token than these: the prompt is not all on the wire (design of the labelled set).
  static let densestText = 1.5

  /// Adds a capture.
  ///
  /// - Parameter tolerance: in nanoseconds, how far the times of a table may be from the capture's.
  mutating func add(_ turns: [MeteredTurn], _ known: [KnownUsage], tolerance: Int64) {
    sources = [:]
    let onFlows = known.filter { $0.ends != nil }
    pairOnFlows(turns, onFlows)
    pairByTime(turns, known.filter { $0.ends == nil }, tolerance: tolerance)
    counts.known += known.count
    counts.stated += known.count { $0.prompt != nil || $0.completion != nil }
  }

  /// What became of an exchange, the later the better; each has one.
  private enum Fate: Int { case withoutTurn, mixed, paired }

  /// A pair where exactly one exchange touches the turn and lies within it.
  private mutating func pairOnFlows(_ turns: [MeteredTurn], _ known: [KnownUsage]) {
    let turnsByEnds = Dictionary(grouping: turns, by: \.ends)
    for (ends, exchanges) in Dictionary(grouping: known, by: \.ends) {
      guard let ends else { continue }
      let exchanges = exchanges.sorted { $0.start < $1.start }
      let turns = (turnsByEnds[ends] ?? []).sorted { $0.start < $1.start }
      // Of each turn the exchanges that touch it; both lists are in order, and long exchanges are few.
      var touching = [[Int]](repeating: [], count: turns.count)
      var fates = [Fate](repeating: .withoutTurn, count: exchanges.count)
      for (number, exchange) in exchanges.enumerated() {
        let end = exchange.end ?? exchange.start
        var place = turns.partition { $0.end.advanced(byNanoseconds: Self.slack) < exchange.start }
        while place < turns.count,
          turns[place].start.advanced(byNanoseconds: -Self.slack) <= end
        {
          touching[place].append(number)
          place += 1
        }
      }
      for (turn, numbers) in zip(turns, touching) {
        let real = numbers.filter { number in
          // One that only meets the turn at its edge is its neighbour.
          let other = exchanges[number]
          let end = other.end ?? other.start
          let overlap =
            min(turn.end, end).since(max(turn.start, other.start)) > Self.slack
          return overlap || numbers.count == 1
        }
        guard let only = real.first else { continue }
        let exchange = exchanges[only]
        let isWithin =
          exchange.start.since(turn.start) >= -Self.slack
          && turn.end.since(exchange.end ?? exchange.start) >= -Self.slack
        if real.count == 1, isWithin, exchange.isWhole {
          if exchange.states, fates[only] != .paired { take(turn, exchange) }
          fates[only] = .paired
        } else {
          for number in real where fates[number] == .withoutTurn { fates[number] = .mixed }
        }
      }
      for (fate, exchange) in zip(fates, exchanges) where exchange.states {
        switch fate {
        case .withoutTurn: counts.withoutTurn += 1
        case .mixed: counts.mixed += 1
        case .paired: break
        }
      }
    }
  }

  /// A pair where a row of a table and a turn have no other choice.
  private mutating func pairByTime(
    _ turns: [MeteredTurn], _ known: [KnownUsage], tolerance: Int64
  ) {
    guard !known.isEmpty else { return }
    let byStart = turns.indices.sorted { turns[$0].start < turns[$1].start }
    let byEnd = turns.indices.sorted { turns[$0].end < turns[$1].end }
    var rowsOfTurn = [Int](repeating: 0, count: turns.count)
    var choices: [[Int]] = []
    for row in known {
      let stated = row.hasStart ? row.start : row.end ?? row.start
      let from = stated.advanced(byNanoseconds: -tolerance)
      let to = stated.advanced(byNanoseconds: tolerance)
      let order = row.hasStart ? byStart : byEnd
      func time(_ place: Int) -> Timestamp {
        row.hasStart ? turns[place].start : turns[place].end
      }
      var found: [Int] = []
      // More than a few choices are as good as many.
      for place in order[order.partition { time($0) < from }...] {
        guard found.count < 4, time(place) <= to else { break }
        let endIsNear = row.end.map { turns[place].end.since($0).magnitude <= tolerance.magnitude }
        if endIsNear ?? true, row.fits(turns[place]) { found.append(place) }
      }
      choices.append(found)
      for place in found { rowsOfTurn[place] += 1 }
    }
    for (row, found) in zip(known, choices) {
      if found.isEmpty {
        counts.withoutTurn += 1
      } else if found.count == 1, rowsOfTurn[found[0]] == 1 {
        take(turns[found[0]], row)
      } else {
        counts.ambiguous += 1
      }
    }
  }

  private mutating func take(_ turn: MeteredTurn, _ known: KnownUsage) {
    counts.paired += 1
    if turn.statistics.completion == nil, turn.statistics.prompt == nil { counts.abstained += 1 }
    let source = sources[turn.ends.client.address] ?? sourceCount
    if source == sourceCount {
      sources[turn.ends.client.address] = source
      sourceCount += 1
    }
    let call = number(of: known, providerID: turn.providerID)
    func pair(_ reading: TurnStatistics.Reading, _ tokens: Int) {
      pairs[reading.profileID, default: [:]][reading.figure, default: []].append(
        CalibrationPair(
          statistic: reading.value, tokens: Double(tokens), time: turn.start, source: source,
          call: call))
    }
    if let completion = known.completion, completion > 0, let reading = turn.statistics.completion {
      counts.completionPairs += 1
      pair(reading, completion)
    }
    guard let prompt = known.prompt, prompt > 0, let reading = turn.statistics.prompt else {
      return
    }
    let octets = known.requestBodyByteCount ?? turn.upstreamByteCount
    if known.promptIsElsewhere {
      counts.promptsElsewhere += 1
    } else if Double(prompt) > Double(octets) / Self.densestText {
      counts.promptsHidden += 1
    } else {
      counts.promptPairs += 1
      pair(reading, prompt)
    }
  }
}

extension CalibratePairing {
  /// The number of the call that was paired: that of an earlier one with the same usage and an equally long body, else
  /// one of its own.
  private mutating func number(of known: KnownUsage, providerID: String) -> Int {
    callCount += 1
    guard let prompt = known.prompt, let completion = known.completion,
      let octets = known.requestBodyByteCount
    else { return callCount }
    let call = Call(
      provider: providerID, prompt: prompt, completion: completion, requestBodyByteCount: octets)
    if let number = calls[call] { return number }
    calls[call] = callCount
    return callCount
  }
}

extension KnownUsage {
  fileprivate var states: Bool { prompt != nil || completion != nil }

  fileprivate func fits(_ turn: MeteredTurn) -> Bool {
    if let client, client != turn.ends.client.address { return false }
    guard let service else { return true }
    return service == turn.serviceID || service == turn.providerID
  }

  /// A turn of a labelled set.
  init(_ turn: TrueTurn) {
    self.init(
      ends: .init(client: turn.client, server: turn.server), start: turn.start, end: turn.end)
    prompt = turn.usage.promptTotal
    completion = turn.usage.completionVisible
    requestBodyByteCount = turn.requestBodyBytes
    promptIsElsewhere = turn.hasImages
    isWhole = !turn.isCut
  }

  /// An exchange that was decrypted.
  init(_ exchange: Exchange, on ends: CalibrateTap.Ends) {
    self.init(ends: ends, start: exchange.start, end: exchange.end)
    prompt = exchange.usage?.promptTotal
    completion = exchange.usage?.completionVisible
    requestBodyByteCount = exchange.requestBodyByteCount
    promptIsElsewhere =
      exchange.facts.hasAttachments || exchange.facts.hasServerHistory
      || exchange.usage?.promptFromTools ?? 0 > 0
  }
}

extension Array {
  /// The first place, in an array whose elements come in this order, where the question is answered with no.
  fileprivate func partition(_ isBefore: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
