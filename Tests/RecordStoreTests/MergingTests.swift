import ProviderRules
import RecordStore
import Testing
import WireFormat

@Suite("records of one host and service merge")
struct MergingTests {
  @Test func countsAddAndTimesWiden() {
    let sum = Samples.record(turns: 2).merged(with: Samples.record(window: 3, turns: 5))
    #expect(sum.windowStart == Samples.window(0))
    #expect(sum.windowEnd == Samples.window(4))
    #expect(sum.firstSeen == Samples.record().firstSeen)
    #expect(sum.lastSeen == Samples.record(window: 3).lastSeen)
    #expect([sum.turnCount, sum.flowCount] == [7, 4])
    #expect(
      [sum.wireBytesUp, sum.wireBytesDown, sum.applicationBytesUp, sum.applicationBytesDown]
        == [18_000, 82_000, 16_000, 80_000])
    #expect(sum.activeSeconds == 24.5)
    #expect(sum.promptTokens.likely == 700)
    #expect(sum.promptTokens.estimatedTurnCount == 7)
    #expect(sum.completionTokens.abstainedTurnCount == 7)
    #expect(sum.abstentions == ["too few bytes to tell": 7])
    #expect(sum.driftedTurnCount == 7)
    #expect(sum.captureLoss.missedBytes == 3_000)
    #expect(sum.cost?.high == 0.08)
  }

  @Test func theOrderDoesNotMatter() {
    var a = Samples.record(verdict: .tolerated, turns: 2, name: "a.example")
    a.host.name = nil
    a.ruleVersion = "0001"
    let b = Samples.record(window: 1, turns: 5, name: "b.example")
    #expect(a.merged(with: b) == b.merged(with: a))
    #expect(a.merged(with: b).ruleVersion == "0001, 3f2a")
  }

  @Test func theMoreWorryingVerdictStays() {
    let sum = Samples.record(verdict: .unapproved).merged(with: Samples.record(verdict: .approved))
    #expect(sum.verdict == .unapproved)
  }

  @Test func theHostIsNamedAsItWasLastSeen() {
    var early = Samples.record()
    early.host.name = "old-name"
    early.host.group = "visitors"
    var late = Samples.record(window: 1)
    late.host.mac = nil
    let host = early.merged(with: late).host
    #expect(host.name == "lap-0142")
    #expect(host.group == "engineering")
    #expect(host.mac == early.host.mac)
  }

  @Test func evidenceIsUnitedAndCapped() {
    var many = Samples.record()
    many.evidence = (0..<80).map { index in
      UsageRecord.Evidence(
        source: .sni, name: "n\(100 + index).example", evidenceClass: .website, rule: "r:1")
    }
    let sum = many.merged(with: Samples.record())
    #expect(sum.evidence.count == UsageRecord.maximumEvidenceCount)
    #expect(sum.evidence.first?.name == "api.openai.com")
    #expect(sum.unlistedEvidenceCount == 17)
  }

  @Test func costsInTwoCurrenciesDoNotAddUp() {
    var euro = Samples.record()
    euro.cost?.currency = "EUR"
    #expect(Samples.record().merged(with: euro).cost == nil)
    #expect(UsageRecord.rolledUp([Samples.record(), euro, Samples.record()]).map(\.cost) == [nil])
  }

  @Test func countersStandStillInsteadOfOverflowing() {
    var full = Samples.record()
    full.wireBytesUp = .max
    #expect(full.merged(with: full).wireBytesUp == .max)
  }

  @Test func windowsRollUpToOneRowPerHostAndServiceInGroupAndAddressOrder() {
    let records = [
      Samples.record(host: "10.0.0.10", turns: 1, group: nil),
      Samples.record(host: "10.0.0.9", turns: 2, group: "sales"),
      Samples.record(host: "10.0.0.10", turns: 3, group: "sales"),
      Samples.record(host: "10.0.0.9", service: "chatgpt", turns: 4, group: "sales"),
      Samples.record(host: "10.0.0.9", window: 1, turns: 5, group: "sales"),
      Samples.record(host: "10.0.0.9", sensor: "gw-2", turns: 6, group: "sales"),
      Samples.record(host: "10.0.0.200", turns: 7, group: "board"),
    ]
    #expect(UsageRecord.rolledUp(records).map(\.turnCount) == [7, 4, 7, 6, 4])
  }

  @Test func summariesAddEveryCount() {
    let one = Samples.summary()
    let two = one.merged(with: Samples.summary(window: 1))
    let counts: [KeyPath<CaptureSummary, Int>] = [
      \.packets, \.bytes, \.droppedPackets, \.truncatedPackets, \.malformedPackets,
      \.flowsBySNI, \.flowsByQUIC, \.flowsByHTTP, \.flowsByDNS, \.flowsByAddress, \.flowsUnnamed,
      \.flowsMatched, \.flowsWithECH, \.encryptedDNSFlows,
    ]
    for count in counts { #expect(two[keyPath: count] == 2 * one[keyPath: count]) }
    #expect(two.counters == ["flowTableFull": 2])
    #expect(two.windowEnd == Samples.window(2))
  }
}
