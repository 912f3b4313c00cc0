import Foundation
import Glibc
import RecordStore
import Testing

@Suite("reading the records file")
struct ReadingTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func contents() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
  }

  private func makeRecords(_ path: String) throws -> RecordStore {
    let store = try RecordStore(path: path)
    try store.write(
      try store.newRun(), try store.source(identity: "a", path: "a"), window: 0,
      [Samples.record(turns: 3)])
    return store
  }

  private func turns(_ path: String) throws -> [Int] {
    try RecordStore(readingFrom: path).records(matching: RecordFilter()).map(\.turnCount)
  }

  @Test("a report leaves no files beside the database", arguments: ["records.db", "a?b#c %41.db"])
  func leavesNothingBehind(name: String) throws {
    try makeRecords(folder.path(name)).close()
    #expect(try contents() == [name])
    #expect(try turns(folder.path(name)) == [3])
    #expect(try contents() == [name])
  }

  @Test func whatAWriterThatWasKilledLeftInItsLogIsRead() throws {
    let path = folder.path("records.db")
    let store = try makeRecords(path)
    let copy = folder.path("copy.db")
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
    }
    try store.close()
    #expect(try turns(copy) == [3])
  }

  /// Runs `body` with the folder as a file system that cannot be written; false where it cannot be made.
  private func withReadOnlyFolder(
    _ prepare: (String) throws -> Void, _ body: (String) throws -> Void
  ) throws -> Bool {
    // Safe: mount and umount read their strings during the calls only.
    guard unsafe mount("tmpfs", folder.url.path, "tmpfs", 0, "size=4m") == 0 else { return false }
    defer { _ = unsafe umount2(folder.url.path, Int32(MNT_DETACH)) }
    try prepare(folder.path("records.db"))
    let flags = UInt(MS_REMOUNT) | UInt(MS_RDONLY)
    try #require(unsafe mount("tmpfs", folder.url.path, "tmpfs", flags, nil) == 0)
    try body(folder.path("records.db"))
    return true
  }

  @Test(.enabled(if: geteuid() == 0, "mounting a file system takes root"))
  func aDatabaseOnAReadOnlyFileSystemIsRead() throws {
    let isMade = try withReadOnlyFolder { path in
      try makeRecords(path).close()
    } _: { path in
      let found = try turns(path)
      #expect(found == [3])
    }
    if !isMade { print("skipped: cannot mount a small file system here") }
  }

  @Test(.enabled(if: geteuid() == 0, "mounting a file system takes root"))
  func aLogThatCannotBeReadIsNoSilence() throws {
    let isMade = try withReadOnlyFolder { path in
      let store = try makeRecords(path + ".open")
      for suffix in ["", "-wal"] {
        try FileManager.default.copyItem(atPath: path + ".open" + suffix, toPath: path + suffix)
      }
      try store.close()
    } _: { path in
      do {
        let found = try turns(path)
        Issue.record("read \(found) without the log")
      } catch let error as RecordStoreError {
        #expect(error.kind == .unreadableLog)
        #expect(error.description.contains("records.db-wal; report as"))
      }
    }
    if !isMade { print("skipped: cannot mount a small file system here") }
  }
}
