import StrictYAML
import WireFormat

/// One line of a list of names in somebody else's form, as far as rules can say the same.
package enum ListLine: Equatable, Sendable {
  package enum Format: String, Sendable, CaseIterable {
    /// domain-list-community: `domain:`, `full:`, attributes behind `@`, comments behind `#`.
    case v2fly
    /// Filters of ad blockers as far as they name hosts: `||example.org^`, comments behind `!`.
    case adguard
    /// A name a line, or the form of /etc/hosts; comments behind `#`.
    case plain
  }

  /// A name that the line speaks of.
  package struct Name: Hashable, Sendable {
    package var text: String
    package var isExact: Bool

    package init(_ text: String, isExact: Bool) { (self.text, self.isExact) = (text, isExact) }
  }

  /// Empty, a comment, a heading, or a name of the machine itself.
  case blank
  /// Never empty. `leftOut` is what stands beside them and is no part of a rule: `@ads`, `$important`.
  case names([Name], leftOut: [String])
  /// It says something that a rule cannot; in few words what.
  case unusable(String)

  /// Reads a line without its end.
  ///
  /// The work is linear in the line, and there are no more names than it has words.
  ///
  /// - Parameter bareIsExact: whether a plain name stands for itself alone.
  package init(_ line: String, as format: Format, bareIsExact: Bool = false) {
    switch format {
    case .v2fly: self = Self.v2fly(line)
    case .adguard: self = Self.adguard(line)
    case .plain: self = Self.plain(line, bareIsExact)
    }
  }

  private static func v2fly(_ line: String) -> ListLine {
    let words = words(of: line.prefix { $0 != "#" })
    guard let first = words.first else { return .blank }
    let marks = words.dropFirst().map(String.init)
    if let odd = marks.first(where: { !$0.hasPrefix("@") && !$0.hasPrefix("&") }) {
      return .unusable("expected attributes behind the name, found \(YAMLNode.quoted(odd))")
    }
    let parts = first.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return name(first, isExact: false, leaving: marks) }
    switch parts[0] {
    case "domain": return name(parts[1], isExact: false, leaving: marks)
    case "full": return name(parts[1], isExact: true, leaving: marks)
    case "regexp": return .unusable("a regular expression: write it by hand, with examples")
    case "keyword": return .unusable("a keyword, which matches names of anybody")
    case "include": return .unusable("another list: import \(quoted(parts[1])) by itself")
    default: return .unusable("expected domain: or full:, found \(quoted(parts[0]))")
    }
  }

  private static func adguard(_ line: String) -> ListLine {
    let words = words(of: line[...])
    guard let first = words.first, !first.hasPrefix("!") else { return .blank }
    if first.hasPrefix("["), words.last?.hasSuffix("]") == true { return .blank }
    let cosmetic = ["##", "#@#", "#?#", "#$#", "#%#", "$$"]
    if cosmetic.contains(where: line.contains) { return .unusable("a rule about page elements") }
    if first.hasPrefix("#") { return .blank }
    if first.hasPrefix("@@") { return .unusable("an exception") }
    if first.hasPrefix("/") { return .unusable("a regular expression or a path") }
    if words.count > 1 { return hosts(words) ?? .unusable("expected no space within a filter") }
    let parts = first.split(separator: "$", maxSplits: 1, omittingEmptySubsequences: false)
    let modifiers = parts.count == 2 ? parts[1].split(separator: ",") : []
    for modifier in modifiers {
      let word = modifier.prefix { $0 != "=" }.drop { $0 == "~" }
      guard harmless.contains(String(word)), !modifier.contains("=") else {
        return .unusable(
          "the modifier \(YAMLNode.quoted("$\(word)")) changes what the filter means")
      }
    }
    let marks = modifiers.map { "$" + $0 }
    var pattern = parts[0]
    let (isSuffix, isExact) = (pattern.hasPrefix("||"), pattern.hasPrefix("|"))
    if isExact {
      guard pattern.hasSuffix("^") || pattern.hasSuffix("^|") else {
        return .unusable("expected ^ behind the name: without it longer names match")
      }
      pattern = pattern.dropFirst(isSuffix ? 2 : 1)
      pattern = pattern.prefix(upTo: pattern.lastIndex(of: "^") ?? pattern.endIndex)
    }
    if pattern.contains("*") { return .unusable("a name with a wildcard") }
    if pattern.contains("/") { return .unusable("an address on the web, not a name") }
    return name(pattern, isExact: !isSuffix, leaving: marks)
  }

  /// Modifiers that narrow a filter to some requests to a host: the host is the same.
  private static let harmless: Set<String> = [
    "1p", "3p", "all", "doc", "document", "first-party", "font", "frame", "image", "important",
    "media", "object", "other", "ping", "popup", "script", "strict1p", "strict3p", "stylesheet",
    "subdocument", "third-party", "websocket", "xhr", "xmlhttprequest",
  ]

  private static func plain(_ line: String, _ bareIsExact: Bool) -> ListLine {
    let words = words(of: line.prefix { $0 != "#" })
    guard let first = words.first else { return .blank }
    if words.count > 1 {
      return hosts(words) ?? .unusable("expected one name a line, or an address before the names")
    }
    if first.hasPrefix("*.") { return name(first.dropFirst(2), isExact: false, leaving: []) }
    if first.hasPrefix(".") { return name(first.dropFirst(), isExact: false, leaving: []) }
    return name(first, isExact: bareIsExact, leaving: [])
  }

  /// Names that a hosts file sends nowhere; nil where no address stands before them.
  private static func hosts(_ words: [Substring]) -> ListLine? {
    guard let first = words.first, IPAddress(String(first.prefix { $0 != "%" })) != nil else {
      return nil
    }
    let others = words.dropFirst().prefix { !$0.hasPrefix("#") }.filter {
      !ownNames.contains($0.lowercased())
    }
    guard !others.isEmpty else { return .blank }
    guard ["0.0.0.0", "127.0.0.1", "::", "::1"].contains(first) else {
      return .unusable(
        "expected 0.0.0.0, 127.0.0.1, :: or ::1 before the names, found \(quoted(first))")
    }
    var names: [Name] = []
    for other in others {
      switch name(other, isExact: true, leaving: []) {
      case .names(let one, _): names += one
      case let wrong: return wrong
      }
    }
    return .names(names, leftOut: [])
  }

  /// What every hosts file says of the machine itself.
  private static let ownNames: Set<String> = [
    "0.0.0.0", "broadcasthost", "ip6-allhosts", "ip6-allnodes", "ip6-allrouters",
    "ip6-localhost", "ip6-localnet", "ip6-loopback", "ip6-mcastprefix", "local", "localhost",
    "localhost.localdomain",
  ]

  private static func name(
    _ text: Substring, isExact: Bool, leaving marks: [String]
  ) -> ListLine {
    let name = RuleName.normalized(String(text))
    if let objection = HostNameText.objection(to: name) {
      return .unusable("\(objection), found \(quoted(text))")
    }
    return .names([Name(name, isExact: isExact)], leftOut: marks)
  }

  private static func words(of line: Substring) -> [Substring] {
    line.split { $0 == " " || $0 == "\t" }
  }

  private static func quoted(_ text: Substring) -> String {
    YAMLNode.quoted(String(text))
  }
}

extension ListLine.Format {
  /// The form of a list that begins with these lines; nil where they do not tell for sure.
  package init?(guessedFrom lines: [String]) {
    var found: Set<ListLine.Format> = []
    var (nameCount, otherCount) = (0, 0)
    for line in lines {
      let text = line.drop { $0 == " " || $0 == "\t" }
      if ["||", "@@", "!", "[Adblock", "[uBlock"].contains(where: text.hasPrefix) {
        found.insert(.adguard)
      }
      let types = ["domain:", "full:", "regexp:", "keyword:", "include:"]
      if types.contains(where: text.hasPrefix) { found.insert(.v2fly) }
      switch ListLine(line, as: .plain) {
      case .blank: break
      case .names: nameCount += 1
      case .unusable: otherCount += 1
      }
    }
    // A line that is wrong does not make another form of ten that are right.
    if found.isEmpty, nameCount > 0, nameCount >= 10 * otherCount { found = [.plain] }
    guard found.count == 1, let format = found.first else { return nil }
    self = format
  }
}
