package import TrafficModel
package import WireFormat

/// A turn that the pipeline found, with what it cost; sizes of single records are not here.
package struct EstimatedTurn: Sendable {
  package var client: Endpoint
  package var server: Endpoint
  package var isQUIC: Bool
  package var start: Timestamp
  package var end: Timestamp
  package var serviceID: String
  package var estimate: TurnEstimate
  /// Net application octets.
  package var bytesUp: Int
  package var bytesDown: Int

  package init(
    client: Endpoint, server: Endpoint, isQUIC: Bool = false, start: Timestamp, end: Timestamp,
    serviceID: String, estimate: TurnEstimate, bytesUp: Int = 0, bytesDown: Int = 0
  ) {
    (self.client, self.server, self.isQUIC) = (client, server, isQUIC)
    (self.start, self.end) = (start, end)
    self.serviceID = serviceID
    self.estimate = estimate
    (self.bytesUp, self.bytesDown) = (bytesUp, bytesDown)
  }
}

/// How turns were found, counted by true turns; what was invented, by estimated ones.
package struct Segmentation: Sendable, Equatable {
  /// Found as exactly one turn.
  package var right = 0
  /// Requests side by side on one connection (streams of HTTP/2 or HTTP/3 that overlap, pipelining) that were found together
  /// as one turn: scored by their sum.
  package var pooled = 0
  /// Found as several turns.
  package var split = 0
  /// Found as one turn together with others that it does not overlap.
  package var merged = 0
  package var missed = 0
  /// Estimated turns that no true one is behind.
  package var invented = 0
  /// Those of them that the truth lists as no turns.
  package var inventedFromNonTurns = 0

  package init() {}

  package var trueTurns: Int { right + pooled + split + merged + missed }
  /// Share of the true turns that are right or pooled; nil of none.
  package var rightShare: Double? {
    trueTurns > 0 ? Double(right + pooled) / Double(trueTurns) : nil
  }

  package static func += (a: inout Segmentation, b: Segmentation) {
    a.right += b.right
    a.pooled += b.pooled
    a.split += b.split
    a.merged += b.merged
    a.missed += b.missed
    a.invented += b.invented
    a.inventedFromNonTurns += b.inventedFromNonTurns
  }
}

/// True and estimated turns of one connection that have to do with each other, and with no others.
package struct TurnMatch: Sendable {
  /// In order of their starts; either list may be empty.
  package var truths: [TrueTurn]
  package var estimates: [EstimatedTurn]
  package var segmentation: Segmentation

  package init(truths: [TrueTurn], estimates: [EstimatedTurn], segmentation: Segmentation) {
    self.truths = truths
    self.estimates = estimates
    self.segmentation = segmentation
  }

  /// Whether one estimate stands for exactly these true turns.
  package var isOneToOne: Bool {
    estimates.count == 1 && !truths.isEmpty
      && segmentation.right + segmentation.pooled == truths.count
  }
}

extension TurnMatch {
  /// Pairs the turns of one capture, connection by connection.
  ///
  /// Two turns have to do with each other when they overlap by a tenth of the shorter one or more: a turn's last
  /// acknowledgement may come within the next turn. True turns that overlap each other so and fall into one estimated turn are
  /// pooled. The work is that of sorting, whatever the truth says.
  package static func all(
    truths: [TrueTurn], estimates: [EstimatedTurn], nonTurns: [NonTurn]
  ) -> [TurnMatch] {
    var connections: [Connection: Part] = [:]
    for truth in truths { connections[Connection(truth), default: Part()].truths.append(truth) }
    for one in estimates { connections[Connection(one), default: Part()].estimates.append(one) }
    var nonTurnStarts: [Ends: [Timestamp]] = [:]
    for one in nonTurns {
      nonTurnStarts[Ends(one.client, one.server), default: []].append(one.start)
    }
    nonTurnStarts = nonTurnStarts.mapValues { $0.sorted() }
    var matches: [TurnMatch] = []
    for (connection, part) in connections {
      matches += part.matches(nonTurns: nonTurnStarts[connection.ends] ?? [])
    }
    return matches.sorted { $0.place < $1.place }
  }

  /// For an order that does not depend on tables.
  private var place: (Timestamp, IPAddress, UInt16, IPAddress, UInt16) {
    if let truth = truths.first {
      return (
        truth.start, truth.client.address, truth.client.port, truth.server.address,
        truth.server.port
      )
    }
    guard let one = estimates.first else {
      let none = IPAddress(high: 0, low: 0)
      return (Timestamp(nanoseconds: 0), none, 0, none, 0)
    }
    return (one.start, one.client.address, one.client.port, one.server.address, one.server.port)
  }

  private struct Ends: Hashable {
    let client, server: Endpoint
    init(_ client: Endpoint, _ server: Endpoint) {
      (self.client, self.server) = (client, server)
    }
  }

  private struct Connection: Hashable {
    let ends: Ends
    let isQUIC: Bool

    init(_ turn: TrueTurn) {
      ends = Ends(turn.client, turn.server)
      isQUIC = turn.transport == .quic
    }

    init(_ turn: EstimatedTurn) {
      ends = Ends(turn.client, turn.server)
      isQUIC = turn.isQUIC
    }
  }

  /// What is known of one connection.
  private struct Part {
    var truths: [TrueTurn] = []
    var estimates: [EstimatedTurn] = []

    private struct Unit {
      let truth: TrueTurn
      /// Turns that overlap, directly or through others between them, have one number.
      let cluster: Int
      /// Places of the estimated turns that it has to do with.
      var touched: Range<Int>
    }

    func matches(nonTurns: [Timestamp]) -> [TurnMatch] {
      let found = estimates.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
      // How many true turns each estimated turn has to do with: by differences, for ranges may be long and many.
      var steps = Array(repeating: 0, count: found.count + 1)
      var latestEnds: [Timestamp] = []
      for one in found { latestEnds.append(max(one.end, latestEnds.last ?? one.end)) }
      let units = Self.clustered(truths).map { truth, cluster in
        let range = Self.touched(truth.start, truth.end, found, latestEnds)
        steps[range.lowerBound] += 1
        steps[range.upperBound] -= 1
        return Unit(truth: truth, cluster: cluster, touched: range)
      }
      var degrees: [Int] = []
      for step in steps.dropLast() { degrees.append((degrees.last ?? 0) + step) }
      return components(units, found, degrees, nonTurns)
    }

    /// Walks along the estimated turns, joining what shares one.
    private func components(
      _ units: [Unit], _ found: [EstimatedTurn], _ degrees: [Int], _ nonTurns: [Timestamp]
    ) -> [TurnMatch] {
      var matches: [TurnMatch] = []
      for unit in units where unit.touched.isEmpty {
        var segmentation = Segmentation()
        segmentation.missed = 1
        matches.append(TurnMatch(truths: [unit.truth], estimates: [], segmentation: segmentation))
      }
      let touching = units.filter { !$0.touched.isEmpty }.sorted {
        ($0.touched.lowerBound, $0.touched.upperBound)
          < ($1.touched.lowerBound, $1.touched.upperBound)
      }
      var next = 0
      var place = 0
      while place < found.count {
        guard degrees[place] > 0, next < touching.count else {
          matches.append(Self.invented(found[place], nonTurns))
          place += 1
          continue
        }
        var end = place + 1
        let first = next
        while next < touching.count, touching[next].touched.lowerBound < end {
          end = max(end, touching[next].touched.upperBound)
          next += 1
        }
        matches.append(Self.match(touching[first..<next], found[place..<end], degrees))
        place = end
      }
      return matches
    }

    private static func invented(_ one: EstimatedTurn, _ nonTurns: [Timestamp]) -> TurnMatch {
      var segmentation = Segmentation()
      segmentation.invented = 1
      // The truth may have been taken a little before or after the capture point.
      let from = one.start.advanced(byNanoseconds: -slack)
      let index = nonTurns.partitioningIndex { $0 >= from }
      if index < nonTurns.count, nonTurns[index] <= one.end {
        segmentation.inventedFromNonTurns = 1
      }
      return TurnMatch(truths: [], estimates: [one], segmentation: segmentation)
    }

    private static let slack: Int64 = 50_000_000
    private static let looks = 16

    private static func isNear(_ start: Timestamp, _ end: Timestamp, _ one: EstimatedTurn) -> Bool {
      TurnMatch.overlap(start, end, one.start, one.end)
    }

    /// What belongs together, each true turn judged for itself.
    private static func match(
      _ units: ArraySlice<Unit>, _ found: ArraySlice<EstimatedTurn>, _ degrees: [Int]
    ) -> TurnMatch {
      let isOneCluster = units.allSatisfy { $0.cluster == units.first?.cluster }
      var segmentation = Segmentation()
      for unit in units {
        if unit.touched.count > 1 {
          segmentation.split += 1
        } else if degrees[unit.touched.lowerBound] == 1 {
          segmentation.right += 1
        } else if isOneCluster {
          segmentation.pooled += 1
        } else {
          segmentation.merged += 1
        }
      }
      return TurnMatch(
        truths: units.map(\.truth).sorted { $0.start < $1.start }, estimates: Array(found),
        segmentation: segmentation)
    }

    /// Each true turn with the number of its cluster, in order of their starts.
    private static func clustered(_ truths: [TrueTurn]) -> [(TrueTurn, Int)] {
      var cluster = -1
      var open: (start: Timestamp, end: Timestamp)?
      return truths.sorted { ($0.start, $0.end) < ($1.start, $1.end) }.map { truth in
        if let before = open,
          TurnMatch.overlap(truth.start, truth.end, before.start, before.end)
        {
          open = (before.start, max(before.end, truth.end))
        } else {
          cluster += 1
          open = (truth.start, truth.end)
        }
        return (truth, cluster)
      }
    }

    /// The places of the estimated turns that overlap a stretch of time enough.
    ///
    /// Estimated turns of a connection follow one another, so that those between the first and the last are within the
    /// stretch, and only a few at its ends have to be looked at.
    private static func touched(
      _ start: Timestamp, _ end: Timestamp, _ found: [EstimatedTurn], _ latestEnds: [Timestamp]
    ) -> Range<Int> {
      var first = latestEnds.partitioningIndex { $0 >= start }
      var last = found.partitioningIndex { $0.start > end }
      for _ in 0..<looks where first < last && !isNear(start, end, found[first]) { first += 1 }
      for _ in 0..<looks where first < last && !isNear(start, end, found[last - 1]) { last -= 1 }
      return first < last ? first..<last : 0..<0
    }
  }

  /// Whether two stretches of time overlap by a tenth of the shorter one; of one without length, whether it lies in the
  /// other.
  static func overlap(
    _ start: Timestamp, _ end: Timestamp, _ otherStart: Timestamp, _ otherEnd: Timestamp
  ) -> Bool {
    let common = min(end, otherEnd).since(max(start, otherStart))
    let shorter = min(end.since(start), otherEnd.since(otherStart))
    return common >= 0 && common >= shorter / 10 && (common > 0 || shorter <= 0)
  }
}

extension Array {
  /// The first place from which on the elements belong; those that belong must stand last.
  fileprivate func partitioningIndex(_ belongs: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = low + (high - low) / 2
      if belongs(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
