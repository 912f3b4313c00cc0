/// Finds the size of one event in the sizes of records, and counts events with it.
///
/// A streamed reply is written in flushes of one or more events of nearly equal size, so that record sizes lie near
/// n × unit. The unit that most records agree on, within the bounds of the profile, counts them to the event.
struct LatticeDetector {
  let shape: LatticeShape
  /// Octets of chunk or frame around each record's content.
  let framing: Int

  /// What was found.
  struct Lattice {
    /// Octets of one event.
    var unit: Double
    /// Events counted; a fraction where some records did not fit.
    var events: Double
    /// Records that fit, among them those that fit tightly, and all records.
    var onCount: Int
    var tightCount: Int
    var recordCount: Int

    /// Enough records agree for the count to be believed.
    var isTrusted: Bool {
      Double(tightCount) >= max(4, 0.25 * Double(recordCount))
        && Double(onCount) >= 0.4 * Double(recordCount)
    }
  }

  /// Sizes that are tried as multiples of the unit, and sizes that judge it.
  private static let candidateCount = 12
  private static let judgeCount = 256
  private static let mostMultiple = 8

  /// The unit that most records are whole multiples of; nil when none is within the shape's bounds.
  func detect(_ records: ArraySlice<UInt16>) -> Lattice? {
    var counts: [Int: Int] = [:]
    var total = 0
    for size in records {
      let octets = Int(size) - framing
      guard Double(octets) >= shape.least * 0.9 else { continue }
      counts[octets, default: 0] += 1
      total += 1
    }
    guard total >= 3 else { return nil }
    let common = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let judges = common.prefix(Self.judgeCount)

    var best: (unit: Double, score: Int, distance: Double)?
    for (size, _) in common.prefix(Self.candidateCount) {
      for multiple in 1...Self.mostMultiple {
        let unit = Double(size) / Double(multiple)
        guard unit >= shape.least, unit <= shape.most else { continue }
        let score = judges.reduce(0) {
          $0 + (tightCount(Double($1.key), unit) == nil ? 0 : $1.value)
        }
        let distance = (unit - shape.usual).magnitude
        if let found = best, (score, -distance) <= (found.score, -found.distance) { continue }
        best = (unit, score, distance)
      }
    }
    guard let best else { return nil }

    // Least squares through the origin over the records that fit.
    var octets = 0.0
    var events = 0.0
    for (size, count) in judges {
      guard let n = tightCount(Double(size), best.unit) else { continue }
      octets += Double(size * count)
      events += n * Double(count)
    }
    guard events > 0 else { return nil }
    return decode(records, unit: octets / events)
  }

  /// Counts events record by record.
  ///
  /// What does not fit is carried into the next record (a flush cut in two), and failing that counts in proportion to
  /// its octets, unless it stands before the first or after the last record that fits: opening and closing events
  /// bear no text of their own. A tail beyond what the dialect's closing events take is the last flush, and counts.
  func decode(_ records: ArraySlice<UInt16>, unit: Double) -> Lattice {
    let singles = records.compactMap { tightCount(Double(Int($0) - framing), unit) }.sorted()
    let usualCount = singles.isEmpty ? 1 : singles[singles.count / 2]
    let most = max(shape.burst * usualCount, 2)

    var lattice = Lattice(unit: unit, events: 0, onCount: 0, tightCount: 0, recordCount: 0)
    var carried = 0.0
    var foreign = 0.0
    for size in records {
      let octets = Double(Int(size) - framing)
      guard octets > 0 else { continue }
      lattice.recordCount += 1
      var found = carried > 0 ? fit(octets + carried, unit, most) : nil
      if found == nil {
        found = fit(octets, unit, most)
        if found != nil { foreign += carried }
      }
      guard let found else {
        foreign += carried
        carried = octets
        continue
      }
      if lattice.onCount > 0 { lattice.events += foreign / unit }
      foreign = 0
      carried = 0
      lattice.events += found.events
      lattice.onCount += 1
      lattice.tightCount += found.isTight ? 1 : 0
    }
    if let closing = shape.closing, lattice.onCount > 0 {
      lattice.events += max(0, (foreign + carried) / unit - closing)
    }
    return lattice
  }

  private func fit(
    _ octets: Double, _ unit: Double, _ most: Double
  ) -> (events: Double, isTight: Bool)? {
    if let n = tightCount(octets, unit) { return n > most ? nil : (n, true) }
    if let n = looseCount(octets, unit) { return n > most ? nil : (n, false) }
    return nil
  }

  /// The multiple of the unit that the size is close to.
  private func tightCount(_ octets: Double, _ unit: Double) -> Double? {
    let n = (octets / unit + 0.5).rounded(.down)
    guard n >= 1, (octets - n * unit).magnitude <= tolerance(n, unit) else { return nil }
    return n
  }

  /// The multiple of the unit that the size is close to, or above by padding.
  private func looseCount(_ octets: Double, _ unit: Double) -> Double? {
    let n = (octets / unit + 0.5).rounded(.down)
    guard n >= 1 else { return nil }
    let below = tolerance(n, unit)
    let rest = octets - n * unit
    return rest >= -below && rest <= min(shape.slack + below, 0.45 * unit) ? n : nil
  }

  private func tolerance(_ n: Double, _ unit: Double) -> Double {
    min(shape.tight * n.squareRoot() + n, 0.25 * unit)
  }
}
