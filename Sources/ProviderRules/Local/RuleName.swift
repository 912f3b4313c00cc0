import StrictYAML

/// What is to be known of a name before a rule is made of it.
package enum RuleName {
  /// A name as rules write it: lower case, without a dot at the end.
  package static func normalized(_ text: String) -> String {
    let name = text.lowercased()
    return name.hasSuffix(".") ? String(name.dropLast()) : name
  }

  /// Whether providers and services may have the text as their id: `[a-z0-9-]`, not beginning or ending in `-`.
  package static func isIdentifier(_ text: String) -> Bool { text.isIdentifier }

  /// Why no rule may have the name; nil where one may.
  ///
  /// - Parameter suffixes: the public suffix list; nil where there is none to hold the name against.
  package static func objection(
    to name: String, isExact: Bool, suffixes: PublicSuffixes?
  ) -> String? {
    if let objection = HostNameText.objection(to: name) { return objection }
    switch suffixes?.kind(of: name) {
    case .registry: return "expected a name below `\(name)`, under which anybody can register"
    case .hosting where !isExact:
      return
        "expected a name below `\(name)`, under which a hosting service lets anybody have names"
    default: return nil
    }
  }
}

extension RuleSet {
  /// The traps that a rule of the site would beat: its own name's, and for a suffix those below it.
  package func traps(beatenBy name: String, isExact: Bool) -> [TrapOrigin] {
    traps.filter { $0.name == name || !isExact && $0.name.hasSuffix("." + name) }
  }

  /// Shipped rules of names that a suffix rule of the site would come before: of its own name and of those below it.
  package func rules(beatenBySuffix name: String) -> [RuleMatch] {
    nameMatches.filter { match in
      let rule = rules[match.rule]
      guard !rule.isLocal, let end = rule.namesEnd else { return false }
      return end == name || end.hasSuffix("." + name)
    }
  }
}

extension RuleOrigin {
  /// One of the site's own.
  package var isLocal: Bool { path.hasPrefix("local/") }

  /// What the names end in that the rule matches, as far as that is literal text; nil for addresses and paths.
  package var namesEnd: String? {
    switch form {
    case .exact, .suffix: return subject
    case .regex:
      let literal = subject.dropLast().reversed().prefix {
        $0 == "." || $0 == "\\" || $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")
      }
      return String(literal.reversed()).replacing("\\.", with: ".")
    case .address, .path: return nil
    }
  }
}

extension RuleSource {
  /// The provider that the file describes or extends; nil where it cannot be read.
  package var providerID: String? {
    guard let root = try? YAMLNode.parse(text, path: path) else { return nil }
    return ProviderFile.decode(root, StrictDecoder(path: path), isLocal: isLocal)?.id
  }
}
