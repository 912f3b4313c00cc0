import Foundation
import RecordStore
import Reports

/// The work of `gnomon export`: records out of the database, one line each to where they are wanted.
package enum ExportRun {
  package enum Format: String, Sendable, CaseIterable {
    case ndjson, cef
  }

  /// - Parameters:
  ///   - destination: as ``ExportDestination`` reads it.
  ///   - note: told how many records went out, unless they went to standard output.
  package static func run(
    database: String, selection: RecordSelection, format: Format, destination text: String,
    note: (String) -> Void
  ) throws(AgentError) {
    let store = try AgentError.storing { () throws(RecordStoreError) in
      try RecordStore(readingFrom: database)
    }
    do {
      let destination = try ExportDestination(parsing: text)
      var sink = try destination.open(processID: ProcessInfo.processInfo.processIdentifier)
      let counts: Counts
      do {
        counts = try send(store, selection, form: recordFormat(format), to: &sink, named: text)
      } catch let error as RecordStoreError {
        // What was read before the damage goes out; the damage is what is told.
        try? sink.close()
        throw error
      }
      try sink.close()
      if counts.tooLong > 0 {
        note(
          "\(Quantity.counted(counts.tooLong, "record")) did not fit into a message and were left out"
        )
      }
      if destination != .standardOutput {
        note("\(Quantity.counted(counts.sent, "record")) to \(text)")
      }
    } catch let error as ExportError {
      throw AgentError(error)
    } catch let error as RecordStoreError {
      throw AgentError(error)
    } catch {
      throw AgentError("\(error)", status: .software)
    }
  }

  private struct Counts {
    var sent = 0
    var tooLong = 0
  }

  /// Sends each record as it is read: a year of them need not fit into memory.
  ///
  /// - Throws: ``ExportError`` or ``RecordStoreError``.
  private static func send(
    _ store: RecordStore, _ selection: RecordSelection, form: any RecordFormat,
    to sink: inout any RecordSink, named destination: String
  ) throws -> Counts {
    var counts = Counts()
    try store.forEachRecord(matching: selection.filter) { record throws(ExportError) in
      do throws(ExportError) {
        try form.write(record, to: &sink, named: destination)
        counts.sent += 1
      } catch {
        guard error.kind == .tooLong else { throw error }
        counts.tooLong += 1
      }
    }
    return counts
  }

  private static func recordFormat(_ format: Format) -> any RecordFormat {
    switch format {
    case .ndjson: NDJSONFormat()
    case .cef: CEFFormat(version: Version.current)
    }
  }
}

extension AgentError {
  /// An export's error with the status that fits it.
  init(_ error: ExportError) {
    let status: ExitStatus =
      switch error.kind {
      case .destination: .usage
      case .nameResolution, .connection, .timeout, .tls: .unavailable
      case .file, .tooLong: .ioError
      }
    self.init(error.description, status: status)
  }
}
