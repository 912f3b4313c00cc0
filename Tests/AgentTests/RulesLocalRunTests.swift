import Foundation
import Testing

@testable import Agent

/// A rules folder with a trap, and a public suffix list beside it.
private func folder() throws -> RuleFolder {
  let folder = try RuleFolder()
  try folder.write(
    """
    schema: 1
    traps:
      - kind: shared-root
        reason: everybody's
        names: [{suffix: shared.test}]

    """, to: "traps.yaml")
  try folder.write("test\nsite.test\n// ===BEGIN PRIVATE DOMAINS===\nhost.test\n", to: "psl.dat")
  return folder
}

private func contents(_ folder: RuleFolder, _ name: String) throws -> String {
  try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)
}

/// What `rules lint` finds in the site's own files.
private func findings(_ folder: RuleFolder) throws -> [String] {
  var options = RulesLintRun.Options(directory: folder.path, policy: nil)
  options.publicSuffixes = folder.path + "/psl.dat"
  return try RulesLintRun.lint(options) { _ in }.findings.filter { $0.path.contains("/local/") }
    .map(\.description)
}

@Suite("gnomon rules add")
struct RulesAddRunTests {
  private static func add(
    _ folder: RuleFolder, _ domain: String, _ provider: String = "acme",
    service: String? = "acme-api", name: String? = nil, category: String? = nil,
    _ change: (inout RulesAddRun.Options) -> Void = { _ in }
  ) throws -> String {
    var options = RulesAddRun.Options(
      domain: domain,
      owner: .init(provider: provider, service: service, name: name, category: category),
      rules: folder.path)
    options.publicSuffixes = folder.path + "/psl.dat"
    change(&options)
    return try RulesAddRun.run(options) { _ in }
  }

  @Test("a name of a new provider, then one more of it, then one of a shipped service")
  func adds() throws {
    let folder = try folder()
    let said = try Self.add(
      folder, "Chat.New.test.", "new", service: nil, name: "New's", category: "chat-web"
    ) { $0.reason = "seen" }
    #expect(
      said.hasPrefix("\(folder.path)/local/new.yaml:14: suffix chat.new.test, to be reviewed\n"))
    #expect(said.contains("\nbefore: chat.new.test matches no rule"))
    #expect(said.contains("\nafter: chat.new.test is New's of New's (new)\n"))
    #expect(try contents(folder, "local/new.yaml").contains("\n  # 20"))
    let file = folder.path + "/local/new.yaml"
    try FileManager.default.setAttributes([.posixPermissions: 0o604], ofItemAtPath: file)
    _ = try Self.add(folder, "api.new.test", "new", service: nil) {
      ($0.match, $0.evidence, $0.verifiedBy) = ("exact", "auth", "docs")
    }
    #expect(
      try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o604)
    _ = try Self.add(folder, "gw.own.test")
    let rules = try folder.book().rules
    for (subject, service, evidence) in [
      ("a.chat.new.test", "new", "usage"), ("api.new.test", "new", "auth"),
      ("gw.own.test", "acme-api", "usage"),
    ] {
      let match = try #require(rules.match(name: subject))
      #expect(rules.services[match.service].id == service && match.evidence.rawValue == evidence)
    }
    #expect(rules.match(name: "a.api.new.test") == nil)
    #expect(try findings(folder) == [])
    let explained = try RulesExplainRun.explain("gw.own.test", rules: folder.path, policy: nil)
    #expect(explained.contains("by maintainer; sources maintainer"))
  }

  @Test("a name of somebody else's, and shipped rules below, are taken and told")
  func beatsShippedRules() throws {
    let folder = try folder()
    let said = try Self.add(folder, "acme.test", "new", service: nil, name: "N", category: "api")
    #expect(said.contains("it comes before 6 shipped rules at or below acme.test\n"))
    #expect(said.contains("  suffix api.acme.test at providers/acme.yaml:13: acme-api, usage\n"))
    let rules = try folder.book().rules
    let match = try #require(rules.match(name: "api.acme.test"))
    #expect(rules.services[match.service].id == "new")
  }

  @Test func aTrapIsBeatenOnlyWithAReason() throws {
    let folder = try folder()
    _ = try Self.add(folder, "shared.test") {
      ($0.beatsTraps, $0.reason) = (true, "all of it is ours")
    }
    #expect(try contents(folder, "local/acme.yaml").contains("# lint ignore over-trap: all of it"))
    #expect(try findings(folder) == [])
    #expect(try folder.book().rules.match(name: "x.shared.test") != nil)
  }

  @Test func aDryRunWritesNothing() throws {
    let folder = try folder()
    let text = try Self.add(folder, "gw.own.test") { $0.isDryRun = true }
    #expect(text.hasPrefix("schema: 1\nextends: acme\nservices:\n  - adds_to: acme-api\n"))
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/local"))
  }

  @Test(
    "what cannot be is refused, and nothing is written",
    arguments: [
      ("a b", "acme", "acme-api", nil, nil, "expected a host name"),
      ("localhost", "acme", "acme-api", nil, nil, "at least two labels"),
      (
        "10.0.0.1", "acme", "acme-api", nil, nil, "10.0.0.1: expected a host name, found an address"
      ),
      ("co.uk", "acme", "acme-api", nil, nil, "anybody can register"),
      ("site.test", "acme", "acme-api", nil, nil, "anybody can register"),
      ("host.test", "acme", "acme-api", nil, nil, "a hosting service lets anybody have names"),
      ("\u{1b}[2J.test", "acme", "acme-api", nil, nil, "expected a host name"),
      ("shared.test", "acme", "acme-api", nil, nil, "/traps.yaml:5: shared.test is a trap"),
      ("api.acme.test", "acme", "acme-api", nil, nil, "/providers/acme.yaml:13: api.acme.test is"),
      ("x.api.acme.test", "acme", "acme-api", nil, nil, "already, by suffix api.acme.test"),
      ("a.test", "acne", nil, nil, nil, "did you mean acme? A new one needs --name"),
      ("a.test", "acne", nil, "Acne", nil, "A new one needs --name and --category"),
      ("a.test", "acne", nil, "Acne", "ai", "--category: expected one of api, "),
      ("a.test", "Acne", nil, nil, nil, "--provider: expected an id"),
      (
        "a.test", "acme", "acme-app", nil, nil,
        "did you mean acme-api? There are acme-api, acme-local."
      ),
      ("a.test", "acme", nil, nil, nil, "give --service, one of acme-api, acme-local"),
      ("a.test", "acme", "acme-api", "A", "api", "describe a new service, and acme-api is known"),
      ("a.test", "new", "acme-api", "A", "api", "acme-api is a service of acme, not of new"),
      ("a.test", "acme-api", nil, "A", "api", "is a service of acme already"),
      ("a.test", "new", nil, "A\nB", "api", "--name: expected a line of text"),
    ])
  func refuses(
    domain: String, provider: String, service: String?, name: String?, category: String?,
    message: String
  ) throws {
    let folder = try folder()
    #expect {
      try Self.add(folder, domain, provider, service: service, name: name, category: category)
    } throws: {
      let error = $0 as? AgentError
      return error?.status == .usage && error?.description.contains(message) == true
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/local"))
  }

  @Test("a rule that stands in a local file, and a file of somebody else's, are named")
  func namesWhatIsInTheWay() throws {
    let folder = try folder()
    _ = try Self.add(folder, "gw.own.test")
    func refused(_ what: String, _ body: () throws -> String) {
      #expect {
        try body()
      } throws: {
        ($0 as? AgentError)?.description.contains(what) == true
      }
    }
    refused("/local/acme.yaml:7: suffix gw.own.test stands there already") {
      try Self.add(folder, "gw.own.test", service: "acme-local")
    }
    try FileManager.default.moveItem(
      atPath: folder.path + "/local/acme.yaml", toPath: folder.path + "/local/new.yaml")
    refused("/local/new.yaml: expected a file of new, found one of acme: rename it") {
      try Self.add(folder, "a.test", "new", service: nil, name: "N", category: "api")
    }
    // The provider's own file is found under any name.
    _ = try Self.add(folder, "gw2.own.test")
    #expect(try contents(folder, "local/new.yaml").contains("gw2.own.test"))
    try folder.write(
      "schema: 1\nextends: acme\nservices: [{adds_to: acme-api, match: {domains: [{exact: b.test, evidence: cdn}]}, "
        + "verified: {date: 2026-11-01, by: docs}, sources: [a], examples: {hit: [b.test]}}]\n",
      to: "local/new.yaml")
    refused("/local/new.yaml: expected `services:` with one entry below the other") {
      try Self.add(folder, "gw3.own.test")
    }
  }
}

@Suite("gnomon rules import")
struct RulesImportRunTests {
  private static func take(
    _ folder: RuleFolder, _ list: String, provider: String? = "new",
    _ change: (inout RulesImportRun.Options) -> Void = { _ in }
  ) throws -> RulesImportRun.Outcome {
    try folder.write(list, to: "list.txt")
    var options = RulesImportRun.Options(path: folder.path + "/list.txt", rules: folder.path)
    options.provider = provider
    options.owner.name = "New"
    options.owner.category = "ai-app"
    options.publicSuffixes = folder.path + "/psl.dat"
    change(&options)
    return try RulesImportRun.run(options) { _ in }
  }

  @Test("new names become rules, and of all others it is told why they do not")
  func sorts() throws {
    let folder = try folder()
    let outcome = try Self.take(
      folder,
      """
      # names
      domain:new.test @cn
      full:below.new.test
      new.test
      full:one.elsewhere.test
      api.acme.test
      acme.test
      shared.test
      host.test
      keyword:gpt
      include:others
      """)
    let place = folder.path + "/list.txt"
    #expect(
      outcome.report == [
        "\(place): 11 lines read as v2fly, 8 names", "2 new",
        "2 stand twice, or below another new name of the list",
        "1 known by rules of others, left out",
        "  \(place):6: api.acme.test is acme-api usage, by providers/acme.yaml:13",
        "1 trap, left out",
        "  \(place):8: shared.test is a trap at traps.yaml:5 (shared-root: everybody's)",
        "1 above shipped rules, left out: gnomon rules add takes one by one",
        "  \(place):7: acme.test would come before suffix api.acme.test at providers/acme.yaml:13",
        "3 lines or names that no rule can be made of",
        "  \(place):9: expected a name below `host.test`, under which a hosting service lets anybody have names",
        "  \(place):10: a keyword, which matches names of anybody",
        "  \(place):11: another list: import `others` by itself",
        "1 mark beside a name, not kept", "  1 @cn",
        "\(folder.path)/local/new.yaml: written, to be reviewed",
      ])
    let rules = try folder.book().rules
    #expect(
      rules.rules.filter(\.isLocal).map(\.text) == ["suffix new.test", "exact one.elsewhere.test"])
    #expect(try findings(folder) == [])
    // Once more, to the provider that there is now.
    let again = try Self.take(folder, "new.test\n0.0.0.0 one.elsewhere.test\n") {
      ($0.owner.name, $0.owner.category) = (nil, nil)
    }
    #expect(again.text == nil && again.report.contains("2 known already by rules of new"))
    #expect(again.report.last == "nothing is new: nothing is written")
  }

  @Test("one of a kind is told in the singular")
  func countsOne() throws {
    let outcome = try Self.take(try folder(), "full:new.test\nfull:new.test\nkeyword:gpt\n") {
      $0.isDryRun = true
    }
    #expect(
      outcome.report.filter { !$0.hasPrefix(" ") }.dropFirst() == [
        "1 new", "1 stands twice, or below another new name of the list",
        "1 line or name that no rule can be made of",
      ])
    #expect(outcome.text?.contains(": 1 name of a list in the form v2fly\n") == true)
    let short = try Self.take(try folder(), "full:new.test\n") { $0.isDryRun = true }
    #expect(short.report.first?.hasSuffix(": 1 line read as v2fly, 1 name") == true)
  }

  @Test("a new file elsewhere is for review, and is never replaced")
  func writesElsewhere() throws {
    let (folder, other) = (try folder(), try TemporaryFolder())
    let path = other.path("new-list.yaml")
    let outcome = try Self.take(folder, "||a.test^\n", provider: nil) { $0.into = path }
    #expect(outcome.report.last == "\(path): written, to be reviewed")
    #expect(try String(contentsOfFile: path, encoding: .utf8).contains("\nid: new-list\n"))
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/local"))
    #expect {
      try Self.take(folder, "||a.test^\n", provider: nil) { $0.into = path }
    } throws: {
      ($0 as? AgentError)?.description.hasPrefix("\(path): is there already") == true
    }
    let own = folder.path + "/local/mine.yaml"
    try FileManager.default.createDirectory(
      atPath: folder.path + "/local", withIntermediateDirectories: false)
    for name in ["a.test", "b.test"] {
      _ = try Self.take(folder, "||\(name)^\n") {
        $0.into = own
        if name == "b.test" { ($0.owner.name, $0.owner.category) = (nil, nil) }
      }
    }
    let rules = try folder.book().rules
    #expect(rules.rules.filter(\.isLocal).map(\.path) == ["local/mine.yaml", "local/mine.yaml"])
  }

  @Test("a hostile list costs bounded work, and what is told of it is capped")
  func isBounded() throws {
    let folder = try folder()
    let long = String(repeating: "a", count: 3 * LineReader.maximumLength)
    let list =
      "a.test\n" + String(repeating: "keyword:x @m\n", count: 300) + "\(long)\n\u{feff}\n\u{0}\n"
      + (0..<300).map { "b\($0).test @mark\($0)\n" }.joined()
    let outcome = try Self.take(folder, list)
    #expect(outcome.report.contains("301 new"))
    #expect(outcome.report.contains("  and 203 more"))
    #expect(outcome.report.count < 250)
    let place = folder.path + "/list.txt"
    let tooLong = try Self.take(folder, "x.test\n\(long)\n") {
      ($0.format, $0.isDryRun) = ("plain", true)
      ($0.owner.name, $0.owner.category) = (nil, nil)
    }
    #expect(tooLong.report.contains("  \(place):2: expected a line of less than 4096 octets"))
    #expect {
      try Self.take(folder, (0...ListImport.maximumNameCount).map { "c\($0).test\n" }.joined()) {
        ($0.owner.name, $0.owner.category) = (nil, nil)
      }
    } throws: {
      let error = $0 as? AgentError
      return error?.status == .dataError
        && error?.description.hasPrefix("\(place):20001: expected at most 20000 new names") == true
    }
  }

  @Test(
    "what is wrong is told",
    arguments: [
      ("<html>", nil, "the first lines do not tell the form"),
      ("a.test", "abp", "--format: expected one of"),
      ("", nil, "the first lines do not tell the form"),
      ("domain:a.test\n||b.test^", nil, "give --format, one of v2fly, adguard, plain"),
    ])
  func refuses(list: String, format: String?, message: String) throws {
    let folder = try folder()
    #expect {
      try Self.take(folder, list) { $0.format = format }
    } throws: {
      ($0 as? AgentError)?.description.contains(message) == true
    }
    #expect {
      try Self.take(folder, "a.test", provider: nil)
    } throws: {
      ($0 as? AgentError)?.description == "expected --provider, --into, or both"
    }
  }
}
