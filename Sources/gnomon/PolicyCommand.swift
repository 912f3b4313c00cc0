import Agent
import ArgumentParser

/// `gnomon policy`: the site's policy file.
struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Show and change the site's policy, and hold use against it.",
    subcommands: [Approve.self, Revoke.self, List.self, Budgets.self])

  /// What a line of verdict speaks of.
  struct Subject: ParsableArguments {
    @Argument(help: "A provider's id, or a service's.")
    var subject: String

    @Option(help: "Only this service of the provider.")
    var service: String?

    @Option(help: "Only this tenant: an account at the provider, as names tell it.")
    var tenant: String?

    @Option(help: "The host group it holds for; * for all.")
    var group = "*"

    var value: PolicyChange.Subject {
      PolicyChange.Subject(id: subject, service: service, tenant: tenant, group: group)
    }
  }

  /// `gnomon policy approve`.
  struct Approve: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a line of verdict into the policy file; its comments stay.",
      discussion: "A running watch takes the change in force on SIGHUP.")

    @OptionGroup var subject: Subject

    @Option(help: "One of approved, tolerated, unapproved.")
    var verdict = "approved"

    @Option(help: "Who answers for it.")
    var owner: String

    @Option(help: "Why.")
    var reason: String

    @Option(help: "The last UTC day on which it holds, YYYY-MM-DD.")
    var expires: String?

    @Flag(help: "Put it in the place of a line that speaks of the same group and target.")
    var replace = false

    @Flag(help: "Print what would change, as a diff, instead of writing it.")
    var dryRun = false

    @OptionGroup var rules: RuleOptions

    func run() throws {
      try CommandRunner.run { () throws(AgentError) in
        var options = PolicyApproveRun.Options(
          subject: subject.value, verdict: verdict, owner: owner, reason: reason,
          rules: rules.directory)
        (options.policy, options.expires) = (rules.policy, expires)
        (options.replaces, options.isDryRun) = (replace, dryRun)
        let output = StandardOutput()
        output.write(try PolicyApproveRun.run(options))
        try output.finish()
      }
    }
  }

  /// `gnomon policy revoke`.
  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Take a line of verdict out of the policy file; comments on lines of their own stay.",
      discussion: "What stands without the line holds then: gnomon rules explain NAME shows it.")

    @OptionGroup var subject: Subject

    @Flag(help: "Print what would change, as a diff, instead of writing it.")
    var dryRun = false

    @OptionGroup var rules: RuleOptions

    func run() throws {
      try CommandRunner.run { () throws(AgentError) in
        let output = StandardOutput()
        output.write(
          try PolicyRevokeRun.run(
            subject.value, isDryRun: dryRun, rules: rules.directory, policy: rules.policy))
        try output.finish()
      }
    }
  }

  /// `gnomon policy list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the lines of verdict: in force, expiring, lapsed.")

    @Option(help: "As it stands on this UTC day, YYYY-MM-DD. Default: today.")
    var at: String?

    @Option(help: "text or json.")
    var format = PolicyListRun.Format.text

    @OptionGroup var rules: RuleOptions

    func run() throws {
      try CommandRunner.run { () throws(AgentError) in
        let output = StandardOutput()
        output.write(
          try PolicyListRun.list(
            rules: rules.directory, policy: rules.policy, day: at, format: format))
        try output.finish()
      }
    }
  }

  /// `gnomon policy budgets`.
  struct Budgets: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Hold what was used against the budgets of the policy.",
      discussion: """
        within: the upper end of what was used is not over the budget. over: the lower end is. may be over: neither is \
        sure. Turns without a figure are told apart. Exit status 1 when a budget is over.
        """)

    @OptionGroup var database: DatabaseOptions

    @Option(
      help:
        "The UTC day whose day, week and month are looked at, YYYY-MM-DD. Default: the last day in the database."
    )
    var at: String?

    @Option(help: "text or json.")
    var format = PolicyListRun.Format.text

    @OptionGroup var rules: RuleOptions

    func run() throws {
      var status = ExitCode.success
      try CommandRunner.run { () throws(AgentError) in
        let outcome = try PolicyListRun.budgets(
          database: database.database, rules: rules.directory, policy: rules.policy, day: at,
          format: format)
        let output = StandardOutput()
        output.write(outcome.text)
        try output.finish()
        if outcome.isOver { status = .failure }
      }
      throw status
    }
  }
}

extension PolicyListRun.Format: ExpressibleByArgument {}
