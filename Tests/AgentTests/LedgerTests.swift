import RecordStore
import Testing
import TokenEstimation
import TrafficModel
import WireFormat

@testable import Agent

@Suite("accounts")
struct LedgerTests {
  private static let second: Int64 = 1_000_000_000

  @Test func keepsHostsServicesAndWindowsApart() {
    var ledger = Ledger(window: 300 * Self.second)
    for seconds in [1.0, 299, 300] {
      for (host, service) in [(1, 0), (1, 1), (2, 0)] {
        ledger.update(host: Self.host(host), service: service, at: Timeline.at(seconds)) {
          $0.flowCount += 1
        }
      }
    }
    let windows = ledger.takeAll()
    #expect(windows.map(\.place.window.start) == [0, 300].map(Timeline.at))
    #expect(windows.map(\.accounts.count) == [3, 3])
    #expect(windows[0].accounts.allSatisfy { $0.account.flowCount == 2 })
    #expect(windows[0].accounts.allSatisfy { $0.account.lastSeen == Timeline.at(299) })
    #expect(ledger.isEmpty)
  }

  @Test func refusesNewAccountsWhenFullAndCountsThem() {
    var ledger = Ledger(window: 300 * Self.second, capacity: 1_000)
    for number in 0..<1_003 {
      ledger.update(host: Self.host(number), service: 0, at: Timeline.nine) { $0.flowCount += 1 }
    }
    ledger.update(host: Self.host(0), service: 0, at: Timeline.nine) { $0.flowCount += 1 }
    #expect(ledger.refusedCount == 3)
    #expect(ledger.accounts.count == 1_000)
    #expect(ledger.accounts.values.map(\.flowCount).max() == 2)
  }

  @Test func listsAsMuchEvidenceAsARecordHolds() {
    var account = Ledger.Account(firstSeen: Timeline.nine, lastSeen: Timeline.nine)
    for _ in 0..<2 {
      for number in 0..<UsageRecord.maximumEvidenceCount + 5 { account.add(Self.evidence(number)) }
    }
    #expect(account.evidence.count == UsageRecord.maximumEvidenceCount)
    #expect(account.unlistedEvidenceCount == 10)
  }

  @Test func addsEstimatesAndCountsAbstentions() {
    var account = Ledger.Account(firstSeen: Timeline.nine, lastSeen: Timeline.nine)
    account.add(
      TurnEstimate(
        prompt: .stated(100), completion: .abstained(.tooSmall), profile: "p@1",
        hidden: ["reasoning"]))
    account.add(
      TurnEstimate(
        prompt: .estimated(TokenEstimate(low: 10, likely: 20, high: 40)),
        completion: .abstained(.noProfile), profile: ""))
    #expect(account.turnCount == 2 && account.prompt.estimatedTurnCount == 2)
    #expect(account.prompt.likely == 120 && account.completion.abstainedTurnCount == 2)
    #expect(
      account.abstentions == [
        "completion: too few bytes to tell": 1, "completion: no profile for this service": 1,
      ])
    #expect(account.profiles == ["p@1"] && account.hidden == ["reasoning"])
  }

  private static func host(_ number: Int) -> IPAddress {
    IPAddress(v4: 0x0a00_0000 + UInt32(number))
  }

  private static func evidence(_ number: Int) -> UsageRecord.Evidence {
    UsageRecord.Evidence(
      source: .sni, name: "n\(number).test", evidenceClass: .usage, rule: "a.yaml:1")
  }
}
