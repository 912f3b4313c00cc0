import Foundation
import Glibc

/// A whole document on its way to a file or to standard output.
enum Document {
  /// Writes to `path`, to standard output where there is none.
  ///
  /// A regular file, also one that a symbolic link names, is replaced as a whole, so that a reader never sees half of
  /// it; it keeps its owner and mode. A new file has mode 0640 less the umask: it names hosts; `mode` is for what does not.
  /// Whatever else there is (a device, a pipe) is opened and written to, and stays what it is.
  ///
  /// - Throws: ``AgentError`` naming the path.
  static func write(
    _ text: String, to path: String?, mode: mode_t = 0o640
  ) throws(AgentError) {
    guard let path, path != "-", path != "/dev/stdout" else {
      let output = StandardOutput()
      output.write(text)
      try output.finish()
      return
    }
    try write(Data(text.utf8), toFile: path, mode: mode)
  }

  /// The same for any octets, to a file only.
  static func write(
    _ data: Data, toFile path: String, mode: mode_t = 0o640
  ) throws(AgentError) {
    do {
      switch target(path) {
      case .regular(let file, let status): try replace(file, keeping: status, mode, with: data)
      case .missing: try replace(path, keeping: nil, mode, with: data)
      case .other: try overwrite(path, with: data)
      }
    } catch {
      throw AgentError("\(path): \(SystemMessage.of(error))", status: .ioError)
    }
  }

  /// Writes a rule file that was read before, if nobody has changed it meanwhile.
  ///
  /// - Parameter old: what was read; nil where there was no file.
  /// - Throws: ``AgentError`` of the status for trying again where it has been changed.
  static func write(
    _ text: String, to path: String, inPlaceOf old: String?, mode: mode_t = 0o640
  ) throws(AgentError) {
    let file = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    let folder = file.deletingLastPathComponent().path
    // Safe: open reads the string during the call only.
    let descriptor = unsafe Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw AgentError("\(path): \(SystemMessage.of(failure(errno)))", status: .ioError)
    }
    // Closing it gives the lock back, and so does the end of the process.
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX) == 0 else {
      throw AgentError("\(path): \(SystemMessage.of(failure(errno)))", status: .ioError)
    }
    let isThere = FileManager.default.fileExists(atPath: file.path)
    guard try isThere ? RuleBook.source(path).text == old : old == nil else {
      throw AgentError(
        "\(path): another gnomon has changed it meanwhile; try again", status: .temporaryFailure)
    }
    try write(text, to: path, mode: mode)
  }

  /// What stands at a path.
  private enum Target {
    /// A file, under the path that it has when all links are followed.
    case regular(String, stat)
    case missing
    /// A device, a pipe, a folder, a link to nothing.
    case other
  }

  private static func target(_ path: String) -> Target {
    var status = stat()
    // Safe: lstat and stat read the string and fill in the structure during the call only.
    guard unsafe stat(path, &status) == 0 else {
      let isMissing = unsafe errno == ENOENT && lstat(path, &status) != 0
      return isMissing ? .missing : .other
    }
    guard status.st_mode & S_IFMT == S_IFREG else { return .other }
    // Safe: realpath returns a string that is copied and freed here, or nil.
    guard let resolved = unsafe realpath(path, nil) else { return .other }
    defer { unsafe free(resolved) }
    return .regular(unsafe String(cString: resolved), status)
  }

  /// Writes a new file beside the old one and gives it the old one's name.
  private static func replace(
    _ path: String, keeping old: stat?, _ mode: mode_t, with data: Data
  ) throws {
    let new = "\(path).\(UUID().uuidString.prefix(8)).new"
    let file = try open(new, O_CREAT | O_EXCL, mode)
    do {
      if let old {
        let descriptor = file.fileDescriptor
        // Only root may give a file away; the mode comes last, for a new owner takes set-id bits away.
        if old.st_uid != geteuid() || old.st_gid != getegid() {
          _ = fchown(descriptor, old.st_uid, old.st_gid)
        }
        guard fchmod(descriptor, old.st_mode & 0o7777) == 0 else { throw failure(errno) }
      }
      try file.write(contentsOf: data)
      try file.synchronize()
      try file.close()
      // Safe: rename reads the strings during the call only.
      guard unsafe rename(new, path) == 0 else { throw failure(errno) }
    } catch {
      // Safe: unlink reads the string during the call only.
      _ = unsafe unlink(new)
      throw error
    }
  }

  private static func overwrite(_ path: String, with data: Data) throws {
    let file = try open(path, O_CREAT | O_TRUNC, 0o640)
    try file.write(contentsOf: data)
    try file.close()
  }

  private static func open(
    _ path: String, _ flags: Int32, _ mode: mode_t
  ) throws -> FileHandle {
    // Safe: open reads the string during the call only.
    let descriptor = unsafe Foundation.open(path, O_WRONLY | O_CLOEXEC | flags, mode)
    guard descriptor >= 0 else { throw failure(errno) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  private static func failure(_ number: Int32) -> POSIXError {
    POSIXError(POSIXErrorCode(rawValue: number) ?? .EIO)
  }
}
