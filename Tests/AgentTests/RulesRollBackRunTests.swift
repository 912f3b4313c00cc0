import Foundation
import RuleBundles
import Testing
import WireFormat

@testable import Agent

@Suite("gnomon rules roll-back and versions")
struct RulesRollBackRunTests {
  private static func rollBack(_ box: UpdatedBox, to target: String? = nil) throws -> [String] {
    try RulesRollBackRun.rollBack(directory: box.rules.path, policy: nil, to: target)
  }

  private static func refusal(
    _ box: UpdatedBox, to target: String? = nil
  ) throws -> (text: String, status: Agent.ExitStatus)? {
    do {
      _ = try rollBack(box, to: target)
      return nil
    } catch let error as AgentError {
      return (
        error.description.replacingOccurrences(of: box.rules.path + "/", with: ""), error.status
      )
    }
  }

  @Test func stepsBackSetBySetToTheInstalledOne() throws {
    let box = try UpdatedBox()
    for version: UInt64 in [2, 3] { try box.update(try box.bundle(version)) }
    #expect(try Self.rollBack(box).last == "version 2 is in force again")
    #expect(try box.service("v2.test") == "acme-api")
    #expect(try box.service("v3.test") == nil)
    let lines = try Self.rollBack(box)
    #expect(lines.contains { $0.contains("removed exact v2.test") })
    #expect(lines.last == "the installed set is in force again")
    #expect(try box.service("v2.test") == nil)
    #expect(try box.contents()["current"] == nil)
    let last = try #require(try Self.refusal(box))
    #expect(last.text.contains("there is no set to go back to"))
    #expect(last.status == .noInput)
  }

  @Test func goesToAnySetThatIsKept() throws {
    let box = try UpdatedBox()
    for version: UInt64 in [2, 3, 4] { try box.update(try box.bundle(version)) }
    #expect(try Self.rollBack(box, to: "2").last == "version 2 is in force again")
    #expect(try Self.rollBack(box, to: "4").last == "version 4 is in force again")
    #expect(try Self.rollBack(box, to: "4") == ["version 4 is in force already"])
    #expect(try Self.rollBack(box, to: "installed").last == "the installed set is in force again")
    // What was taken back can be put in force again.
    try box.update(try box.bundle(4))
    #expect(try box.service("v4.test") == "acme-api")
  }

  @Test(
    "what is no set is refused",
    arguments: [
      ("9", "sets/9: there is no such set", Agent.ExitStatus.noInput),
      ("03", "--to: expected a version or installed, found 03", .usage),
      ("../2", "--to: expected a version or installed, found ../2", .usage),
      ("", "--to: expected a version or installed, found", .usage),
    ])
  func refuses(target: String, said: String, status: Agent.ExitStatus) throws {
    let box = try UpdatedBox()
    try box.update(try box.bundle(2))
    let refusal = try #require(try Self.refusal(box, to: target))
    #expect(refusal.text.hasPrefix(said))
    #expect(refusal.status == status)
  }

  @Test func keepsTheSetBeforeAndTheLatestThree() throws {
    let box = try UpdatedBox()
    for version: UInt64 in [2, 3, 4, 5, 6, 7] { try box.update(try box.bundle(version)) }
    #expect(box.folder.keptVersions() == [7, 6, 5, 4])
    // 4 is older than the others, and was in force before 8.
    _ = try Self.rollBack(box, to: "4")
    try box.update(try box.bundle(8))
    #expect(box.folder.keptVersions() == [8, 7, 6, 4])
  }

  /// A way in which somebody changes the files of a set.
  enum Damage: String, CaseIterable {
    case changed = "providers/acme.yaml"
    case added = "profiles/new.yaml"
    case deleted = "prices.yaml"
    case replaced = "traps.yaml"

    func happen(to set: String, _ box: UpdatedBox) throws {
      let path = "\(set)/\(rawValue)"
      switch self {
      case .changed: try box.write(Array("schema: {".utf8), to: path)
      case .added: try box.write([], to: path)
      case .deleted: try FileManager.default.removeItem(atPath: path)
      case .replaced:
        try FileManager.default.createDirectory(
          atPath: path, withIntermediateDirectories: false)
      }
    }
  }

  @Test(
    "a set that was changed is written anew from its bundle, in force or not",
    arguments: Damage.allCases, [false, true])
  func repairs(damage: Damage, isInForce: Bool) throws {
    let box = try UpdatedBox()
    for version: UInt64 in isInForce ? [2] : [2, 3] { try box.update(try box.bundle(version)) }
    let before = try box.contents()
    try damage.happen(to: box.folder.set(2), box)
    let versions = try RulesVersionsRun.list(directory: box.rules.path)
    #expect(versions.contains { $0.hasSuffix(", CHANGED SINCE: \(damage.rawValue)") })
    let lines = try Self.rollBack(box, to: "2")
    #expect(
      lines.suffix(2) == [
        "\(box.folder.set(2))/\(damage.rawValue): is not what its bundle holds: the set has been written anew",
        "version 2 is in force again",
      ])
    var expected = before
    expected["current"] = "link to sets/2"
    #expect(try box.contents() == expected)
    #expect(try box.service("v2.test") == "acme-api")
  }

  @Test("a set whose bundle is damaged as well is not gone back to", arguments: [false, true])
  func refusesWithoutTheBundle(isInForce: Bool) throws {
    let box = try UpdatedBox()
    for version: UInt64 in isInForce ? [2] : [2, 3] { try box.update(try box.bundle(version)) }
    let set = box.folder.set(2)
    try box.write(Array(UpdatedBox.provider("x.test").utf8), to: set + "/providers/acme.yaml")
    try box.write(Array("no bundle".utf8), to: set + "/bundle")
    let before = try box.contents()
    let refusal = try #require(try Self.refusal(box, to: "2"))
    #expect(refusal.text.hasPrefix("sets/2/bundle: is no rule bundle"))
    #expect(
      refusal.text.hasSuffix("; gnomon rules update writes the set anew from the same bundle"))
    #expect(refusal.status == .dataError)
    #expect(try box.contents() == before)
    let versions = try RulesVersionsRun.list(directory: box.rules.path)
    #expect(versions.contains { $0.contains(" 2  CANNOT BE USED: ") })
    let lines = try box.update(try box.bundle(2)) { $0.allowsOlder = true }
    #expect(lines.suffix(2).first?.hasSuffix(": the set has been written anew") == true)
    #expect(lines.last == "version 2 is in force")
    #expect(try box.service("v2.test") == "acme-api")
    #expect(box.folder.damage(of: try box.folder.bundle(of: 2).bundle) == nil)
  }

  @Test func aSetIsGoneBackToOnlyWithTheSitesFiles() throws {
    let box = try UpdatedBox()
    for version: UInt64 in [2, 3] { try box.update(try box.bundle(version)) }
    let own = RulesUpdateRunTests.localProvider.replacingOccurrences(
      of: "id: own-api", with: "id: acme-api")
    try box.rules.write(own, to: "local/own.yaml")
    let refusal = try #require(try Self.refusal(box))
    #expect(refusal.status == .configuration)
    #expect(try box.contents()["current"] == "link to sets/3")
  }

  @Test func versionsListsWhatThereIs() throws {
    let box = try UpdatedBox()
    let list = { try RulesVersionsRun.list(directory: box.rules.path) }
    #expect(try list() == ["* installed  the files in \(box.rules.path) itself"])
    for version: UInt64 in [2, 10] { try box.update(try box.bundle(version)) }
    let key = String(describing: box.key.id).prefix(16)
    #expect(
      try list() == [
        "* 10  2 files, signed by \(key)…", "  2  2 files, signed by \(key)…",
        "  installed  the files in \(box.rules.path) itself",
      ])
  }

  @Test(
    "a link that leads to no set is named",
    arguments: [
      ("sets/9", "current: leads to sets/9, which is not there", Agent.ExitStatus.noInput),
      ("../other", "current: expected a link to sets/VERSION, found ../other", .configuration),
      (
        "sets/9/../8", "current: expected a link to sets/VERSION, found sets/9/../8", .configuration
      ),
      ("sets/09", "current: expected a link to sets/VERSION", .configuration),
    ])
  func refusesLink(target: String, said: String, status: Agent.ExitStatus) throws {
    let box = try UpdatedBox()
    try FileManager.default.createSymbolicLink(
      atPath: box.folder.link, withDestinationPath: target)
    let mistake = try #require(box.rules.mistakes())
    #expect(mistake.lines.first?.hasPrefix(said) == true)
    #expect(mistake.status == status)
  }

  @Test func aLostSetDoesNotStandInTheWayOfTheNext() throws {
    let box = try UpdatedBox()
    try box.update(try box.bundle(2))
    try FileManager.default.removeItem(atPath: box.folder.set(2))
    #expect(box.rules.mistakes()?.status == .noInput)
    let lines = try box.update(try box.bundle(3))
    #expect(lines.first?.contains("there are none in force that can be read") == true)
    #expect(try box.service("v3.test") == "acme-api")
  }

  @Test func whoReadsASetSeesThatItIsGone() throws {
    let box = try UpdatedBox()
    try box.update(try box.bundle(2))
    let place = try box.folder.placeInForce()
    #expect(place.isUnchanged)
    for version: UInt64 in [3, 4, 5] { try box.update(try box.bundle(version)) }
    #expect(place.isUnchanged)
    try box.update(try box.bundle(6))
    #expect(!place.isUnchanged)
  }
}

@Suite("gnomon rules keygen and bundle")
struct RulesBundleRunTests {
  private static func refusal(_ box: UpdatedBox, key: String) -> AgentError? {
    do {
      _ = try RulesBundleRun.run(
        RulesBundleRun.Options(
          directory: box.rules.path, key: key, out: box.files.path("out"), version: 4))
      return nil
    } catch {
      return error
    }
  }

  private static func secret(_ box: UpdatedBox, mode: Int = 0o600) throws -> String {
    let path = box.files.path("maker.key")
    try box.write(try box.key.privatePEM(), to: path)
    try box.files.setMode(mode, of: path)
    return path
  }

  @Test func bundlesTheShippedFilesAndNothingOfTheSite() throws {
    let box = try UpdatedBox()
    try box.rules.write(RulesUpdateRunTests.localProvider, to: "local/own.yaml")
    let key = try Self.secret(box)
    let out = box.files.path("out")
    let text = try RulesBundleRun.run(
      RulesBundleRun.Options(directory: box.rules.path, key: key, out: out, version: 4))
    #expect(text.hasPrefix("\(out): version 4, 2 files (rules "))
    let octets = [UInt8](try Data(contentsOf: URL(fileURLWithPath: out)))
    let bundle = try RuleBundle(octets.octets, trusting: [VerifyingKey(pem: box.key.publicPEM())])
    #expect(bundle.files.map(\.path) == ["prices.yaml", "providers/acme.yaml"])
    #expect(Self.refusal(box, key: key) == nil)
    #expect(octets == [UInt8](try Data(contentsOf: URL(fileURLWithPath: out))))
    #expect(try box.update(octets).last == "version 4 is in force")
  }

  @Test func withoutAVersionItIsTheFirstOfTheDay() throws {
    let box = try UpdatedBox()
    let options = RulesBundleRun.Options(
      directory: box.rules.path, key: try Self.secret(box), out: box.files.path("out"), version: nil
    )
    let text = try RulesBundleRun.run(options, today: Timestamp(seconds: 1_795_255_200))
    #expect(text.contains(": version 2026112101, "))
  }

  @Test func aPrivateKeyThatOthersMayReadIsNotUsed() throws {
    let box = try UpdatedBox()
    for mode in [0o640, 0o604, 0o660] {
      let refusal = try #require(
        Self.refusal(box, key: try Self.secret(box, mode: mode)))
      #expect(refusal.description.contains("maker.key: a private key that others may read"))
      #expect(refusal.status == .noPermission)
    }
  }

  @Test func aKeyThatIsNoneIsNamed() throws {
    let box = try UpdatedBox()
    let key = box.files.path("a.key")
    #expect(Self.refusal(box, key: key)?.status == .noInput)
    try box.write(try box.key.publicPEM(), to: key)
    try box.files.setMode(0o600, of: key)
    let refusal = try #require(Self.refusal(box, key: key))
    #expect(refusal.description == "\(key): expected a private key, found a public one")
    #expect(refusal.status == .configuration)
  }

  @Test(
    "rules that are not fit are not bundled",
    arguments: [
      ("evidence: cdn", "evidence: cnd", "providers/acme.yaml:16:"),
      ("hit: [api.acme.test]", "hit: [ipa.acme.test]", "expected `ipa.acme.test` to match"),
    ])
  func refuses(old: String, new: String, said: String) throws {
    let box = try UpdatedBox()
    let text = RuleFolder.provider.replacingOccurrences(of: old, with: new)
    try box.rules.write(text, to: "providers/acme.yaml")
    let refusal = try #require(Self.refusal(box, key: try Self.secret(box)))
    #expect(refusal.description.contains(said))
    #expect(refusal.status == .configuration)
    #expect(!FileManager.default.fileExists(atPath: box.files.path("out")))
  }

  @Test func keygenMakesAPairAndOverwritesNone() throws {
    let folder = try TemporaryFolder()
    let name = folder.path("maker")
    _ = try RulesKeygenRun.run(name: name)
    let (secret, open) = (URL(fileURLWithPath: name + ".key"), URL(fileURLWithPath: name + ".pem"))
    let key = try SigningKey(pem: [UInt8](try Data(contentsOf: secret)))
    #expect(try VerifyingKey(pem: [UInt8](try Data(contentsOf: open))).id == key.id)
    let mode = try FileManager.default.attributesOfItem(atPath: secret.path)[.posixPermissions]
    #expect(mode as? Int == 0o600)
    try FileManager.default.removeItem(at: secret)
    #expect {
      _ = try RulesKeygenRun.run(name: name)
    } throws: {
      String(describing: $0) == "\(open.path): is there already, and stays as it is"
    }
    #expect(!FileManager.default.fileExists(atPath: secret.path))
  }
}
