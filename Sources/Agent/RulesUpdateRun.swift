import Foundation
import ProviderRules
import RuleBundles

/// The work of `gnomon rules update`: the shipped rules of a signed bundle put in force, all at once or not at all.
package enum RulesUpdateRun {
  package struct Options: Sendable {
    package var directory: String
    package var policy: String?
    /// A path, or an https URL.
    package var source: String
    /// Public keys; none for those in the rules folder.
    package var trust: [String] = []
    /// Say what would be, and change nothing.
    package var isDryRun = false
    package var allowsOlder = false

    package init(directory: String, policy: String?, source: String) {
      (self.directory, self.policy, self.source) = (directory, policy, source)
    }
  }

  /// - Returns: lines to print.
  /// - Throws: ``AgentError`` when the bundle is refused or cannot be stored: the rules in force are then what they were.
  package static func update(_ options: Options) throws(AgentError) -> [String] {
    let folder = RulesFolder(options.directory)
    let keys = try KeyFiles.trusted(options.trust, in: folder)
    let octets = try BundleSource.read(options.source)
    let bundle: RuleBundle
    do {
      bundle = try RuleBundle(octets.octets, trusting: keys)
    } catch {
      throw AgentError(error, path: options.source)
    }
    if options.isDryRun {
      guard let change = try check(bundle, folder, options) else { return inForce(bundle) }
      return change.lines(and: "would be written anew")
        + ["version \(bundle.version) could be put in force"]
    }
    return try folder.exclusively { () throws(AgentError) in
      guard let change = try check(bundle, folder, options) else { return inForce(bundle) }
      let last = try folder.versionInForce()
      try folder.store(bundle, octets)
      try folder.putInForce(bundle.version)
      folder.prune(before: last)
      return change.lines(and: "has been written anew")
        + ["version \(bundle.version) is in force"]
    }
  }

  private static func inForce(_ bundle: RuleBundle) -> [String] {
    ["version \(bundle.version) is in force already"]
  }

  /// What putting a bundle in force would do.
  private struct Change {
    /// What the rules would say differently.
    var lines: [String]
    /// What is wrong with the kept set of the same version.
    var damage: String?

    func lines(and outcome: String) -> [String] {
      lines + (damage.map { ["\($0): the set \(outcome)"] } ?? [])
    }
  }

  /// Holds a bundle against the rules in force, and its rules together with the site's own against their tests.
  ///
  /// - Returns: what would change; nil when the bundle is in force and its set as it was.
  private static func check(
    _ bundle: RuleBundle, _ folder: RulesFolder, _ options: Options
  ) throws(AgentError) -> Change? {
    let version = try folder.versionInForce()
    var damage: String?
    if version == bundle.version || folder.keptVersions().contains(bundle.version) {
      damage = try compareWithKept(bundle, folder, options)
    }
    if version == bundle.version, damage == nil { return nil }
    if let version, bundle.version < version, !options.allowsOlder {
      throw AgentError(
        "\(options.source): version \(bundle.version) is older than \(version), which is in force; --allow-older takes it all the same",
        status: .outOfDate)
    }
    let shipped = try ShippedFiles(bundle, path: options.source)
    let book = try RulesTestRun.proven(
      try RuleFiles(shipped, directory: options.directory, policyPath: options.policy))
    return Change(
      lines: RulesDiffRun.change(
        fromRulesIn: options.directory, policy: options.policy, to: book),
      damage: damage)
  }

  /// One version has one content. A kept set that is damaged is written again.
  ///
  /// - Returns: what is wrong with the kept set; nil where nothing is.
  /// - Throws: ``AgentError`` when the kept set's bundle is whole and holds something else.
  private static func compareWithKept(
    _ bundle: RuleBundle, _ folder: RulesFolder, _ options: Options
  ) throws(AgentError) -> String? {
    let kept: RuleBundle
    do {
      kept = try folder.bundle(of: bundle.version).bundle
    } catch {
      return error.description
    }
    guard kept.files == bundle.files else {
      throw AgentError(
        "\(options.source): has the version of \(folder.set(bundle.version)) and other contents: who made it must give it a later one",
        status: .outOfDate)
    }
    return folder.damage(of: bundle)
  }
}
