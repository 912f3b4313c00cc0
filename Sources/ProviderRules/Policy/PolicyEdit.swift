package import StrictYAML

/// A change of a policy file that leaves every other octet of it as it is.
package struct PolicyEdit: Sendable {
  /// A line of verdict.
  package struct Line: Sendable {
    package enum Target: Sendable {
      case provider(String)
      case service(String)
    }
    /// A group's id, or `*` for all.
    package var group: String
    package var target: Target
    package var verdict: Verdict
    package var owner: String
    package var reason: String
    package var expires: CalendarDate?

    package init(
      group: String, target: Target, verdict: Verdict, owner: String, reason: String,
      expires: CalendarDate?
    ) {
      (self.group, self.target, self.verdict) = (group, target, verdict)
      (self.owner, self.reason, self.expires) = (owner, reason, expires)
    }
  }

  package enum Failure: Error, Equatable {
    /// A line speaks of the same group and target already, in this line of the file.
    case exists(Int)
    /// `verdicts` is written in a form that cannot be added to.
    case form
  }

  /// Adds a line of verdict, or puts it in the place of the one that speaks of the same group and target.
  ///
  /// - Parameters:
  ///   - text: a policy file without mistakes.
  ///   - replaces: whether a line that is there may be replaced.
  /// - Returns: the new text; whoever writes it compiles it first.
  package static func adding(
    _ line: Line, to text: String, replaces: Bool
  ) throws(Failure) -> String {
    guard let (old, isCRLF) = BlockList.lines(of: text) else { throw .form }
    var lines = old
    guard let start = lines.firstIndex(where: { $0.hasPrefix("verdicts:") }) else {
      while lines.last?.isEmpty == true { lines.removeLast() }
      lines += ["", "verdicts:"] + block(line, indent: "  ") + [""]
      return BlockList.text(lines, isCRLF)
    }
    let rest = lines[start].dropFirst("verdicts:".count).prefix { $0 != "#" }
      .filter { $0 != " " }
    if rest == "[]" {
      lines[start] = "verdicts:"
      lines.insert(contentsOf: block(line, indent: "  "), at: start + 1)
      return BlockList.text(lines, isCRLF)
    }
    guard rest.isEmpty else { throw .form }
    let items = BlockList.items(in: lines, after: start)
    guard let first = items.first else { throw .form }
    let indent = String(lines[first.lowerBound].prefix { $0 == " " })
    if let index = try same(as: line, in: text) {
      guard let item = items.first(where: { $0.contains(index - 1) }) else { throw .form }
      guard replaces else { throw .exists(index) }
      lines.replaceSubrange(item, with: block(line, indent: indent))
    } else {
      lines.insert(contentsOf: block(line, indent: indent), at: items.last?.upperBound ?? start + 1)
    }
    return BlockList.text(lines, isCRLF)
  }

  /// The line of the file that speaks of the same group and target, from 1.
  private static func same(as line: Line, in text: String) throws(Failure) -> Int? {
    let source = RuleSource(path: "", text: text)
    guard let policy = try? Policy(compiling: source, against: nil) else { throw .form }
    let group = policy.groups.firstIndex { $0.id == line.group }
    let target =
      switch line.target {
      case .provider(let id): Policy.Target(group: group, kind: .provider, id: id)
      case .service(let id): Policy.Target(group: group, kind: .service, id: id)
      }
    return policy.lineIndex[target].map { policy.lines[$0].number }
  }

  private static func block(_ line: Line, indent: String) -> [String] {
    let target =
      switch line.target {
      case .provider(let id): "provider: \(id)"
      case .service(let id): "service: \(id)"
      }
    var lines = [
      "- group: \(line.group == "*" ? "'*'" : line.group)", "  \(target)",
      "  verdict: \(line.verdict.rawValue)", "  owner: \(BlockList.quoted(line.owner))",
      "  reason: \(BlockList.quoted(line.reason))",
    ]
    if let expires = line.expires { lines.append("  expires: \(expires)") }
    return lines.map { indent + $0 }
  }
}
