import Agent
import ArgumentParser

/// `gnomon policy`: the site's policy file.
struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Change the site's policy.", subcommands: [Approve.self])

  /// `gnomon policy approve`.
  struct Approve: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a line of verdict into the policy file; its comments stay.",
      discussion: "A running watch takes the change in force on SIGHUP.")

    @Argument(help: "A provider's id, or a service's.")
    var subject: String

    @Option(help: "The host group it holds for; * for all.")
    var group = "*"

    @Option(help: "approved, tolerated, unapproved.")
    var verdict = "approved"

    @Option(help: "Who answers for it.")
    var owner: String

    @Option(help: "Why.")
    var reason: String

    @Option(help: "The last UTC day on which it holds, YYYY-MM-DD.")
    var expires: String?

    @Flag(help: "Put it in the place of a line that speaks of the same group and target.")
    var replace = false

    @Flag(help: "Print the new file instead of writing it.")
    var dryRun = false

    @OptionGroup var rules: RuleOptions

    func run() throws {
      try CommandRunner.run { () throws(AgentError) in
        var options = PolicyApproveRun.Options(
          subject: subject, group: group, verdict: verdict, owner: owner, reason: reason,
          rules: rules.directory)
        (options.policy, options.expires) = (rules.policy, expires)
        (options.replaces, options.isDryRun) = (replace, dryRun)
        let output = StandardOutput()
        output.write(try PolicyApproveRun.run(options))
        try output.finish()
      }
    }
  }
}
