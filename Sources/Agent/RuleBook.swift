import Foundation
package import ProviderRules
import StrictYAML
package import TokenEstimation

/// Everything that files say: providers, policy, prices, profiles. Made whole, or not at all.
package struct RuleBook: Sendable {
  package let rules: RuleSet
  package let policy: Policy
  /// Nil where there is no prices file: nothing is priced then.
  package let prices: PriceTable?
  package let profiles: ProfileSet
  /// What makes a name look like AI that no rule knows; empty where there is no file of signs.
  package let signs: SignSet
  /// A version of each file of prices, signs and profiles, by its path.
  let fileVersions: [String: String]

  /// Reads, of the set in force (``RulesFolder``) and the site's own files, `providers/*.yaml`, `local/*.yaml`, `traps.yaml`,
  /// `policy.yaml`, `prices.yaml`, `signs.yaml` and `profiles/*.yaml`.
  ///
  /// - Parameters:
  ///   - directory: the rules folder.
  ///   - policyPath: the site's own policy file instead of the folder's example.
  ///   - threads: that may work on it; the book is the same with any number.
  /// - Throws: ``AgentError`` with every mistake as `file:line:column: error: what was expected`.
  package init(
    directory: String, policyPath: String? = nil, threads: Int = 1
  ) throws(AgentError) {
    try self.init(try RuleFiles(directory: directory, policyPath: policyPath), threads: threads)
  }

  /// - Throws: ``AgentError`` with every mistake of files that have been read.
  init(_ files: RuleFiles, threads: Int = 1) throws(AgentError) {
    let (book, mistakes) = Self.compile(files, threads: threads)
    guard let book, mistakes.isEmpty else {
      throw AgentError(mistakes)
    }
    self = book
  }

  private init(
    rules: RuleSet, policy: Policy, prices: PriceTable?, profiles: ProfileSet, signs: SignSet,
    fileVersions: [String: String]
  ) {
    (self.rules, self.policy, self.prices, self.profiles) = (rules, policy, prices, profiles)
    (self.signs, self.fileVersions) = (signs, fileVersions)
  }

  /// Compiles files that have been read.
  ///
  /// - Returns: the book, nil when too much is wrong; and every mistake, each with the place of its file.
  static func compile(
    _ files: RuleFiles, threads: Int = 1
  ) -> (book: RuleBook?, mistakes: [Diagnostic]) {
    // Files are named as they stand in the folder, so that versions and evidence are the same wherever that is; only
    // messages say where.
    var mistakes: [Diagnostic] = []
    func attempt<Value>(_ body: () throws(RuleErrors) -> Value) -> Value? {
      do { return try body() } catch {
        mistakes += error.diagnostics
        return nil
      }
    }
    let rules = attempt { () throws(RuleErrors) in
      try RuleSet(
        compiling: files.providers + files.local, traps: files.traps, threads: threads)
    }
    let prices = attempt { () throws(RuleErrors) in
      try files.prices.map { source throws(RuleErrors) in try PriceTable(compiling: source) }
    }
    var profiles: ProfileSet?
    do {
      profiles = try ProfileSet(compiling: files.profiles.map { (path: $0.path, text: $0.text) })
    } catch {
      mistakes += error.diagnostics
    }
    if let profiles {
      mistakes += unknown("profile", in: files.providers + files.local, isKnown: profiles.contains)
    }
    if let ids = rules.map({ Set($0.providerIDs) }), let source = files.prices {
      mistakes += unknown("provider", in: [source], isKnown: ids.contains)
    }
    let policy = attempt { () throws(RuleErrors) in
      try Policy(compiling: files.policy, against: rules)
    }
    let signs = attempt { () throws(RuleErrors) in
      try files.signs.map { source throws(RuleErrors) in try SignSet(compiling: source) }
    }
    mistakes = mistakes.map { files.placed($0) }
    guard let rules, let policy, let prices, let profiles, let signs else {
      return (nil, mistakes)
    }
    let book = RuleBook(
      rules: rules, policy: policy, prices: prices, profiles: profiles, signs: signs ?? .none,
      fileVersions: Dictionary(
        (files.profiles + [files.prices, files.signs].compactMap { $0 }).map {
          ($0.path, RuleSource.version(of: [$0]))
        }, uniquingKeysWith: { first, _ in first }))
    return (book, mistakes)
  }

  /// Mistakes in what one file names of another: `key: ID` where no such id is known.
  private static func unknown(
    _ key: String, in sources: [RuleSource], isKnown: (String) -> Bool
  ) -> [Diagnostic] {
    var mistakes: [Diagnostic] = []
    let start = Array("\(key): ".utf8)
    for source in sources {
      for (number, line) in TextLines.split(source.text).enumerated() {
        let indented = line.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "-") }
        guard indented.starts(with: start) else { continue }
        let rest = String(Substring(indented)).dropFirst(key.count + 2)
        let value = rest.prefix { $0 != " " && $0 != "#" && $0 != "}" }
        guard !isKnown(String(value)) else { continue }
        let column = line.count - indented.count + start.count + 1
        mistakes.append(
          Diagnostic(
            path: source.path, location: YAMLLocation(line: number + 1, column: column),
            id: .reference, message: "expected a \(key) that there is, found \(value)"))
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
    return candidates.first { path in
      ["/providers", "/current"].contains { FileManager.default.fileExists(atPath: path + $0) }
    } ?? "rules"
  }
}
