import Foundation
import ProviderRules
import StrictYAML
import TokenEstimation
import WireFormat

/// The work of `gnomon rules test`: rules held against examples, traps, lists of names, look-alikes and captures.
package enum RulesTestRun {
  package struct Options: Sendable {
    package var directory: String
    package var policy: String?
    /// CSV files with names that the rules should know.
    package var lists: [String] = []
    /// CSV files with names that must not fire.
    package var traps: [String] = []
    /// Labelled captures, or folders of them.
    package var captures: [String] = []
    /// List every name that was not covered, and every rule without an example.
    package var isVerbose = false

    package init(directory: String, policy: String?) {
      (self.directory, self.policy) = (directory, policy)
    }
  }

  /// What a run found.
  package struct Outcome: Sendable {
    package var lines: [String] = []
    package var failureCount = 0

    fileprivate mutating func check(_ title: String, _ failures: [String], of count: Int) {
      failureCount += failures.count
      lines.append("\(title): \(count - failures.count) of \(count) hold")
      lines += failures.map { "  FAILED \($0)" }
    }
  }

  /// - Throws: ``AgentError`` when a file cannot be read or has a mistake other than an example that does not hold.
  package static func test(
    _ options: Options, note: (String) -> Void
  ) throws(AgentError) -> Outcome {
    let files = try RuleFiles(directory: options.directory, policyPath: options.policy)
    let book = try compiled(files)
    var outcome = Outcome()
    let (hits, misses) = RuleExamples.count(in: files.providers + files.local)
    outcome.lines.append(
      "examples: all \(hits + misses) hold (\(hits) that must match, \(misses) that must not)")
    testShippedTraps(book.rules, &outcome)
    testMutations(files, book.rules, options.isVerbose, &outcome)
    for path in options.traps { try testTraps(path, book, &outcome) }
    for path in options.lists {
      try testList(path, book, options.isVerbose, &outcome)
    }
    if !options.captures.isEmpty { try testCaptures(options.captures, book, note, &outcome) }
    return outcome
  }

  /// Rules that have no mistake and hold against their examples, traps and look-alikes: fit to be shipped, or put in force.
  ///
  /// - Throws: ``AgentError`` with each mistake, or each test that fails.
  static func proven(_ files: RuleFiles) throws(AgentError) -> RuleBook {
    let book = try compiled(files)
    var outcome = Outcome()
    testShippedTraps(book.rules, &outcome)
    testMutations(files, book.rules, false, &outcome)
    guard outcome.failureCount == 0 else {
      let failures = outcome.lines.compactMap { line -> String? in
        guard let start = line.range(of: "FAILED ") else { return nil }
        return "\(files.shippedPath): a test fails: \(line[start.upperBound...])"
      }
      throw AgentError(failures.joined(separator: "\n"), status: .configuration)
    }
    return book
  }

  private static func compiled(_ files: RuleFiles) throws(AgentError) -> RuleBook {
    let (book, mistakes) = RuleBook.compile(files)
    guard let book, mistakes.isEmpty else {
      throw AgentError(mistakes)
    }
    return book
  }

  /// The folder's own traps, and names below them.
  private static func testShippedTraps(_ rules: RuleSet, _ outcome: inout Outcome) {
    var failures: [String] = []
    for trap in rules.traps {
      for name in [trap.name, "www7." + trap.name] {
        guard let match = rules.match(name: name) else { continue }
        // The site's own rules beat every trap.
        if rules.rules[match.rule].isLocal { continue }
        failures.append("\(name), a trap at \(trap), matches \(words(match, rules))")
      }
    }
    outcome.check("traps of the folder", failures, of: 2 * rules.traps.count)
  }

  private static func testMutations(
    _ files: RuleFiles, _ rules: RuleSet, _ isVerbose: Bool, _ outcome: inout Outcome
  ) {
    let mutations = RuleMutations(of: files.providers + files.local, in: rules)
    outcome.check(
      "look-alikes",
      mutations.lookAlikes.map { "\($0.name) matches \($0.rule.text) at \($0.rule)" },
      of: mutations.lookAlikeCount)
    let noticed = mutations.ruleCount - mutations.unnoticed.count
    outcome.lines.append(
      "mutation: of \(mutations.ruleCount) rules taken out one at a time, an example notices \(noticed)"
        + " (\(percent(noticed, mutations.ruleCount)))")
    if isVerbose {
      outcome.lines += mutations.unnoticed.map { "  no example needs \($0.text) at \($0)" }
    }
  }

  private static func words(_ match: RuleMatch, _ rules: RuleSet) -> String {
    "\(rules.rules[match.rule].text) at \(rules.rules[match.rule]) "
      + "(\(rules.services[match.service].id), \(match.evidence.rawValue))"
  }

  private static func percent(_ part: Int, _ whole: Int) -> String {
    guard whole > 0 else { return "–" }
    let tenths = (1_000 * part + whole / 2) / whole
    return "\(tenths / 10).\(tenths % 10) %"
  }
}

extension RulesTestRun {
  /// Names that must not fire: columns `domain`, `match` (`suffix`, `exact`, `tld`; others are counted and left out) and
  /// `recommended`: "log as interest…" forbids use alone, "valid for its own provider…" forbids nothing that a name can
  /// tell, all else forbids every match.
  private static func testTraps(
    _ path: String, _ book: RuleBook, _ outcome: inout Outcome
  ) throws(AgentError) {
    let rules = book.rules
    var failures: [String] = []
    var listed: [String] = []
    var (count, others) = (0, 0)
    try CalibrateCSV.read(
      try RuleBook.source(path).text, path: path, columns: nil, needed: [["domain"]],
      example: "domain,match,recommended"
    ) { names, fields, _ in
      let row = Dictionary(zip(names, fields.map(\.text))) { first, _ in first }
      let (domain, kind) = (row["domain"] ?? "", row["match"] ?? "suffix")
      let advice = row["recommended"] ?? ""
      guard ["suffix", "exact", "tld"].contains(kind),
        !advice.hasPrefix("valid for its own provider")
      else {
        others += 1
        return
      }
      let name = kind == "tld" ? "example" + (domain.hasPrefix(".") ? "" : ".") + domain : domain
      for name in kind == "exact" ? [name] : [name, "www7." + name] {
        count += 1
        if rules.match(name: name) == nil, !rules.isTrap(name), let sign = book.signs.sign(of: name)
        {
          listed.append("\(name) looks like AI by \(sign.text): \(advice)")
        }
        guard let match = rules.match(name: name) else { continue }
        if advice.hasPrefix("log as interest"), match.evidence != .usage { continue }
        failures.append("\(name) matches \(words(match, rules)): \(advice)")
      }
    }
    outcome.check("traps of \(path)", failures, of: count)
    outcome.check("traps of \(path), none listed as looking like AI", listed, of: count)
    if others > 0 {
      outcome.lines.append("  \(others) rows are no names, or forbid nothing a name can tell")
    }
  }

  /// Names that the rules should know: columns `domain`, and if there are any `counts_for_coverage` (`yes`), `evidence`
  /// and `sources` (lists that name it, between `;`). A list that nobody promised to cover fails nothing.
  private static func testList(
    _ path: String, _ book: RuleBook, _ isVerbose: Bool, _ outcome: inout Outcome
  ) throws(AgentError) {
    struct Tally { var (names, usage, other) = (0, 0, 0) }
    var tallies: [String: Tally] = [:]
    var all = Tally()
    var missing: [String] = []
    /// Names with a strong sign and with a weak one: of these, and of all.
    var (signed, bearing) = ([0, 0], [0, 0])
    try CalibrateCSV.read(
      try RuleBook.source(path).text, path: path, columns: nil, needed: [["domain"]],
      example: "domain,evidence,sources"
    ) { names, fields, _ in
      let row = Dictionary(zip(names, fields.map(\.text))) { first, _ in first }
      if let counts = row["counts_for_coverage"], counts != "yes" { return }
      if let evidence = row["evidence"], evidence != "usage" { return }
      let domain = row["domain"] ?? ""
      let match = book.rules.match(name: domain)
      let sign = book.rules.isTrap(domain) ? nil : book.signs.sign(of: domain)
      if let sign { bearing[sign.isWeak ? 1 : 0] += 1 }
      if match == nil {
        missing.append(domain)
        if let sign { signed[sign.isWeak ? 1 : 0] += 1 }
      }
      for list in (row["sources"] ?? "").split(separator: ";").map(String.init) + [""] {
        var tally = list.isEmpty ? all : tallies[list] ?? Tally()
        tally.names += 1
        if match?.evidence == .usage { tally.usage += 1 } else if match != nil { tally.other += 1 }
        if list.isEmpty { all = tally } else { tallies[list] = tally }
      }
    }
    func line(_ name: String, _ tally: Tally) -> String {
      "  " + name.padding(toLength: max(24, name.count), withPad: " ", startingAt: 0)
        + " \(tally.names) names, \(tally.usage) as usage (\(percent(tally.usage, tally.names))), "
        + "\(tally.other) otherwise, \(tally.names - tally.usage - tally.other) unknown"
    }
    outcome.lines.append("coverage of \(path)")
    outcome.lines.append(line("all", all))
    outcome.lines += tallies.sorted { ($1.value.names, $0.key) < ($0.value.names, $1.key) }
      .map { line($0.key, $0.value) }
    for (names, counts, count) in [
      ("names that no rule knows", signed, missing.count),
      ("names, did no rule know them,", bearing, all.names),
    ] {
      let sum = counts[0] + counts[1]
      outcome.lines.append(
        "  signs: of \(count) \(names) \(sum) look like AI (\(percent(sum, count))), "
          + "\(counts[0]) by a strong sign")
    }
    if isVerbose { outcome.lines += missing.map { "  unknown: \($0)" } }
  }

  /// Labelled captures: which hosts used which services, and in how many turns.
  private static func testCaptures(
    _ paths: [String], _ book: RuleBook, _ note: (String) -> Void, _ outcome: inout Outcome
  ) throws(AgentError) {
    for source in try EvaluateSets.find(paths, note: note) {
      guard case .labelled(let path, let capture, let truth) = source else { continue }
      var wanted: [String: Int] = [:]
      for turn in truth.turns where !book.policy.isExcluded(turn.client.address) {
        wanted["\(turn.client.address) \(turn.serviceID)", default: 0] += 1
      }
      var found: [String: Int] = [:]
      for turn in try EvaluateRun.turns(of: capture, book) {
        found["\(turn.client.address) \(turn.serviceID)", default: 0] += 1
      }
      let pairs = Set(wanted.keys).union(found.keys).sorted()
      let failures = pairs.filter { wanted[$0] != found[$0] }.map {
        "\($0): the truth has \(wanted[$0] ?? 0) turns, the rules find \(found[$0] ?? 0)"
      }
      outcome.check("hosts and services of \(path)", failures, of: pairs.count)
    }
  }
}
