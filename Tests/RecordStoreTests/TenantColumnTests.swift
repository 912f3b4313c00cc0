import Foundation
import Testing

@testable import RecordStore

@Suite("tenants in the database")
struct TenantColumnTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func tenantsOfOneServiceAreRecordsOfTheirOwn() throws {
    let store = try RecordStore(path: folder.path("records.db"))
    let (run, source) = (try store.newRun(), try store.source(identity: "a", path: "a"))
    for tenant in [nil, "contoso", "fabrikam", "contoso"] {
      var record = Samples.record()
      record.tenant = tenant
      try store.write(run, source, window: 0, [record])
    }
    let records = try store.records(matching: RecordFilter())
    #expect(records.map(\.tenant) == [nil, "contoso", "fabrikam"])
    #expect(records.map(\.turnCount) == [1, 2, 1])
    #expect(UsageRecord.rolledUp(records).map(\.tenant) == [nil, "contoso", "fabrikam"])
  }

  @Test(
    "a database of before keeps its records, which know of no tenant, and takes new ones",
    .enabled(if: hasPython, "python3 with sqlite3 is missing"))
  func migrates() throws {
    let path = folder.path("records.db")
    let store = try RecordStore(path: path)
    let (run, source) = (try store.newRun(), try store.source(identity: "a", path: "a"))
    try store.write(run, source, window: 0, [Samples.record(turns: 3)])
    let before = try store.records(matching: RecordFilter())
    try store.close()
    try sqlite(path, Self.downgrade)
    #expect(failure { _ = try RecordStore(readingFrom: path) }?.kind == .olderSchema)

    let migrated = try RecordStore(path: path)
    #expect(try migrated.records(matching: RecordFilter()) == before)
    var record = Samples.record()
    record.tenant = "contoso"
    try migrated.write(run, source, window: 0, [record])
    #expect(try migrated.records(matching: RecordFilter()).map(\.tenant) == [nil, "contoso"])
    // What a later run says of the same window takes the place of both, by the index that was made anew.
    let later = try migrated.newRun()
    try migrated.write(later, source, window: 0, [Samples.record(turns: 7)])
    #expect(try migrated.records(matching: RecordFilter()).map(\.turnCount) == [7])
  }

  static let hasPython = RecordStoreErrorTests.hasPython

  private func sqlite(_ path: String, _ sql: String) throws {
    try RecordStoreErrorTests.sqlite(path, sql)
  }

  private func failure(_ body: () throws -> Void) -> RecordStoreError? {
    do {
      try body()
      return nil
    } catch { return error as? RecordStoreError }
  }

  /// Makes the table of records as schema 2 had it.
  private static let downgrade = """
    DELETE FROM grdb_migrations WHERE identifier = '3 tenants';
    DROP INDEX record_source;
    ALTER TABLE record RENAME TO kept;
    CREATE TABLE record (
      windowStart INTEGER NOT NULL, windowEnd INTEGER NOT NULL, sensor TEXT NOT NULL,
      host TEXT NOT NULL, provider TEXT NOT NULL, service TEXT NOT NULL,
      source INTEGER NOT NULL REFERENCES source(id), run INTEGER NOT NULL REFERENCES run(id),
      mac TEXT, hostName TEXT, hostNameSource TEXT, hostGroup TEXT,
      providerName TEXT NOT NULL, serviceName TEXT NOT NULL, category TEXT NOT NULL,
      dataEgress TEXT NOT NULL, verdict TEXT NOT NULL, ruleVersion TEXT NOT NULL,
      policyVersion TEXT NOT NULL, evidence TEXT NOT NULL, unlistedEvidenceCount INTEGER NOT NULL,
      flowCount INTEGER NOT NULL, turnCount INTEGER NOT NULL, wireBytesUp INTEGER NOT NULL,
      wireBytesDown INTEGER NOT NULL, applicationBytesUp INTEGER NOT NULL,
      applicationBytesDown INTEGER NOT NULL, firstSeen INTEGER NOT NULL, lastSeen INTEGER NOT NULL,
      activeSeconds REAL NOT NULL, promptTokens TEXT NOT NULL, completionTokens TEXT NOT NULL,
      profiles TEXT NOT NULL, abstentions TEXT NOT NULL, hidden TEXT NOT NULL, cost TEXT,
      droppedPackets INTEGER NOT NULL, missedBytes INTEGER NOT NULL,
      truncatedPackets INTEGER NOT NULL, confidence REAL NOT NULL,
      driftedTurnCount INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (windowStart, windowEnd, sensor, host, provider, service, source)
    ) STRICT;
    INSERT INTO record SELECT windowStart, windowEnd, sensor, host, provider, service, source, run,
      mac, hostName, hostNameSource, hostGroup, providerName, serviceName, category, dataEgress,
      verdict, ruleVersion, policyVersion, evidence, unlistedEvidenceCount, flowCount, turnCount,
      wireBytesUp, wireBytesDown, applicationBytesUp, applicationBytesDown, firstSeen, lastSeen,
      activeSeconds, promptTokens, completionTokens, profiles, abstentions, hidden, cost,
      droppedPackets, missedBytes, truncatedPackets, confidence, driftedTurnCount FROM kept;
    DROP TABLE kept;
    CREATE INDEX record_source ON record (source, windowStart);
    """
}
