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
    let providers = try Self.sources(in: directory + "/providers", isLocal: false)
    guard !providers.isEmpty else {
      throw AgentError("\(directory)/providers: no provider files (*.yaml) here", status: .noInput)
    }
    let local = try Self.sources(in: directory + "/local", isLocal: true)
    var mistakes: [String] = []
    let traps = try Self.optionalSource(directory + "/traps.yaml")
    let policy = try Self.source(policyPath ?? directory + "/policy.yaml")
    let prices = try Self.optionalSource(directory + "/prices.yaml")
    let profiles = try Self.sources(in: directory + "/profiles", isLocal: false)

    let compiledRules = Self.attempt(&mistakes) { () throws(RuleErrors) in
      try RuleSet(compiling: providers + local, traps: traps)
    }
    let compiledPolicy = Self.attempt(&mistakes) { () throws(RuleErrors) in
      try Policy(compiling: policy, against: compiledRules)
    }
    let compiledPrices = Self.attempt(&mistakes) { () throws(RuleErrors) in
      try prices.map { source throws(RuleErrors) in try PriceTable(compiling: source) }
    }
    let compiledProfiles: ProfileSet?
    do {
      compiledProfiles = try ProfileSet(compiling: profiles.map { (path: $0.path, text: $0.text) })
    } catch {
      mistakes += error.lines
      compiledProfiles = nil
    }
    guard let compiledRules, let compiledPolicy, let compiledPrices, let compiledProfiles else {
      throw AgentError(mistakes.joined(separator: "\n"), status: .configuration)
    }
    (self.rules, self.policy) = (compiledRules, compiledPolicy)
    (self.prices, self.profiles) = (compiledPrices, compiledProfiles)
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

  private static func attempt<Value>(
    _ mistakes: inout [String], _ body: () throws(RuleErrors) -> Value
  ) -> Value? {
    do {
      return try body()
    } catch {
      mistakes += error.lines
      return nil
    }
  }

  private static func sources(in folder: String, isLocal: Bool) throws(AgentError) -> [RuleSource] {
    guard FileManager.default.fileExists(atPath: folder) else { return [] }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw AgentError("\(folder): \(SystemMessage.of(error))", status: .noInput)
    }
    var sources: [RuleSource] = []
    for name in names.sorted() where name.hasSuffix(".yaml") && !name.hasPrefix(".") {
      var source = try source(folder + "/" + name)
      source.isLocal = isLocal
      sources.append(source)
    }
    return sources
  }

  private static func optionalSource(_ path: String) throws(AgentError) -> RuleSource? {
    FileManager.default.fileExists(atPath: path) ? try source(path) : nil
  }

  private static func source(_ path: String) throws(AgentError) -> RuleSource {
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      guard let text = String(data: data, encoding: .utf8) else {
        let (line, column) = placeOfFirstBadOctet(in: data)
        throw AgentError(
          "\(path):\(line):\(column): error: expected UTF-8 text", status: .configuration)
      }
      return RuleSource(path: path, text: text)
    } catch let error as AgentError {
      throw error
    } catch {
      throw AgentError("\(path): \(SystemMessage.of(error))", status: .noInput)
    }
  }

  /// Line and column, from 1, of the first octet that is not part of UTF-8 text.
  private static func placeOfFirstBadOctet(in data: Data) -> (line: Int, column: Int) {
    for (number, line) in data.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
      guard String(data: line, encoding: .utf8) == nil else { continue }
      // What cannot be read stands as U+FFFD in text that is read leniently.
      let text = String(decoding: line, as: UTF8.self).unicodeScalars
      return (number + 1, text.prefix { $0 != "\u{FFFD}" }.count + 1)
    }
    return (1, 1)
  }
}
