package import RecordStore

/// Where the lines of an export go.
package protocol RecordSink {
  /// UTF-8 octets that a line may have; nil where there is no limit.
  var maximumLineLength: Int? { get }

  /// Takes one line, which holds no line break. The line may wait in a buffer until ``close()``.
  mutating func write(_ line: String, about record: UsageRecord) throws(ExportError)

  /// Writes what waits, and ends. When it returns, all lines are with the destination, as far as its transport can say
  /// (UDP cannot).
  mutating func close() throws(ExportError)
}

extension RecordFormat {
  /// Writes one record as one line; see ``line(for:limit:)`` for what happens to one that is too long.
  package func write(
    _ record: UsageRecord, to sink: inout any RecordSink, named destination: String
  ) throws(ExportError) {
    guard let line = line(for: record, limit: sink.maximumLineLength) else {
      throw ExportError(
        .tooLong, destination, "a record is longer than \(sink.maximumLineLength ?? 0) octets")
    }
    try sink.write(line, about: record)
  }
}
