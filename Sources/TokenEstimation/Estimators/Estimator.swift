package import TrafficModel

/// Turns into tokens: pure arithmetic on one turn and the profiles, the same for live and recorded traffic.
package struct Estimator: Sendable {
  package let profiles: ProfileSet

  package init(profiles: ProfileSet) { self.profiles = profiles }

  /// Above this share of octets missing from the capture there is no estimate; above the second a wider one.
  static let mostLoss = 0.1
  static let lossDoubt = 0.01
  /// High over low of a reply's interval that still says something; one that ends below 200 tokens always does. Of a
  /// prompt it is high over likely: its lower end may be far below.
  static let mostWidth = 40.0
  private static let leastLow = 5.0

  /// What a turn cost, by the profile that its service names.
  ///
  /// A service carries several dialects (streams, unary replies), so the profile that the turn's shape fits best in the
  /// named one's family is used, and named in the result.
  package func estimate(turn: Turn, profileID: String?) -> TurnEstimate {
    guard let named = profileID.flatMap({ profiles[$0] }) else {
      let figures = Self.stated(turn)
      return TurnEstimate(
        prompt: figures?.prompt ?? .abstained(.noProfile),
        completion: figures?.completion ?? .abstained(.noProfile), profile: "")
    }
    if let figures = Self.stated(turn) {
      return TurnEstimate(
        prompt: figures.prompt, completion: figures.completion, profile: named.versionedID)
    }
    guard let turn = profiles.readable(turn, named) else {
      return TurnEstimate(
        prompt: .abstained(.webSocket), completion: .abstained(.webSocket),
        profile: named.versionedID, hidden: named.hidden)
    }
    let reading = CompletionReading(of: turn, named: named, profiles: profiles)
    let prompt =
      named.keepsHistory
      ? (figure: .abstained(.serverSideHistory), mayBeAttachment: false)
      : prompt(
        turn, profiles.promptProfile(of: turn, named, reading.profile).prompt,
        ReplyTools(of: turn, reading.profile))
    var estimate = TurnEstimate(
      prompt: prompt.figure,
      completion: completion(turn, reading), profile: reading.profile.versionedID,
      hidden: named.hidden)
    estimate.isDrifting = reading.isDrifting
    estimate.mayBeAttachment = prompt.mayBeAttachment
    return estimate
  }

  private static func stated(
    _ turn: Turn
  ) -> (prompt: TurnEstimate.Figure, completion: TurnEstimate.Figure)? {
    guard let usage = turn.statedUsage else { return nil }
    return (.stated(max(0, usage.promptTokens)), .stated(max(0, usage.completionTokens)))
  }

  private func completion(_ turn: Turn, _ reading: CompletionReading) -> TurnEstimate.Figure {
    if turn.startIsCut || turn.endIsCut { return .abstained(.cutTurn) }
    // What is known of streams is carried over to messages.
    var doubts = reading.doubts + (turn.isWebSocket ? 1 : 0)
    switch Self.loss(turn) {
    case ..<Self.lossDoubt: break
    case ...Self.mostLoss: doubts += 1
    default: return .abstained(.captureLoss)
    }
    switch reading.outcome {
    case .abstained(let reason): return .abstained(reason)
    case .counted(let statistic, let calibration, let isCount):
      return figure(statistic, calibration, isCount: isCount, doubts: doubts)
    }
  }

  private func prompt(
    _ turn: Turn, _ model: Profile.Prompt?, _ tools: ReplyTools
  ) -> (figure: TurnEstimate.Figure, mayBeAttachment: Bool) {
    func without(_ reason: AbstentionReason) -> (TurnEstimate.Figure, Bool) {
      (.abstained(reason), false)
    }
    guard let model else { return without(.noProfile) }
    if turn.startIsCut { return without(.cutTurn) }
    let octets = turn.upstream.byteCount
    guard octets > 0 else { return without(.tooSmall) }
    let requests = min(max(1, turn.requestCount), Self.mostRequests)
    guard octets / requests <= model.attachmentAbove else { return without(.attachment) }
    if tools == .ranAtProvider { return without(.providerTools) }
    var doubts = turn.transport == .quic ? 1 : 0
    switch Self.loss(turn) {
    case ..<Self.lossDoubt: break
    case ...Self.mostLoss: doubts += 1
    default: return without(.captureLoss)
    }
    let reading = PromptReading(of: turn, by: model)
    var calibration = reading.isBody ? model.byBody : model.byBurst
    if tools == .called, let byCall = model.byCall {
      calibration = byCall
      if !reading.isBody { doubts += 1 }
    }
    let likely = calibration.likely(reading.octets)
    if likely > 2 * calibration.mostTokens { doubts += 1 }
    if requests > 1 { doubts += 1 }
    let text = calibration.estimate(reading.octets, doubts: doubts)
    let mixed = model.attachment?.mixed(
      text, octets: reading.octets, grown: Double(max(0, turn.grownOctets)))
    let estimate = (mixed?.estimate ?? text).times(Double(requests))
    // The lower end may be far below, as a few tokens of an image take the octets of a long text: the upper one says
    // something all the same.
    guard estimate.high <= Self.mostWidth * estimate.likely else { return without(.tooSmall) }
    return (.estimated(estimate), mixed?.isOpen ?? false)
  }

  /// A turn that claims to hold more is not believed.
  static let mostRequests = 1_000

  /// - Parameter isCount: the statistic grows with the tokens however many there are, so that a turn beyond the
  ///   calibrated range is doubtful but not unknown.
  private func figure(
    _ statistic: Double, _ calibration: Calibration, isCount: Bool, doubts: Int
  ) -> TurnEstimate.Figure {
    let likely = calibration.likely(statistic)
    var doubts = doubts
    if likely > 2 * calibration.mostTokens { doubts += 1 }
    if !isCount, likely > 10 * calibration.mostTokens { return .abstained(.outOfRange) }
    let estimate = calibration.estimate(statistic, doubts: doubts)
    guard estimate.high <= Self.mostWidth * max(estimate.low, Self.leastLow) else {
      return .abstained(.tooSmall)
    }
    return .estimated(estimate)
  }

  /// Share of the turn's octets that the capture has missed.
  private static func loss(_ turn: Turn) -> Double {
    let missed = Double(max(0, turn.missedByteCount))
    let seen = Double(max(0, turn.upstream.byteCount)) + Double(max(0, turn.downstream.byteCount))
    return missed > 0 ? missed / (missed + seen) : 0
  }
}

extension ProfileSet {
  /// What a turn cost, by the profile that its service names; see ``Estimator``.
  package func estimate(turn: Turn, profileID: String?) -> TurnEstimate {
    Estimator(profiles: self).estimate(turn: turn, profileID: profileID)
  }
}
