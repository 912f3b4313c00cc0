import Agent
import ArgumentParser

/// `gnomon turns`: one line a turn of a capture.
struct TurnsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "turns", abstract: "List the turns in a capture with their token estimates.",
    discussion: "Nothing is stored. Sizes of single records are not shown.")

  @Argument(help: "A capture file, or - for standard input.")
  var file: String

  @OptionGroup var rules: RuleOptions

  @Option(help: "text or ndjson.")
  var format = NamesLister.Format.text

  func run() throws {
    try CommandRunner.run { () throws(AgentError) in
      try TurnsRun.list(
        path: file, rules: rules.directory, policy: rules.policy, format: format)
    }
  }
}
