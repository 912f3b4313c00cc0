internal import Foundation
internal import GRDB
internal import Glibc

extension RecordStore {
  /// A queue on an existing file for queries, where `check` has found the file right.
  ///
  /// A database in write-ahead mode cannot be read without two more files beside it, the log and its index. Where this
  /// process may write to the database, the connection may too, for only such a connection takes them away when it is
  /// the last to close. Where it may not, and there is no log, SQLite is told that the file does not change
  /// (`immutable=1`), and makes none.
  ///
  /// - Throws: what GRDB or `check` throws, or ``RecordStoreError`` where there is a log that cannot be read.
  static func queueForReading(
    _ path: String, configuration: Configuration, check: (Database) throws -> Void
  ) throws -> DatabaseQueue {
    func open(isImmutable: Bool, mayWrite: Bool) throws -> DatabaseQueue {
      var configuration = configuration
      configuration.readonly = !mayWrite
      let name =
        isImmutable ? URL(fileURLWithPath: path).absoluteString + "?immutable=1" : path
      let queue = try DatabaseQueue(path: name, configuration: configuration)
      try queue.read(check)
      return queue
    }
    let mayWrite = isAllowed(path, W_OK)
    if !mayWrite, isAllowed(path, R_OK), !exists(path + "-wal"), !exists(path + "-shm") {
      return try open(isImmutable: true, mayWrite: false)
    }
    do {
      return try open(isImmutable: false, mayWrite: mayWrite)
    } catch let error as DatabaseError
      where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)
      && isAllowed(path, R_OK)
    {
      guard isEmpty(path + "-wal") else { throw RecordStoreError(path: path, kind: .unreadableLog) }
      return try open(isImmutable: true, mayWrite: false)
    }
  }

  private static func isAllowed(_ path: String, _ access: Int32) -> Bool {
    // Safe: access reads the string during the call only.
    unsafe Glibc.access(path, access) == 0
  }

  private static func exists(_ path: String) -> Bool { isAllowed(path, F_OK) }

  /// Whether the file holds nothing or is not there.
  private static func isEmpty(_ path: String) -> Bool {
    var status = stat()
    // Safe: stat reads the string and fills in the structure during the call only.
    guard unsafe stat(path, &status) == 0 else { return errno == ENOENT }
    return status.st_size == 0
  }
}
