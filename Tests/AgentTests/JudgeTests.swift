import ProviderRules
import RecordStore
import Testing
import TrafficModel
import WireFormat

@testable import Agent

@Suite("what accuses a host")
struct JudgeTests {
  private let rules: RuleFolder
  private let judge: Judge

  init() throws {
    rules = try RuleFolder()
    judge = Judge(book: try rules.book(), window: 300_000_000_000)
  }

  @Test(
    "sign-in, scripts, telemetry, the website and shared hosts do not",
    arguments: [
      "auth.acme.test", "cdn.acme.test", "stats.acme.test", "www.acme.test", "ws.vendor.test",
    ])
  func ignores(name: String) throws {
    #expect(named(name) == .ignore)
    #expect(answered(name) == -1)
    #expect(judge.hasEmptyLedger)
  }

  @Test(
    "names below and beside the provider's do not",
    arguments: [
      "acme.test", "api.acme.test.evil.test", "myapi.acme.test", "", ".", "\u{0}api.acme.test",
    ])
  func ignoresOtherNames(name: String) {
    #expect(named(name) == .ignore)
  }

  @Test func useIsBookedOnceAFlow() throws {
    #expect(named("eu.api.acme.test") == .meter(tag: 0))
    #expect(named("eu.API.acme.test") == .meter(tag: 0))
    let account = try #require(judge.takeAccounts().first?.accounts.first?.account)
    #expect(account.flowCount == 2 && account.isUse)
    #expect(account.evidence.map(\.name) == ["eu.api.acme.test"])
  }

  @Test func contentAloneMakesNoRecord() throws {
    #expect(named("files.acme.test") == .meter(tag: 0))
    #expect(try records().isEmpty)
  }

  @Test func contentBesideUseIsEvidence() throws {
    _ = named("files.acme.test")
    _ = named("api.acme.test")
    let record = try #require(try records().first)
    #expect(record.flowCount == 2)
    #expect(record.evidence.map(\.name) == ["api.acme.test", "files.acme.test"])
  }

  @Test func aDNSAnswerNamesAFlowWithoutAName() throws {
    let tag = answered("api.acme.test")
    #expect(inferred([(tag, 1)]) == .meter(tag: tag))
    let evidence = try #require(try records().first).evidence
    #expect(evidence.map(\.source) == [.dns])
  }

  @Test(
    "a certificate's name is inferred, its wildcard standing for what is below",
    arguments: ["api.acme.test", "*.api.acme.test"])
  func certificatesNameAFlowWithoutAName(name: String) throws {
    // Safe: as in `named`.
    let interest = unsafe judge.named(name.utf8.span.bytes, sighting(.certificate))
    #expect(interest == .meter(tag: 0))
    let evidence = try #require(try records().first).evidence
    #expect(evidence.map(\.source) == [.certificate] && evidence.map(\.name) == ["api.acme.test"])
    #expect(evidence.map(\.source.isInferred) == [true])
  }

  @Test("a certificate's names have the number of their service, and nothing is recorded by it")
  func numbersCertifiedNames() throws {
    // Safe: as in `named`.
    let numbers = ["api.acme.test", "*.api.acme.test", "www.shop.test"].map {
      unsafe judge.service(ofCertified: $0.utf8.span.bytes)
    }
    #expect(numbers[0] >= 0 && numbers[1] == numbers[0] && numbers[2] == -1)
    #expect(try records().isEmpty)
  }

  @Test("tags that are none do not", arguments: [-1, -7, 1, .max, .min] as [Int32])
  func ignoresForeignTags(tag: Int32) {
    _ = answered("api.acme.test")
    #expect(inferred([(tag, 1)]) == .ignore)
  }

  @Test("a shared address is believed from one half on, and scales the confidence")
  func weighsCandidates() throws {
    let tag = answered("api.acme.test")
    #expect(inferred([(-1, 0.51), (tag, 0.49)]) == .ignore)
    #expect(judge.hasEmptyLedger)
    #expect(inferred([(tag, 0.5), (-1, 0.5)]) == .meter(tag: tag))
    let record = try #require(try records().first)
    #expect(abs(record.confidence - 0.8 * 0.5 * 0.98) < 1e-9)
  }

  @Test("names of one service on an address count together")
  func addsUpNamesOfAService() {
    let (first, second) = (answered("eu.api.acme.test"), answered("us.api.acme.test"))
    #expect(inferred([(second, 0.3), (first, 0.25), (-1, 0.45)]) == .meter(tag: second))
  }

  @Test func aProvidersOwnAddressIsTheWeakestEvidence() throws {
    #expect(inferred([], at: "198.51.100.9") == .meter(tag: 0))
    #expect(inferred([], at: "198.51.101.9") == .ignore)
    let record = try #require(try records().first)
    #expect(record.evidence.map(\.name) == ["198.51.100.9"])
    #expect(abs(record.confidence - 0.7 * 0.98) < 1e-9)
  }

  @Test("an excluded group leaves no record, known by address or by MAC")
  func excludedHostsLeaveNoRecord() throws {
    #expect(named("api.acme.test", client: "10.9.1.2") == .ignore)
    #expect(judge.hasEmptyLedger)
    var (timeline, connection) = (Timeline(), Connection(mac: 0x0200_0000_0909))
    timeline.open(&connection, "api.acme.test", at: 1)
    timeline.turn(&connection, at: 2)
    #expect(try Bench().records(of: timeline).isEmpty)
  }

  @Test func reloadedRulesJudgeEarlierAnswersAnew() throws {
    let tag = answered("api.acme.test")
    try rules.write(
      RuleFolder.provider.replacingOccurrences(of: "api.acme.test", with: "api.other.test"),
      to: "providers/acme.yaml")
    #expect(judge.reload(try rules.book()) == [-1])
    #expect(named("api.acme.test") == .ignore && named("api.other.test") == .meter(tag: tag))

    try rules.write(RuleFolder.provider + "# again\n", to: "providers/acme.yaml")
    #expect(judge.reload(try rules.book()) == [-1])
    #expect(answered("api.acme.test") == tag)
    #expect(judge.reload(try rules.book()) == [tag])
  }

  @Test func namesWithoutEndDoNotBlindTheJudge() throws {
    for number in 0...AgentLimits().findings {
      _ = named("n\(number).api.acme.test", client: "10.1.0.6")
    }
    #expect(named("late.api.acme.test") != .ignore)
    #expect(named("later.api.acme.test") == named("late.api.acme.test"))
    let records = try records()
    #expect(records.map(\.flowCount).sorted() == [3, AgentLimits().findings + 1])
    #expect(records.allSatisfy { $0.evidence.count <= UsageRecord.maximumEvidenceCount })
    #expect(records.contains { $0.evidence.map(\.name) == ["suffix api.acme.test"] })
    #expect(
      records.map(\.unlistedEvidenceCount).max()
        == AgentLimits().findings + 1 - UsageRecord.maximumEvidenceCount)
  }

  @Test("a request for the list of models is no use, a chat on the same connection is")
  func useBeginsWithinAConnection() throws {
    func request(_ path: String) -> [UInt8] {
      Array("POST \(path) HTTP/1.1\r\nHost: box.test\r\nContent-Length: 0\r\n\r\n".utf8)
    }
    var (timeline, connection) = (Timeline(), Connection(server: "10.1.0.99", serverPort: 11_434))
    for frame in connection.open() { timeline.add(frame, at: 1) }
    timeline.add(connection.up(request("/api/tags")), at: 2)
    #expect(try Bench().records(of: timeline).isEmpty)

    timeline.add(connection.up(request("/api/chat")), at: 3)
    timeline.add(connection.down(Array("HTTP/1.1 200 OK\r\n\r\n".utf8)), at: 310)
    let records = try Bench().records(of: timeline)
    #expect(records.map(\.windowStart) == [0, 300].map(Timeline.at))
    #expect(records.allSatisfy { $0.service == "acme-local" })
  }

  private func inferred(
    _ candidates: [(tag: Int32, probability: Double)], at server: String = "192.0.2.10"
  ) -> FlowInterest {
    var flow = sighting(.dns, server: server)
    return judge.unnamed(
      &flow,
      candidates: candidates.map { NameCandidate(tag: $0.tag, probability: $0.probability) })
  }

  private func named(_ name: String, client: String = "10.1.0.5") -> FlowInterest {
    // Safe: octets have no padding, and the text outlives the call.
    unsafe judge.named(name.utf8.span.bytes, sighting(.tls, client: client))
  }

  private func answered(_ name: String) -> Int32 {
    // Safe: as above.
    unsafe judge.tag(forAnswered: name.utf8.span.bytes)
  }

  private func sighting(
    _ source: NameSighting.Source, client: String = "10.1.0.5", server: String = "203.0.113.9"
  ) -> NameSighting {
    NameSighting(
      source: source, client: Endpoint(address: IPAddress(client)!, port: 40_000),
      server: Endpoint(address: IPAddress(server)!, port: 443), time: Timeline.at(1))
  }

  /// What the judge's accounts become.
  private func records() throws -> [UsageRecord] {
    judge.takeAccounts().flatMap { place, accounts in
      let maker = RecordMaker(
        book: judge.book, sensor: "s", window: place.window, droppedPackets: 0)
      return accounts.compactMap {
        maker.record($0.key, $0.account, service: judge.services[$0.key.service], host: nil)
      }
    }
  }
}
