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
  private(set) var doubts: Int
  /// Events of another size than the profile's were found.
  let isDrifting: Bool

  /// Fewer octets of body than this hold no reply.
  private static let leastBody = 24.0
  /// A stream of so many records that shows no events of its dialect speaks another.
  private static let clearlyAStream = 12
  /// Turns side by side have several openings and ends, and share records.
  private static let pooledDoubts = 2
  private static let unlikeDoubts = 2
  /// A lattice that nearly all records are on says itself what is spoken.
  private static let clearShare = 0.8
  /// Events outside the profile's bounds by up to so much are drift, not another dialect.
  private static let drift = (below: 0.78, above: 1.28)

  /// Chooses among the named profile, its siblings and its unary profile by the turn's shape.
  init(of turn: Turn, named: Profile, profiles: ProfileSet) {
    if named.completion.isUnknown {
      self.init(named, .abstained(.notCalibrated))
      return
    }
    let sizes = RecordSizes(of: turn)
    if turn.transport != .quic, sizes.arePadded {
      self.init(named, .abstained(.unseenDialect))
      return
    }
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
    let pooled = turn.requestCount > 1 ? Self.pooledDoubts : 0
    let streams = [named] + named.siblings.compactMap { profiles[$0] }
    if pooled == 0, let found = Self.knownReply(sizes, streams) {
      self = found
      return
    }
    // Of a reply in neither of the forms that the streams have, it is not known which of them it speaks.
    let unlike = streams.count { $0.completion.reply != nil } > 1 ? Self.unlikeDoubts : 0
    let mayRespond = unlike > 0 && ResponseStream.isLikely(sizes)
    let spoken = streams.filter {
      unlike == 0 || $0.completion.reply != .responses || mayRespond || sizes.head == nil
    }
    if let best = Self.bestLattice(sizes, spoken) {
      self = Self.counted(sizes, best, doubts: max(pooled, best.isClear ? 0 : unlike))
      if best.isClear || !mayRespond { return }
    }
    if mayRespond,
      let responses = streams.first(where: { $0.completion.reply == .responses })
    {
      self.init(responses, .abstained(.unseenDialect))
      return
    }
    if let unary = named.unary.flatMap({ profiles[$0] }),
      sizes.readAsUnary(leastRecords: named.completion.leastRecords)
    {
      self = Self.octets(sizes, body, unary)
      return
    }
    switch named.completion.method {
    case .events: self = Self.withoutLattice(sizes, body, named, doubts: max(pooled, unlike))
    case .text:
      self = Self.text(sizes, body, head, named)
      doubts += pooled
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

  /// The profile whose form of reply the records have.
  private static func knownReply(
    _ sizes: RecordSizes, _ streams: [Profile]
  ) -> CompletionReading? {
    // What is longer than the sizes that are kept goes by the lattice.
    guard sizes.beyondKept == 1 else { return nil }
    // The form that more must fit comes first.
    for form in [Profile.ReplyForm.responses, .chat] {
      guard let profile = streams.first(where: { $0.completion.reply == form }),
        let calibration = profile.completion.byReply
      else { continue }
      let found =
        switch form {
        case .responses: ResponseStream.reply(in: sizes)
        case .chat: PaddedChat.reply(in: sizes)
        }
      guard let found else { continue }
      let lattice = profile.completion.lattice.flatMap {
        LatticeDetector(shape: $0, framing: sizes.framing).detect(sizes.records)
      }
      let reply = found.refined(by: lattice, form: form)
      if form == .responses, !reply.isSure {
        return CompletionReading(profile, .abstained(.unseenDialect))
      }
      return CompletionReading(
        profile, .counted(reply.tokens, calibration, isCount: true), doubts: reply.isSure ? 0 : 2)
    }
    return nil
  }

  /// The profile whose usual event is nearest to the unit that was found, among those whose lattice is there.
  private struct Best {
    var profile: Profile
    var lattice: LatticeDetector.Lattice
    var calibration: Calibration

    var isClear: Bool {
      Double(lattice.onCount) >= clearShare * Double(lattice.recordCount)
    }
  }

  private static func bestLattice(_ sizes: RecordSizes, _ streams: [Profile]) -> Best? {
    guard !sizes.readAsUnary(leastRecords: 1) else { return nil }
    var best: Best?
    var bestDistance = Double.infinity
    for profile in streams {
      guard let shape = profile.completion.lattice, let calibration = profile.completion.byEvents
      else { continue }
      let detector = LatticeDetector(shape: shape, framing: sizes.framing)
      guard let lattice = detector.detect(sizes.records), lattice.isTrusted else { continue }
      let distance = (lattice.unit / shape.usual - 1).magnitude
      if distance < bestDistance {
        best = Best(profile: profile, lattice: lattice, calibration: calibration)
        bestDistance = distance
      }
    }
    return best
  }

  private static func counted(
    _ sizes: RecordSizes, _ best: Best, doubts: Int
  ) -> CompletionReading {
    let events = best.lattice.events * sizes.beyondKept
    var calibration = best.calibration
    if let least = best.profile.completion.reasoningFrom, best.lattice.unit >= least {
      calibration = best.profile.completion.byReasoning ?? calibration
    }
    return CompletionReading(
      best.profile, .counted(events, calibration, isCount: true), doubts: doubts)
  }

  private static func withoutLattice(
    _ sizes: RecordSizes, _ body: Double, _ profile: Profile, doubts: Int
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
        profile, .counted(events, calibration, isCount: true), doubts: doubts + 1,
        isDrifting: true)
    }
    return CompletionReading(
      profile, .counted(body, profile.completion.byOctets, isCount: false),
      doubts: doubts + (bearing.count >= clearlyAStream ? 1 : 0))
  }

  private static func text(
    _ sizes: RecordSizes, _ body: Double, _ head: Double, _ profile: Profile
  ) -> CompletionReading {
    guard let shape = profile.completion.text, let calibration = profile.completion.byText else {
      return CompletionReading(profile, .abstained(.unseenDialect))
    }
    if sizes.readAsCompressed(
      overhead: shape.overhead, start: profile.completion.blocks?.start ?? 0)
    {
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
