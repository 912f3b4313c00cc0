import Agent
import ArgumentParser

/// `gnomon export`: records for a firewall or SIEM.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Export records as NDJSON or CEF to a file or syslog server.",
    discussion: """
      Destinations: - for standard output, a file (appended to), syslog://HOST[:PORT] (UDP), \
      syslog+tcp://HOST[:PORT] (octet counting), syslog+tls://HOST[:PORT][?ca=FILE]. Messages to \
      syslog have the form of RFC 5424.
      """)

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var filter: FilterOptions

  @Option(help: "ndjson or cef.")
  var format = ExportRun.Format.ndjson

  @Option(help: "Where the records go.")
  var to = "-"

  func run() throws {
    try CommandRunner.run { () throws(AgentError) in
      try ExportRun.run(
        database: database.database, selection: filter.selection(), format: format,
        destination: to, note: CommandRunner.warn)
    }
  }
}

extension ExportRun.Format: ExpressibleByArgument {}
