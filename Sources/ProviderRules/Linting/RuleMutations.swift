import StrictYAML

/// Rule files held against small changes: of the rules (does an example notice that one is gone?) and of the names (does a
/// look-alike match?).
package struct RuleMutations: Sendable {
  /// Rules of names that were taken out, one at a time.
  package var ruleCount = 0
  /// Rules that no example needs: taken out, every example still holds.
  package var unnoticed: [RuleOrigin] = []
  /// Look-alikes that were asked about.
  package var lookAlikeCount = 0
  /// Look-alikes that matched the rule they resemble.
  package var lookAlikes: [(name: String, rule: RuleOrigin)] = []

  /// - Parameter sources: provider files without mistakes; others are left out.
  package init(of sources: [RuleSource], in set: RuleSet) {
    let places = Dictionary(
      set.rules.enumerated().map { ("\($1.path):\($1.line) \($1.text)", $0) },
      uniquingKeysWith: { first, _ in first })
    // Taking a rule out changes what it decides, and nothing else: an example notices when the rule decides it.
    var decided: Set<Int> = []
    var rules: [(rule: ProviderFile.NameRule, index: Int)] = []
    for (source, file) in ProviderFile.readable(in: sources) where !file.isRetired {
      for entry in file.services {
        for hit in entry.body.hits {
          if let match = set.match(example: hit.text) { decided.insert(match.rule) }
        }
        for rule in entry.body.names {
          let key = "\(source.path):\(rule.location.line) \(rule.form.text)"
          guard let index = places[key] else { continue }
          rules.append((rule, index))
          if case .pattern(_, _, let examples) = rule.form {
            for example in examples {
              if let match = set.match(name: example.text) { decided.insert(match.rule) }
            }
          }
        }
      }
    }
    ruleCount = rules.count
    for (rule, index) in rules {
      if !decided.contains(index) { unnoticed.append(set.rules[index]) }
      for name in rule.form.lookAlikes {
        lookAlikeCount += 1
        if set.match(name: name)?.rule == index { lookAlikes.append((name, set.rules[index])) }
      }
    }
  }
}

extension ProviderFile.NameRule.Form {
  /// As ``RuleOrigin/text`` has it.
  var text: String {
    switch self {
    case .exact(let name): "exact \(name)"
    case .suffix(let name): "suffix \(name)"
    case .pattern(_, let text, _): "regex \(text)"
    }
  }

  /// Names of others that a hasty match would take for this one: another name with the same end, the name below another
  /// domain, what is above a suffix, what is below an exact name or a pattern's.
  fileprivate var lookAlikes: [String] {
    switch self {
    case .exact(let name): ["x" + name, "x." + name, name + ".evil.test", above(name)]
    case .suffix(let name): ["x" + name, "x-" + name, name + ".evil.test", above(name)]
    case .pattern(_, _, let examples):
      examples.flatMap { ["x." + $0.text, $0.text + ".evil.test", above($0.text)] }
    }
  }

  private func above(_ name: String) -> String {
    name.firstIndex(of: ".").map { String(name[name.index(after: $0)...]) } ?? name
  }
}
