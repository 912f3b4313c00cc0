import Agent
import ArgumentParser

/// `gnomon names`: every name on the wire of a capture.
struct NamesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "names", abstract: "List every name on the wire of a capture, one a line.")

  @Argument(help: "A capture file (pcap, pcapng, .gz, .zst), or - for standard input.")
  var file: String

  @Option(help: "text or ndjson.")
  var format = NamesLister.Format.text

  func run() throws {
    try CommandRunner.run { () throws(AgentError) in
      try NamesRun.list(path: file, format: format)
    }
  }
}

extension NamesLister.Format: ExpressibleByArgument {}
