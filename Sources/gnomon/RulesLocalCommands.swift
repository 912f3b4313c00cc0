import Agent
import ArgumentParser

/// Whose the rules are that somebody adds.
struct LocalOwnerOptions: ParsableArguments {
  @Option(help: "The service; may be left out where the provider has one only.")
  var service: String?

  @Option(help: "What a new provider, or a new service of a provider, is called.")
  var name: String?

  @Option(help: "The category of a new service: api, chat-web, coding-assistant, …")
  var category: String?

  func owner(_ provider: String) -> LocalRuleFile.Owner {
    LocalRuleFile.Owner(provider: provider, service: service, name: name, category: category)
  }
}

extension RulesCommand {
  /// `gnomon rules add`.
  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a rule of the site's own into rules/local/, for review.",
      discussion: """
        It beats every shipped rule and every trap, and no update touches it. A name that is a trap needs --over-trap and a \
        reason. The answer shows where the rule stands, and what `rules explain` says of the name before and after.
        """)

    @Argument(help: "A domain name.")
    var domain: String

    @Option(help: "A provider's id; a new one needs --name and --category.")
    var provider: String

    @OptionGroup var owner: LocalOwnerOptions

    @Option(help: "suffix (the name and all below it), or exact.")
    var match = "suffix"

    @Option(help: "What traffic to it says: usage, content, auth, cdn, telemetry, website, …")
    var evidence = "usage"

    @Option(
      name: .customLong("by"), help: "How it was verified: maintainer, traffic, docs, lists.")
    var verifiedBy = "maintainer"

    @Option(help: "Why: stands as a comment above the rule.")
    var reason: String?

    @Flag(help: "Beat the traps of this name and below it; needs --reason.")
    var overTrap = false

    @Flag(help: "Print the new file instead of writing it.")
    var dryRun = false

    @Option(
      help:
        "The public suffix list. Default: /usr/share/publicsuffix/public_suffix_list.dat, where it is there."
    )
    var publicSuffixes: String?

    @OptionGroup var rules: RuleOptions

    func validate() throws {
      if overTrap, reason == nil { throw ValidationError("--over-trap needs --reason.") }
    }

    func run() throws {
      try CommandRunner.run { () throws(AgentError) in
        var options = RulesAddRun.Options(
          domain: domain, owner: owner.owner(provider), rules: rules.directory)
        (options.match, options.evidence, options.verifiedBy) = (match, evidence, verifiedBy)
        (options.reason, options.beatsTraps, options.isDryRun) = (reason, overTrap, dryRun)
        (options.policy, options.publicSuffixes) = (rules.policy, publicSuffixes)
        let output = StandardOutput()
        output.write(try RulesAddRun.run(options, note: CommandRunner.warn))
        try output.finish()
      }
    }
  }
}

extension RulesCommand {
  /// `gnomon rules import`.
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make rules of the site's own of somebody else's list, for review.",
      discussion: """
        Only new names are taken: what the rules know already, as the provider's or as somebody else's, what is a trap and what \
        stands above shipped rules is counted and left out, with the line for each. --into names another file: one in \
        rules/local/, or a new one elsewhere, whose name is the provider where --provider is not given.
        """)

    @Argument(help: "The list; - for standard input.")
    var file: String

    @Option(help: "v2fly, adguard, plain. Default: what the first lines tell, where that is sure.")
    var format: String?

    @Option(help: "A provider's id; a new one needs --name and --category.")
    var provider: String?

    @OptionGroup var owner: LocalOwnerOptions

    @Option(help: "The file to write. Default: PROVIDER.yaml in rules/local/.")
    var into: String?

    @Option(help: "What a bare name of a plain list is: suffix (it and all below it), or exact.")
    var match = "suffix"

    @Option(help: "What traffic to the names says: usage, content, auth, cdn, telemetry, …")
    var evidence = "usage"

    @Option(help: "Why: stands as a comment above the rules.")
    var reason: String?

    @Flag(help: "Print the new file instead of writing it, and the report on standard error.")
    var dryRun = false

    @Option(
      help:
        "The public suffix list. Default: /usr/share/publicsuffix/public_suffix_list.dat, where it is there."
    )
    var publicSuffixes: String?

    @OptionGroup var rules: RuleOptions

    func run() throws {
      try CommandRunner.run { () throws(AgentError) in
        var options = RulesImportRun.Options(path: file, rules: rules.directory)
        (options.format, options.provider, options.into) = (format, provider, into)
        options.owner = owner.owner("")
        (options.match, options.evidence, options.reason) = (match, evidence, reason)
        (options.isDryRun, options.policy) = (dryRun, rules.policy)
        options.publicSuffixes = publicSuffixes
        let outcome = try RulesImportRun.run(options, note: CommandRunner.warn)
        let output = StandardOutput()
        if dryRun {
          CommandRunner.warn(outcome.report.joined(separator: "\n"))
          output.write(outcome.text ?? "")
        } else {
          for line in outcome.report { output.write(line + "\n") }
        }
        try output.finish()
      }
    }
  }
}
