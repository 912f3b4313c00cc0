import Foundation
import RuleBundles
import Testing

@testable import Agent

@Suite("gnomon rules update")
struct RulesUpdateRunTests {
  @Test func putsANewSetInForceAndLeavesTheSitesFilesAlone() throws {
    let box = try UpdatedBox()
    let before = try box.contents()
    #expect(try box.service("v2.test") == nil)
    let lines = try box.update(try box.bundle(2))
    #expect(lines.last == "version 2 is in force")
    #expect(lines.contains { $0.contains("added exact v2.test") })
    #expect(try box.service("v2.test") == "acme-api")
    let after = try box.contents()
    for (path, content) in before { #expect(after[path] == content, "\(path)") }
    #expect(after["current"] == "link to sets/2")
    #expect(
      Set(after.keys).subtracting(before.keys)
        == [
          "current", "sets", "sets/2", "sets/2/bundle", "sets/2/prices.yaml", "sets/2/profiles",
          "sets/2/providers", "sets/2/providers/acme.yaml",
        ])
  }

  @Test func theSitesOwnRulesStillComeFirst() throws {
    let box = try UpdatedBox()
    try box.rules.write(Self.localProvider, to: "local/own.yaml")
    try box.update(try box.bundle(2))
    #expect(try box.service("v2.test") == "own-api")
  }

  @Test func aDryRunShowsTheChangeAndMakesNone() throws {
    let box = try UpdatedBox()
    let before = try box.contents()
    let lines = try box.update(try box.bundle(2)) { $0.isDryRun = true }
    #expect(lines.contains { $0.contains("added exact v2.test") })
    #expect(lines.last == "version 2 could be put in force")
    #expect(try box.contents() == before)
  }

  @Test func anOlderBundleHasToBeAskedFor() throws {
    let box = try UpdatedBox()
    try box.update(try box.bundle(7))
    let before = try box.contents()
    let refusal = try #require(try box.refusal(try box.bundle(6)))
    #expect(refusal.text.hasPrefix("a.bundle: version 6 is older than 7, which is in force"))
    #expect(refusal.status == .outOfDate)
    #expect(try box.contents() == before)
    try box.update(try box.bundle(6)) { $0.allowsOlder = true }
    #expect(try box.service("v6.test") == "acme-api")
    #expect(try box.service("v7.test") == nil)
  }

  @Test func theSameBundleIsInForceAlreadyAndOneVersionHasOneContent() throws {
    let box = try UpdatedBox()
    try box.update(try box.bundle(7))
    #expect(try box.update(try box.bundle(7)) == ["version 7 is in force already"])
    let other = try box.bundle(7, provider: UpdatedBox.provider("other.test"))
    let refusal = try #require(try box.refusal(other))
    #expect(refusal.text.contains("has the version of sets/7 and other contents"))
    #expect(refusal.status == .outOfDate)
    try box.update(try box.bundle(8))
    #expect(try box.refusal(other) { $0.allowsOlder = true }?.status == .outOfDate)
  }

  @Test(
    "the same bundle writes a set in force anew that was changed, and says so",
    arguments: RulesRollBackRunTests.Damage.allCases)
  func repairs(damage: RulesRollBackRunTests.Damage) throws {
    let box = try UpdatedBox()
    try box.update(try box.bundle(7))
    let whole = try box.contents()
    try damage.happen(to: box.folder.set(7), box)
    let damaged = try box.contents()
    let said = "\(box.folder.set(7))/\(damage.rawValue): is not what its bundle holds: the set "
    let dry = try box.update(try box.bundle(7)) { $0.isDryRun = true }
    #expect(
      dry.suffix(2) == [said + "would be written anew", "version 7 could be put in force"])
    #expect(try box.contents() == damaged)
    let lines = try box.update(try box.bundle(7))
    #expect(lines.suffix(2) == [said + "has been written anew", "version 7 is in force"])
    #expect(try box.contents() == whole)
    #expect(try box.update(try box.bundle(7)) == ["version 7 is in force already"])
  }

  @Test("the same bundle brings a set in force back that has lost its bundle, or all")
  func repairsWithoutTheKeptBundle() throws {
    let box = try UpdatedBox()
    try box.update(try box.bundle(7))
    let whole = try box.contents()
    for lost in ["/bundle", ""] {
      try FileManager.default.removeItem(atPath: box.folder.set(7) + lost)
      let lines = try box.update(try box.bundle(7))
      #expect(
        lines.suffix(2) == [
          "\(box.folder.set(7))/bundle: No such file or directory: the set has been written anew",
          "version 7 is in force",
        ])
      #expect(try box.contents() == whole)
    }
  }

  @Test("a bundle that is not the set's mends nothing")
  func repairsWithNoOther() throws {
    let box = try UpdatedBox()
    try box.update(try box.bundle(7))
    try box.rules.write("schema: {", to: "sets/7/providers/acme.yaml")
    let before = try box.contents()
    let other = try box.bundle(7, provider: UpdatedBox.provider("other.test"))
    #expect(try box.refusal(other)?.status == .outOfDate)
    #expect(try box.contents() == before)
  }

  @Test("what is damaged changes nothing", arguments: 0..<4)
  func refusesDamage(kind: Int) throws {
    let box = try UpdatedBox()
    try box.update(try box.bundle(7))
    let before = try box.contents()
    var octets = try box.bundle(8)
    let said: (String, Agent.ExitStatus)
    switch kind {
    case 0:
      octets.removeLast(9)
      said = ("a.bundle: is cut short: ", .dataError)
    case 1:
      octets[80] ^= 4
      said = ("a.bundle: has been changed since it was signed: ", .noPermission)
    case 2:
      octets = Array("schema: 1\n".utf8)
      said = ("a.bundle: is no rule bundle: ", .dataError)
    default:
      octets = try box.bundle(8, by: SigningKey())
      said = ("a.bundle: is not signed by a trusted key: ", .noPermission)
    }
    let refusal = try #require(try box.refusal(octets))
    #expect(refusal.text.hasPrefix(said.0))
    #expect(refusal.status == said.1)
    #expect(try box.contents() == before)
    #expect(try box.service("v7.test") == "acme-api")
  }

  @Test(
    "a bundle with good octets and bad rules changes nothing",
    arguments: [
      (
        RuleFolder.provider.replacingOccurrences(of: "evidence: cdn", with: "evidence: cnd"),
        "a.bundle/providers/acme.yaml:16:"
      ),
      (
        RuleFolder.provider.replacingOccurrences(
          of: "{suffix: api.acme.test", with: "{suffix: ipa.acme.test"),
        "expected `api.acme.test` to match"
      ),
      ("schema: {", "a.bundle/providers/acme.yaml:"),
    ])
  func refusesRules(provider: String, said: String) throws {
    let box = try UpdatedBox()
    try box.update(try box.bundle(2))
    let before = try box.contents()
    let refusal = try #require(try box.refusal(try box.bundle(3, provider: provider)))
    #expect(refusal.text.contains(said), "\(refusal.text)")
    #expect(refusal.status == .configuration)
    #expect(try box.contents() == before)
  }

  @Test func rulesThatFireWhereATrapIsAreRefused() throws {
    let box = try UpdatedBox()
    let traps = BundleFile(path: "traps.yaml", octets: Array(Self.trap.utf8))
    let octets = try box.bundle(
      2, provider: UpdatedBox.provider("www7.blocked.test"), more: [traps])
    let refusal = try #require(try box.refusal(octets))
    #expect(refusal.text.hasPrefix("a.bundle: a test fails: www7.blocked.test, a trap at"))
    #expect(refusal.status == .configuration)
  }

  @Test func aBundleThatDoesNotGoWithTheSitesFilesIsRefused() throws {
    let box = try UpdatedBox()
    let own = Self.localProvider.replacingOccurrences(of: "id: own-api", with: "id: new-api")
    try box.rules.write(own, to: "local/own.yaml")
    let clash = UpdatedBox.provider("v2.test")
      .replacingOccurrences(of: "id: acme-local", with: "id: new-api")
    let refusal = try #require(try box.refusal(try box.bundle(2, provider: clash)))
    #expect(refusal.text.contains("new-api"))
    #expect(refusal.status == .configuration)
    try box.rules.write(
      """
      schema: 1
      default: unapproved
      verdicts:
        - {group: '*', provider: gone, verdict: approved, owner: me, reason: because}
      """, to: "policy.yaml")
    let other = try #require(try box.refusal(try box.bundle(2)))
    #expect(other.text.hasPrefix("policy.yaml:4:"))
    #expect(other.status == .configuration)
  }

  @Test func withoutATrustedKeyItSaysWhatToDo() throws {
    let box = try UpdatedBox()
    try FileManager.default.removeItem(atPath: box.folder.trust)
    let refusal = try #require(try box.refusal(try box.bundle(2)))
    #expect(refusal.text.hasPrefix("trust: no trusted key (*.pem) here: put the public key"))
    #expect(refusal.status == .noPermission)
    let key = box.files.path("maker.pem")
    try box.write(try box.key.publicPEM(), to: key)
    try box.update(try box.bundle(2)) { $0.trust = [key] }
    #expect(try box.service("v2.test") == "acme-api")
  }

  @Test func keysThatCannotBeTrustedAreNamed() throws {
    let box = try UpdatedBox()
    let (bundle, key) = (try box.bundle(2), "\(box.folder.trust)/maker.pem")
    try box.files.setMode(0o666, of: key)
    let open = try #require(try box.refusal(bundle))
    #expect(open.text.hasPrefix("trust/maker.pem: everybody may write this key"))
    #expect(open.status == .noPermission)
    try box.files.setMode(0o644, of: key)
    try box.files.setMode(0o777, of: box.folder.trust)
    let folder = try #require(try box.refusal(bundle))
    #expect(folder.text.hasPrefix("trust: everybody may put a key here"))
    #expect(folder.status == .noPermission)
    try box.files.setMode(0o755, of: box.folder.trust)
    try box.write(try box.key.privatePEM(), to: key)
    let secret = try #require(try box.refusal(bundle))
    #expect(secret.text.hasPrefix("trust/maker.pem: expected a public key, found a private one"))
    #expect(secret.status == .configuration)
    let missing = try #require(try box.refusal(bundle) { $0.trust = [box.files.path("no.pem")] })
    #expect(missing.text == "no.pem: No such file or directory")
    #expect(missing.status == .noInput)
  }

  @Test(
    "only files and https are places to update from",
    arguments: ["http://a.test/b", "file:///b", "ftp://a.test/b", "HTTP://a.test/b"])
  func refuses(source: String) throws {
    let box = try UpdatedBox()
    let refusal = try #require(try box.refusal([]) { $0.source = source })
    #expect(refusal.text.contains("expected a path, or a URL that begins with https://"))
    #expect(refusal.status == .usage)
  }

  @Test func onlyRegularFilesOfBoundedLengthAreRead() throws {
    let box = try UpdatedBox()
    let pipe = box.files.path("pipe")
    // Safe: mkfifo reads the string during the call only.
    let made = unsafe mkfifo(pipe, 0o600)
    #expect(made == 0)
    #expect(try box.refusal([]) { $0.source = pipe }?.text == "pipe: is no regular file")
    #expect(try box.refusal([]) { $0.source = "/dev/zero" }?.status == .noInput)
    let long = box.files.path("long")
    try box.write([], to: long)
    let file = try #require(FileHandle(forWritingAtPath: long))
    try file.truncate(atOffset: UInt64(RuleBundle.maximumByteCount) + 1)
    let refusal = try #require(try box.refusal([]) { $0.source = long })
    #expect(refusal.text == "long: is too big: more than 33554432 octets")
    #expect(refusal.status == .dataError)
  }

  @Test func whatABrokenUpdateLeftBehindIsGoneAfterTheNext() throws {
    let box = try UpdatedBox()
    try box.update(try box.bundle(2))
    for name in ["sets/.new-3", "sets/.old-1"] {
      try FileManager.default.createDirectory(
        atPath: "\(box.rules.path)/\(name)/providers", withIntermediateDirectories: true)
    }
    try FileManager.default.createSymbolicLink(
      atPath: box.rules.path + "/.current-3", withDestinationPath: "sets/3")
    #expect(try box.service("v2.test") == "acme-api")
    try box.update(try box.bundle(3))
    let names = try box.contents().keys
    #expect(!names.contains { $0.contains(".new-") || $0.contains(".old-") })
    #expect(!names.contains(".current-3"))
    #expect(try box.service("v3.test") == "acme-api")
  }

  @Test func twoUpdatesDoNotWorkAtOneTime() throws {
    let box = try UpdatedBox()
    let bundle = try box.bundle(2)
    var refusal: (text: String, status: Agent.ExitStatus)?
    try box.folder.exclusively { () throws(AgentError) in refusal = try? box.refusal(bundle) }
    #expect(refusal?.text == "sets: another gnomon is changing the rules; try again")
    #expect(refusal?.status == .temporaryFailure)
    #expect(try box.refusal(bundle) == nil)
  }

  /// A provider of the site's own that has `v2.test` too.
  static let localProvider = """
    schema: 1
    id: own
    name: Own
    vendor: {name: Own, country: DE, site: https://own.test}
    status: active
    services:
      - id: own-api
        name: Own API
        category: api
        data_egress: prompt
        match:
          domains:
            - {exact: v2.test, evidence: usage}
        verified: {date: 2026-11-01, by: docs, ref: https://own.test}
        confidence: high
        sources: [vendor-docs]
        examples: {hit: [v2.test]}
    """
  static let trap = """
    schema: 1
    traps:
      - kind: look-alike
        reason: a name that looks like AI
        names:
          - {suffix: blocked.test}
    """
}
