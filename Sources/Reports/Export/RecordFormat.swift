package import RecordStore

/// How one record becomes one line of an export.
package protocol RecordFormat: Sendable {
  /// The record on one line, without a line break at its end.
  func line(for record: UsageRecord) -> String
}

extension RecordFormat {
  /// The record on one line of at most `limit` UTF-8 octets, where there is a limit.
  ///
  /// A line that is too long loses evidence entries from the end, half of what is left at a time, and counts them as
  /// unlisted: it stays well-formed. A line that is too long without any evidence is nil.
  package func line(for record: UsageRecord, limit: Int?) -> String? {
    var record = record
    while true {
      let line = line(for: record)
      guard let limit, line.utf8.count > limit else { return line }
      guard !record.evidence.isEmpty else { return nil }
      let kept = record.evidence.count / 2
      record.unlistedEvidenceCount.addSaturating(record.evidence.count - kept)
      record.evidence.removeLast(record.evidence.count - kept)
    }
  }
}
