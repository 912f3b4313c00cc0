package import Capture
package import RecordStore
package import StrictYAML

/// The exit statuses of `gnomon`, after sysexits(3); README.md lists them.
package enum ExitStatus: Int32, Sendable {
  case success = 0
  /// The command line was wrong.
  case usage = 64
  /// A capture or database is damaged or is none; what came before the damage has been kept.
  case dataError = 65
  /// A file is missing or cannot be read.
  case noInput = 66
  /// A server could not be reached.
  case unavailable = 69
  /// Something is wrong with gnomon itself.
  case software = 70
  /// Output could not be created or written.
  case ioError = 74
  /// Somebody else is at the same work.
  case temporaryFailure = 75
  /// A rule bundle is older than the rules in force, or has their version and other contents.
  case outOfDate = 76
  /// The operating system forbids it: no right to capture. A rule bundle that no trusted key has signed, a key that is
  /// open to others.
  case noPermission = 77
  /// A rule, policy, price or profile file has a mistake.
  case configuration = 78
}

/// An error with the one line, or for rule files the lines, that a person needs.
package struct AgentError: Error, Sendable, CustomStringConvertible {
  package var description: String
  package var status: ExitStatus

  package init(_ description: String, status: ExitStatus) {
    self.description = description
    self.status = status
  }
}

extension AgentError {
  /// Of more mistakes the first are told: when one word of all files is wrong, the rest say nothing new.
  private static let mostMistakes = 100

  /// Mistakes of rule files, one line each.
  package init(_ mistakes: [Diagnostic]) {
    var lines = mistakes.prefix(Self.mostMistakes).map(\.description)
    if mistakes.count > Self.mostMistakes {
      lines.append(
        "and \(mistakes.count - Self.mostMistakes) more mistakes; gnomon rules lint lists them all")
    }
    self.init(lines.joined(separator: "\n"), status: .configuration)
  }
}

extension AgentError {
  /// A capture's error with the status that fits it.
  package init(_ error: CaptureError) {
    let status: ExitStatus =
      switch error.kind {
      case .unreadable, .noSuchInterface: .noInput
      case .notACapture, .cutShort, .damaged, .skippedFrame, .unsupported: .dataError
      case .noPermission: .noPermission
      case .interfaceDown, .liveCapture: .ioError
      case .badFilter: .usage
      }
    self.init(error.description, status: status)
  }
}

extension AgentError {
  /// A store's error with the status that fits it.
  package init(_ error: RecordStoreError) {
    let status: ExitStatus =
      switch error.kind {
      case .unopenable, .unreadableLog: .noInput
      case .notADatabase, .foreign, .newerSchema, .olderSchema, .damaged: .dataError
      case .diskFull, .inputOutput, .busy, .readOnly, .other: .ioError
      }
    self.init(error.description, status: status)
  }

  /// Does what may throw a store's error.
  static func storing<Value>(
    _ body: () throws(RecordStoreError) -> Value
  ) throws(AgentError) -> Value {
    do { return try body() } catch { throw AgentError(error) }
  }

  /// Does what may throw a capture's error.
  static func capturing<Value: ~Copyable>(
    _ body: () throws(CaptureError) -> Value
  ) throws(AgentError) -> Value {
    do { return try body() } catch { throw AgentError(error) }
  }
}
