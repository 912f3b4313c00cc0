internal import GRDB

/// The tables, and the way from each version of them to the next.
enum Schema {
  /// `gnom` in the file's header: tells our databases from others.
  static let applicationID: Int32 = 0x676e_6f6d

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 records", migrate: createRecords)
    migrator.registerMigration("2 drifted turns", migrate: addDriftedTurns)
    migrator.registerMigration("3 tenants", migrate: addTenants)
    migrator.registerMigration("4 rules of a run", migrate: addJudgements)
    migrator.registerMigration("5 unknown names", migrate: addUnknownNames)
    return migrator
  }

  /// Lists within a record (evidence, profiles, reasons) and token sums are JSON text; the rest is one column a
  /// field. Times are nanoseconds since 1970, UTC.
  private static func createRecords(_ db: Database) throws {
    try db.execute(sql: "PRAGMA application_id = \(applicationID)")
    try db.execute(
      sql: """
        CREATE TABLE run (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          started INTEGER NOT NULL,
          ruleVersion TEXT NOT NULL,
          policyVersion TEXT NOT NULL
        ) STRICT;

        CREATE TABLE source (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          identity TEXT NOT NULL UNIQUE,
          path TEXT NOT NULL
        ) STRICT;

        CREATE TABLE coverage (
          run INTEGER NOT NULL REFERENCES run(id),
          source INTEGER NOT NULL REFERENCES source(id),
          coveredFrom INTEGER NOT NULL,
          coveredTo INTEGER NOT NULL,
          PRIMARY KEY (run, source)
        ) STRICT;

        CREATE TABLE record (
          windowStart INTEGER NOT NULL,
          windowEnd INTEGER NOT NULL,
          sensor TEXT NOT NULL,
          host TEXT NOT NULL,
          provider TEXT NOT NULL,
          service TEXT NOT NULL,
          source INTEGER NOT NULL REFERENCES source(id),
          run INTEGER NOT NULL REFERENCES run(id),
          mac TEXT,
          hostName TEXT,
          hostNameSource TEXT,
          hostGroup TEXT,
          providerName TEXT NOT NULL,
          serviceName TEXT NOT NULL,
          category TEXT NOT NULL,
          dataEgress TEXT NOT NULL,
          verdict TEXT NOT NULL,
          ruleVersion TEXT NOT NULL,
          policyVersion TEXT NOT NULL,
          evidence TEXT NOT NULL,
          unlistedEvidenceCount INTEGER NOT NULL,
          flowCount INTEGER NOT NULL,
          turnCount INTEGER NOT NULL,
          wireBytesUp INTEGER NOT NULL,
          wireBytesDown INTEGER NOT NULL,
          applicationBytesUp INTEGER NOT NULL,
          applicationBytesDown INTEGER NOT NULL,
          firstSeen INTEGER NOT NULL,
          lastSeen INTEGER NOT NULL,
          activeSeconds REAL NOT NULL,
          promptTokens TEXT NOT NULL,
          completionTokens TEXT NOT NULL,
          profiles TEXT NOT NULL,
          abstentions TEXT NOT NULL,
          hidden TEXT NOT NULL,
          cost TEXT,
          droppedPackets INTEGER NOT NULL,
          missedBytes INTEGER NOT NULL,
          truncatedPackets INTEGER NOT NULL,
          confidence REAL NOT NULL,
          PRIMARY KEY (windowStart, windowEnd, sensor, host, provider, service, source)
        ) STRICT;
        CREATE INDEX record_source ON record (source, windowStart);

        CREATE TABLE summary (
          windowStart INTEGER NOT NULL,
          windowEnd INTEGER NOT NULL,
          sensor TEXT NOT NULL,
          source INTEGER NOT NULL REFERENCES source(id),
          run INTEGER NOT NULL REFERENCES run(id),
          packets INTEGER NOT NULL,
          bytes INTEGER NOT NULL,
          droppedPackets INTEGER NOT NULL,
          truncatedPackets INTEGER NOT NULL,
          malformedPackets INTEGER NOT NULL,
          flowsBySNI INTEGER NOT NULL,
          flowsByQUIC INTEGER NOT NULL,
          flowsByHTTP INTEGER NOT NULL,
          flowsByDNS INTEGER NOT NULL,
          flowsByAddress INTEGER NOT NULL,
          flowsUnnamed INTEGER NOT NULL,
          flowsMatched INTEGER NOT NULL,
          flowsWithECH INTEGER NOT NULL,
          encryptedDNSFlows INTEGER NOT NULL,
          counters TEXT NOT NULL,
          PRIMARY KEY (windowStart, windowEnd, sensor, source)
        ) STRICT;
        CREATE INDEX summary_source ON summary (source, windowStart);
        """)
  }

  /// What an older gnomon wrote did not count them: 0.
  private static func addDriftedTurns(_ db: Database) throws {
    try db.execute(
      sql: "ALTER TABLE record ADD COLUMN driftedTurnCount INTEGER NOT NULL DEFAULT 0")
  }

  /// The tenant becomes part of the key, and SQLite changes no key: the table is made anew. What an older gnomon wrote
  /// knew of no tenants: empty.
  private static func addTenants(_ db: Database) throws {
    let columns = [
      "windowStart", "windowEnd", "sensor", "host", "provider", "service", "source", "run", "mac",
      "hostName", "hostNameSource", "hostGroup", "providerName", "serviceName", "category",
      "dataEgress", "verdict", "ruleVersion", "policyVersion", "evidence", "unlistedEvidenceCount",
      "flowCount", "turnCount", "wireBytesUp", "wireBytesDown", "applicationBytesUp",
      "applicationBytesDown", "firstSeen", "lastSeen", "activeSeconds", "promptTokens",
      "completionTokens", "profiles", "abstentions", "driftedTurnCount", "hidden", "cost",
      "droppedPackets", "missedBytes", "truncatedPackets", "confidence",
    ].joined(separator: ", ")
    try db.execute(
      sql: """
        CREATE TABLE recordOfTenant (
          windowStart INTEGER NOT NULL,
          windowEnd INTEGER NOT NULL,
          sensor TEXT NOT NULL,
          host TEXT NOT NULL,
          provider TEXT NOT NULL,
          service TEXT NOT NULL,
          tenant TEXT NOT NULL DEFAULT '',
          source INTEGER NOT NULL REFERENCES source(id),
          run INTEGER NOT NULL REFERENCES run(id),
          mac TEXT,
          hostName TEXT,
          hostNameSource TEXT,
          hostGroup TEXT,
          providerName TEXT NOT NULL,
          serviceName TEXT NOT NULL,
          category TEXT NOT NULL,
          dataEgress TEXT NOT NULL,
          verdict TEXT NOT NULL,
          ruleVersion TEXT NOT NULL,
          policyVersion TEXT NOT NULL,
          evidence TEXT NOT NULL,
          unlistedEvidenceCount INTEGER NOT NULL,
          flowCount INTEGER NOT NULL,
          turnCount INTEGER NOT NULL,
          wireBytesUp INTEGER NOT NULL,
          wireBytesDown INTEGER NOT NULL,
          applicationBytesUp INTEGER NOT NULL,
          applicationBytesDown INTEGER NOT NULL,
          firstSeen INTEGER NOT NULL,
          lastSeen INTEGER NOT NULL,
          activeSeconds REAL NOT NULL,
          promptTokens TEXT NOT NULL,
          completionTokens TEXT NOT NULL,
          profiles TEXT NOT NULL,
          abstentions TEXT NOT NULL,
          driftedTurnCount INTEGER NOT NULL DEFAULT 0,
          hidden TEXT NOT NULL,
          cost TEXT,
          droppedPackets INTEGER NOT NULL,
          missedBytes INTEGER NOT NULL,
          truncatedPackets INTEGER NOT NULL,
          confidence REAL NOT NULL,
          PRIMARY KEY (windowStart, windowEnd, sensor, host, provider, service, tenant, source)
        ) STRICT;
        INSERT INTO recordOfTenant (\(columns)) SELECT \(columns) FROM record;
        DROP TABLE record;
        ALTER TABLE recordOfTenant RENAME TO record;
        CREATE INDEX record_source ON record (source, windowStart);
        """)
  }

  /// By which rules a run judged since when: `watch` reads them again while it runs.
  private static func addJudgements(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE judgement (
          run INTEGER NOT NULL REFERENCES run(id),
          since INTEGER NOT NULL,
          ruleVersion TEXT NOT NULL,
          policyVersion TEXT NOT NULL
        ) STRICT;
        CREATE INDEX judgement_run ON judgement (run, since);
        INSERT INTO judgement (run, since, ruleVersion, policyVersion)
          SELECT id, started, ruleVersion, policyVersion FROM run;
        """)
  }

  /// Names that look like AI and that no rule knows, by day; nothing about hosts but how many.
  private static func addUnknownNames(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE unknownName (
          day INTEGER NOT NULL,
          name TEXT NOT NULL,
          source INTEGER NOT NULL REFERENCES source(id),
          run INTEGER NOT NULL REFERENCES run(id),
          sign TEXT NOT NULL,
          isWeak INTEGER NOT NULL,
          flowCount INTEGER NOT NULL,
          hostCount INTEGER NOT NULL,
          wireBytesUp INTEGER NOT NULL,
          wireBytesDown INTEGER NOT NULL,
          turnCount INTEGER NOT NULL,
          streamedTurnCount INTEGER NOT NULL,
          firstSeen INTEGER NOT NULL,
          lastSeen INTEGER NOT NULL,
          PRIMARY KEY (day, name, source)
        ) STRICT;
        """)
  }
}
