import Agent
import ArgumentParser

/// `gnomon profiles`: how tokens are estimated, and how well.
struct ProfilesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profiles", abstract: "Show every estimation profile with its calibration card.")

  @OptionGroup var rules: RuleOptions

  func run() throws {
    try CommandRunner.run { () throws(AgentError) in
      let output = StandardOutput()
      output.write(try RuleBook(directory: rules.directory, policyPath: rules.policy).cards)
      try output.finish()
    }
  }
}
