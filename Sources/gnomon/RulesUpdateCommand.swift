import Agent
import ArgumentParser

extension RulesCommand {
  /// `gnomon rules keygen`.
  struct Keygen: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a key pair (Ed25519) that signs rule bundles.",
      discussion:
        "Keys are PEM, as openssl genpkey -algorithm ed25519 writes them; its keys work as well.")

    @Option(help: "Writes NAME.key, which only you may read, and the public key NAME.pem.")
    var out: String

    func run() throws {
      try CommandRunner.run { () throws(AgentError) in
        let output = StandardOutput()
        output.write(try RulesKeygenRun.run(name: out))
        try output.finish()
      }
    }
  }

  /// `gnomon rules bundle`.
  struct Bundle: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the shipped rules as one signed file.",
      discussion: """
        Providers, profiles, traps, prices and signs; never local/, trust/ or the policy. Rules with a mistake, or whose examples, \
        traps or look-alikes fail, are not bundled. The same rules, version and key give the same octets.
        """)

    @Option(help: "The private key, PEM. Nobody but its owner may read it.")
    var key: String

    @Option(help: "The file to write.")
    var out: String

    @Option(
      help:
        "The version, a number that is greater for later rules. Default: the first of this UTC day, 2026112101."
    )
    var version: UInt64?

    @Option(help: "The rules folder. Default: as for all commands.")
    var rules: String?

    func run() throws {
      try CommandRunner.run { () throws(AgentError) in
        let output = StandardOutput()
        output.write(
          try RulesBundleRun.run(
            RulesBundleRun.Options(
              directory: rules ?? RuleBook.defaultDirectory(), key: key, out: out,
              version: version)))
        try output.finish()
      }
    }
  }

  /// `gnomon rules update`.
  struct Update: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put the rules of a signed bundle in force, all at once or not at all.",
      discussion: """
        The signature is verified before anything else is read. The rules are then checked together with the site's own \
        files and policy, the change is shown, and one link is swapped; local/, trust/ and the policy are not touched. \
        Whatever is wrong, the old rules stay in force. A running watch takes the change in force on SIGHUP. Nothing is \
        fetched unless --from is a URL.
        """)

    @Option(help: "The bundle: a path, or a URL that begins with https://.")
    var from: String

    @Option(
      help:
        "A public key (PEM) that may have signed it. May be given again. Default: trust/*.pem in the rules folder."
    )
    var trust: [String] = []

    @Flag(help: "Check, and show the change, without making it.")
    var dryRun = false

    @Flag(help: "Take a bundle that is older than the rules in force.")
    var allowOlder = false

    @OptionGroup var rules: RuleOptions

    func run() throws {
      try CommandRunner.run { () throws(AgentError) in
        var options = RulesUpdateRun.Options(
          directory: rules.directory, policy: rules.policy, source: from)
        (options.trust, options.isDryRun, options.allowsOlder) = (trust, dryRun, allowOlder)
        let lines = try RulesUpdateRun.update(options)
        let output = StandardOutput()
        for line in lines { output.write(line + "\n") }
        try output.finish()
      }
    }
  }

  /// `gnomon rules roll-back`.
  struct RollBack: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "roll-back", abstract: "Put a set of rules in force that was so before.")

    @Option(
      help:
        "A version that gnomon rules versions lists, or installed. Default: the latest before the one in force."
    )
    var to: String?

    @OptionGroup var rules: RuleOptions

    func run() throws {
      try CommandRunner.run { () throws(AgentError) in
        let lines = try RulesRollBackRun.rollBack(
          directory: rules.directory, policy: rules.policy, to: to)
        let output = StandardOutput()
        for line in lines { output.write(line + "\n") }
        try output.finish()
      }
    }
  }

  /// `gnomon rules versions`.
  struct Versions: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the sets of rules that there are; * is in force.")

    @Option(help: "The rules folder. Default: as for all commands.")
    var rules: String?

    func run() throws {
      try CommandRunner.run { () throws(AgentError) in
        let output = StandardOutput()
        let lines = try RulesVersionsRun.list(directory: rules ?? RuleBook.defaultDirectory())
        for line in lines { output.write(line + "\n") }
        try output.finish()
      }
    }
  }
}
