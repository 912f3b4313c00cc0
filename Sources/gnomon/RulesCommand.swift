import Agent
import ArgumentParser

/// `gnomon rules`: tools for whoever changes rule files.
struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "Ask and check the provider rules.",
    subcommands: [Lint.self, Explain.self, Match.self])

  /// `gnomon rules lint`.
  struct Lint: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List everything that is wrong with rule files, and what looks wrong.",
      discussion: """
        One finding a line: file:line:column, error or warning, what was expected, [id]. A warning is ignored on its own or \
        the next line by a comment with a reason: # lint ignore ID: why. Exit status 78 with an error, 1 with --strict and \
        a warning.
        """)

    @Option(help: "text, json, or sarif (2.1.0).")
    var format = RulesLintRun.Format.text

    @Flag(help: "Exit with status 1 when there are warnings.")
    var strict = false

    @Option(
      help:
        "The public suffix list. Default: /usr/share/publicsuffix/public_suffix_list.dat, where it is there."
    )
    var publicSuffixes: String?

    @Option(help: "The UTC day that dates are held against, YYYY-MM-DD. Default: today.")
    var today: String?

    @OptionGroup var rules: RuleOptions

    func run() throws {
      var status = ExitCode.success
      try CommandRunner.run { () throws(AgentError) in
        var options = RulesLintRun.Options(directory: rules.directory, policy: rules.policy)
        (options.format, options.publicSuffixes, options.today) = (format, publicSuffixes, today)
        let outcome = try RulesLintRun.lint(options, note: CommandRunner.warn)
        let output = StandardOutput()
        output.write(RulesLintRun.document(outcome, format))
        try output.finish()
        if outcome.errorCount > 0 {
          status = ExitCode(ExitStatus.configuration.rawValue)
        } else if strict, outcome.warningCount > 0 {
          status = .failure
        }
      }
      throw status
    }
  }

  /// `gnomon rules explain`.
  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Show which rule speaks of a name or an address, what it beats, and the policy's verdict.")

    @Argument(help: "A host name, an address, or :PORT/path of a request in the clear.")
    var subject: String

    @OptionGroup var rules: RuleOptions

    func run() throws {
      try CommandRunner.run { () throws(AgentError) in
        let output = StandardOutput()
        output.write(
          try RulesExplainRun.explain(subject, rules: rules.directory, policy: rules.policy))
        try output.finish()
      }
    }
  }

  /// `gnomon rules match`.
  struct Match: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Answer each name or address on standard input with a line of JSON.",
      discussion: """
        Keys: name, provider, service, evidence, tier, rule, at (file and line of the rule). Where no rule speaks of a name \
        all but name are null.
        """)

    @OptionGroup var rules: RuleOptions

    func run() throws {
      try CommandRunner.run { () throws(AgentError) in
        try RulesMatchRun.run(rules: rules.directory, policy: rules.policy)
      }
    }
  }
}

extension RulesLintRun.Format: ExpressibleByArgument {}
