import ProviderRules
import RecordStore
import Testing
import TrafficModel
import WireFormat

@testable import Agent

@Suite("tenants, from a name to a verdict")
struct TenantTests {
  /// Everything of `api.acme.test` with the label before it as the tenant; `ours` is approved, others are not.
  private static func rules(_ verdicts: String = Self.verdicts) throws -> RuleFolder {
    let folder = try RuleFolder(policy: policy(verdicts))
    try folder.write(provider, to: "providers/acme.yaml")
    return folder
  }

  static let provider = RuleFolder.provider
    .replacingOccurrences(
      of: "{suffix: api.acme.test, evidence: usage}",
      with: "{suffix: api.acme.test, evidence: usage, tenant: label}"
    )
    .replacingOccurrences(
      of: "{hit: [api.acme.test]}",
      with: "{hit: [api.acme.test], tenants: {ours.api.acme.test: ours, api.acme.test: (none)}}")

  static let verdicts = """
      - {group: '*', service: acme-api, tenant: ours, verdict: approved, owner: a@acme.test, reason: agreed}
      - {group: '*', service: acme-api, verdict: unapproved, owner: a@acme.test, reason: not ours}
    """

  static func policy(_ verdicts: String) -> String {
    """
    schema: 1
    default: unknown
    groups:
      - {id: guests, cidrs: [10.9.0.0/16], excluded: true}
    verdicts:
    \(verdicts)

    """
  }

  private let folder: RuleFolder
  private let judge: Judge

  init() throws {
    folder = try Self.rules()
    judge = Judge(book: try folder.book(), window: 300_000_000_000)
  }

  @Test("each tenant has a record and a verdict of its own, written in any case")
  func judgesTenants() throws {
    for name in [
      "ours.api.acme.test", "OURS.API.acme.test.", "theirs.api.acme.test", "api.acme.test",
    ] {
      #expect(named(name) != .ignore)
    }
    let records = try records()
    #expect(records.map(\.tenant) == [nil, "ours", "theirs"])
    #expect(records.map(\.verdict) == [.unapproved, .approved, .unapproved])
    #expect(records.map(\.flowCount) == [1, 2, 1])
  }

  @Test("a name with more labels is told by the one that the provider gave out")
  func takesTheLabelBeforeTheRule() throws {
    _ = named("ours.theirs.api.acme.test")
    #expect(try records().map(\.tenant) == ["theirs"])
  }

  @Test(
    "a certificate names no tenant, with a wildcard or without",
    arguments: ["*.ours.api.acme.test", "ours.api.acme.test", "*.api.acme.test"])
  func doesNotBelieveCertificates(name: String) throws {
    _ = named(name, .certificate)
    let records = try records()
    #expect(records.map(\.tenant) == [nil] && records.map(\.verdict) == [.unapproved])
  }

  @Test("an address that serves several tenants tells one only where it is likely by itself")
  func weighsTenantsOfAnAddress() throws {
    let ours = answered("ours.api.acme.test")
    let theirs = answered("theirs.api.acme.test")
    func tenants(_ candidates: [(Int32, Double)]) throws -> [String?] {
      var flow = sighting(.dns)
      _ = judge.unnamed(
        &flow, candidates: candidates.map { NameCandidate(tag: $0.0, probability: $0.1) })
      return try records().map(\.tenant)
    }
    #expect(try tenants([(ours, 0.4), (theirs, 0.4), (-1, 0.2)]) == [nil])
    #expect(try tenants([(theirs, 0.3), (ours, 0.7)]) == [nil])
    #expect(try tenants([(ours, 0.7), (theirs, 0.3)]) == ["ours"])
    #expect(try tenants([(ours, 1)]) == ["ours"])
  }

  @Test("names without end are one tenant from the 33rd on, and a named one is never among them")
  func boundsTenants() throws {
    for number in 0..<5_000 {
      _ = named("t\(number).api.acme.test")
      _ = named("t\(number).api.acme.test", client: "10.1.0.6")
    }
    _ = named("ours.api.acme.test")
    let records = try records()
    let first = records.filter { $0.host.address == IPAddress("10.1.0.5") }
    #expect(first.count == TenantTable.maximumCount + 2)
    #expect(records.count == 2 * TenantTable.maximumCount + 3)
    let other = try #require(first.first { $0.tenant == "(other)" })
    #expect(other.flowCount == 5_000 - TenantTable.maximumCount && other.verdict == .unapproved)
    #expect(first.first { $0.tenant == "ours" }?.verdict == .approved)
    #expect(judge.otherTenantCount == 2 * (5_000 - TenantTable.maximumCount))
  }

  @Test(
    "a tenant that the policy refuses cannot hide behind others, nor when names are no longer told apart"
  )
  func namedTenantsStayNamed() throws {
    var limits = AgentLimits()
    limits.findings = 40
    let folder = try Self.rules(
      """
        - {group: '*', service: acme-api, tenant: bad, verdict: unapproved, owner: o, reason: r}
        - {group: '*', service: acme-api, verdict: approved, owner: o, reason: r}
      """)
    let judge = Judge(book: try folder.book(), window: 300_000_000_000, limits: limits)
    for number in 0..<100 { _ = named("t\(number).api.acme.test", by: judge) }
    _ = named("bad.api.acme.test", by: judge)
    let records = try records(of: judge)
    #expect(records.first { $0.tenant == "bad" }?.verdict == .unapproved)
    #expect(records.count == TenantTable.maximumCount + 2)
  }

  @Test("windows that are opened again have no more tenants than before")
  func boundsTenantsOfReopenedWindows() throws {
    var ledger = Ledger(window: 300_000_000_000)
    var tenants: Set<String?> = []
    for number in 0..<200 {
      ledger.update(
        host: IPAddress("10.1.0.5")!, service: 0, tenant: "t\(number)", at: Timeline.at(1)
      ) { $0.flowCount += 1 }
      for place in ledger.takeAll() {
        for account in place.accounts { tenants.insert(account.key.tenant) }
      }
    }
    #expect(tenants.count == TenantTable.maximumCount + 1)
  }

  @Test("the record in the database says the tenant, and an excluded host's is nowhere in the file")
  func storesTenants() throws {
    let bench = try Bench(policy: Self.policy(Self.verdicts))
    try bench.rules.write(Self.provider, to: "providers/acme.yaml")
    var (timeline, ours) = (Timeline(), Connection(client: "10.1.0.5"))
    var guest = Connection(client: "10.9.77.77", mac: 0x0200_0000_0077)
    timeline.open(&ours, "ours.api.acme.test", at: 1)
    timeline.open(&guest, "secretguesttenant.api.acme.test", at: 1.5)
    timeline.turn(&ours, at: 2)
    timeline.turn(&guest, at: 3)
    let records = try bench.records(of: timeline)
    #expect(records.map(\.tenant) == ["ours"] && records.map(\.verdict) == [.approved])
    #expect(records.map(\.turnCount) == [1])
  }

  private func named(
    _ name: String, _ source: NameSighting.Source = .tls, client: String = "10.1.0.5",
    by judge: Judge? = nil
  ) -> FlowInterest {
    // Safe: octets have no padding, and the text outlives the call.
    unsafe (judge ?? self.judge).named(name.utf8.span.bytes, sighting(source, client: client))
  }

  private func answered(_ name: String) -> Int32 {
    // Safe: as above.
    unsafe judge.tag(forAnswered: name.utf8.span.bytes)
  }

  private func sighting(
    _ source: NameSighting.Source, client: String = "10.1.0.5"
  ) -> NameSighting {
    NameSighting(
      source: source, client: Endpoint(address: IPAddress(client)!, port: 40_000),
      server: Endpoint(address: IPAddress("203.0.113.9")!, port: 443), time: Timeline.at(1))
  }

  private func records(of judge: Judge? = nil) throws -> [UsageRecord] {
    let judge = judge ?? self.judge
    let records = judge.takeAccounts().flatMap { place, accounts in
      let maker = RecordMaker(
        book: judge.book, sensor: "s", window: place.window, droppedPackets: 0)
      return accounts.compactMap {
        maker.record($0.key, $0.account, service: judge.services[$0.key.service], host: nil)
      }
    }
    return UsageRecord.rolledUp(records)
  }
}
