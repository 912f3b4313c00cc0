import Foundation
import RuleBundles
import WireFormat

/// The work of `gnomon rules roll-back`: a set that was in force before is so again.
package enum RulesRollBackRun {
  /// What `--to` calls the set that no update brought.
  package static let installed = "installed"

  /// - Parameter target: a version that is kept, or ``installed``; nil for the latest below the one in force.
  /// - Returns: lines to print.
  /// - Throws: ``AgentError`` when there is no such set, its bundle is damaged, or it does not go with the site's files.
  package static func rollBack(
    directory: String, policy: String?, to target: String?
  ) throws(AgentError) -> [String] {
    let folder = RulesFolder(directory)
    return try folder.exclusively { () throws(AgentError) in
      try swap(folder, policy, to: try version(target, in: folder, try folder.versionInForce()))
    }
  }

  /// Nil is the installed set.
  private static func swap(
    _ folder: RulesFolder, _ policy: String?, to version: UInt64?
  ) throws(AgentError) -> [String] {
    let name = version.map { "version \($0)" } ?? "the installed set"
    var kept: (bundle: RuleBundle, octets: [UInt8])?
    if let version { kept = try self.kept(version, in: folder) }
    let damage = kept.flatMap { folder.damage(of: $0.bundle) }
    if try version == folder.versionInForce(), damage == nil {
      return ["\(name) is in force already"]
    }
    let shipped: ShippedFiles
    if let bundle = kept?.bundle {
      shipped = try ShippedFiles(bundle, path: folder.set(bundle.version))
    } else {
      shipped = try ShippedFiles(in: folder.path)
    }
    let book = try RulesTestRun.proven(
      try RuleFiles(shipped, directory: folder.path, policyPath: policy))
    var lines = RulesDiffRun.change(fromRulesIn: folder.path, policy: policy, to: book)
    if let kept, let damage {
      try folder.store(kept.bundle, kept.octets)
      lines.append("\(damage): the set has been written anew")
    }
    try folder.putInForce(version)
    return lines + ["\(name) is in force again"]
  }

  private static func kept(
    _ version: UInt64, in folder: RulesFolder
  ) throws(AgentError) -> (bundle: RuleBundle, octets: [UInt8]) {
    do {
      return try folder.bundle(of: version)
    } catch {
      throw AgentError(
        "\(error); gnomon rules update writes the set anew from the same bundle",
        status: error.status)
    }
  }

  private static func version(
    _ target: String?, in folder: RulesFolder, _ last: UInt64?
  ) throws(AgentError) -> UInt64? {
    let kept = folder.keptVersions()
    if target == installed || target == nil && !kept.contains(where: { $0 < last ?? 0 }) {
      guard folder.hasInstalledSet, target != nil || last != nil else {
        throw AgentError(
          "\(folder.path): there is no set to go back to; gnomon rules versions lists what there is",
          status: .noInput)
      }
      return nil
    }
    guard let target else { return kept.first { $0 < last ?? 0 } }
    guard let version = RulesFolder.version(target) else {
      throw AgentError(
        "--to: expected a version or \(installed), found \(target)", status: .usage)
    }
    guard kept.contains(version) else {
      throw AgentError(
        "\(folder.set(version)): there is no such set; gnomon rules versions lists what there is",
        status: .noInput)
    }
    return version
  }
}

/// The work of `gnomon rules versions`: the sets that there are.
package enum RulesVersionsRun {
  /// - Returns: a line for each set, the latest first, `*` before the one in force.
  /// - Throws: ``AgentError`` when `current` is no link to a set.
  package static func list(directory: String) throws(AgentError) -> [String] {
    let folder = RulesFolder(directory)
    let inForce = try folder.versionInForce()
    var lines: [String] = []
    for version in folder.keptVersions() {
      var line = "\(version == inForce ? "*" : " ") \(version)  "
      do throws(AgentError) {
        let bundle = try folder.bundle(of: version).bundle
        line +=
          "\(bundle.files.count) files, signed by \(String(describing: bundle.keyID).prefix(16))…"
        if let file = folder.difference(of: bundle) { line += ", CHANGED SINCE: \(file)" }
      } catch {
        line += "CANNOT BE USED: \(error)"
      }
      lines.append(line)
    }
    if folder.hasInstalledSet {
      lines.append(
        "\(inForce == nil ? "*" : " ") \(RulesRollBackRun.installed)  the files in \(directory) itself"
      )
    }
    guard !lines.isEmpty else {
      throw AgentError("\(directory): there are no rules here", status: .noInput)
    }
    return lines
  }
}
