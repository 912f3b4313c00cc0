import ProviderRules

/// Names of a list, sorted by what the rules say of them already.
///
/// Only new names are kept, at most ``maximumNameCount``; of the others there are counts and the first lines that told them.
struct ListImport {
  /// A rule file holds no more; a longer list is to be split.
  static let maximumNameCount = 20_000
  /// Of more lines of one kind the first are told.
  static let mostTold = 100

  /// Lines of one kind: how many, and the first of them.
  struct Tally {
    private(set) var count = 0
    private(set) var lines: [String] = []

    mutating func add(_ line: @autoclosure () -> String) {
      count += 1
      if count <= mostTold { lines.append(line()) }
    }

    /// The lines, and how many more there were.
    var told: [String] {
      count > lines.count ? lines + ["  and \(count - lines.count) more"] : lines
    }
  }

  let rules: RuleSet
  let provider: String
  private let above: NamesAbove
  private let suffixes: PublicSuffixes?
  private(set) var lineCount = 0
  private(set) var nameCount = 0
  private(set) var new: [ListLine.Name] = []
  private var seen: Set<ListLine.Name> = []
  private(set) var repeatedCount = 0
  /// Names that the provider's rules match already, by service and evidence.
  private(set) var known: [String: Int] = [:]
  private(set) var others = Tally()
  private(set) var traps = Tally()
  private(set) var shadowing = Tally()
  private(set) var unusable = Tally()
  /// What stood beside names and is no part of a rule.
  private(set) var leftOut: [String: Int] = [:]
  private(set) var leftOutCount = 0

  init(rules: RuleSet, provider: String, suffixes: PublicSuffixes?) {
    (self.rules, self.provider, self.suffixes) = (rules, provider, suffixes)
    above = NamesAbove(in: rules)
  }

  /// - Parameter place: `list.txt:17`, for the report.
  /// - Throws: ``AgentError`` when there are more new names than a file holds.
  mutating func take(_ line: ListLine, at place: String) throws(AgentError) {
    lineCount += 1
    switch line {
    case .blank: break
    case .unusable(let what): unusable.add("  \(place): \(what)")
    case .names(let names, let marks):
      for mark in marks {
        leftOutCount += 1
        // Kinds are few; a hostile list makes up one a line.
        if leftOut[mark] != nil || leftOut.count < Self.mostTold {
          leftOut[mark, default: 0] += 1
        }
      }
      for name in names { try take(name, place) }
    }
  }

  private mutating func take(_ name: ListLine.Name, _ place: String) throws(AgentError) {
    nameCount += 1
    let text = name.text
    if let objection = RuleName.objection(
      to: text, isExact: name.isExact, suffixes: suffixes)
    {
      unusable.add("  \(place): \(objection)")
    } else if let trap = above.trap(text, isExact: name.isExact) {
      let below = trap.name == text ? "" : " is above \(trap.name), which"
      traps.add("  \(place): \(text)\(below) is a trap at \(trap) (\(trap.kind): \(trap.reason))")
    } else if let match = rules.match(name: text) {
      let service = rules.services[match.service]
      let words = "\(service.id) \(match.evidence.rawValue)"
      if service.providerID == provider {
        known[words, default: 0] += 1
      } else {
        others.add("  \(place): \(text) is \(words), by \(rules.rules[match.rule])")
      }
    } else if !name.isExact, let rule = above.rule(belowSuffix: text) {
      shadowing.add("  \(place): \(text) would come before \(rule.text) at \(rule)")
    } else if !seen.insert(name).inserted {
      repeatedCount += 1
    } else {
      guard new.count < Self.maximumNameCount else {
        throw AgentError(
          "\(place): expected at most \(Self.maximumNameCount) new names: split the list",
          status: .dataError)
      }
      new.append(name)
    }
  }

  /// The new names, without those that a suffix of the same list matches anyway, in the order of the list.
  var rulesToAdd: [ListLine.Name] {
    let suffixes = Set(new.lazy.filter { !$0.isExact }.map(\.text))
    return new.filter { name in
      if name.isExact, suffixes.contains(name.text) { return false }
      var rest = Substring(name.text)
      while let dot = rest.firstIndex(of: ".") {
        rest = rest[rest.index(after: dot)...]
        if suffixes.contains(String(rest)) { return false }
      }
      return true
    }
  }
}
