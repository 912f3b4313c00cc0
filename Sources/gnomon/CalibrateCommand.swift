import Agent
import ArgumentParser

/// `gnomon calibrate`: profiles fitted to a site's own traffic.
struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate", abstract: "Fit token profiles to captures of your own.",
    discussion: """
      Pairs the turns of captures with what they are known to have cost, and fits the profiles to that. What is known \
      comes from a TLS key log (NAME.keys beside NAME.pcapng, or --keys): the traffic is decrypted in memory and the \
      usage that the provider states is read; from a table (--usage); or from NAME.truth.json of a labelled set. Only \
      sizes and counts leave the program. See docs/calibration.md.
      """)

  @Argument(help: "Capture files or folders.")
  var captures: [String] = []

  @Option(
    help: ArgumentHelp(
      "A bill instead of captures: usage of OpenAI or Anthropic, spend logs of LiteLLM, or CSV.",
      discussion: "Compared with the records of --database; may be repeated."))
  var billing: [String] = []

  @Option(help: "The provider of a bill that names none.")
  var provider: String?

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var filter: FilterOptions

  @Option(help: "A TLS key log (SSLKEYLOGFILE). May be repeated.")
  var keys: [String] = []

  @Option(help: "A CSV table of known usage: start or time, client, service, prompt, completion.")
  var usage: String?

  @Option(help: "Where the truth comes from where there is a choice: keys, truth or usage.")
  var from: CalibrateRun.Source?

  @Option(help: "Seconds that the times of a table may be off; 2 unless stated.")
  var tolerance: Double?

  @Option(help: "What the captures hold: real, recorded or synthetic traffic.")
  var kind: CalibrateRun.Kind?

  @Option(help: "The folder that new profiles are written to.")
  var out: String?

  @Flag(help: "Replace profiles that are there.")
  var replace = false

  @OptionGroup var rules: RuleOptions

  func validate() throws {
    guard captures.isEmpty != billing.isEmpty else {
      throw ValidationError("Captures, or --billing: one of them.")
    }
    // What would be ignored is refused.
    let ofCaptures = [
      ("--keys", !keys.isEmpty), ("--usage", usage != nil), ("--from", from != nil),
      ("--tolerance", tolerance != nil), ("--kind", kind != nil), ("--out", out != nil),
      ("--replace", replace),
    ]
    let ofBills = [
      ("--provider", provider != nil), ("--since", filter.since != nil),
      ("--until", filter.until != nil), ("--verdict", !filter.verdict.isEmpty),
      ("--group", !filter.group.isEmpty),
    ]
    if !billing.isEmpty, let option = ofCaptures.first(where: \.1) {
      throw ValidationError(
        "\(option.0) goes with captures, not with --billing, which writes and fits nothing.")
    }
    if billing.isEmpty, let option = ofBills.first(where: \.1) {
      throw ValidationError("\(option.0) goes with --billing, not with captures.")
    }
    guard (0.001...3_600).contains(tolerance ?? 2) else {
      throw ValidationError("--tolerance must be from 0.001 to 3600 seconds.")
    }
  }

  func run() throws {
    var isDamaged = false
    try CommandRunner.run { () throws(AgentError) in
      let output = StandardOutput()
      guard billing.isEmpty else {
        output.write(
          try CalibrateBillRun.run(
            bills: billing, database: database.database, rules: rules.directory,
            provider: provider, selection: filter.selection(), note: CommandRunner.warn))
        try output.finish()
        return
      }
      var options = CalibrateRun.Options(
        paths: captures, rules: rules.directory, policy: rules.policy)
      options.keyLogs = keys
      options.table = usage
      options.source = from
      options.kind = kind
      options.output = out
      options.replaces = replace
      options.tolerance = Int64((tolerance ?? 2) * 1e9)
      let outcome = try CalibrateRun.run(options, note: CommandRunner.warn)
      output.write(outcome.text)
      try output.finish()
      isDamaged = outcome.damagedCount > 0
    }
    if isDamaged { throw ExitCode(ExitStatus.dataError.rawValue) }
  }
}

extension CalibrateRun.Source: ExpressibleByArgument {}
extension CalibrateRun.Kind: ExpressibleByArgument {}
