internal import GRDB

extension RecordStore {
  /// How many records a run has written and kept.
  package func recordCount(of run: RunID) throws(RecordStoreError) -> Int {
    try read { db in
      try Int.fetchOne(
        db, sql: "SELECT COUNT(*) FROM record WHERE run = ?", arguments: [run.value]) ?? 0
    }
  }
}
