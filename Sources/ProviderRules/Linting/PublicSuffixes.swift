/// The public suffix list (publicsuffix.org): domains under which anybody can register names.
package struct PublicSuffixes: Sendable {
  package enum Kind: Sendable {
    /// A registry's: `com`, `co.uk`.
    case registry
    /// A company's, for its customers: `github.io`.
    case hosting
  }

  private var kinds: [String: Kind] = [:]
  /// Names whose children are suffixes: `*.ck`.
  private var wildcards: [String: Kind] = [:]
  private var exceptions: Set<String> = []

  /// Reads the list's own format: one rule a line, comments behind `//`, sections between `===BEGIN` and `===END`.
  package init(parsing text: String) {
    var kind = Kind.registry
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("//") {
        if line.contains("===BEGIN PRIVATE DOMAINS===") { kind = .hosting }
        continue
      }
      guard let rule = line.split(separator: " ").first else { continue }
      if rule.hasPrefix("!") {
        exceptions.insert(String(rule.dropFirst()))
      } else if rule.hasPrefix("*.") {
        wildcards[String(rule.dropFirst(2))] = kind
      } else {
        kinds[String(rule)] = kind
      }
    }
  }

  /// Whose suffix a name is; nil when it is none.
  func kind(of name: String) -> Kind? {
    if exceptions.contains(name) { return nil }
    if let kind = kinds[name] { return kind }
    guard let dot = name.firstIndex(of: ".") else { return nil }
    return wildcards[String(name[name.index(after: dot)...])]
  }
}
