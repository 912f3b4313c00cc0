import Agent
import ArgumentParser
import Foundation

/// Turns errors into one line on standard error and an exit status.
enum CommandRunner {
  static func run(_ body: () throws(AgentError) -> Void) throws {
    do {
      try body()
    } catch {
      FileHandle.standardError.write(Data("gnomon: \(error.description)\n".utf8))
      throw ExitCode(error.status.rawValue)
    }
  }
}
