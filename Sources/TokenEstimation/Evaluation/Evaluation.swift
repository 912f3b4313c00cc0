import WireFormat

/// One labelled set, its turns paired.
package struct EvaluatedSet: Sendable {
  /// The file, as it was named.
  package var name: String
  package var kind: TruthSet.Kind
  package var recipe: String
  /// The set carries sizes without packets: nothing was to be found, and nothing is known of requests.
  package var isSizesOnly = false
  package var matches: [TurnMatch]
  /// True turns of hosts that the policy excludes; left out.
  package var excludedCount = 0
  package var nonTurnCount = 0

  package init(name: String, kind: TruthSet.Kind, recipe: String, matches: [TurnMatch]) {
    self.name = name
    self.kind = kind
    self.recipe = recipe
    self.matches = matches
  }

  package var trueTurnCount: Int { matches.reduce(0) { $0 + $1.truths.count } }
}

/// How good the token figures are on labelled sets: pure arithmetic, kinds of evidence kept apart.
package struct Evaluation: Sendable {
  /// What rows may be told apart by, beside the kind of evidence.
  package enum Split: String, Sendable, CaseIterable {
    case source, model, recipe, service
  }

  /// The turns of one kind, and of one value of the split.
  package struct Group: Sendable {
    package var kind: TruthSet.Kind
    /// The split's value; nil without a split.
    package var label: String?
    package var sets: [SetSummary] = []
    package var segmentation = Segmentation()
    /// Whether any of the turns had to be found in packets.
    package var hasPackets = false
    package var rows: [Row] = []
    /// Of the same turns those that no calibration could know, each kind in a row of its own; none where there are none.
    package var unseen: [(kind: Unseen, row: Row)] = []
    package var bars: [BarRow] = []
  }

  package struct SetSummary: Sendable {
    package var name: String
    package var recipe: String
    package var isSizesOnly: Bool
    package var trueTurnCount: Int
    package var excludedCount: Int
    package var nonTurnCount: Int
  }

  /// The turns that one profile made the estimate of.
  package struct Row: Sendable {
    /// With its version; ``noProfile`` or ``inTheClear`` where none did.
    package var profile: String
    package var segmentation = Segmentation()
    package var prompt = FigureScore()
    package var completion = FigureScore()

    package func score(_ figure: TokenFigure) -> FigureScore {
      figure == .prompt ? prompt : completion
    }
  }

  /// What of a turn was in no calibration.
  package enum Unseen: String, Sendable, CaseIterable {
    case provider = "providers never seen"
    case model = "models never seen"
  }

  package static let noProfile = "no profile"
  package static let inTheClear = "read in the clear"
  /// Values of a split that are told apart; the rest is one group.
  static let maximumLabels = 200
  private static let otherLabels = "(others)"

  package let split: Split?
  package let groups: [Group]

  /// - Parameter facts: what the rules say of a service, by its id.
  package init(
    sets: [EvaluatedSet], by split: Split? = nil, facts: (String) -> ServiceFacts
  ) {
    self.split = split
    var known: [String: ServiceFacts] = [:]
    func lookUp(_ service: String) -> ServiceFacts {
      if let found = known[service] { return found }
      let found = facts(service)
      known[service] = found
      return found
    }
    var tallies: [GroupKey: GroupTally] = [:]
    var labels: Set<String> = []
    for (index, set) in sets.enumerated() {
      var keys: Set<GroupKey> = []
      for match in set.matches {
        var label = split.map { Self.label(match, set, $0) }
        if let name = label, !labels.contains(name) {
          if labels.count < Self.maximumLabels {
            labels.insert(name)
          } else {
            label = Self.otherLabels
          }
        }
        let key = GroupKey(kind: set.kind, label: label)
        let isFirst = keys.insert(key).inserted
        tallies[key, default: GroupTally()].add(
          match, of: set, index, isFirst: isFirst, lookUp)
      }
    }
    groups = tallies.keys.sorted().map { key in
      (tallies[key] ?? GroupTally()).group(key)
    }
  }

  /// Rows with data that miss the bar.
  package var missedCount: Int {
    groups.reduce(0) { sum, group in sum + group.bars.count { $0.outcome == .missed } }
  }

  private static func label(_ match: TurnMatch, _ set: EvaluatedSet, _ split: Split) -> String {
    let truth = match.truths.first
    let text =
      switch split {
      case .source: truth?.source
      case .model: truth?.model
      case .recipe: Optional(set.recipe)
      case .service: truth?.serviceID ?? match.estimates.first?.serviceID
      }
    guard let text else { return "(no true turn)" }
    return text.isEmpty ? "(not given)" : String(text.prefix(100))
  }
}

struct GroupKey: Hashable, Comparable {
  var kind: TruthSet.Kind
  var label: String?

  static func < (a: GroupKey, b: GroupKey) -> Bool {
    (a.kind, a.label ?? "") < (b.kind, b.label ?? "")
  }
}

/// Gathers one group.
private struct GroupTally {
  private struct RowTally {
    var segmentation = Segmentation()
    var prompt = FigureTally()
    var completion = FigureTally()
  }

  private struct CaseKey: Hashable {
    var barCase: BarCase
    /// Nil for all profiles together.
    var profile: String?
  }

  private var sets: [Evaluation.SetSummary] = []
  private var hasPackets = false
  private var rows: [String: RowTally] = [:]
  private var unseen: [Evaluation.Unseen: RowTally] = [:]
  private var cases: [CaseKey: FigureTally] = [:]

  mutating func add(
    _ match: TurnMatch, of set: EvaluatedSet, _ number: Int, isFirst: Bool,
    _ facts: (String) -> ServiceFacts
  ) {
    if isFirst {
      sets.append(
        Evaluation.SetSummary(
          name: set.name, recipe: set.recipe, isSizesOnly: set.isSizesOnly,
          trueTurnCount: set.trueTurnCount, excludedCount: set.excludedCount,
          nonTurnCount: set.nonTurnCount))
      if !set.isSizesOnly { hasPackets = true }
    }
    let profile = Self.profile(of: match, facts)
    var row = rows.removeValue(forKey: profile) ?? RowTally()
    row.segmentation += match.segmentation
    row.prompt.add(match, .prompt, set: number, facts)
    row.completion.add(match, .completion, set: number, facts)
    rows[profile] = row
    guard !match.truths.isEmpty, profile != Evaluation.inTheClear else { return }
    if let kind = Self.unseen(match, profile, facts) {
      var row = unseen.removeValue(forKey: kind) ?? RowTally()
      row.segmentation += match.segmentation
      row.prompt.add(match, .prompt, set: number, facts)
      row.completion.add(match, .completion, set: number, facts)
      unseen[kind] = row
    }
    for barCase in BarCase.allCases
    where match.truths.allSatisfy({ barCase.holds($0, facts($0.serviceID)) }) {
      for key in [nil, profile] {
        cases[CaseKey(barCase: barCase, profile: key), default: FigureTally()].add(
          match, barCase.figure, set: number, facts)
      }
    }
  }

  func group(_ key: GroupKey) -> Evaluation.Group {
    var group = Evaluation.Group(kind: key.kind, label: key.label)
    group.sets = sets
    group.hasPackets = hasPackets
    for (profile, tally) in rows.sorted(by: { Self.order($0.key) < Self.order($1.key) }) {
      group.rows.append(
        Evaluation.Row(
          profile: profile, segmentation: tally.segmentation, prompt: tally.prompt.score(),
          completion: tally.completion.score()))
      group.segmentation += tally.segmentation
    }
    group.unseen = Evaluation.Unseen.allCases.compactMap { kind in
      unseen[kind].map { tally in
        let row = Evaluation.Row(
          profile: kind.rawValue, segmentation: tally.segmentation, prompt: tally.prompt.score(),
          completion: tally.completion.score())
        return (kind, row)
      }
    }
    group.bars = bars(group)
    return group
  }

  private func bars(_ group: Evaluation.Group) -> [BarRow] {
    var bars: [BarRow] = []
    for barCase in BarCase.allCases {
      let profiles = cases.keys.filter { $0.barCase == barCase }.compactMap(\.profile).sorted()
      if profiles.count != 1 {
        let all = cases[CaseKey(barCase: barCase, profile: nil)] ?? FigureTally()
        bars.append(BarRow(barCase, profile: nil, all.score()))
      }
      for profile in profiles {
        let tally = cases[CaseKey(barCase: barCase, profile: profile)] ?? FigureTally()
        bars.append(BarRow(barCase, profile: profile, tally.score()))
      }
    }
    for row in group.rows where row.profile != Evaluation.inTheClear {
      for figure in TokenFigure.allCases where row.score(figure).estimatedCount > 0 {
        bars.append(BarRow(coverageOf: row.profile, figure, row.score(figure)))
      }
    }
    if group.hasPackets { bars.append(BarRow(group.segmentation)) }
    return bars
  }

  /// Profiles by name, then what has none.
  private static func order(_ profile: String) -> (Int, String) {
    (profile == Evaluation.noProfile ? 2 : profile == Evaluation.inTheClear ? 1 : 0, profile)
  }

  /// What no calibration knew of a match; nil where all is known, or nothing is known of what was calibrated on.
  private static func unseen(
    _ match: TurnMatch, _ profile: String, _ facts: (String) -> ServiceFacts
  ) -> Evaluation.Unseen? {
    guard profile != Evaluation.noProfile, let first = match.truths.first else { return nil }
    let service = facts(first.serviceID)
    if service.isBorrowed { return .provider }
    guard !service.models.isEmpty else { return nil }
    let isNew = match.truths.contains {
      !$0.model.isEmpty && !service.models.contains(ModelName.plain($0.model))
    }
    return isNew ? .model : nil
  }

  /// The profile that made the estimate; of a missed turn the one that its service names.
  private static func profile(of match: TurnMatch, _ facts: (String) -> ServiceFacts) -> String {
    guard let estimate = match.estimates.first?.estimate else {
      return match.truths.first.flatMap { facts($0.serviceID).profile } ?? Evaluation.noProfile
    }
    if case .stated = estimate.completion { return Evaluation.inTheClear }
    return estimate.profile.isEmpty ? Evaluation.noProfile : estimate.profile
  }
}

extension FigureTally {
  /// Takes one figure of a match: per turn where it is one to one, into the totals wherever both sides are known.
  fileprivate mutating func add(
    _ match: TurnMatch, _ which: TokenFigure, set: Int, _ facts: (String) -> ServiceFacts
  ) {
    var truth = 0.0
    for turn in match.truths {
      let count = which == .prompt ? turn.usage.promptTotal : turn.usage.completionVisible
      guard let count else { return }
      truth += Double(count)
    }
    let figures = match.estimates.map {
      which == .prompt ? $0.estimate.prompt : $0.estimate.completion
    }
    if match.isOneToOne, let one = match.estimates.first, let first = match.truths.first {
      let figure = which == .prompt ? one.estimate.prompt : one.estimate.completion
      if case .abstained(let reason) = figure { add(abstention: reason.rawValue) }
      if let estimate = figure.tokens {
        add(
          ScoredFigure(
            truth: truth, estimate: estimate,
            wireBytes: Double(which == .prompt ? one.bytesUp : one.bytesDown),
            plainBytes: match.truths.plainBytes(which), start: first.start))
      }
    }
    guard let host = match.host else { return }
    let means = figures.compactMap { $0.tokens?.mean }
    guard means.count == figures.count else { return }
    if figures.isEmpty, !match.truths.allSatisfy({ $0.wouldCount(which, facts) }) { return }
    add(
      mean: means.reduce(0, +), truth: truth,
      on: HostDay(set: set, host: host.address, time: host.time))
  }
}

extension TurnMatch {
  fileprivate var host: (address: IPAddress, time: Timestamp)? {
    if let truth = truths.first { return (truth.client.address, truth.start) }
    return estimates.first.map { ($0.client.address, $0.start) }
  }
}

extension TurnEstimate.Figure {
  /// The figure as an estimate, a stated one as one without width.
  fileprivate var tokens: TokenEstimate? {
    switch self {
    case .stated(let count): TokenEstimate(exactly: count)
    case .estimated(let estimate): estimate
    case .abstained: nil
    }
  }
}

extension [TrueTurn] {
  /// Octets of the bodies in the figure's direction; nil unless all are known.
  fileprivate func plainBytes(_ which: TokenFigure) -> Double? {
    var sum = 0.0
    for turn in self {
      guard let octets = which == .prompt ? turn.requestBodyBytes : turn.responseBodyBytes else {
        return nil
      }
      sum += Double(octets)
    }
    return sum
  }
}

extension TrueTurn {
  /// Whether the turn would have had an estimate, had it been found.
  fileprivate func wouldCount(_ which: TokenFigure, _ facts: (String) -> ServiceFacts) -> Bool {
    let service = facts(serviceID)
    return service.profile != nil && !isCut && (which == .completion || !service.keepsHistory)
  }
}
