import Foundation
import ProviderRules
import RuleBundles
import StrictYAML

/// The files of a rules folder, read and not yet understood.
struct RuleFiles {
  /// The rules folder, where the site's own files are.
  let directory: String
  /// Where the policy stands.
  let policyPath: String
  /// Where the shipped files stand.
  let shippedPath: String
  let providers: [RuleSource]
  var local: [RuleSource]
  let traps: RuleSource?
  let policy: RuleSource
  let prices: RuleSource?
  let profiles: [RuleSource]
  let signs: RuleSource?

  /// Reads the shipped files that are in force, and the site's own.
  ///
  /// - Throws: ``AgentError`` when a file cannot be read, or there is no provider at all.
  init(directory: String, policyPath: String?) throws(AgentError) {
    let folder = RulesFolder(directory)
    // An update takes old sets away, also one that is just being read.
    for _ in 0..<8 {
      let place = try folder.placeInForce()
      let shipped: ShippedFiles
      do throws(AgentError) {
        shipped = try ShippedFiles(in: place.path)
      } catch {
        if place.isUnchanged { throw error }
        continue
      }
      guard place.isUnchanged else { continue }
      try self.init(shipped, directory: directory, policyPath: policyPath)
      return
    }
    throw AgentError("\(directory): the rules change faster than they are read", status: .ioError)
  }

  /// Puts shipped files beside the site's own.
  ///
  /// - Throws: ``AgentError`` when one of the site's files cannot be read.
  init(_ shipped: ShippedFiles, directory: String, policyPath: String?) throws(AgentError) {
    let policyPath = policyPath ?? directory + "/policy.yaml"
    var policy = try RuleBook.source(policyPath)
    policy.path = "policy.yaml"
    self.init(
      shipped, directory: directory, policyPath: policyPath, policy: policy,
      local: try RuleBook.sources(in: directory, "local", isLocal: true))
  }

  /// Shipped files by themselves, as a bundle is made of them: under a policy that says nothing.
  init(alone shipped: ShippedFiles) {
    let policy = RuleSource(path: "policy.yaml", text: "schema: 1\ndefault: unapproved\n")
    self.init(
      shipped, directory: shipped.path, policyPath: policy.path, policy: policy, local: [])
  }

  private init(
    _ shipped: ShippedFiles, directory: String, policyPath: String, policy: RuleSource,
    local: [RuleSource]
  ) {
    (self.directory, self.policyPath, shippedPath) = (directory, policyPath, shipped.path)
    (providers, traps) = (shipped.providers, shipped.traps)
    (prices, profiles, signs) = (shipped.prices, shipped.profiles, shipped.signs)
    (self.policy, self.local) = (policy, local)
  }

  /// All of them.
  var all: [RuleSource] {
    providers + local + [traps, policy, prices, signs].compactMap { $0 } + profiles
  }

  /// A mistake with the path under which a person finds the file.
  func placed(_ mistake: Diagnostic) -> Diagnostic {
    var placed = mistake
    if mistake.path == policy.path {
      placed.path = policyPath
    } else {
      let folder = mistake.path.hasPrefix("local/") ? directory : shippedPath
      placed.path = folder + "/" + mistake.path
    }
    return placed
  }
}

/// The part of the rules that an update brings: providers, traps, prices, signs, profiles.
struct ShippedFiles {
  /// The folder, or the bundle, in which messages say a file is.
  let path: String
  private(set) var providers: [RuleSource] = []
  private(set) var traps: RuleSource?
  private(set) var prices: RuleSource?
  private(set) var signs: RuleSource?
  private(set) var profiles: [RuleSource] = []

  /// - Throws: ``AgentError`` when a file cannot be read, or there is no provider at all.
  init(in folder: String) throws(AgentError) {
    path = folder
    providers = try RuleBook.sources(in: folder, "providers", isLocal: false)
    traps = try RuleBook.optionalSource(folder, "traps.yaml")
    prices = try RuleBook.optionalSource(folder, "prices.yaml")
    signs = try RuleBook.optionalSource(folder, "signs.yaml")
    profiles = try RuleBook.sources(in: folder, "profiles", isLocal: false)
    try requireProviders()
  }

  /// - Parameter path: what the bundle is called in messages.
  /// - Throws: ``AgentError`` when a file is no text, or there is no provider at all.
  init(_ bundle: RuleBundle, path: String) throws(AgentError) {
    self.path = path
    for file in bundle.files {
      let text = try RuleBook.text(of: Data(file.octets), path: "\(path)/\(file.path)")
      let source = RuleSource(path: file.path, text: text)
      switch file.path {
      case "traps.yaml": traps = source
      case "prices.yaml": prices = source
      case "signs.yaml": signs = source
      case let name where name.hasPrefix("profiles/"): profiles.append(source)
      default: providers.append(source)
      }
    }
    try requireProviders()
  }

  private func requireProviders() throws(AgentError) {
    guard providers.isEmpty else { return }
    throw AgentError("\(path)/providers: no provider files (*.yaml) here", status: .noInput)
  }

  /// As a bundle holds them.
  var bundled: [BundleFile] {
    (providers + profiles + [traps, prices, signs].compactMap { $0 })
      .map { BundleFile(path: $0.path, octets: Array($0.text.utf8)) }
      .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }
}
