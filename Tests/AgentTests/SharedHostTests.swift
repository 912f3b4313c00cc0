import ProviderRules
import RecordStore
import Testing
import TrafficModel
import WireFormat

@testable import Agent

/// `ws.vendor.test` is used by many; it counts as Acme's within 30 s of `api.acme.test`.
@Suite("hosts shared with others")
struct SharedHostTests {
  private let rules: RuleFolder
  private let judge: Judge

  init() throws {
    rules = try RuleFolder()
    judge = Judge(book: try rules.book(), window: 300_000_000_000)
  }

  @Test("a shared host counts after the name that its rule needs, and its evidence tells both")
  func countsBesideTheName() throws {
    var timeline = Timeline()
    for (number, (name, second)) in [
      ("ws.vendor.test", 1.0), ("API.acme.test", 100), ("ws.vendor.test", 129),
      ("ws.vendor.test", 140),
    ].enumerated() {
      var connection = Connection(clientPort: UInt16(40_000 + number))
      timeline.open(&connection, name, at: second)
      timeline.turn(&connection, at: second + 0.5)
    }
    let record = try #require(try Bench().records(of: timeline).first)
    #expect(record.flowCount == 2)
    #expect(
      record.evidence.map(\.name) == ["api.acme.test", "ws.vendor.test (beside api.acme.test)"])
    #expect(record.evidence.map(\.rule) == ["providers/acme.yaml:13", "providers/acme.yaml:19"])
  }

  @Test(
    "what another host asked for, asked for too long ago, or asked for later does not make it count"
  )
  func countsForTheHostAlone() {
    #expect(named("api.acme.test", client: "10.1.0.6", at: 10) != .ignore)
    #expect(named("ws.vendor.test", at: 11) == .ignore)
    #expect(named("api.acme.test", at: 20) != .ignore)
    #expect(named("ws.vendor.test", at: 51) == .ignore)
    #expect(named("ws.vendor.test", at: 5) == .ignore)
    #expect(named("ws.vendor.test", at: 50) != .ignore)
  }

  @Test("a question by DNS is enough, one inside a tunnel is not")
  func countsAfterAQuestion() {
    asked(
      "api.acme.test",
      in: Tunnel(kind: .gre, source: IPAddress("10.0.0.1")!, destination: IPAddress("10.0.0.2")!))
    #expect(named("ws.vendor.test", at: 3) == .ignore)
    asked("API.acme.test", in: nil)
    #expect(named("ws.vendor.test", at: 3) != .ignore)
  }

  @Test("other rules drop what began beside a name that they do not need")
  func isJudgedAgain() throws {
    _ = named("api.acme.test", at: 1)
    #expect(named("ws.vendor.test", at: 2) == .meter(tag: 1))
    #expect(judge.reload(try rules.book()) == [0, 1])
    try rules.write(
      RuleFolder.provider.replacingOccurrences(
        of: "needs: {name: api.acme.test", with: "needs: {name: auth.acme.test"),
      to: "providers/acme.yaml")
    #expect(judge.reload(try rules.book()) == [0, -1])
    #expect(named("ws.vendor.test", at: 3) == .ignore)
    #expect(named("auth.acme.test", at: 4) == .ignore)
    #expect(named("ws.vendor.test", at: 5) != .ignore)
  }

  @Test("hosts without end forget the older half, and take no more room")
  func isBounded() {
    for number in 0..<10_000 {
      _ = named("api.acme.test", client: "10.2.\(number / 250).\(number % 250)", at: 1)
    }
    #expect(named("ws.vendor.test", client: "10.2.39.249", at: 2) != .ignore)
    #expect(named("ws.vendor.test", client: "10.2.0.1", at: 2) == .ignore)
  }

  private func named(
    _ name: String, client: String = "10.1.0.5", at second: Double
  ) -> FlowInterest {
    // Safe: octets have no padding, and the text outlives the call.
    unsafe judge.named(
      name.utf8.span.bytes,
      NameSighting(
        source: .tls, client: Endpoint(address: IPAddress(client)!, port: 40_000),
        server: Endpoint(address: IPAddress("203.0.113.9")!, port: 443),
        time: Timeline.at(second)))
  }

  private func asked(_ name: String, in tunnel: Tunnel?) {
    let client = Endpoint(address: IPAddress("10.1.0.5")!, port: 5_353)
    let server = Endpoint(address: IPAddress("10.1.0.1")!, port: 53)
    // Safe: as above.
    unsafe judge.asked(
      name.utf8.span.bytes, client: client, server: server, at: Timeline.at(2), in: tunnel)
  }
}
