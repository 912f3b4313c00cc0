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
    let records = try AgentError.storing { () throws(RecordStoreError) in
      try RecordStore(readingFrom: database).records(matching: selection.filter)
    }
    do throws(ExportError) {
      let destination = try ExportDestination(parsing: text)
      var sink = try destination.open(processID: ProcessInfo.processInfo.processIdentifier)
      let form = recordFormat(format)
      var tooLong = 0
      for record in records {
        do throws(ExportError) {
          try form.write(record, to: &sink, named: text)
        } catch {
          guard error.kind == .tooLong else { throw error }
          tooLong += 1
        }
      }
      try sink.close()
      if tooLong > 0 {
        note("\(Quantity.counted(tooLong, "record")) did not fit into a message and were left out")
      }
      if destination != .standardOutput {
        note("\(Quantity.counted(records.count - tooLong, "record")) to \(text)")
      }
    } catch {
      throw AgentError(error)
    }
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
