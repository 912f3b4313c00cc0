package import ProviderRules
package import RecordStore
package import TokenEstimation
internal import WireFormat

/// Sums over rolled-up records: a group's, or the whole report's.
package struct Totals: Sendable, Equatable {
  package var hostCount = 0
  package var serviceCount = 0
  package var providerCount = 0
  /// Host × service pairs by verdict; every verdict has an entry.
  package var verdicts: [Verdict: Int] = [:]
  /// Host × service pairs by how they are known; every word has an entry.
  package var knowledge: [Knowledge: Int] = [:]
  package var flowCount = 0
  package var turnCount = 0
  package var wireBytesUp = 0
  package var wireBytesDown = 0
  package var promptTokens = TokenSum()
  package var completionTokens = TokenSum()
  /// One a currency, by its name; empty when nothing was priced.
  package var costs: [UsageRecord.Cost] = []
  /// Host × service pairs that have a cost.
  package var pricedCount = 0
  /// Abstention reasons with how many turns each.
  package var abstentions: [String: Int] = [:]
  /// Turns that did not fit their profile's event size.
  package var driftedTurnCount = 0
  /// What of these services no capture shows: reasoning, server-side history.
  package var hidden: [String] = []
  /// TCP octets of these flows that the capture missed.
  package var missedBytes = 0
  package var truncatedPackets = 0

  package init(_ rows: [UsageRecord]) {
    for verdict in Verdict.allCases { verdicts[verdict] = 0 }
    for word in Knowledge.allCases { knowledge[word] = 0 }
    var costs: [String: UsageRecord.Cost] = [:]
    var hidden: Set<String> = []
    for row in rows {
      verdicts[row.verdict, default: 0] += 1
      knowledge[row.knowledge, default: 0] += 1
      flowCount.addSaturating(row.flowCount)
      turnCount.addSaturating(row.turnCount)
      wireBytesUp.addSaturating(row.wireBytesUp)
      wireBytesDown.addSaturating(row.wireBytesDown)
      promptTokens = promptTokens + row.promptTokens
      completionTokens = completionTokens + row.completionTokens
      abstentions.merge(row.abstentions) { $0.addingSaturating($1) }
      driftedTurnCount.addSaturating(row.driftedTurnCount)
      hidden.formUnion(row.hidden)
      missedBytes.addSaturating(row.captureLoss.missedBytes)
      truncatedPackets.addSaturating(row.captureLoss.truncatedPackets)
      if let cost = row.cost {
        pricedCount += 1
        costs[cost.currency] = UsageRecord.Cost.sum(costs[cost.currency], cost)
      }
    }
    hostCount = Set(rows.map { HostKey(sensor: $0.sensor, address: $0.host.address) }).count
    serviceCount = Set(rows.map { [$0.provider, $0.service] }).count
    providerCount = Set(rows.map(\.provider)).count
    self.costs = costs.values.sorted { $0.currency < $1.currency }
    self.hidden = hidden.sorted()
  }

  /// The reasons, those with most turns first, then by name.
  package var abstentionsByTurns: [(reason: String, turns: Int)] {
    abstentions.map { (reason: $0.key, turns: $0.value) }
      .sorted { ($1.turns, $0.reason) < ($0.turns, $1.reason) }
  }

  private struct HostKey: Hashable {
    var sensor: String
    var address: IPAddress
  }
}
