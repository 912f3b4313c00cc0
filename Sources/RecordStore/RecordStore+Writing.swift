internal import GRDB
package import WireFormat

extension RecordStore {
  /// Begins one analysis. Where it finds what an earlier run found in the same source, it replaces it.
  package func beginRun(
    started: Timestamp, ruleVersion: String, policyVersion: String
  ) throws(RecordStoreError) -> RunID {
    try write { db in
      try db.execute(
        sql: "INSERT INTO run (started, ruleVersion, policyVersion) VALUES (?, ?, ?)",
        arguments: [started.nanoseconds, ruleVersion, policyVersion])
      let run = RunID(value: db.lastInsertedRowID)
      try Self.note(
        run, judgesSince: started, ruleVersion: ruleVersion, policyVersion: policyVersion, db)
      return run
    }
  }

  /// Notes that a run judges by other rules from now on.
  package func note(
    _ run: RunID, judgesSince time: Timestamp, ruleVersion: String, policyVersion: String
  ) throws(RecordStoreError) {
    try write { db in
      try Self.note(
        run, judgesSince: time, ruleVersion: ruleVersion, policyVersion: policyVersion, db)
    }
  }

  private static func note(
    _ run: RunID, judgesSince time: Timestamp, ruleVersion: String, policyVersion: String,
    _ db: Database
  ) throws {
    try db.execute(
      sql: "INSERT INTO judgement (run, since, ruleVersion, policyVersion) VALUES (?, ?, ?, ?)",
      arguments: [run.value, time.nanoseconds, ruleVersion, policyVersion])
  }

  /// The source of that identity, new or known; `path` is what to call it, and the last one given stays.
  ///
  /// Two captures have one identity when one is a copy of the other, or a longer copy of it that has since grown.
  package func source(identity: String, path: String) throws(RecordStoreError) -> SourceID {
    try write { db in
      let id = try Int64.fetchOne(
        db,
        sql: """
          INSERT INTO source (identity, path) VALUES (?, ?)
          ON CONFLICT (identity) DO UPDATE SET path = excluded.path RETURNING id
          """, arguments: [identity, path])
      return SourceID(value: id ?? 0)
    }
  }

  /// Whether this run is through with the source. A caller that meets the same capture twice in one run (the same file
  /// given twice) asks this and leaves the second out: batches of one run add up.
  package func hasFinished(_ run: RunID, _ source: SourceID) throws(RecordStoreError) -> Bool {
    try read { db in
      try Bool.fetchOne(
        db, sql: "SELECT EXISTS (SELECT 1 FROM coverage WHERE run = ? AND source = ?)",
        arguments: [run.value, source.value]) ?? false
    }
  }

  /// Writes a window, whole or not at all.
  ///
  /// What other runs wrote about this source in this window, or in one that overlaps it, is deleted; what this run
  /// wrote about it is added to. Other sources are left alone.
  package func write(_ batch: WindowBatch) throws(RecordStoreError) {
    try write { db in
      for table in Self.windowTables {
        try db.execute(
          sql: """
            DELETE FROM \(table)
            WHERE source = ? AND run <> ? AND windowStart > ? AND windowStart < ? AND windowEnd > ?
            """,
          arguments: [
            batch.source.value, batch.run.value,
            batch.windowStart.advanced(byNanoseconds: -Self.longestWindow).nanoseconds,
            batch.windowEnd.nanoseconds, batch.windowStart.nanoseconds,
          ])
      }
      for record in batch.records {
        var record = record
        record.windowStart = batch.windowStart
        record.windowEnd = batch.windowEnd
        try Self.add(record, of: batch, to: db)
      }
      var summary = batch.summary
      summary.windowStart = batch.windowStart
      summary.windowEnd = batch.windowEnd
      try Self.add(summary, of: batch, to: db)
    }
  }

  /// Ends a run's work on a source.
  ///
  /// Rows of earlier runs about the source are deleted in every window that the covered time touches and this run did
  /// not write: with the rules of today nothing is there. What lies outside the covered time stays, so an
  /// early, shorter copy of a growing capture does not take away what a longer one told.
  package func finish(
    _ run: RunID, _ source: SourceID, coveredFrom: Timestamp, coveredTo: Timestamp
  ) throws(RecordStoreError) {
    try write { db in
      for table in Self.windowTables {
        try db.execute(
          sql: """
            DELETE FROM \(table)
            WHERE source = ? AND run <> ? AND windowStart <= ? AND windowEnd > ?
            """,
          arguments: [
            source.value, run.value, coveredTo.nanoseconds, coveredFrom.nanoseconds,
          ])
      }
      try db.execute(
        sql: "DELETE FROM unknownName WHERE source = ? AND run <> ? AND day BETWEEN ? AND ?",
        arguments: [
          source.value, run.value, UnknownName.day(of: coveredFrom),
          UnknownName.day(of: coveredTo),
        ])
      try db.execute(
        sql:
          "INSERT OR REPLACE INTO coverage (run, source, coveredFrom, coveredTo) VALUES (?,?,?,?)",
        arguments: [run.value, source.value, coveredFrom.nanoseconds, coveredTo.nanoseconds])
    }
  }

  /// Nanoseconds; no window is longer than a day, so that one that overlaps another begins near it.
  private static let longestWindow: Int64 = 86_400_000_000_000

  private static let windowTables = ["record", "summary"]

  private static func add(_ record: UsageRecord, of batch: WindowBatch, to db: Database) throws {
    let written = try RecordRow.fetchOne(
      db,
      sql: """
        SELECT * FROM record WHERE windowStart = ? AND windowEnd = ? AND sensor = ? AND host = ?
          AND provider = ? AND service = ? AND tenant = ? AND source = ?
        """,
      arguments: [
        record.windowStart.nanoseconds, record.windowEnd.nanoseconds, record.sensor,
        record.host.address.description, record.provider, record.service, record.tenant ?? "",
        batch.source.value,
      ])
    let sum = try written?.record().merged(with: record) ?? record
    try RecordRow(sum, source: batch.source, run: batch.run).insert(db, onConflict: .replace)
  }

  private static func add(_ summary: CaptureSummary, of batch: WindowBatch, to db: Database) throws
  {
    let written = try SummaryRow.fetchOne(
      db,
      sql: """
        SELECT * FROM summary
        WHERE windowStart = ? AND windowEnd = ? AND sensor = ? AND source = ?
        """,
      arguments: [
        summary.windowStart.nanoseconds, summary.windowEnd.nanoseconds, summary.sensor,
        batch.source.value,
      ])
    let sum = written?.summary.merged(with: summary) ?? summary
    try SummaryRow(sum, source: batch.source, run: batch.run).insert(db, onConflict: .replace)
  }
}
