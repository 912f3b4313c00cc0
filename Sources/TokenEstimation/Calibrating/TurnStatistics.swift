package import TrafficModel

/// The figures that an estimator would have read off a turn: what a calibration pairs with known tokens.
///
/// Two sums and the names of the lines that they belong to; the sizes of records do not get this far.
package struct TurnStatistics: Sendable, Equatable {
  package struct Reading: Sendable, Equatable {
    package var profileID: String
    package var figure: CalibratedFigure
    package var value: Double
  }

  package var prompt: Reading?
  package var completion: Reading?
}

extension ProfileSet {
  /// What the estimator would go by; nothing for a turn that is cut or that the capture has gaps in.
  package func statistics(of turn: Turn, profileID: String?) -> TurnStatistics {
    guard let named = profileID.flatMap({ self[$0] }), turn.statedUsage == nil else {
      return TurnStatistics()
    }
    let seen = Double(max(0, turn.upstream.byteCount)) + Double(max(0, turn.downstream.byteCount))
    guard Double(max(0, turn.missedByteCount)) <= Estimator.lossDoubt * seen else {
      return TurnStatistics()
    }
    guard let turn = readable(turn, named) else { return TurnStatistics() }
    let reading = CompletionReading(of: turn, named: named, profiles: self)
    return TurnStatistics(
      prompt: named.keepsHistory || ReplyTools(of: turn, reading.profile) != .unseen
        ? nil : promptReading(turn, promptProfile(of: turn, named, reading.profile)),
      completion: completionReading(turn, reading))
  }

  private func completionReading(
    _ turn: Turn, _ reading: CompletionReading
  ) -> TurnStatistics.Reading? {
    guard !turn.startIsCut, !turn.endIsCut else { return nil }
    guard case .counted(let value, let line, _) = reading.outcome, value.isFinite else {
      return nil
    }
    let figures: [CalibratedFigure] = [
      .byReply, .byReasoning, .byEvents, .byText, .byCompressedOctets, .byOctets,
    ]
    let figure = figures.first { reading.profile[$0] == line }
    return figure.map { .init(profileID: reading.profile.id, figure: $0, value: value) }
  }

  private func promptReading(_ turn: Turn, _ profile: Profile) -> TurnStatistics.Reading? {
    let octets = turn.upstream.byteCount
    guard let model = profile.prompt, !turn.startIsCut, octets > 0,
      octets <= model.attachmentAbove
    else { return nil }
    let reading = PromptReading(of: turn, by: model)
    return .init(
      profileID: profile.id, figure: reading.isBody ? .byBody : .byBurst, value: reading.octets)
  }
}
