package import StrictYAML

/// What is allowed in rule files and still looks wrong: rules that change nothing, providers in each other's way, shared
/// suffixes, dates that have passed.
package enum RuleLint {
  /// Days after which somebody should look at a service again.
  static let staleAfterDays = 365

  /// Looks at files that may have mistakes; what cannot be decoded is left out, as loading tells of it.
  ///
  /// - Parameters:
  ///   - sources: provider files, the site's own among them.
  ///   - traps: the trap file, where there is one.
  ///   - suffixes: the public suffix list; nil where there is none to hold names against.
  ///   - today: the UTC day.
  /// - Returns: warnings, by place.
  package static func warnings(
    in sources: [RuleSource], traps: RuleSource? = nil, policy: RuleSource,
    suffixes: PublicSuffixes?, today: CalendarDate
  ) -> [Diagnostic] {
    let files = ProviderFile.readable(in: sources).filter { !$0.file.isRetired }
    var linter = Linter(files: files, suffixes: suffixes, today: today)
    if let traps { linter.note(traps) }
    linter.lint()
    return (linter.warnings + policyWarnings(policy, today: today)).sorted()
  }

  /// Lines of the policy that have lapsed or soon will, and those that never speak.
  private static func policyWarnings(_ source: RuleSource, today: CalendarDate) -> [Diagnostic] {
    guard let policy = try? Policy(compiling: source, against: nil) else { return [] }
    return policy.expiryWarnings(on: today.daysSince1970, path: source.path)
      + policy.exclusionWarnings(path: source.path)
  }
}

extension DiagnosticID {
  /// A rule that changes nothing: a suffix of the same service and evidence is above it.
  static let swallowed = DiagnosticID("swallowed")
  /// A pattern that never wins: a suffix comes before it.
  static let unreachable = DiagnosticID("unreachable")
  /// A rule below another provider's suffix.
  static let overlap = DiagnosticID("overlap")
  /// A suffix under which a hosting service lets anybody have names.
  static let privateSuffix = DiagnosticID("private-suffix")
  /// A rule of the site's own that beats a trap.
  static let overTrap = DiagnosticID("over-trap")
  /// A rule of the site's own that takes names from another provider.
  static let overShipped = DiagnosticID("over-shipped")
  /// A shared host without the second sign that it needs: it never counts.
  static let sharedAlone = DiagnosticID("shared-alone")
  /// Nobody has looked for a year.
  static let stale = DiagnosticID("stale")
  /// A date that is still to come.
  static let future = DiagnosticID("future")
  /// A suffix, and no example of what it must not match.
  static let noMiss = DiagnosticID("no-miss")
  /// A line of the policy that has lapsed.
  static let expired = DiagnosticID("expired")
  /// A line of the policy that lapses soon.
  static let expiring = DiagnosticID("expiring")
  /// A line of the policy for a group that leaves no record.
  static let excluded = DiagnosticID("excluded")
  /// A file among the rule files that nobody reads.
  package static let unread = DiagnosticID("unread")
  /// A comment that ignores nothing, gives no reason, or names no id.
  package static let ignore = DiagnosticID("ignore")

  /// All ids with what they stand for, for `gnomon rules lint` and SARIF.
  package static let all: [(id: DiagnosticID, meaning: String)] = [
    (
      .syntax,
      "no YAML, or YAML that strict files leave out: anchors, tags, a key that stands twice"
    ),
    (.key, "an unknown key, or one that is missing"),
    (.value, "a value of the wrong type, form or range"),
    (.duplicate, "an id or a rule that stands twice, or in two services"),
    (.trap, "a rule whose name is a trap"),
    (.example, "an example that does not hold"),
    (.publicSuffix, "a suffix under which anybody can register names"),
    (.regex, "a pattern that names cannot be held against, or that is not anchored"),
    (.reference, "a provider, service, group or profile that there is not"),
    (.swallowed, "a rule that changes nothing, below a suffix of the same service and evidence"),
    (.unreachable, "a pattern that never wins, as a suffix comes before it"),
    (.overlap, "a rule below another provider's suffix"),
    (.privateSuffix, "a suffix under which a hosting service lets anybody have names"),
    (.overTrap, "a rule of the site's own that beats a trap"),
    (.overShipped, "a rule of the site's own that takes names from another provider"),
    (.sharedAlone, "a shared host without the second sign that it needs: it never counts"),
    (.stale, "a service that nobody has looked at for a year"),
    (.future, "a date that is still to come"),
    (.noMiss, "a suffix without an example of what it must not match"),
    (.expired, "a line of the policy that has lapsed"),
    (.expiring, "a line of the policy that lapses soon (`expiry_notice_days`, 14 by default)"),
    (.excluded, "a line of the policy for a group that leaves no record"),
    (
      .unread,
      "a file or folder among the rule files that is not read: its name does not end in .yaml"
    ),
    (.ignore, "a comment that ignores nothing, gives no reason, or names no id"),
  ]
}

/// Gathers the warnings of all provider files.
private struct Linter {
  /// A suffix rule that other rules may lie below.
  private struct Suffix {
    let service: Service
    let evidence: EvidenceClass
    let isShared: Bool
    let tenant: TenantLabel?
    let place: String
  }

  let files: [(source: RuleSource, file: ProviderFile)]
  let suffixes: PublicSuffixes?
  let today: CalendarDate
  private(set) var warnings: [Diagnostic] = []
  private var above: [String: Suffix] = [:]
  /// The same of the site's own rules, which beat all others.
  private var aboveLocal: [String: Suffix] = [:]
  /// Where a trap stands, by its name and by each name above it.
  private var traps: [String: (name: String, place: String)] = [:]
  /// Shipped rules of two providers at most, by their names and by each name above them.
  private var shipped: [String: [(name: String, provider: String, place: String)]] = [:]

  init(
    files: [(source: RuleSource, file: ProviderFile)], suffixes: PublicSuffixes?,
    today: CalendarDate
  ) {
    (self.files, self.suffixes, self.today) = (files, suffixes, today)
  }

  mutating func note(_ source: RuleSource) {
    guard let root = try? YAMLNode.parse(source.text, path: source.path),
      let file = TrapFile.decode(root, StrictDecoder(path: source.path))
    else { return }
    for trap in file.traps {
      let found = (name: trap.name, place: "\(source.path):\(trap.location.line)")
      traps[trap.name] = found
      var rest = Substring(trap.name)
      while let dot = rest.firstIndex(of: ".") {
        rest = rest[rest.index(after: dot)...]
        if traps[String(rest)] == nil { traps[String(rest)] = found }
      }
    }
  }

  mutating func lint() {
    for (source, file) in files {
      for entry in file.services where !entry.service.isRetired {
        for rule in entry.body.names {
          if !source.isLocal { note(rule, entry.service, source) }
          guard case .suffix(let name) = rule.form else { continue }
          let suffix = Suffix(
            service: entry.service, evidence: rule.evidence, isShared: rule.isShared,
            tenant: rule.tenant, place: "\(source.path):\(rule.location.line)")
          let key: WritableKeyPath<Self, [String: Suffix]> =
            source.isLocal ? \.aboveLocal : \.above
          if self[keyPath: key][name] == nil { self[keyPath: key][name] = suffix }
        }
      }
    }
    for (source, file) in files {
      for entry in file.services { lint(entry, source) }
    }
  }

  private mutating func lint(_ entry: ProviderFile.ServiceEntry, _ source: RuleSource) {
    let age = today.daysSince1970 - entry.service.verified.date.daysSince1970
    if age < 0 {
      warn(
        source, entry.body.verifiedLocation, .future,
        "expected a day that has been, found \(entry.service.verified.date)")
    } else if age > RuleLint.staleAfterDays {
      warn(
        source, entry.body.verifiedLocation, .stale,
        "`\(entry.service.id)` was last looked at on \(entry.service.verified.date), \(age) days ago"
      )
    }
    let hasSuffix = entry.body.names.contains { if case .suffix = $0.form { true } else { false } }
    if hasSuffix, entry.body.misses.isEmpty {
      warn(
        source, entry.location, .noMiss,
        "expected an example that `\(entry.service.id)` must not match, beside its suffixes")
    }
    for rule in entry.body.names { lint(rule, entry.service, source) }
  }

  private mutating func lint(
    _ rule: ProviderFile.NameRule, _ service: Service, _ source: RuleSource
  ) {
    if rule.isShared, rule.needs == nil {
      warn(
        source, rule.location, .sharedAlone,
        "expected `needs` beside `shared: true`: alone a shared host never counts")
    }
    if source.isLocal {
      lintOverTrap(rule, source)
      lintOverShipped(rule, service, source)
    }
    switch rule.form {
    case .suffix(let name):
      lintSuffix(name, rule, source)
      lintAbove(name, isSuffix: true, rule, service, source)
    case .exact(let name):
      lintAbove(name, isSuffix: false, rule, service, source)
    case .pattern(let pattern, _, _):
      let suffixes = source.isLocal ? aboveLocal : above
      guard
        let suffix = suffixes[pattern.literalSuffix]
          ?? Self.nearest(above: pattern.literalSuffix, in: suffixes)
      else { return }
      warn(
        source, rule.location, .unreachable,
        "expected a pattern that can win, found the suffix at \(suffix.place) before it")
    }
  }

  private mutating func note(
    _ rule: ProviderFile.NameRule, _ service: Service, _ source: RuleSource
  ) {
    let name: String
    switch rule.form {
    case .exact(let text), .suffix(let text): name = text
    case .pattern: return
    }
    let found = (
      name: name, provider: service.providerID, place: "\(source.path):\(rule.location.line)"
    )
    var rest = Substring(name)
    while true {
      let known = shipped[String(rest), default: []]
      if known.count < 2, !known.contains(where: { $0.provider == found.provider }) {
        shipped[String(rest)] = known + [found]
      }
      guard let dot = rest.firstIndex(of: ".") else { return }
      rest = rest[rest.index(after: dot)...]
    }
  }

  /// The site's own rules beat all others: what they take from another provider is accused of something else from then on.
  private mutating func lintOverShipped(
    _ rule: ProviderFile.NameRule, _ service: Service, _ source: RuleSource
  ) {
    let name: String
    let isSuffix: Bool
    switch rule.form {
    case .suffix(let text): (name, isSuffix) = (text, true)
    case .exact(let text): (name, isSuffix) = (text, false)
    case .pattern: return
    }
    // A name below another provider's suffix is told apart from it, and takes nothing that a rule names.
    let taken = shipped[name, default: []].first {
      $0.provider != service.providerID && (isSuffix || $0.name == name)
    }
    guard let taken else { return }
    warn(
      source, rule.location, .overShipped,
      "this rule takes `\(taken.name)` from `\(taken.provider)` at \(taken.place): is it meant?")
  }

  /// The site's own rules beat every trap, which is seldom meant.
  private mutating func lintOverTrap(_ rule: ProviderFile.NameRule, _ source: RuleSource) {
    let trap: (name: String, place: String)?
    switch rule.form {
    case .suffix(let name): trap = traps[name]
    case .exact(let name): trap = traps[name].flatMap { $0.name == name ? $0 : nil }
    case .pattern: trap = nil
    }
    guard let trap else { return }
    warn(
      source, rule.location, .overTrap,
      "this rule beats the trap `\(trap.name)` at \(trap.place): is it meant?")
  }

  private mutating func lintSuffix(
    _ name: String, _ rule: ProviderFile.NameRule, _ source: RuleSource
  ) {
    switch suffixes?.kind(of: name) {
    case .registry:
      warn(
        source, rule.location, .publicSuffix,
        "expected a name below `\(name)`, under which anybody can register")
    case .hosting:
      warn(
        source, rule.location, .privateSuffix,
        "anybody may have a name below `\(name)`: is all of it the provider's?")
    case nil: break
    }
  }

  private mutating func lintAbove(
    _ name: String, isSuffix: Bool, _ rule: ProviderFile.NameRule, _ service: Service,
    _ source: RuleSource
  ) {
    let suffixes = source.isLocal ? aboveLocal : above
    guard
      let suffix = (isSuffix ? nil : suffixes[name]) ?? Self.nearest(above: name, in: suffixes)
    else { return }
    if suffix.service.providerID != service.providerID {
      warn(
        source, rule.location, .overlap,
        "`\(name)` lies below a suffix of \(suffix.service.providerName) at \(suffix.place): is it meant?"
      )
    } else if suffix.service.id == service.id, suffix.evidence == rule.evidence,
      suffix.isShared == rule.isShared, suffix.tenant == rule.tenant
    {
      warn(
        source, rule.location, .swallowed,
        "expected a rule that changes something, found `\(name)` below the suffix at \(suffix.place)"
      )
    }
  }

  /// The longest suffix rule above a name.
  private static func nearest(above name: String, in suffixes: [String: Suffix]) -> Suffix? {
    var rest = Substring(name)
    while let dot = rest.firstIndex(of: ".") {
      rest = rest[rest.index(after: dot)...]
      if let suffix = suffixes[String(rest)] { return suffix }
    }
    return nil
  }

  private mutating func warn(
    _ source: RuleSource, _ location: YAMLLocation, _ id: DiagnosticID, _ message: String
  ) {
    warnings.append(
      Diagnostic(
        path: source.path, location: location, id: id, severity: .warning, message: message))
  }
}
