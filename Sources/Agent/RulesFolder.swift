import Foundation

/// The layout of a rules folder.
///
///     providers/ profiles/ traps.yaml prices.yaml signs.yaml   the shipped set as it was installed
///     local/ policy.yaml trust/                     the site's own; no update touches them
///     sets/VERSION/                                 shipped sets that updates brought, each with its `bundle`
///     current                                       a link to `sets/VERSION`: the set in force; without it the installed one
///
/// An update writes a new folder in `sets` and renames a new link over `current`. Whoever reads resolves `current` once, so
/// that all files come from one set.
struct RulesFolder {
  let path: String

  init(_ path: String) { self.path = path }

  var sets: String { path + "/sets" }
  var link: String { path + "/current" }
  var trust: String { path + "/trust" }

  func set(_ version: UInt64) -> String { "\(sets)/\(version)" }
  /// What the link to a set holds.
  static func target(_ version: UInt64) -> String { "sets/\(version)" }

  /// A folder that holds a shipped set, as it was when it was looked at.
  struct Place {
    let path: String
    /// Nil for the installed set.
    let version: UInt64?
    fileprivate let identity: FileIdentity?

    /// Whether the folder is still the one that was found; the installed one is for packages to change.
    var isUnchanged: Bool { version == nil || FileIdentity(of: path) == identity }
  }

  /// The set in force.
  ///
  /// - Throws: ``AgentError`` when `current` is something else than a link to a set, or leads nowhere.
  func placeInForce() throws(AgentError) -> Place {
    guard let version = try versionInForce() else {
      return Place(path: path, version: nil, identity: nil)
    }
    guard let identity = FileIdentity(of: set(version)) else {
      throw AgentError(
        "\(link): leads to \(Self.target(version)), which is not there: gnomon rules roll-back takes another",
        status: .noInput)
    }
    return Place(path: set(version), version: version, identity: identity)
  }

  /// The version of the set that `current` leads to; nil where there is no such link.
  ///
  /// - Throws: ``AgentError`` when it is something else than a link to a set.
  func versionInForce() throws(AgentError) -> UInt64? {
    var status = stat()
    // Safe: lstat reads the string and fills in the structure during the call only.
    guard unsafe lstat(link, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw AgentError("\(link): \(SystemMessage.of(errno: errno))", status: .noInput)
    }
    let found = try? FileManager.default.destinationOfSymbolicLink(atPath: link)
    guard let found, let version = Self.version(found.dropFirst("sets/".count)),
      found == Self.target(version)
    else {
      throw AgentError(
        "\(link): expected a link to sets/VERSION, found \(found ?? "something else")",
        status: .configuration)
    }
    return version
  }

  /// A version as it is written: from 1 to 2^63-1, without leading zeros.
  static func version(_ text: some StringProtocol) -> UInt64? {
    guard let version = UInt64(text), 1...UInt64(Int64.max) ~= version, String(version) == text
    else { return nil }
    return version
  }

  /// The sets that updates brought, the latest first.
  func keptVersions() -> [UInt64] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: sets)) ?? []
    return names.compactMap { Self.version($0) }.sorted(by: >)
  }

  /// Whether it holds shipped files alone, as the folder of a set does, and nothing of a site's own.
  var isBareSet: Bool {
    ["policy.yaml", "local", "current", "sets"].allSatisfy {
      !FileManager.default.fileExists(atPath: "\(path)/\($0)")
    }
  }

  /// Whether there is a set that no update brought.
  var hasInstalledSet: Bool { FileManager.default.fileExists(atPath: path + "/providers") }
}

/// What tells a file or folder from every other, also from one that gets its name later.
struct FileIdentity: Equatable {
  private let device: dev_t
  private let number: ino_t

  /// Nil where there is nothing at `path`.
  init?(of path: String) {
    var status = stat()
    // Safe: stat reads the string and fills in the structure during the call only.
    guard unsafe stat(path, &status) == 0 else { return nil }
    (device, number) = (status.st_dev, status.st_ino)
  }
}
