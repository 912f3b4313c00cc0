import Foundation
import ProviderRules
import StrictYAML

/// The files of a rules folder, read and not yet understood.
struct RuleFiles {
  let directory: String
  /// Where the policy stands.
  let policyPath: String
  let providers: [RuleSource]
  let local: [RuleSource]
  let traps: RuleSource?
  let policy: RuleSource
  let prices: RuleSource?
  let profiles: [RuleSource]
  let signs: RuleSource?

  /// - Throws: ``AgentError`` when a file cannot be read, or there is no provider at all.
  init(directory: String, policyPath: String?) throws(AgentError) {
    self.directory = directory
    self.policyPath = policyPath ?? directory + "/policy.yaml"
    providers = try RuleBook.sources(in: directory, "providers", isLocal: false)
    guard !providers.isEmpty else {
      throw AgentError("\(directory)/providers: no provider files (*.yaml) here", status: .noInput)
    }
    local = try RuleBook.sources(in: directory, "local", isLocal: true)
    traps = try RuleBook.optionalSource(directory, "traps.yaml")
    var policy = try RuleBook.source(self.policyPath)
    policy.path = "policy.yaml"
    self.policy = policy
    prices = try RuleBook.optionalSource(directory, "prices.yaml")
    profiles = try RuleBook.sources(in: directory, "profiles", isLocal: false)
    signs = try RuleBook.optionalSource(directory, "signs.yaml")
  }

  /// All of them.
  var all: [RuleSource] {
    providers + local + [traps, policy, prices, signs].compactMap { $0 } + profiles
  }

  /// A mistake with the path under which a person finds the file.
  func placed(_ mistake: Diagnostic) -> Diagnostic {
    var placed = mistake
    placed.path = mistake.path == policy.path ? policyPath : directory + "/" + mistake.path
    return placed
  }
}
