import TrafficModel

/// Which dialect a reply speaks, and the statistic of its records that tells its tokens.
struct CompletionReading {
  enum Outcome {
    /// The statistic and the fit it goes through; `isCount` as in `Estimator.figure`.
    case counted(Double, Calibration, isCount: Bool)
    case abstained(AbstentionReason)
  }

  let profile: Profile
  let outcome: Outcome
  /// Reasons to widen the interval.
  let doubts: Int
  /// Events of another size than the profile's were found.
  let isDrifting: Bool

  /// Fewer octets of body than this hold no reply.
  private static let leastBody = 24.0
  /// A stream of so many records that shows no events of its dialect speaks another.
  private static let clearlyAStream = 12
  /// Events outside the profile's bounds by up to so much are drift, not another dialect.
  private static let drift = (below: 0.78, above: 1.28)

  /// Chooses among the named profile, its siblings and its unary profile by the turn's shape.
  init(of turn: Turn, named: Profile, profiles: ProfileSet) {
    if named.completion.isUnknown {
      self.init(named, .abstained(.notCalibrated))
      return
    }
    let sizes = RecordSizes(of: turn)
    let head = turn.http == .http11 ? named.completion.head.http11 : named.completion.head.http2
    let body: Double
    if sizes.records.isEmpty {
      body = max(0, Double(max(0, turn.downstream.byteCount)) - head)
    } else {
      body = sizes.bodyOctets(headAllowance: head)
    }
    guard body >= Self.leastBody else {
      self.init(named, .abstained(.tooSmall))
      return
    }
    if turn.transport == .quic {
      // Datagrams are not records: only their sum counts.
      self.init(named, .counted(body, named.completion.byOctets, isCount: false), doubts: 1)
      return
    }
    let streams = [named] + named.siblings.compactMap { profiles[$0] }
    if let found = Self.bestLattice(sizes, streams) {
      self = found
      return
    }
    if let unary = named.unary.flatMap({ profiles[$0] }),
      sizes.readAsUnary(leastRecords: named.completion.leastRecords)
    {
      self = Self.octets(sizes, body, unary)
      return
    }
    switch named.completion.method {
    case .events: self = Self.withoutLattice(sizes, body, named)
    case .text: self = Self.text(sizes, body, head, named)
    case .octets: self = Self.octets(sizes, body, named)
    }
  }

  private init(
    _ profile: Profile, _ outcome: Outcome, doubts: Int = 0, isDrifting: Bool = false
  ) {
    self.isDrifting = isDrifting
    self.profile = profile
    self.outcome = outcome
    self.doubts = doubts
  }

  /// The profile whose usual event is nearest to the unit that was found, among those whose lattice is there.
  private static func bestLattice(_ sizes: RecordSizes, _ streams: [Profile]) -> CompletionReading?
  {
    guard !sizes.readAsUnary(leastRecords: 1) else { return nil }
    var best: (profile: Profile, lattice: LatticeDetector.Lattice, calibration: Calibration)?
    var bestDistance = Double.infinity
    for profile in streams {
      guard let shape = profile.completion.lattice, let calibration = profile.completion.byEvents
      else { continue }
      let detector = LatticeDetector(shape: shape, framing: sizes.framing)
      guard let lattice = detector.detect(sizes.records), lattice.isTrusted else { continue }
      let distance = (lattice.unit / shape.usual - 1).magnitude
      if distance < bestDistance {
        best = (profile, lattice, calibration)
        bestDistance = distance
      }
    }
    guard let best else { return nil }
    let events = best.lattice.events * sizes.beyondKept
    return CompletionReading(best.profile, .counted(events, best.calibration, isCount: true))
  }

  private static func withoutLattice(
    _ sizes: RecordSizes, _ body: Double, _ profile: Profile
  ) -> CompletionReading {
    guard var shape = profile.completion.lattice, let calibration = profile.completion.byEvents
    else { return CompletionReading(profile, .abstained(.unseenDialect)) }
    let bearing = sizes.bearing.sorted()
    let small = shape.least * 0.6
    if bearing.count >= clearlyAStream, Double(bearing[bearing.count / 2]) < small {
      return CompletionReading(profile, .abstained(.unseenDialect))
    }
    shape.least *= drift.below
    shape.most *= drift.above
    let detector = LatticeDetector(shape: shape, framing: sizes.framing)
    if bearing.count >= clearlyAStream, let lattice = detector.detect(sizes.records),
      lattice.isTrusted
    {
      let events = lattice.events * sizes.beyondKept
      return CompletionReading(
        profile, .counted(events, calibration, isCount: true), doubts: 1, isDrifting: true)
    }
    return CompletionReading(
      profile, .counted(body, profile.completion.byOctets, isCount: false),
      doubts: bearing.count >= clearlyAStream ? 1 : 0)
  }

  private static func text(
    _ sizes: RecordSizes, _ body: Double, _ head: Double, _ profile: Profile
  ) -> CompletionReading {
    guard let shape = profile.completion.text, let calibration = profile.completion.byText else {
      return CompletionReading(profile, .abstained(.unseenDialect))
    }
    if sizes.readAsCompressed(overhead: shape.overhead) {
      guard let calibration = profile.completion.byCompressedOctets else {
        return CompletionReading(profile, .abstained(.unseenDialect))
      }
      let text =
        profile.completion.compressed.map {
          sizes.compressedText(shape: $0, headAllowance: head)
        } ?? body
      return CompletionReading(profile, .counted(text, calibration, isCount: false))
    }
    guard sizes.bearing.count >= profile.completion.leastRecords else {
      return CompletionReading(profile, .abstained(.tooSmall))
    }
    let text =
      profile.completion.blocks.map {
        sizes.blockText(shape: shape, blocks: $0, headAllowance: head)
      } ?? sizes.textOctets(shape: shape, headAllowance: head)
    return CompletionReading(profile, .counted(text, calibration, isCount: false))
  }

  private static func octets(
    _ sizes: RecordSizes, _ body: Double, _ profile: Profile
  ) -> CompletionReading {
    if let most = profile.completion.mostRecords, sizes.bearing.count > most,
      !sizes.readAsUnary(leastRecords: 1)
    {
      return CompletionReading(profile, .abstained(.unseenDialect))
    }
    return CompletionReading(
      profile, .counted(body, profile.completion.byOctets, isCount: false),
      doubts: sizes.head == nil ? 1 : 0)
  }
}
