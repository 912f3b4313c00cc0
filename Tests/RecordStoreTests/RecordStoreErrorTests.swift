import Foundation
import Glibc
import RecordStore
import Testing

@Suite("what stands in the way of the records file")
struct RecordStoreErrorTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func failure(_ body: () throws -> Void) -> RecordStoreError? {
    do { try body() } catch { return error as? RecordStoreError }
    return nil
  }

  /// Python's sqlite3 module changes a database behind the store's back.
  static let hasPython =
    (try? Tool.run("/usr/bin/env", ["python3", "-c", "import sqlite3"])) != nil

  static func sqlite(_ path: String, _ sql: String) throws {
    let script =
      "import sqlite3,sys\nc=sqlite3.connect(sys.argv[1]);c.executescript(sys.argv[2]);c.close()"
    try Tool.run("/usr/bin/env", ["python3", "-c", script, path, sql])
  }

  @Test func aCaptureIsNotADatabase() throws {
    let path = folder.path("office.pcap")
    try Data(repeating: 0xa1, count: 4_096).write(to: URL(fileURLWithPath: path))
    #expect(
      failure { _ = try RecordStore(path: path) }?.description == "\(path): is not a database")
    #expect(failure { _ = try RecordStore(readingFrom: path) }?.kind == .notADatabase)
  }

  @Test func aMissingFileIsAnErrorForAReport() throws {
    let path = folder.path("none.db")
    let error = failure { _ = try RecordStore(readingFrom: path) }
    #expect(error?.description == "\(path): cannot be opened: No such file or directory")
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func aFolderIsNotAFile() throws {
    let error = failure { _ = try RecordStore(path: folder.url.path) }
    #expect(error?.description == "\(folder.url.path): cannot be opened: Is a directory")
  }

  @Test func aMissingFolderIsNamed() throws {
    let path = folder.path("no/such/records.db")
    let error = failure { _ = try RecordStore(path: path) }
    #expect(error?.description == "\(path): cannot be opened: No such file or directory")
  }

  @Test(.enabled(if: hasPython, "python3 with sqlite3 is missing"))
  func aNewerSchemaIsLeftAlone() throws {
    let path = folder.path("records.db")
    try RecordStore(path: path).close()
    try Self.sqlite(path, "INSERT INTO grdb_migrations VALUES ('99 from the future')")
    #expect(failure { _ = try RecordStore(path: path) }?.kind == .newerSchema)
    #expect(failure { _ = try RecordStore(readingFrom: path) }?.kind == .newerSchema)
  }

  @Test(.enabled(if: hasPython, "python3 with sqlite3 is missing"))
  func anOlderSchemaIsBroughtUpToDateAndKeepsItsRecords() throws {
    let path = folder.path("records.db")
    let store = try RecordStore(path: path)
    try store.write(
      try store.newRun(), try store.source(identity: "a", path: "a"), window: 0,
      [Samples.record(turns: 3)])
    try store.close()
    try Self.sqlite(
      path,
      """
      DELETE FROM grdb_migrations WHERE identifier <> '1 records';
      ALTER TABLE record DROP COLUMN driftedTurnCount;
      DROP TABLE judgement;
      DROP TABLE unknownName;
      """)
    #expect(failure { _ = try RecordStore(readingFrom: path) }?.kind == .olderSchema)
    let migrated = try RecordStore(path: path)
    let records = try migrated.records(matching: RecordFilter())
    #expect(records.map(\.turnCount) == [3])
    #expect(records.map(\.driftedTurnCount) == [0])
    #expect(try migrated.judgementsOfLastRun().map(\.ruleVersion) == ["3f2a"])
  }

  @Test(.enabled(if: hasPython, "python3 with sqlite3 is missing"))
  func aDatabaseOfAnotherProgramIsLeftAlone() throws {
    let path = folder.path("bookmarks.db")
    try Self.sqlite(path, "CREATE TABLE bookmarks (url TEXT)")
    #expect(failure { _ = try RecordStore(path: path) }?.kind == .foreign)
    #expect(failure { _ = try RecordStore(readingFrom: path) }?.kind == .foreign)
  }

  @Test(.enabled(if: hasPython, "python3 with sqlite3 is missing"))
  func aValueThatCannotBeIsDamage() throws {
    let path = folder.path("records.db")
    let store = try RecordStore(path: path)
    try store.write(
      try store.newRun(), try store.source(identity: "a", path: "a"), window: 0, [Samples.record()])
    for damage in ["verdict = 'excellent'", "host = '999.1.1.1'", "evidence = '{'"] {
      try Self.sqlite(path, "UPDATE record SET \(damage)")
      #expect(failure { _ = try store.records(matching: RecordFilter()) }?.kind == .damaged)
    }
  }

  @Test func aReportReadsWhileTheAgentWrites() throws {
    let path = folder.path("records.db")
    let writer = try RecordStore(path: path)
    let reader = try RecordStore(readingFrom: path)
    try writer.write(
      try writer.newRun(), try writer.source(identity: "a", path: "a"), window: 0,
      [Samples.record()])
    #expect(try reader.records(matching: RecordFilter()).count == 1)
    #expect(failure { _ = try reader.newRun() }?.kind == .readOnly)
  }

  /// A file system of one megabyte, which needs the right to mount; without it the test says so and is skipped.
  @Test(.enabled(if: geteuid() == 0, "mounting a small file system takes root"))
  func aFullDiskIsSaidAndWhatWasCommittedIsKept() throws {
    let disk = folder.path("disk")
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    // Safe: mount and umount read their strings during the call only.
    let status = unsafe mount("tmpfs", disk, "tmpfs", 0, "size=1m")
    guard status == 0 else {
      print("skipped: cannot mount a small file system here")
      return
    }
    defer { _ = unsafe umount2(disk, Int32(MNT_DETACH)) }
    let path = disk + "/records.db"
    let store = try RecordStore(path: path)
    let run = try store.newRun()
    let source = try store.source(identity: "a", path: "a.pcap")
    var written = 0
    let error = failure {
      for window in 0..<10_000 {
        try store.write(run, source, window: window, [Samples.record(window: window)])
        written += 1
      }
    }
    #expect(error?.kind == .diskFull)
    #expect(error?.description.hasPrefix("\(path): cannot grow, the disk is full") == true)
    #expect(written > 10)
    #expect(try store.records(matching: RecordFilter()).count == written)
  }
}
