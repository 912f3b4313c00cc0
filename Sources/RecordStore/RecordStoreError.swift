internal import GRDB
internal import Glibc

/// Why the store could not be opened, read or written. One line each, naming the file.
///
/// Whatever was committed before the error is still in the file.
package struct RecordStoreError: Error, Equatable, Sendable {
  package enum Kind: String, Sendable {
    /// No such file, no permission, a directory.
    case unopenable
    case notADatabase
    /// An SQLite database, of another program.
    case foreign
    /// Written by a newer gnomon.
    case newerSchema
    /// Opened for reading only, and last written by an older gnomon.
    case olderSchema
    case diskFull
    case inputOutput
    /// Another process holds it.
    case busy
    /// SQLite's pages, or the values in them, are not what was once written.
    case damaged
    case readOnly
    /// What was written last is in a log beside the file, which cannot be read without writing to its folder.
    case unreadableLog
    case other
  }

  package var path: String
  package var kind: Kind
  /// What SQLite or the system said; empty where the kind says it all.
  package var detail: String

  package init(path: String, kind: Kind, detail: String = "") {
    self.path = path
    self.kind = kind
    self.detail = detail
  }
}

extension RecordStoreError: CustomStringConvertible {
  package var description: String {
    let problem =
      switch kind {
      case .unopenable: "cannot be opened"
      case .notADatabase: "is not a database"
      case .foreign: "is a database of another program"
      case .newerSchema: "was written by a newer gnomon; nothing was changed"
      case .olderSchema: "was written by an older gnomon; run `gnomon analyze` on it to bring it up"
      case .diskFull: "cannot grow, the disk is full; what was committed is kept"
      case .inputOutput: "cannot be read or written; what was committed is kept"
      case .busy: "is in use by another process"
      case .damaged: "is damaged"
      case .readOnly: "may not be written"
      case .unreadableLog:
        "cannot be read without writing to its folder, for its latest records are in \(path)-wal; "
          + "report as a user who may, or copy both files to a folder of your own"
      case .other: "failed"
      }
    return detail.isEmpty ? "\(path): \(problem)" : "\(path): \(problem): \(detail)"
  }
}

extension RecordStoreError {
  /// Maps what GRDB throws.
  init(_ error: any Error, path: String) {
    switch error {
    case let error as RecordStoreError:
      self = error
    case let error as DatabaseError:
      self.init(error, path: path)
    case is RowDecodingError, is DecodingError, is RecordRow.Malformed:
      self.init(path: path, kind: .damaged, detail: Self.oneLine("\(error)"))
    default:
      self.init(path: path, kind: .other, detail: Self.oneLine("\(error)"))
    }
  }

  private init(_ error: DatabaseError, path: String) {
    let detail = Self.oneLine(error.message ?? "\(error.extendedResultCode)")
    switch error.resultCode {
    case .SQLITE_NOTADB: self.init(path: path, kind: .notADatabase)
    case .SQLITE_FULL: self.init(path: path, kind: .diskFull)
    case .SQLITE_IOERR: self.init(path: path, kind: .inputOutput, detail: detail)
    case .SQLITE_BUSY, .SQLITE_LOCKED: self.init(path: path, kind: .busy)
    case .SQLITE_CORRUPT: self.init(path: path, kind: .damaged, detail: detail)
    case .SQLITE_READONLY: self.init(path: path, kind: .readOnly, detail: detail)
    case .SQLITE_CANTOPEN:
      self.init(path: path, kind: .unopenable, detail: Self.openingProblem(path) ?? detail)
    default: self.init(path: path, kind: .other, detail: detail)
    }
  }

  /// What the system says about opening the file, which is more than SQLite does; nil when it opens.
  private static func openingProblem(_ path: String) -> String? {
    // Safe: open reads the string during the call only.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor < 0 else {
      var status = stat()
      // Safe: fstat fills in the structure, which outlives the call.
      let isDirectory = unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
      close(descriptor)
      return isDirectory ? "Is a directory" : nil
    }
    var code = errno
    // A file that is not there could be made, unless its folder forbids it.
    if code == ENOENT, !path.isEmpty {
      let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
      // Safe: access reads the string during the call only.
      if unsafe access(folder, W_OK | X_OK) != 0 { code = errno }
    }
    // Safe: strerror returns a terminated string, copied here.
    return unsafe String(cString: strerror(code))
  }

  private static func oneLine(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 }.prefix(300))
  }
}
