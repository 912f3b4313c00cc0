import Agent
import ArgumentParser
import Foundation

/// Turns errors into lines on standard error and an exit status.
enum CommandRunner {
  static func run(_ body: () throws(AgentError) -> Void) throws {
    CoreDumps.forbid()
    do {
      try body()
    } catch {
      warn(error.description)
      throw ExitCode(error.status.rawValue)
    }
  }

  /// One line, or for rule files one a mistake, on standard error (``ErrorLines``).
  static func warn(_ message: String) {
    // Where standard error is closed nobody can be told; the work goes on.
    try? FileHandle.standardError.write(contentsOf: Data(ErrorLines.text(message).utf8))
  }
}

/// The machine's host name.
enum HostName {
  static var current: String { ProcessInfo.processInfo.hostName }
}
