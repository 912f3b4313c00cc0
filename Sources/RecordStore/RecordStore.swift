import Foundation
internal import GRDB

/// The per-host records on disk: one SQLite file, in write-ahead mode so that a report reads while the agent writes.
///
/// What the store holds is sums and names. Sizes and gaps of single TLS records cannot get here: no type that it
/// takes has a place for them.
package final class RecordStore: Sendable {
  package let path: String
  private let queue: DatabaseQueue
  private let isForReading: Bool

  /// Opens the file for writing, makes it where there is none, and brings an older schema up to date.
  ///
  /// A new file can be read and written by its owner alone: its records are personal data.
  package init(path: String) throws(RecordStoreError) {
    self.path = path
    isForReading = false
    do {
      var configuration = Self.configuration
      configuration.journalMode = .wal
      Self.makePrivate(path)
      queue = try DatabaseQueue(path: path, configuration: configuration)
      let migrator = Schema.migrator
      try queue.read { db in try Self.checkOwner(db, path: path, mayBeEmpty: true) }
      if try queue.read(migrator.hasBeenSuperseded) {
        throw RecordStoreError(path: path, kind: .newerSchema)
      }
      try migrator.migrate(queue)
    } catch {
      throw RecordStoreError(error, path: path)
    }
  }

  /// Opens an existing file for queries; no record of it changes.
  package init(readingFrom path: String) throws(RecordStoreError) {
    self.path = path
    isForReading = true
    do {
      queue = try Self.queueForReading(path, configuration: Self.configuration) { db in
        let migrator = Schema.migrator
        try Self.checkOwner(db, path: path, mayBeEmpty: false)
        if try migrator.hasBeenSuperseded(db) {
          throw RecordStoreError(path: path, kind: .newerSchema)
        }
        if try !migrator.hasCompletedMigrations(db) {
          throw RecordStoreError(path: path, kind: .olderSchema)
        }
      }
    } catch {
      throw RecordStoreError(error, path: path)
    }
  }

  /// Makes an empty file that only its owner can open, where there is none; SQLite gives its companions the same rights.
  /// Where this fails, opening says why.
  private static func makePrivate(_ path: String) {
    guard !FileManager.default.fileExists(atPath: path) else { return }
    _ = FileManager.default.createFile(
      atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
  }

  /// Closes the file; a write-ahead log is folded into it. Any call after this throws.
  package func close() throws(RecordStoreError) {
    do { try queue.close() } catch { throw RecordStoreError(error, path: path) }
  }

  /// Runs `work` in one transaction: all of it is kept, or, when it throws, none.
  func write<Value>(_ work: (Database) throws -> Value) throws(RecordStoreError) -> Value {
    if isForReading { throw RecordStoreError(path: path, kind: .readOnly) }
    do { return try queue.write(work) } catch { throw RecordStoreError(error, path: path) }
  }

  /// Runs `work` on one consistent state of the file.
  func read<Value>(_ work: (Database) throws -> Value) throws(RecordStoreError) -> Value {
    do { return try queue.read(work) } catch { throw RecordStoreError(error, path: path) }
  }

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.label = "records"
    // A report and the agent, or two runs of analyze, wait for each other this long.
    configuration.busyMode = .timeout(10)
    return configuration
  }

  private static func checkOwner(_ db: Database, path: String, mayBeEmpty: Bool) throws {
    if try Int32.fetchOne(db, sql: "PRAGMA application_id") == Schema.applicationID { return }
    let tableCount = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
    guard mayBeEmpty, tableCount == 0 else { throw RecordStoreError(path: path, kind: .foreign) }
  }
}
