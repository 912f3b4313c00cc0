import Foundation
import ProviderRules
import RecordStore
import StrictYAML
import Testing
import TrafficModel
import WireFormat

@testable import Agent

@Suite("gnomon policy, and a policy over time")
struct PolicyRunTests {
  private static func folder(_ policy: String) throws -> RuleFolder {
    let folder = try RuleFolder(policy: policy)
    try folder.write(TenantTests.provider, to: "providers/acme.yaml")
    return folder
  }

  private static func text(of folder: RuleFolder) throws -> String {
    try String(contentsOfFile: folder.path + "/policy.yaml", encoding: .utf8)
  }

  /// The error of `body`, with the status of a wrong command line.
  private static func mistake(_ body: () throws(AgentError) -> Void) -> String? {
    do {
      try body()
      return nil
    } catch { return error.status == .usage ? error.description : "status \(error.status)" }
  }

  @Test("a tenant's approval is written, shown as a diff before, and taken back")
  func approvesAndRevokes() throws {
    let folder = try Self.folder(RuleFolder.policy)
    let before = try Self.text(of: folder)
    let subject = PolicyChange.Subject(
      id: "acme", service: "acme-api", tenant: "ours", group: "labs")
    var options = PolicyApproveRun.Options(
      subject: subject, verdict: "approved", owner: "o", reason: "r", rules: folder.path)
    options.isDryRun = true
    #expect(
      try PolicyApproveRun.run(options) == """
        --- \(folder.path)/policy.yaml
        +++ \(folder.path)/policy.yaml
        @@ -6,3 +6,9 @@
           - {id: council, macs: ['02:00:00:00:09:09'], excluded: true}
         verdicts:
           - {group: labs, provider: acme, verdict: approved, owner: a@acme.test, reason: agreed}
        +  - group: labs
        +    service: acme-api
        +    tenant: 'ours'
        +    verdict: approved
        +    owner: 'o'
        +    reason: 'r'

        """)
    #expect(try Self.text(of: folder) == before)
    options.isDryRun = false
    #expect(
      try PolicyApproveRun.run(options)
        == "\(folder.path)/policy.yaml: acme-api, tenant ours is approved for labs\n")
    let decision = try folder.book().policy.verdict(
      group: "labs", provider: "acme", service: "acme-api", tenant: "ours", on: .now())
    #expect(decision.reason == "r (o)")
    #expect(
      try PolicyRevokeRun.run(subject, isDryRun: true, rules: folder.path, policy: nil).contains(
        "-    tenant: 'ours'\n"))
    _ = try PolicyRevokeRun.run(subject, isDryRun: false, rules: folder.path, policy: nil)
    #expect(try Self.text(of: folder) == before)
    #expect(
      Self.mistake { () throws(AgentError) in
        _ = try PolicyRevokeRun.run(subject, isDryRun: false, rules: folder.path, policy: nil)
      }?.contains("no line speaks of acme-api, tenant ours for labs") == true)
  }

  @Test(
    "words that are wrong are told, and nothing is written",
    arguments: [
      (
        PolicyChange.Subject(id: "acme", service: "acme-ap", group: "*"),
        "--service: a service of acme, found acme-ap; did you mean acme-api?"
      ),
      (
        .init(id: "acme-api", service: "acme-local", group: "*"),
        "expected a provider before --service acme-local"
      ),
      (
        .init(id: "acme-api", tenant: "*", group: "*"),
        "--tenant: expected one label of a host name"
      ),
      (
        .init(id: "acme-api", tenant: "Ours", group: "*"),
        "--tenant: expected one label of a host name"
      ),
      (
        .init(id: "acme-local", tenant: "ours", group: "*"),
        "--tenant: names of acme-local tell no tenant; those of acme-api do"
      ),
      (.init(id: "acme-api", group: "council"), "council is excluded: its hosts leave no record"),
      (.init(id: "acme-api", group: "guest"), "did you mean guests?"),
    ])
  func refuses(subject: PolicyChange.Subject, message: String) throws {
    let folder = try Self.folder(RuleFolder.policy)
    let before = try Self.text(of: folder)
    let options = PolicyApproveRun.Options(
      subject: subject, verdict: "approved", owner: "o", reason: "r", rules: folder.path)
    let said = Self.mistake { () throws(AgentError) in _ = try PolicyApproveRun.run(options) }
    #expect(said?.contains(message) == true, "\(said ?? "nothing")")
    #expect(try Self.text(of: folder) == before)
  }

  static let dated = """
    schema: 1
    default: unknown
    groups:
      - {id: labs, cidrs: [10.1.0.0/16]}
      - {id: guests, cidrs: [10.9.0.0/16], excluded: true}
    verdicts:
      - {group: labs, provider: acme, verdict: approved, owner: o, reason: r, expires: 2026-11-02}
      - {group: '*', provider: acme, verdict: unapproved, owner: o, reason: r}
      - {group: guests, provider: acme, verdict: approved, owner: o, reason: r, expires: 2027-11-02}
    budgets:
      - {group: '*', per: day, octets: 1, owner: o, reason: r}
      - {group: '*', provider: acme, per: month, octets: 1000000, owner: o, reason: r}

    """

  @Test("each line is listed with how it stands on the day that is asked for")
  func lists() throws {
    let folder = try Self.folder(Self.dated)
    func list(_ day: String, _ format: PolicyListRun.Format = .text) throws -> [String] {
      try PolicyListRun.list(rules: folder.path, policy: nil, day: day, format: format)
        .replacing(folder.path + "/", with: "").split(separator: "\n").map(String.init)
    }
    #expect(
      try list("2026-10-30") == [
        "expires in 3 days    policy.yaml:7: approved for labs, provider acme until 2026-11-02; o: r",
        "in force             policy.yaml:8: unapproved for all hosts, provider acme; o: r",
        "never speaks         policy.yaml:9: approved for guests, provider acme until 2027-11-02; o: r",
        "excluded             group guests: its hosts leave no record",
      ])
    #expect(try list("2026-11-02")[0].hasPrefix("expires today"))
    #expect(try list("2026-11-03")[0].hasPrefix("lapsed 1 day ago"))
    #expect(try list("2026-11-03", .json).contains("      \"days_left\": -1,"))
    #expect(
      Self.mistake { () throws(AgentError) in
        _ = try PolicyListRun.list(rules: folder.path, policy: nil, day: "soon", format: .text)
      } == "--at: expected a date as YYYY-MM-DD, found soon")
  }

  @Test("a capture across the last day has both verdicts, whatever today is")
  func expiresByTheTimeOfTheRecord() throws {
    let bench = try Bench(policy: Self.dated)
    var (timeline, connection) = (Timeline(), Connection())
    // 2026-11-02 23:58 and 2026-11-03 00:03 UTC; the timeline begins at nine.
    let midnight = 15.0 * 3_600
    timeline.open(&connection, "api.acme.test", at: midnight - 120)
    timeline.turn(&connection, at: midnight - 119)
    timeline.turn(&connection, at: midnight + 180)
    let records = try bench.records(of: timeline)
    #expect(records.map(\.verdict) == [.approved, .unapproved])

    var notices = ExpiryNotices(PolicyFile(try bench.rules.book().policy, path: "p.yaml"))
    let first = notices.due(at: Timeline.at(0))
    #expect(
      first.count == 1
        && first.first?.hasPrefix(
          "p.yaml:7:5: warning: this line lapses after 2026-11-02, in 0 days") == true
    )
    #expect(notices.due(at: Timeline.at(60)).isEmpty)
    let second = notices.due(at: Timeline.at(midnight))
    #expect(
      second.first?.contains("one that lapsed after 2026-11-02: approved for labs, provider acme")
        == true)
    // Time that runs backwards says nothing anew.
    #expect(
      notices.due(at: Timeline.at(0)).isEmpty && notices.due(at: Timeline.at(2 * midnight)).isEmpty)
  }

  @Test("warnings without end are counted")
  func boundsNotices() throws {
    let lines = (0..<40).map {
      "  - {group: '*', provider: p\($0), verdict: approved, owner: o, reason: r, expires: 2020-01-01}\n"
    }
    let policy = try Policy(
      compiling: RuleSource(
        path: "policy.yaml", text: "schema: 1\ndefault: unknown\nverdicts:\n" + lines.joined()))
    var notices = ExpiryNotices(PolicyFile(policy, path: "p"))
    let told = notices.due(at: Timeline.nine)
    #expect(told.count == 11 && told.last == "30 more; gnomon policy list shows all")
  }

  @Test("budgets are held against the last day in the database, or the one that is asked for")
  func holdsBudgets() throws {
    let bench = try Bench(policy: Self.dated)
    var (timeline, connection) = (Timeline(), Connection())
    timeline.open(&connection, "api.acme.test", at: 1)
    timeline.turn(&connection, at: 2)
    #expect(try bench.records(of: timeline).count == 1)
    func budgets(_ day: String?, _ format: PolicyListRun.Format = .text) throws
      -> PolicyListRun.BudgetsOutcome
    {
      try PolicyListRun.budgets(
        database: bench.database, rules: bench.rules.path, policy: nil, day: day, format: format)
    }
    let lines = try budgets(nil).text.split(separator: "\n")
    #expect(lines.count == 2 && lines[0].hasPrefix("over: all hosts, all AI services: "))
    #expect(lines[0].contains("of 1 B, day 2026-11-02"))
    #expect(
      lines[1].hasPrefix("within: all hosts, provider acme: ")
        && lines[1].contains("month 2026-11-01 to 2026-11-30"))
    #expect(try budgets(nil).isOver)
    #expect(try !budgets("2026-11-03").isOver)
    #expect(try budgets(nil, .json).text.contains("\"state\": \"over\""))
  }

  @Test(
    "nothing of an excluded host reaches the file: no address, name, tenant or octet of a budget")
  func excludesFromTheDatabase() throws {
    let bench = try Bench(policy: Self.dated)
    try bench.rules.write(TenantTests.provider, to: "providers/acme.yaml")
    var timeline = Timeline()
    var guest = Connection(client: "10.9.77.77", mac: 0x0200_0000_0077)
    timeline.open(&guest, "secretguesttenant.api.acme.test", at: 1)
    timeline.turn(&guest, at: 2)
    #expect(try bench.records(of: timeline).isEmpty)
    let file = try ["", "-wal"].map { suffix -> Data in
      guard FileManager.default.fileExists(atPath: bench.database + suffix) else { return Data() }
      return try Data(contentsOf: URL(fileURLWithPath: bench.database + suffix))
    }
    let octets = file[0] + file[1]
    #expect(octets.count > 4_096)
    for text in ["secretguesttenant", "10.9.77.77", "02:00:00:00:00:77", "guests"] {
      #expect(octets.range(of: Data(text.utf8)) == nil, "\(text)")
    }
    let outcome = try PolicyListRun.budgets(
      database: bench.database, rules: bench.rules.path, policy: nil, day: nil, format: .text)
    #expect(
      !outcome.isOver && outcome.text.contains("within: all hosts, all AI services: 0 B of 1 B"))
  }

  @Test(
    "a report of a database by a policy says when that has a mistake, and goes on only by default")
  func reportsWithoutAPolicy() throws {
    let bench = try Bench(policy: Self.dated)
    _ = try bench.records(of: Timeline())
    let output = NSTemporaryDirectory() + "gnomon-\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: output) }
    var notes: [String] = []
    func report(_ policy: String?) throws(AgentError) {
      notes = []
      try ReportRun.run(
        database: bench.database,
        selection: RecordSelection(since: nil, until: nil, verdicts: [], groups: []), format: .json,
        rules: bench.rules.path, policy: policy, color: false, output: output
      ) { notes.append($0) }
    }
    try report(nil)
    #expect(
      try String(contentsOfFile: output, encoding: .utf8).contains("\"expiry_notice_days\": 14"))
    try bench.rules.write("schema: 1\n", to: "policy.yaml")
    try report(nil)
    #expect(notes.count == 1 && notes[0].contains("policy.yaml:1:1: error: expected key `default`"))
    #expect(throws: AgentError.self) { try report(bench.rules.path + "/policy.yaml") }
  }
}

@Suite("a difference in one hunk")
struct UnifiedDiffTests {
  @Test(
    "as patch reads it",
    arguments: [
      ("a\nb\n", "a\nb\n", ""),
      ("a\n", "a\nb\n", "--- p\n+++ p\n@@ -1,1 +1,2 @@\n a\n+b\n"),
      ("", "a\n", "--- p\n+++ p\n@@ -0,0 +1,1 @@\n+a\n"),
      (
        "a\nb\nc\nd\ne\nf\ng\n", "a\nb\nc\nd\nX\nf\ng\n",
        "--- p\n+++ p\n@@ -2,6 +2,6 @@\n b\n c\n d\n-e\n+X\n f\n g\n"
      ),
      (
        "a", "a\nb",
        "--- p\n+++ p\n@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\\ No newline at end of file\n"
      ),
      ("a\r\nb\r\n", "a\r\n", "--- p\n+++ p\n@@ -1,2 +1,1 @@\n a\r\n-b\r\n"),
    ])
  func differs(old: String, new: String, diff: String) {
    #expect(UnifiedDiff.text(from: old, to: new, path: "p") == diff)
  }
}
