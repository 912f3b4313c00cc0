import ProviderRules
import RecordStore
import TokenEstimation
import TrafficModel
import WireFormat

/// Makes a window's records from its accounts: who the host is, what the policy says, what it may have cost.
struct RecordMaker {
  let book: RuleBook
  let sensor: String
  let window: Window
  let droppedPackets: Int

  /// The record of one account; nil where nothing of it is use or no server has answered, and for a host of which the
  /// policy wants none.
  func record(
    _ key: Ledger.Key, _ account: Ledger.Account, service: Service, host: HostTable.Host?
  ) -> UsageRecord? {
    guard account.isUse, account.isEstablished,
      !book.policy.isExcluded(key.host, mac: host?.policyMAC)
    else { return nil }
    let group = book.policy.group(of: key.host, mac: host?.policyMAC)
    let verdict = book.policy.verdict(
      group: group, provider: service.providerID, service: service.id, tenant: key.tenant,
      on: window.start)
    var record = UsageRecord(
      windowStart: window.start, windowEnd: window.end, sensor: sensor,
      host: UsageRecord.Host(
        address: key.host, mac: host?.mac, name: host?.name,
        nameSource: host?.nameSource?.rawValue, group: group),
      provider: service.providerID, providerName: service.providerName, service: service.id,
      serviceName: service.name, category: service.category.rawValue,
      dataEgress: service.dataEgress.rawValue, verdict: verdict.verdict,
      ruleVersion: book.rules.version, policyVersion: book.policy.version,
      evidence: account.evidence.sorted(),
      firstSeen: account.firstSeen, lastSeen: account.lastSeen,
      confidence: Self.confidence(account, service.tier))
    record.tenant = key.tenant
    record.unlistedEvidenceCount = account.unlistedEvidenceCount
    record.flowCount = account.flowCount
    record.turnCount = account.turnCount
    record.driftedTurnCount = account.driftedTurnCount
    record.wireBytesUp = account.figures.wireBytesUp
    record.wireBytesDown = account.figures.wireBytesDown
    record.applicationBytesUp = account.figures.applicationBytesUp
    record.applicationBytesDown = account.figures.applicationBytesDown
    record.activeSeconds = Double(account.activeNanoseconds) / 1e9
    record.promptTokens = account.prompt
    record.completionTokens = account.completion
    record.profiles = account.profiles.sorted()
    record.abstentions = account.abstentions
    record.hidden = account.hidden.sorted()
    record.captureLoss = .init(
      droppedPackets: droppedPackets, missedBytes: account.figures.missedBytes,
      truncatedPackets: account.figures.truncatedPackets)
    record.cost = cost(of: account, service)
    return record
  }

  /// A price for what was estimated; none where every turn was abstained or no price is known.
  private func cost(of account: Ledger.Account, _ service: Service) -> UsageRecord.Cost? {
    let (prompt, completion) = (account.prompt, account.completion)
    guard prompt.estimatedTurnCount + completion.estimatedTurnCount > 0,
      let cost = book.prices?.cost(
        provider: service.providerID, promptTokens: Self.range(prompt),
        completionTokens: Self.range(completion), on: window.start)
    else { return nil }
    return UsageRecord.Cost(
      low: cost.amount.low, likely: cost.amount.likely, high: cost.amount.high,
      currency: cost.currency, priceDate: cost.priceDate)
  }

  private static func range(_ sum: TokenSum) -> PriceTable.Range {
    PriceTable.Range(low: sum.low, likely: sum.likely, high: sum.high)
  }

  /// How sure we are that the host used the service: how directly the name was read, times how likely it is where it
  /// was inferred, times how well the rule is established. docs/ARCHITECTURE.md gives the scale; it is a judgement, not a measurement.
  private static func confidence(
    _ account: Ledger.Account, _ tier: Service.Tier
  ) -> Double {
    let directness =
      account.evidence.map { item -> Double in
        switch item.source {
        case .sni, .quic, .http: 1
        case .dns: 0.8 * account.inferredProbability
        // The server is good for the name; whether the client asked for it is not known.
        case .certificate: 0.75 * account.certifiedProbability
        case .address: 0.7
        }
      }.max() ?? 0
    let established: Double =
      switch tier {
      case .core: 0.98
      case .extended: 0.9
      case .full: 0.75
      }
    return directness * established
  }
}
