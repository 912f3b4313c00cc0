internal import TokenEstimation
package import WireFormat

extension UsageRecord {
  /// What tells records apart within a window: the same host behind the same sensor using the same service and tenant.
  ///
  /// The sensor is part of it because two sites may both have a 192.168.1.20.
  package struct Subject: Hashable, Sendable {
    package var sensor: String
    package var host: IPAddress
    package var provider: String
    package var service: String
    package var tenant: String?
  }

  package var subject: Subject {
    Subject(
      sensor: sensor, host: host.address, provider: provider, service: service, tenant: tenant)
  }

  /// Evidence entries that one record keeps. A host that asks for endless names under a provider's domain must not
  /// grow its record without end; what does not fit is counted in ``unlistedEvidenceCount``.
  package static let maximumEvidenceCount = 64

  /// This record and another of the same ``subject`` as one: counts and tokens added, times widened, sets united.
  ///
  /// Two records of one window (several sources, several batches) and records of neighbouring windows (hours, days)
  /// merge alike. The more worrying verdict stays. Names, MAC and group are those of the record seen last. Costs in
  /// two currencies do not add up: the merged record then has none.
  package func merged(with other: UsageRecord) -> UsageRecord {
    var sum = lastSeen >= other.lastSeen ? self : other
    let older = lastSeen >= other.lastSeen ? other : self
    sum.windowStart = min(windowStart, other.windowStart)
    sum.windowEnd = max(windowEnd, other.windowEnd)
    sum.firstSeen = min(firstSeen, other.firstSeen)
    sum.host.mac = sum.host.mac ?? older.host.mac
    if sum.host.name == nil {
      sum.host.name = older.host.name
      sum.host.nameSource = older.host.nameSource
    }
    sum.host.group = sum.host.group ?? older.host.group

    sum.verdict = min(verdict, other.verdict)
    sum.ruleVersion = Self.unitedVersions(ruleVersion, other.ruleVersion)
    sum.policyVersion = Self.unitedVersions(policyVersion, other.policyVersion)
    sum.confidence = max(confidence, other.confidence)
    sum.uniteEvidence(with: older)

    sum.flowCount.addSaturating(older.flowCount)
    sum.turnCount.addSaturating(older.turnCount)
    sum.wireBytesUp.addSaturating(older.wireBytesUp)
    sum.wireBytesDown.addSaturating(older.wireBytesDown)
    sum.applicationBytesUp.addSaturating(older.applicationBytesUp)
    sum.applicationBytesDown.addSaturating(older.applicationBytesDown)
    sum.activeSeconds += older.activeSeconds

    sum.promptTokens = promptTokens + other.promptTokens
    sum.completionTokens = completionTokens + other.completionTokens
    sum.profiles = Set(profiles).union(other.profiles).sorted()
    sum.abstentions.merge(older.abstentions) { $0.addingSaturating($1) }
    sum.driftedTurnCount.addSaturating(older.driftedTurnCount)
    sum.hidden = Set(hidden).union(other.hidden).sorted()
    sum.cost = Cost.sum(cost, other.cost)
    sum.captureLoss.add(older.captureLoss)
    return sum
  }

  private mutating func uniteEvidence(with other: UsageRecord) {
    let united = Set(evidence).union(other.evidence).sorted()
    evidence = Array(united.prefix(Self.maximumEvidenceCount))
    unlistedEvidenceCount.addSaturating(other.unlistedEvidenceCount)
    unlistedEvidenceCount.addSaturating(united.count - evidence.count)
  }

  /// `3f2a` and `3f2a, 91bc` make `3f2a, 91bc`.
  private static func unitedVersions(_ a: String, _ b: String) -> String {
    guard a != b else { return a }
    let parts = a.split(separator: ",") + b.split(separator: ",")
    return Set(parts.map { $0.drop { $0 == " " } }).sorted().joined(separator: ", ")
  }
}

extension UsageRecord.Evidence: Comparable {
  /// Usage before the rest and seen before inferred, so that a cap keeps what proves most; then by name.
  package static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }

  private var rank: (Int, Int, String, String, String) {
    (
      evidenceClass == .usage ? 0 : 1, Source.allCases.firstIndex(of: source) ?? 0, name,
      evidenceClass.rawValue, rule
    )
  }
}

extension UsageRecord.Cost {
  /// Both ends added: a sum of intervals is never narrower than the truth. Nil where the currencies differ.
  package static func sum(_ a: Self?, _ b: Self?) -> Self? {
    guard let a, let b else { return a ?? b }
    guard a.currency == b.currency else { return nil }
    return Self(
      low: a.low + b.low, likely: a.likely + b.likely, high: a.high + b.high,
      currency: a.currency, priceDate: max(a.priceDate, b.priceDate))
  }
}

extension UsageRecord.CaptureLoss {
  mutating func add(_ other: Self) {
    droppedPackets.addSaturating(other.droppedPackets)
    missedBytes.addSaturating(other.missedBytes)
    truncatedPackets.addSaturating(other.truncatedPackets)
  }
}

extension Int {
  /// The sum, or the largest value where it does not fit: a counter that stands still is better than a trap.
  package func addingSaturating(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  package mutating func addSaturating(_ other: Int) { self = addingSaturating(other) }
}
