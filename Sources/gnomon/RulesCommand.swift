import Agent
import ArgumentParser

/// `gnomon rules`: tools for whoever changes rule files.
struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "Ask and check the provider rules.",
    subcommands: [Explain.self, Match.self])

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
