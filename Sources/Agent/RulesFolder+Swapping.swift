import CSyncfs
import Foundation
import RuleBundles

extension RulesFolder {
  /// How many sets are kept beside the one in force.
  static let keptCount = 3
  /// The name of the bundle in a set's folder.
  private static let bundleName = "bundle"

  /// Does `body` while nobody else changes the sets; what a broken-off change left behind is gone before.
  ///
  /// - Throws: ``AgentError`` when the folder cannot be written, or somebody else is at it.
  func exclusively<Value>(
    _ body: () throws(AgentError) -> Value
  ) throws(AgentError) -> Value {
    guard FileManager.default.fileExists(atPath: path) else {
      throw AgentError("\(path): No such file or directory", status: .noInput)
    }
    // Safe: the calls read the strings during the call only. The umask may not hide rules from who watches.
    if unsafe mkdir(sets, 0o755) == 0 {
      guard unsafe chmod(sets, 0o755) == 0 else { throw failure(sets) }
    } else if errno != EEXIST {
      throw failure(sets)
    }
    let lock = sets + "/.lock"
    let descriptor = unsafe open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw failure(lock) }
    // Closing it gives the lock back, and so does the end of the process, however it ends.
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      guard errno == EWOULDBLOCK else { throw failure(lock) }
      throw AgentError(
        "\(sets): another gnomon is changing the rules; try again", status: .temporaryFailure)
    }
    for (folder, prefix) in [(sets, ".new-"), (sets, ".old-"), (path, ".current-")] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for name in names where name.hasPrefix(prefix) {
        try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      }
    }
    return try body()
  }

  /// Writes a set as `sets/VERSION`, whole and on the disk before it has that name.
  ///
  /// - Parameter octets: the bundle that `bundle` was read from.
  /// - Throws: ``AgentError`` when it cannot be written; the sets are then as they were.
  func store(_ bundle: RuleBundle, _ octets: [UInt8]) throws(AgentError) {
    let target = set(bundle.version)
    let kept = try? BoundedFile("\(target)/\(Self.bundleName)", most: octets.count).octets
    if kept == octets, difference(of: bundle) == nil { return }
    let new = "\(sets)/.new-\(bundle.version)"
    let old = "\(sets)/.old-\(bundle.version)"
    do throws(AgentError) {
      for folder in ["", "/providers", "/profiles"] {
        // Safe: the calls read the string during the call only.
        guard unsafe mkdir(new + folder, 0o755) == 0, unsafe chmod(new + folder, 0o755) == 0
        else { throw failure(new + folder) }
      }
      for file in bundle.files { try write(file.octets, to: "\(new)/\(file.path)") }
      try write(octets, to: "\(new)/\(Self.bundleName)")
      // All files at once: one after another takes as many turns of the disk.
      try flush(new, everything: true)
      try exchange(new, target, old)
      try flush(sets)
    } catch {
      try? FileManager.default.removeItem(atPath: new)
      throw error
    }
    for left in [new, old] { try? FileManager.default.removeItem(atPath: left) }
    if let difference = difference(of: bundle) {
      throw AgentError("\(target)/\(difference): is not what was written", status: .ioError)
    }
  }

  /// Puts a set in force: nil for the installed one.
  ///
  /// - Throws: ``AgentError`` when the link cannot be changed; it is then as it was.
  func putInForce(_ version: UInt64?) throws(AgentError) {
    if let version {
      let new = "\(path)/.current-\(version)"
      // Safe: the call reads the strings during the call only.
      guard unsafe symlink(Self.target(version), new) == 0 else { throw failure(new) }
      try rename(new, link)
    } else if unsafe unlink(link) != 0, errno != ENOENT {
      throw failure(link)
    }
    try flush(path)
  }

  /// Deletes old sets: what is left is the set in force, the one that was before it, and the latest of the others, so
  /// that ``keptCount`` stay beside the one in force.
  func prune(before last: UInt64?) {
    let inForce = try? versionInForce()
    var others = keptVersions().filter { $0 != inForce }
    if let last, let place = others.firstIndex(of: last) {
      others.remove(at: place)
      others.insert(last, at: 0)
    }
    for version in others.dropFirst(Self.keptCount) {
      // Renamed first: who is reading it sees that it is gone, not that parts of it are.
      let old = "\(sets)/.old-\(version)"
      guard (try? rename(set(version), old)) != nil else { continue }
      try? FileManager.default.removeItem(atPath: old)
    }
  }

  /// The bundle that a set was made of, and its octets. Its signature was verified when the set was stored.
  ///
  /// - Throws: ``AgentError`` when it is not there or damaged.
  func bundle(of version: UInt64) throws(AgentError) -> (bundle: RuleBundle, octets: [UInt8]) {
    let path = "\(set(version))/\(Self.bundleName)"
    let octets = try BoundedFile(path, most: RuleBundle.maximumByteCount).octets
    do {
      return (try RuleBundle(unverified: octets.octets), octets)
    } catch {
      throw AgentError(error, path: path)
    }
  }

  /// What is wrong with a set's files, as a line begins that says what is done about it; nil where nothing is.
  func damage(of bundle: RuleBundle) -> String? {
    difference(of: bundle).map { "\(set(bundle.version))/\($0): is not what its bundle holds" }
  }

  /// The first file in which the folder of a set is different from its bundle; nil where they are the same.
  func difference(of bundle: RuleBundle) -> String? {
    let folder = set(bundle.version)
    for file in bundle.files {
      let found = try? BoundedFile("\(folder)/\(file.path)", most: file.octets.count).octets
      if found != file.octets { return file.path }
    }
    let known = Set(bundle.files.map(\.path))
    for name in ["providers", "profiles"] {
      let found = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)")) ?? []
      if let more = found.sorted().first(where: { !known.contains("\(name)/\($0)") }) {
        return "\(name)/\(more)"
      }
    }
    return BundleFile.singleFiles.first {
      !known.contains($0) && FileManager.default.fileExists(atPath: "\(folder)/\($0)")
    }
  }

  private func write(_ octets: [UInt8], to path: String) throws(AgentError) {
    // Safe: open reads the string during the call only.
    let descriptor = unsafe open(
      path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure(path) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      guard fchmod(descriptor, 0o644) == 0 else { throw failure(path) }
      try file.write(contentsOf: Data(octets))
      try file.close()
    } catch let error as AgentError {
      throw error
    } catch {
      throw AgentError("\(path): \(SystemMessage.of(error))", status: .ioError)
    }
  }

  /// Sees to it that what a folder lists is on the disk; `everything`: and all else that its file system was given.
  private func flush(_ folder: String, everything: Bool = false) throws(AgentError) {
    // Safe: open reads the string during the call only.
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(folder) }
    defer { close(descriptor) }
    guard (everything ? syncfs(descriptor) : fsync(descriptor)) == 0 else { throw failure(folder) }
  }

  /// Gives a new set its name, and its old name to the set that had that: nobody ever finds none, in force or not.
  ///
  /// - Parameter old: for a file system that cannot exchange: what stood there has this name then.
  private func exchange(_ new: String, _ target: String, _ old: String) throws(AgentError) {
    // RENAME_EXCHANGE of linux/fs.h.
    let bothWays: UInt32 = 2
    // Safe: the calls read the strings during the call only.
    if unsafe renameat2(AT_FDCWD, new, AT_FDCWD, target, bothWays) == 0 { return }
    switch errno {
    case ENOENT: break
    case EINVAL, ENOSYS:
      guard unsafe Foundation.rename(target, old) == 0 || errno == ENOENT
      else { throw failure(target) }
    default: throw failure(target)
    }
    try rename(new, target)
  }

  private func rename(_ old: String, _ new: String) throws(AgentError) {
    // Safe: rename reads the strings during the call only.
    guard unsafe Foundation.rename(old, new) == 0 else { throw failure(new) }
  }

  private func failure(_ path: String) -> AgentError {
    AgentError("\(path): \(SystemMessage.of(errno: errno))", status: .ioError)
  }
}
