package import StrictYAML

/// A profile calibrated on a site's own turns.
package struct ProfileCalibration: Sendable {
  /// Where the turns come from, for the card.
  package struct Evidence: Sendable {
    package var kind: CalibrationCard.Kind
    /// In a few words: `key log of this site, 3 captures`.
    package var data: String
    package var date: CalendarDate
    /// The command that was given.
    package var command: String

    package init(kind: CalibrationCard.Kind, data: String, date: CalendarDate, command: String) {
      self.kind = kind
      self.data = data
      self.date = date
      self.command = command
    }
  }

  package var prior: Profile
  /// With the next version where a line has changed, else as before.
  package var profile: Profile
  package var figures: [FigureCalibration]

  package var isChanged: Bool { figures.contains(where: \.isTaken) }

  /// Calibrates the lines that there are pairs for.
  package init(
    of prior: Profile, pairs: [CalibratedFigure: [CalibrationPair]], evidence: Evidence
  ) {
    var profile = prior
    var figures: [FigureCalibration] = []
    for figure in CalibratedFigure.allCases {
      guard let pairs = pairs[figure], let line = prior[figure] else { continue }
      let result = FigureCalibration(figure, pairs, prior: line)
      figures.append(result)
      guard result.isTaken else { continue }
      profile[figure] = result.line
      profile.card.replace(result)
    }
    self.prior = prior
    self.figures = figures
    let taken = figures.filter(\.isTaken)
    if !taken.isEmpty {
      profile.version = min(1_000_000, prior.version + 1)
      let kept = profile.card.rows.contains { row in !taken.contains { $0.figure.title == row.what }
      }
      profile.card.kind =
        kept && evidence.kind != prior.card.kind && prior.card.kind != .borrowed
        ? .both : evidence.kind
      profile.card.data = evidence.data + (kept ? "; other rows as in \(prior.versionedID)" : "")
      profile.card.date = evidence.date
      profile.card.command = evidence.command
    }
    self.profile = profile
  }
}

extension CalibrationCard {
  /// Puts what a line now does in the place of its old row.
  fileprivate mutating func replace(_ result: FigureCalibration) {
    guard let score = result.after else { return }
    let row = Row(
      what: result.figure.title, fittedTurns: result.fittedTurns + result.bandTurns,
      testedTurns: score.turnCount, medianError: Self.rounded(score.medianError),
      p90Error: Self.rounded(score.p90Error), coverage: Self.rounded(score.coverage),
      width: max(1, Self.rounded(score.width)), bias: max(-1, Self.rounded(score.bias)))
    if let index = rows.firstIndex(where: { $0.what == row.what }) {
      rows[index] = row
      // The classes of turns behind it were graded with the line of before.
      let titles = Set(CalibratedFigure.allCases.map(\.title))
      let classes = rows[(index + 1)...].prefix { !titles.contains($0.what) }
      rows.removeSubrange(classes.indices)
    } else {
      rows.append(row)
    }
  }

  private static func rounded(_ value: Double) -> Double {
    min(1_000_000, (value * 10_000).rounded() / 10_000)
  }
}
