import Foundation
import RuleBundles
import WireFormat

/// The work of `gnomon rules roll-back`: a set that was in force before is so again.
package enum RulesRollBackRun {
  /// What `--to` calls the set that no update brought.
  package static let installed = "installed"

  /// - Parameter target: a version that is kept, or ``installed``; nil for the latest below the one in force.
  /// - Returns: lines to print.
  /// - Throws: ``AgentError`` when there is no such set, it is not as it was, or does not go with the site's files.
  package static func rollBack(
    directory: String, policy: String?, to target: String?
  ) throws(AgentError) -> [String] {
    let folder = RulesFolder(directory)
    return try folder.exclusively { () throws(AgentError) in
      let last = try folder.versionInForce()
      let version = try version(target, in: folder, last)
      if version == last {
        return ["\(version.map { "version \($0)" } ?? "the installed set") is in force already"]
      }
      if let version, let file = folder.difference(of: try folder.bundle(of: version)) {
        throw AgentError(
          "\(folder.set(version))/\(file): is not what its bundle holds", status: .dataError)
      }
      let shipped = try ShippedFiles(in: version.map { folder.set($0) } ?? folder.path)
      let book = try RulesTestRun.proven(
        try RuleFiles(shipped, directory: directory, policyPath: policy))
      let lines = RulesDiffRun.change(fromRulesIn: directory, policy: policy, to: book)
      try folder.putInForce(version)
      return lines + ["\(version.map { "version \($0)" } ?? "the installed set") is in force again"]
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
        let bundle = try folder.bundle(of: version)
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
