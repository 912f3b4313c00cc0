import ProviderRules
import Reports
import StrictYAML
package import WireFormat

/// The work of `gnomon rules add`: a rule of the site's own, in a file that no update touches.
package enum RulesAddRun {
  package struct Options: Sendable {
    package var domain: String
    package var owner: LocalRuleFile.Owner
    package var match = "suffix"
    package var evidence = "usage"
    package var verifiedBy = "maintainer"
    package var reason: String?
    /// Whether it may beat a trap.
    package var beatsTraps = false
    package var isDryRun = false
    package var rules: String
    package var policy: String?
    /// The public suffix list; nil for the system's own.
    package var publicSuffixes: String?

    package init(domain: String, owner: LocalRuleFile.Owner, rules: String) {
      (self.domain, self.owner, self.rules) = (domain, owner, rules)
    }
  }

  /// Of more rules that the new one comes before the first are told.
  private static let mostBeaten = 10

  /// Adds a rule, or says what its file would hold.
  ///
  /// - Parameter note: told of what was not looked at.
  /// - Returns: what to print.
  /// - Throws: ``AgentError`` when a word is wrong, the rules have a mistake, the name is a trap or known already, or the
  ///   file cannot be written.
  package static func run(
    _ options: Options, now: Timestamp = .now(), note: (String) -> Void
  ) throws(AgentError) -> String {
    let isExact = try CommandText.choice(options.match, "--match", Match.self) == .exact
    let evidence = try CommandText.choice(options.evidence, "--evidence", EvidenceClass.self)
    let method = try CommandText.choice(
      options.verifiedBy, "--by", Service.Verification.Method.self)
    if let reason = options.reason { try check(reason) }
    let suffixes = try RulesLintRun.publicSuffixes(options.publicSuffixes, note: note)
    let name = RuleName.normalized(options.domain)
    if let objection = RuleName.objection(to: name, isExact: isExact, suffixes: suffixes) {
      throw AgentError(
        "\(ErrorLines.printable(options.domain.prefix(80))): \(objection)", status: .usage)
    }
    let file = try LocalRuleFile(
      options.owner, tier: .extended, rules: options.rules, policy: options.policy)
    let overTrap = try overTrap(name, isExact, options, file)
    try checkIsNew(name, isExact, evidence, file)

    var rules = LocalRules(
      target: file.target,
      rules: [.init(name: name, isExact: isExact, evidence: evidence, overTrap: overTrap)],
      hits: [name], misses: file.misses(of: name, isExact: isExact),
      date: try RulesLintRun.today(nil), method: method,
      sources: [method == .docs ? "vendor-docs" : "maintainer"], comments: [])
    if !isExact, name.utf8.count < 250 { rules.hits.append("a." + name) }
    rules.comments = options.reason.map { ["\(rules.date): \($0)"] } ?? []
    let (text, book) = try file.adding(rules)
    if options.isDryRun { return text }
    let before = RulesExplainRun.lines(name, file.book, now)
    let after = RulesExplainRun.lines(name, book, now)
    try file.write(text)
    return answer(name, isExact, file, book, before: before, after: after)
  }

  enum Match: String, CaseIterable { case exact, suffix }

  static func check(_ reason: String) throws(AgentError) {
    try CommandText.checkLine(reason, of: "--reason")
    if reason.contains("lint ignore") {
      throw AgentError("--reason: expected a reason without \"lint ignore\"", status: .usage)
    }
  }

  /// Why the rule is to beat traps; nil where it beats none.
  private static func overTrap(
    _ name: String, _ isExact: Bool, _ options: Options, _ file: LocalRuleFile
  ) throws(AgentError) -> String? {
    let traps = file.book.rules.traps(beatenBy: name, isExact: isExact)
    guard let trap = traps.first(where: { $0.name == name }) ?? traps.first else { return nil }
    if options.beatsTraps, let reason = options.reason { return reason }
    let which =
      trap.name == name ? "\(name) is a trap" : "\(trap.name), a name below it, is a trap"
    let more = traps.count > 1 ? ", and \(traps.count - 1) more" : ""
    throw AgentError(
      "\(file.files.directory)/\(trap): \(which) (\(trap.kind): \(trap.reason))\(more); "
        + "--over-trap with --reason adds the rule all the same", status: .usage)
  }

  /// Refuses a rule that would change nothing, or stands in a local file already.
  private static func checkIsNew(
    _ name: String, _ isExact: Bool, _ evidence: EvidenceClass, _ file: LocalRuleFile
  ) throws(AgentError) {
    let rules = file.book.rules
    let form: RuleOrigin.Form = isExact ? .exact : .suffix
    if let own = rules.rules.first(where: { $0.isLocal && $0.form == form && $0.subject == name }) {
      throw AgentError(
        "\(file.files.directory)/\(own): \(own.text) stands there already; change it there",
        status: .usage)
    }
    guard let match = rules.match(name: name), evidence == match.evidence,
      rules.services[match.service].id == file.target.serviceID, !match.isShared
    else { return }
    let rule = rules.rules[match.rule]
    guard isExact || rule.form == .suffix else { return }
    throw AgentError(
      "\(file.files.directory)/\(rule): \(name) is \(evidence.rawValue) of "
        + "\(file.target.serviceID) already, by \(rule.text)", status: .usage)
  }

  private static func answer(
    _ name: String, _ isExact: Bool, _ file: LocalRuleFile, _ book: RuleBook, before: [String],
    after: [String]
  ) -> String {
    var lines: [String] = []
    if let match = book.rules.match(name: name) {
      let rule = book.rules.rules[match.rule]
      lines.append("\(file.files.directory)/\(rule): \(rule.text), to be reviewed")
    }
    lines.append("before: " + before.joined(separator: "\n"))
    lines.append("after: " + after.joined(separator: "\n"))
    let beaten = isExact ? [] : file.book.rules.rules(beatenBySuffix: name)
    if !beaten.isEmpty {
      let count = Quantity.counted(beaten.count, "shipped rule")
      lines.append("it comes before \(count) at or below \(name)")
      lines += beaten.prefix(mostBeaten).map { match in
        let rule = file.book.rules.rules[match.rule]
        return "  \(rule.text) at \(rule): \(file.book.rules.services[match.service].id), "
          + match.evidence.rawValue
      }
      if beaten.count > mostBeaten { lines.append("  and \(beaten.count - mostBeaten) more") }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension LocalRules.Target {
  var serviceID: String {
    switch self {
    case .service(let id): id
    case .newService(let id, _, _, _): id
    }
  }
}
