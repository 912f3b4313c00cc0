package import ProviderRules
package import RecordStore
internal import TokenEstimation

/// What has been used of a budget in one of its periods.
///
/// What was used is an interval: 90 % for tokens, from the cheapest to the dearest for costs; octets are counted, and what
/// the capture missed is added at the upper end. So there are three answers, and beside them the share of turns that no
/// figure was made of.
package struct BudgetUse: Sendable, Equatable {
  package let budget: Budget
  /// UTC days since 1970-01-01.
  package let period: Range<Int>
  package private(set) var turnCount = 0
  /// Turns of which the estimator abstained on prompt or completion, or which have no price in the budget's currency.
  package private(set) var unknownTurnCount = 0
  private var tokens = TokenSum()
  private var cost = (low: 0.0, likely: 0.0, high: 0.0)
  private var octets = (seen: 0, missed: 0)

  package enum State: String, Sendable, CaseIterable {
    case within
    case mayBeOver = "may be over"
    case over
  }

  /// - Parameter day: one of the period, counted since 1970-01-01.
  package init(of budget: Budget, on day: Int) {
    self.budget = budget
    period = budget.period(holding: day)
  }

  /// Adds a record, where the budget speaks of it. A window counts for the day on which it begins.
  package mutating func add(_ record: UsageRecord) {
    guard record.isUse, period.contains(record.windowStart.daysSince1970),
      budget.subject.includes(record)
    else { return }
    turnCount.addSaturating(record.turnCount)
    switch budget.limit {
    case .tokens:
      tokens = tokens + record.promptTokens + record.completionTokens
      unknownTurnCount.addSaturating(Self.abstained(record))
    case .octets:
      octets.seen.addSaturating(record.wireBytesUp)
      octets.seen.addSaturating(record.wireBytesDown)
      octets.missed.addSaturating(record.captureLoss.missedBytes)
    case .cost(_, let currency):
      guard let price = record.cost, price.currency == currency else {
        unknownTurnCount.addSaturating(record.turnCount)
        return
      }
      cost = (cost.low + price.low, cost.likely + price.likely, cost.high + price.high)
      unknownTurnCount.addSaturating(Self.abstained(record))
    }
  }

  private static func abstained(_ record: UsageRecord) -> Int {
    min(
      record.turnCount,
      max(record.promptTokens.abstainedTurnCount, record.completionTokens.abstainedTurnCount))
  }

  /// What was used, of what is known.
  package var used: (low: Double, likely: Double, high: Double) {
    switch budget.limit {
    case .tokens: (tokens.low, tokens.likely, tokens.high)
    case .octets:
      (
        Double(octets.seen), Double(octets.seen),
        Double(octets.seen.addingSaturating(octets.missed))
      )
    case .cost: cost
    }
  }

  package var limit: Double {
    switch budget.limit {
    case .tokens(let count), .octets(let count): Double(count)
    case .cost(let amount, _): amount
    }
  }

  /// 0 to 1, of the turns.
  package var unknownShare: Double {
    turnCount > 0 ? Double(unknownTurnCount) / Double(turnCount) : 0
  }

  /// Over where the lower end is; within where the upper end is not over, nor would be if the unknown turns were like the
  /// known ones; else it may be over.
  package var state: State {
    if used.low > limit { return .over }
    guard unknownShare < 1 else { return .mayBeOver }
    return used.high / (1 - unknownShare) <= limit ? .within : .mayBeOver
  }

  package static func == (a: Self, b: Self) -> Bool {
    a.budget == b.budget && a.period == b.period && a.used == b.used
      && (a.turnCount, a.unknownTurnCount) == (b.turnCount, b.unknownTurnCount)
  }
}

extension PolicySubject {
  /// Whether a record is of the group and the use.
  fileprivate func includes(_ record: UsageRecord) -> Bool {
    if let group, record.host.group != group { return false }
    if let tenant, record.tenant != tenant { return false }
    return switch use {
    case .everything: true
    case .provider(let id): record.provider == id
    case .service(let id): record.service == id
    }
  }
}
