import Foundation
import RuleBundles

@testable import Agent

/// A rules folder that bundles are put in force in, and the key that it trusts.
final class UpdatedBox {
  let rules: RuleFolder
  let key: SigningKey
  let folder: RulesFolder
  /// For bundles and keys.
  let files: TemporaryFolder

  init() throws {
    rules = try RuleFolder()
    key = try SigningKey()
    folder = RulesFolder(rules.path)
    files = try TemporaryFolder()
    for name in ["trust", "local"] {
      try FileManager.default.createDirectory(
        atPath: "\(rules.path)/\(name)", withIntermediateDirectories: true)
    }
    try write(key.publicPEM(), to: "\(rules.path)/trust/maker.pem")
  }

  func write(_ octets: [UInt8], to path: String) throws {
    try Data(octets).write(to: URL(fileURLWithPath: path))
  }

  /// The provider of ``RuleFolder`` with its API at `name` as well.
  static func provider(_ name: String) -> String {
    RuleFolder.provider.replacingOccurrences(
      of: "- {exact: files.acme.test, evidence: content}",
      with:
        "- {exact: files.acme.test, evidence: content}\n        - {exact: \(name), evidence: usage}"
    )
  }

  /// Octets of a bundle whose only provider is also at `vVERSION.test`, unless its text is given.
  func bundle(
    _ version: UInt64, provider: String? = nil, more: [BundleFile] = [], by key: SigningKey? = nil
  ) throws -> [UInt8] {
    let text = provider ?? Self.provider("v\(version).test")
    let file = BundleFile(path: "providers/acme.yaml", octets: Array(text.utf8))
    let prices = BundleFile(path: "prices.yaml", octets: Array(RuleFolder.prices.utf8))
    return try RuleBundle.sealed([file, prices] + more, version: version, by: key ?? self.key)
  }

  /// Writes octets beside the rules, and updates from them.
  @discardableResult
  func update(
    _ octets: [UInt8], _ change: (inout RulesUpdateRun.Options) -> Void = { _ in }
  ) throws -> [String] {
    try write(octets, to: files.path("a.bundle"))
    var options = RulesUpdateRun.Options(
      directory: rules.path, policy: nil, source: files.path("a.bundle"))
    change(&options)
    return try RulesUpdateRun.update(options)
  }

  /// What an update is refused with, folders left out; nil where it is not.
  func refusal(
    _ octets: [UInt8], _ change: (inout RulesUpdateRun.Options) -> Void = { _ in }
  ) throws -> (text: String, status: ExitStatus)? {
    do {
      try update(octets, change)
      return nil
    } catch let error as AgentError {
      return (
        error.description.replacingOccurrences(of: files.url.path + "/", with: "")
          .replacingOccurrences(of: rules.path + "/", with: ""), error.status
      )
    }
  }

  /// The service that has `name` by the rules in force.
  func service(_ name: String) throws -> String? {
    let set = try rules.book().rules
    return set.match(name: name).map { set.services[$0.service].id }
  }

  /// Every file and link below the rules folder with what it holds.
  func contents() throws -> [String: String] {
    var contents: [String: String] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: rules.path) {
      let path = "\(rules.path)/\(name)"
      if let link = try? FileManager.default.destinationOfSymbolicLink(atPath: path) {
        contents[name] = "link to " + link
      } else if let data = FileManager.default.contents(atPath: path) {
        contents[name] = data.base64EncodedString()
      } else {
        contents[name] = "folder"
      }
    }
    // Who updates at the same time is told from this; it may stay.
    contents["sets/.lock"] = nil
    return contents
  }
}
