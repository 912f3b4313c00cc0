import Agent
import ArgumentParser
import Reports

/// `gnomon rules`: tools for whoever changes rule files.
struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "Ask and check the provider rules.",
    subcommands: [
      Lint.self, Test.self, Explain.self, Match.self, Diff.self, Export.self, Stats.self,
      Add.self, Import.self,
      Keygen.self, Bundle.self, Update.self, RollBack.self, Versions.self,
    ])

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

  /// `gnomon rules test`.
  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Hold the rules against examples, traps, look-alikes, lists of names and labelled captures.",
      discussion: """
        Exit status 1 when something does not hold. A list is CSV with a column domain, and if you like \
        counts_for_coverage, evidence and sources; coverage is told for each source, and fails nothing.
        """)

    @Option(
      help: "CSV with names that the rules should know; prints the coverage. May be given again.")
    var list: [String] = []

    @Option(
      help: "CSV with names that must not fire (domain, match, recommended). May be given again.")
    var traps: [String] = []

    @Option(help: "A labelled capture, or a folder of them. May be given again.")
    var capture: [String] = []

    @Flag(help: "Name each rule without an example, and each name of a list that is unknown.")
    var verbose = false

    @OptionGroup var rules: RuleOptions

    func run() throws {
      var status = ExitCode.success
      try CommandRunner.run { () throws(AgentError) in
        var options = RulesTestRun.Options(directory: rules.directory, policy: rules.policy)
        (options.lists, options.traps, options.captures) = (list, traps, capture)
        options.isVerbose = verbose
        let outcome = try RulesTestRun.test(options, note: CommandRunner.warn)
        let output = StandardOutput()
        for line in outcome.lines { output.write(line + "\n") }
        try output.finish()
        if outcome.failureCount > 0 { status = .failure }
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
        Keys: name, provider, service, tenant, evidence, tier, rule, at (file and line of the rule). Where no rule speaks of a \
        name all but name are null; tenant is where the name tells none.
        """)

    @OptionGroup var rules: RuleOptions

    func run() throws {
      try CommandRunner.run { () throws(AgentError) in
        try RulesMatchRun.run(rules: rules.directory, policy: rules.policy)
      }
    }
  }
}

extension RulesCommand {
  /// `gnomon rules export`.
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the rules as a list for another program.",
      discussion: """
        suricata: alerts on TLS, QUIC and DNS names. zeek: an intelligence file. dnsmasq, rpz, adguard: lists that block. \
        csv: name, match, provider, service, category, evidence, tier, rule. What other rules and traps say of names below a \
        suffix is excepted: telemetry below a suffix of use is neither alerted on nor blocked. zeek knows single names \
        only; dnsmasq cannot except a suffix's own name, and csv has the rules as they are. Patterns, addresses, paths \
        and shared hosts are left out, and counted on standard error.
        """)

    @Option(help: "suricata, zeek, dnsmasq, rpz, adguard, csv.")
    var format: RuleLists.Format

    @Option(
      help:
        "Classes of evidence that are wanted: usage (the default), content, auth, …, or all. May be given again."
    )
    var evidence: [String] = ["usage"]

    @Option(help: "The least sure tier that is wanted: high, medium, low.")
    var tier = "low"

    @OptionGroup var rules: RuleOptions

    func run() throws {
      try CommandRunner.run { () throws(AgentError) in
        let list = try RulesExportRun.list(
          format, evidence: evidence, tier: tier, rules: rules.directory, policy: rules.policy)
        if !list.leftOut.isNothing {
          let left = list.leftOut
          CommandRunner.warn(
            "rules left out: \(left.patterns) patterns, \(left.sharedHosts) of shared hosts, "
              + "\(left.addresses) addresses, \(left.paths) paths")
        }
        let output = StandardOutput()
        output.write(list.text)
        try output.finish()
      }
    }
  }

  /// `gnomon rules stats`.
  struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Count providers, services and rules.")

    @OptionGroup var rules: RuleOptions

    func run() throws {
      try CommandRunner.run { () throws(AgentError) in
        let output = StandardOutput()
        output.write(try RulesStatsRun.text(rules: rules.directory, policy: rules.policy))
        try output.finish()
      }
    }
  }
}

extension RulesCommand {
  /// `gnomon rules diff`.
  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Show what a change of the rules says differently, and which hosts it would judge otherwise.",
      discussion: """
        With --database the names that records hold as evidence are judged again by the new rules and policy. Names that \
        the old rules did not know left no record: what a new rule would have found is not told. A set by itself (sets/N) \
        has no policy and no local files: those of the other folder stand on both sides. Exit status 1 when something \
        differs.
        """)

    @Argument(help: "The rules folder as it was.")
    var old: String

    @Argument(help: "The rules folder as it is to be.")
    var new: String

    @Option(help: "A record database: show which hosts change service, use or verdict.")
    var database: String?

    @Option(
      help: "Only records since then: a day, a UTC time, or a span before now (30d). Default: all.")
    var since: String?

    @Option(help: "The site's policy file, for both. Default: policy.yaml in each folder.")
    var policy: String?

    func validate() throws {
      if since != nil, database == nil { throw ValidationError("--since needs --database.") }
    }

    func run() throws {
      var status = ExitCode.success
      try CommandRunner.run { () throws(AgentError) in
        let outcome = try RulesDiffRun.diff(
          old, new, policy: policy, database: database, since: since)
        let output = StandardOutput()
        for line in outcome.lines { output.write(line + "\n") }
        try output.finish()
        if outcome.differs { status = .failure }
      }
      throw status
    }
  }
}

extension RuleLists.Format: ExpressibleByArgument {}
extension RulesLintRun.Format: ExpressibleByArgument {}
