import Agent
import ArgumentParser

/// `gnomon evaluate`: how good the token figures are on labelled sets.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measure the token estimates against labelled sets.",
    discussion: """
      A set is a folder of captures with NAME.truth.json beside them, one such capture or truth, or a list \
      of sizes (JSON). Sets of different kinds (real, recorded, synthetic) are never put together. \
      Nothing is stored; sizes of single records are not shown.
      """)

  @Argument(help: "Labelled sets: folders, captures, truth files, lists of sizes.")
  var sets: [String]

  @OptionGroup var rules: RuleOptions

  @Option(help: "text, json or html.")
  var format = EvaluateRun.Format.text

  @Option(name: .shortAndLong, help: "Write to this file instead of standard output.")
  var output: String?

  @Option(help: "Rows of their own for each source, model, recipe or service.")
  var by: EvaluateRun.Split?

  @Option(help: "The service that lists of sizes are of.")
  var sizesService = "openai-api"

  @Flag(help: "End with status 1 when a row with data misses the bar.")
  var bar = false

  func run() throws {
    var outcome = EvaluateRun.Outcome()
    try CommandRunner.run { () throws(AgentError) in
      var options = EvaluateRun.Options(paths: sets, rules: rules.directory, policy: rules.policy)
      options.format = format
      options.output = output
      options.split = by
      options.sizesService = sizesService
      outcome = try EvaluateRun.run(options, note: CommandRunner.warn)
    }
    if outcome.damagedCount > 0 { throw ExitCode(ExitStatus.dataError.rawValue) }
    if bar, outcome.missedCount > 0 { throw ExitCode(1) }
  }
}

extension EvaluateRun.Format: ExpressibleByArgument {}
extension EvaluateRun.Split: ExpressibleByArgument {}
