import Foundation
package import ProviderRules
package import TokenEstimation

/// Everything that files say: providers, policy, prices, profiles. Made whole, or not at all.
package struct RuleBook: Sendable {
  package let rules: RuleSet
  package let policy: Policy
  /// Nil where there is no prices file: nothing is priced then.
  package let prices: PriceTable?
  package let profiles: ProfileSet

  /// Reads `providers/*.yaml`, `local/*.yaml`, `traps.yaml`, `policy.yaml`, `prices.yaml` and `profiles/*.yaml`.
  ///
  /// - Parameters:
  ///   - directory: the rules folder.
  ///   - policyPath: the site's own policy file instead of the folder's example.
  /// - Throws: ``AgentError`` with every mistake as `file:line:column: error: what was expected`.
  package init(directory: String, policyPath: String? = nil) throws(AgentError) {
    let providers = try Self.sources(in: directory, "providers", isLocal: false)
    guard !providers.isEmpty else {
      throw AgentError("\(directory)/providers: no provider files (*.yaml) here", status: .noInput)
    }
    let local = try Self.sources(in: directory, "local", isLocal: true)
    let traps = try Self.optionalSource(directory, "traps.yaml")
    var policy = try Self.source(policyPath ?? directory + "/policy.yaml")
    policy.path = "policy.yaml"
    let prices = try Self.optionalSource(directory, "prices.yaml")
    let profiles = try Self.sources(in: directory, "profiles", isLocal: false)

    // Files are named as they stand in the folder, so that versions and evidence are the same wherever that is; only
    // messages say where.
    var mistakes: [String] = []
    func attempt<Value>(_ body: () throws(RuleErrors) -> Value) -> Value? {
      do { return try body() } catch {
        mistakes += error.lines
        return nil
      }
    }
    let compiledRules = attempt { () throws(RuleErrors) in
      try RuleSet(compiling: providers + local, traps: traps)
    }
    let compiledPrices = attempt { () throws(RuleErrors) in
      try prices.map { source throws(RuleErrors) in try PriceTable(compiling: source) }
    }
    var compiledProfiles: ProfileSet?
    do {
      compiledProfiles = try ProfileSet(compiling: profiles.map { (path: $0.path, text: $0.text) })
    } catch {
      mistakes += error.lines
    }
    if let set = compiledProfiles {
      mistakes += Self.unknown("profile", in: providers + local, isKnown: set.contains)
    }
    if let ids = compiledRules.map({ Set($0.providerIDs) }), let prices {
      mistakes += Self.unknown("provider", in: [prices], isKnown: ids.contains)
    }
    mistakes = mistakes.map { directory + "/" + $0 }
    let inFolder = mistakes.count
    let compiledPolicy = attempt { () throws(RuleErrors) in
      try Policy(compiling: policy, against: compiledRules)
    }
    let policyPlace = policyPath ?? directory + "/policy.yaml"
    mistakes[inFolder...] =
      mistakes[inFolder...].map { policyPlace + $0.dropFirst(policy.path.count) }[...]

    guard mistakes.isEmpty, let compiledRules, let compiledPolicy, let compiledPrices,
      let compiledProfiles
    else { throw AgentError(mistakes.joined(separator: "\n"), status: .configuration) }
    (self.rules, self.policy) = (compiledRules, compiledPolicy)
    (self.prices, self.profiles) = (compiledPrices, compiledProfiles)
  }

  /// Mistakes in what one file names of another: `key: ID` where no such id is known.
  private static func unknown(
    _ key: String, in sources: [RuleSource], isKnown: (String) -> Bool
  ) -> [String] {
    var mistakes: [String] = []
    let start = Array("\(key): ".utf8)
    for source in sources {
      // Octets, not characters: all files are looked at each time rules are read.
      let lines = source.text.utf8.split(
        separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      for (number, line) in lines.enumerated() {
        let indented = line.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "-") }
        guard indented.starts(with: start) else { continue }
        let rest = String(Substring(indented)).dropFirst(key.count + 2)
        let value = rest.prefix { $0 != " " && $0 != "#" && $0 != "}" }
        guard !isKnown(String(value)) else { continue }
        let column = line.count - indented.count + start.count + 1
        mistakes.append(
          "\(source.path):\(number + 1):\(column): error: expected a \(key) that there is, found "
            + "\(value)")
      }
    }
    return mistakes
  }

  /// The calibration cards of all profiles, as `gnomon profiles` prints them.
  package var cards: String { profiles.cardsText }

  /// Where the rules are when nobody says: `$GNOMON_RULES`, `rules` in the working folder, beside the program, or
  /// `/usr/share/gnomon/rules`.
  package static func defaultDirectory() -> String {
    if let path = ProcessInfo.processInfo.environment["GNOMON_RULES"], !path.isEmpty { return path }
    var candidates = ["rules"]
    if let program = Bundle.main.executableURL?.deletingLastPathComponent() {
      candidates.append(program.appendingPathComponent("../share/gnomon/rules").path)
      candidates.append(program.appendingPathComponent("../../../rules").path)
    }
    candidates.append("/usr/share/gnomon/rules")
    return candidates.first { FileManager.default.fileExists(atPath: $0 + "/providers") } ?? "rules"
  }
}
