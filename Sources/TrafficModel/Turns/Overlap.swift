import WireFormat

extension TurnBuilder {
  /// A request that went up while an answer came, or within ``streamPause`` after: streams of HTTP/2 and HTTP/3 may run
  /// side by side, and what comes down then does not say whose it is.
  ///
  /// No model answers within ``minimumResponseTime`` and a round trip. So what comes sooner belongs to the earlier
  /// answer, when it keeps coming, or is a short answer that is no turn, when silence follows.
  struct Overlap {
    enum Judgement { case undecided, goesOn, isOver }

    var earlier: Open
    var next: Open
    /// Records that came soon after the request, not yet believed either way; at most two.
    var held: [Record] = []
    /// Exchanges between the two that were answered soon: parts of the earlier turn if that goes on, else nothing.
    var between: Turn?

    /// Sizes of records that are kept for all of it.
    var sizeCount: Int {
      earlier.turn.downstreamSizes.count + next.turn.downstreamSizes.count
        + (between?.downstreamSizes.count ?? 0)
    }

    init(earlier: Open, next: Open) {
      self.earlier = earlier
      self.next = next
    }

    /// Octets that go up: more of the request, or another one.
    mutating func request(
      _ octets: Int, _ another: Open, keepsSizes: Bool, at now: Timestamp
    ) {
      if held.isEmpty {
        next.turn.request(octets)
        if octets > TurnBuilder.mostHeaderOctets { next.bodyOctets += octets }
        next.turn.end = max(next.turn.end, now)
        next.requestEnd = next.turn.end
      } else {
        between = answered(keepsSizes: keepsSizes)
        next = another
        held = []
      }
    }

    /// Whether nothing has come since the request went up that could still be the earlier answer.
    func hasBeenSilent(at now: Timestamp, roundTrip: Int64) -> Bool {
      held.isEmpty
        && now.since(next.turn.start) >= TurnBuilder.minimumResponseTime + roundTrip
    }

    /// Whose a record is that comes down.
    ///
    /// - Parameter isExpected: requests have run side by side before, so that silence is another's thinking.
    mutating func judge(
      _ octets: Int, isControl: Bool, at now: Timestamp, roundTrip: Int64, isExpected: Bool
    ) -> Judgement {
      if isExpected { return isControl ? .undecided : hold(octets, at: now) }
      let record = Record(octets: octets, at: now)
      if let last = held.last {
        if now.since(last.at) > TurnBuilder.streamPause { return .isOver }
        if held.count < 2 || isControl {
          if !isControl { held.append(record) }
          return .undecided
        }
        held.append(record)
        return .goesOn
      }
      if hasBeenSilent(at: now, roundTrip: roundTrip) { return .isOver }
      if isControl {
        next.note(smallRecord: octets)
        return .undecided
      }
      held.append(record)
      return now.since(next.turn.start) < roundTrip / 4 * 3 ? .goesOn : .undecided
    }

    private mutating func hold(_ octets: Int, at now: Timestamp) -> Judgement {
      held.append(Record(octets: octets, at: now))
      return .goesOn
    }

    /// All of it as one turn.
    func joined(keepsSizes: Bool) -> Open {
      var all = earlier
      all.turn.absorb(answered(keepsSizes: keepsSizes), keepsSizes: keepsSizes)
      all.requestEnd = next.requestEnd
      return all
    }

    /// What is between, the next request, and what has come since.
    private func answered(keepsSizes: Bool) -> Turn {
      var turn = next.turn
      for record in held { turn.respond(record.octets, at: record.at, keepsSize: keepsSizes) }
      guard var all = between else { return turn }
      all.absorb(turn, keepsSizes: keepsSizes)
      return all
    }
  }
}
