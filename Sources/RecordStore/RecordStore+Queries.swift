internal import GRDB
package import WireFormat

extension RecordStore {
  /// The records that the filter accepts, by window and then by sensor, host and service; what several sources
  /// know of the same host, service and window is one record.
  package func records(matching filter: RecordFilter) throws(RecordStoreError) -> [UsageRecord] {
    var records: [UsageRecord] = []
    try visitRecords(matching: filter) { record in
      records.append(record)
      return true
    }
    return records
  }

  /// The same, one at a time, for exports of any length.
  ///
  /// - Throws: ``RecordStoreError``, or what `body` throws, which ends the walk.
  package func forEachRecord<Failure: Error>(
    matching filter: RecordFilter, _ body: (UsageRecord) throws(Failure) -> Void
  ) throws {
    var failure: Failure?
    try visitRecords(matching: filter) { record in
      do throws(Failure) {
        try body(record)
        return true
      } catch {
        failure = error
        return false
      }
    }
    if let failure { throw failure }
  }

  /// What was looked at, one summary per window and sensor, in time order.
  package func summaries(
    since: Timestamp?, until: Timestamp?
  ) throws(RecordStoreError) -> [CaptureSummary] {
    try read { db in
      let rows = try SummaryRow.fetchCursor(
        db,
        sql: """
          SELECT * FROM summary WHERE windowEnd > ? AND windowStart < ?
          ORDER BY windowStart, windowEnd, sensor, source
          """, arguments: Self.bounds(since, until))
      var merged: [CaptureSummary] = []
      while let summary = try rows.next()?.summary {
        if let last = merged.last, last.isSameWindow(as: summary), last.sensor == summary.sensor {
          merged[merged.count - 1] = last.merged(with: summary)
        } else {
          merged.append(summary)
        }
      }
      return merged
    }
  }

  /// Every policy host group that a record has, by name, whenever it was.
  package func groups() throws(RecordStoreError) -> [String] {
    try read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT DISTINCT hostGroup FROM record WHERE hostGroup IS NOT NULL ORDER BY hostGroup
          """)
    }
  }

  /// The window that ends last of all that were looked at, nil where none was.
  package func latestWindow() throws(RecordStoreError) -> Range<Timestamp>? {
    try read { db in
      let row = try Row.fetchOne(
        db, sql: "SELECT windowStart, windowEnd FROM summary ORDER BY windowEnd DESC LIMIT 1")
      return row.map { row in
        let start = Timestamp(nanoseconds: row["windowStart"])
        return start..<max(start, Timestamp(nanoseconds: row["windowEnd"]))
      }
    }
  }

  /// The run begun last, by the rules that it had in force last; nil before the first.
  package func lastRun() throws(RecordStoreError) -> RunInfo? {
    try judgementsOfLastRun().last
  }

  /// The rules by which the run begun last judged, in order of time: ``RunInfo/started`` says since when.
  package func judgementsOfLastRun() throws(RecordStoreError) -> [RunInfo] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT since, ruleVersion, policyVersion FROM judgement
          WHERE run = (SELECT max(id) FROM run) ORDER BY rowid
          """
      ).map { row in
        RunInfo(
          started: Timestamp(nanoseconds: row["since"]), ruleVersion: row["ruleVersion"],
          policyVersion: row["policyVersion"])
      }
    }
  }

  /// Walks until `body` says false. Sources are merged before the filter judges.
  private func visitRecords(
    matching filter: RecordFilter, _ body: (UsageRecord) -> Bool
  ) throws(RecordStoreError) {
    try read { db in
      let rows = try RecordRow.fetchCursor(
        db,
        sql: """
          SELECT * FROM record WHERE windowEnd > ? AND windowStart < ?
          ORDER BY windowStart, windowEnd, sensor, host, provider, service, tenant, source
          """, arguments: Self.bounds(filter.since, filter.until))
      var pending: UsageRecord?
      while let record = try rows.next()?.record() {
        guard let last = pending else {
          pending = record
          continue
        }
        if last.isSameWindow(as: record), last.subject == record.subject {
          pending = last.merged(with: record)
        } else {
          if filter.accepts(last), !body(last) { return }
          pending = record
        }
      }
      if let last = pending, filter.accepts(last) { _ = body(last) }
    }
  }

  private static func bounds(_ since: Timestamp?, _ until: Timestamp?) -> StatementArguments {
    [since?.nanoseconds ?? .min, until?.nanoseconds ?? .max]
  }
}

extension UsageRecord {
  fileprivate func isSameWindow(as other: UsageRecord) -> Bool {
    windowStart == other.windowStart && windowEnd == other.windowEnd
  }
}

extension CaptureSummary {
  fileprivate func isSameWindow(as other: CaptureSummary) -> Bool {
    windowStart == other.windowStart && windowEnd == other.windowEnd
  }
}
