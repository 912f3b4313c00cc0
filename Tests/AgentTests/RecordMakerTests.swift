import ProviderRules
import RecordStore
import Testing
import TokenEstimation
import TrafficModel
import WireFormat

@testable import Agent

@Suite("what a record says")
struct RecordMakerTests {
  private let book: RuleBook
  private static let window = Window(holding: Timeline.nine, length: 300_000_000_000)

  init() throws { book = try RuleFolder().book() }

  @Test(
    "the verdict is that of the host's group",
    arguments: [
      ("10.1.2.3", Verdict.approved, "labs"), ("10.2.2.3", .unapproved, nil),
    ] as [(String, Verdict, String?)])
  func givesTheVerdict(host: String, verdict: Verdict, group: String?) throws {
    let record = try #require(try record(host: host))
    #expect(record.verdict == verdict && record.host.group == group)
    #expect(record.policyVersion == book.policy.version && record.ruleVersion == book.rules.version)
  }

  @Test func costRunsFromTheCheapestFamilyToTheDearest() throws {
    let cost = try #require(
      try record { account in
        account.add(
          TurnEstimate(
            prompt: .stated(1_000_000), completion: .stated(100_000), profile: "p@1"))
      }?.cost)
    // 1 million tokens in at 1 and 2, 0.1 million out at 5 and 10 a million.
    #expect(abs(cost.low - 1.5) < 1e-9 && abs(cost.likely - 3) < 1e-9)
    #expect(abs(cost.high - 3) < 1e-9)
    #expect(cost.currency == "EUR" && cost.priceDate == "2026-01-01")
  }

  @Test func whatIsAbstainedHasNoPrice() throws {
    let record = try #require(
      try record {
        $0.add(
          TurnEstimate(
            prompt: .abstained(.noProfile), completion: .abstained(.noProfile), profile: ""))
      })
    #expect(record.cost == nil && record.promptTokens.abstainedTurnCount == 1)
  }

  @Test(
    "confidence is that of the best evidence",
    arguments: [
      ([.sni], 0.98), ([.quic], 0.98), ([.http], 0.98), ([.dns], 0.784), ([.address], 0.686),
      ([.certificate], 0.735), ([.certificate, .dns], 0.784), ([.address, .dns], 0.784),
      ([.address, .sni], 0.98),
    ] as [([UsageRecord.Evidence.Source], Double)])
  func weighsEvidence(sources: [UsageRecord.Evidence.Source], confidence: Double) throws {
    let record = try #require(try record(sources: sources))
    #expect(abs(record.confidence - confidence) < 1e-9)
  }

  @Test("what a certificate or DNS tells counts as much as it is likely, each by its own")
  func weighsInferredNames() throws {
    func evidence(_ source: UsageRecord.Evidence.Source) -> UsageRecord.Evidence {
      .init(source: source, name: "api.acme.test", evidenceClass: .usage, rule: "acme.yaml:13")
    }
    var account = Ledger.Account(firstSeen: Timeline.nine, lastSeen: Timeline.nine)
    account.add(evidence(.certificate), probability: 0.5)
    #expect(account.certifiedProbability == 0.5 && account.inferredProbability == 0)
    account.add(evidence(.dns), probability: 0.8)
    account.add(evidence(.certificate), probability: 0.25)
    #expect(account.certifiedProbability == 0.5 && account.inferredProbability == 0.8)
  }

  @Test func hostsAreNamedAsTheTableKnowsThem() throws {
    var hosts = HostTable()
    let (address, mac) = (IPAddress("10.1.2.3")!, MACAddress("02:00:00:00:00:17")!)
    hosts.note(lease: address, mac: mac, name: "lap-0142", at: Timeline.nine)
    let named = try #require(try record(host: "10.1.2.3", known: hosts[address]))
    #expect(named.host.mac == mac && named.host.name == "lap-0142")
    #expect(named.host.nameSource == "dhcp")
    let unnamed = try #require(try record(host: "10.1.2.3"))
    #expect(unnamed.host.name == nil && unnamed.host.nameSource == nil)
  }

  @Test func whatIsNotEstablishedMakesNoRecord() throws {
    #expect(try record { $0.isEstablished = false } == nil)
    #expect(try record() != nil)
  }

  @Test("a MAC that is excluded stays so when it is said to be a router's")
  func excludesBehindRouters() throws {
    let mac = try #require(MACAddress("02:00:00:00:09:09"))
    let address = try #require(IPAddress("10.2.2.3"))
    var hosts = HostTable()
    hosts.note(address, mac: mac, at: Timeline.nine)
    hosts.note(router: mac, seconds: 1_800, at: Timeline.nine)
    #expect(try record(host: "10.2.2.3", known: hosts[address]) == nil)
  }

  private func record(
    host: String = "10.1.0.5", sources: [UsageRecord.Evidence.Source] = [.sni],
    known: HostTable.Host? = nil, _ change: (inout Ledger.Account) -> Void = { _ in }
  ) throws -> UsageRecord? {
    let service = try #require(book.rules.service(id: "acme-api"))
    var account = Ledger.Account(firstSeen: Timeline.nine, lastSeen: Timeline.at(5))
    for source in sources {
      account.add(
        UsageRecord.Evidence(
          source: source, name: "api.acme.test", evidenceClass: .usage, rule: "acme.yaml:13"))
    }
    account.isEstablished = true
    change(&account)
    let maker = RecordMaker(book: book, sensor: "s", window: Self.window, droppedPackets: 0)
    let key = Ledger.Key(
      place: Ledger.Place(window: Self.window), host: IPAddress(host)!, service: 0)
    return maker.record(key, account, service: service, host: known)
  }
}
