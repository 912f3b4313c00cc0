import Agent
import ArgumentParser
import Foundation

/// `gnomon report`: who used which AI services, and how that is known.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Report who used which AI services, and how that is known.")

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var filter: FilterOptions
  @OptionGroup var rules: RuleOptions

  @Option(help: "text, json, csv or html.")
  var format = ReportRun.Format.text

  @Option(name: .shortAndLong, help: "Write to this file instead of standard output.")
  var output: String?

  @Flag(inversion: .prefixedNo, help: "Colours in the text form. Default: on a terminal.")
  var color: Bool?

  func run() throws {
    try CommandRunner.run { () throws(AgentError) in
      let isTerminal = output == nil && isatty(STDOUT_FILENO) == 1
      let wantsColor =
        color ?? (isTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil)
      try ReportRun.run(
        database: database.database, selection: filter.selection(), format: format,
        rules: rules.directory, policy: rules.policy, color: wantsColor,
        output: output, note: CommandRunner.warn)
    }
  }
}

extension ReportRun.Format: ExpressibleByArgument {}
