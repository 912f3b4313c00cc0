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
    /// Nil: whatever the tenant.
    package var tenant: String?
    package var verdict: Verdict
    package var owner: String
    package var reason: String
    package var expires: CalendarDate?

    package init(
      group: String, target: Target, tenant: String? = nil, verdict: Verdict, owner: String,
      reason: String, expires: CalendarDate?
    ) {
      (self.group, self.target, self.tenant, self.verdict) = (group, target, tenant, verdict)
      (self.owner, self.reason, self.expires) = (owner, reason, expires)
    }
  }

  package enum Failure: Error, Equatable {
    /// No line speaks of that group and target.
    case missing
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
      // What else stands there is a comment.
      lines[start] = lines[start].replacing("[]", with: "", maxReplacements: 1).replacing(
        "verdicts: ", with: "verdicts:", maxReplacements: 1)
      lines.insert(contentsOf: block(line, indent: "  "), at: start + 1)
      return BlockList.text(lines, isCRLF)
    }
    guard rest.isEmpty else { throw .form }
    let items = BlockList.items(in: lines, after: start)
    guard let first = items.first else { throw .form }
    let indent = String(lines[first.lowerBound].prefix { $0 == " " })
    if let index = try number(of: line.group, line.target, line.tenant, in: text) {
      guard let item = items.first(where: { $0.contains(index - 1) }) else { throw .form }
      guard replaces else { throw .exists(index) }
      lines.replaceSubrange(
        item, with: PolicyEditItem.changed(Array(lines[item]), to: fields(line), indent: indent))
    } else {
      lines.insert(contentsOf: block(line, indent: indent), at: items.last?.upperBound ?? start + 1)
    }
    return BlockList.text(lines, isCRLF)
  }

  /// Takes out the line of verdict that speaks of a group and target; comments on lines of their own stay.
  ///
  /// - Returns: the new text, and where the line stood.
  package static func removing(
    _ group: String, _ target: Line.Target, _ tenant: String?, from text: String
  ) throws(Failure) -> (text: String, line: Int) {
    guard let (old, isCRLF) = BlockList.lines(of: text) else { throw .form }
    var lines = old
    guard let index = try number(of: group, target, tenant, in: text) else { throw .missing }
    guard let start = lines.firstIndex(where: { $0.hasPrefix("verdicts:") }) else { throw .form }
    let items = BlockList.items(in: lines, after: start)
    guard let item = items.first(where: { $0.contains(index - 1) }) else { throw .form }
    lines.replaceSubrange(item, with: PolicyEditItem.comments(Array(lines[item])))
    if items.count == 1 {
      lines[start] = lines[start].replacing("verdicts:", with: "verdicts: []", maxReplacements: 1)
    }
    return (BlockList.text(lines, isCRLF), index)
  }

  /// The line of the file that speaks of a group and target, from 1.
  private static func number(
    of group: String, _ target: Line.Target, _ tenant: String?, in text: String
  ) throws(Failure) -> Int? {
    let source = RuleSource(path: "", text: text)
    guard let policy = try? Policy(compiling: source, against: nil) else { throw .form }
    let group = policy.groups.firstIndex { $0.id == group }
    let target =
      switch target {
      case .provider(let id):
        Policy.Target(group: group, kind: .provider, id: id, tenant: tenant)
      case .service(let id): Policy.Target(group: group, kind: .service, id: id, tenant: tenant)
      }
    return policy.lineIndex[target].map { policy.lines[$0].location.line }
  }

  /// The keys of a line with their values, as they are written.
  private static func fields(_ line: Line) -> [PolicyEditItem.Field] {
    let target: PolicyEditItem.Field =
      switch line.target {
      case .provider(let id): .init(key: "provider", value: id, text: id)
      case .service(let id): .init(key: "service", value: id, text: id)
      }
    var fields: [PolicyEditItem.Field] = [
      .init(key: "group", value: line.group, text: line.group == "*" ? "'*'" : line.group), target,
    ]
    if let tenant = line.tenant {
      // Digits alone would be a number.
      fields.append(.init(key: "tenant", value: tenant, text: BlockList.quoted(tenant)))
    }
    fields += [
      .init(key: "verdict", value: line.verdict.rawValue, text: line.verdict.rawValue),
      .init(key: "owner", value: line.owner, text: BlockList.quoted(line.owner)),
      .init(key: "reason", value: line.reason, text: BlockList.quoted(line.reason)),
    ]
    if let expires = line.expires {
      fields.append(.init(key: "expires", value: "\(expires)", text: "\(expires)"))
    }
    return fields
  }

  private static func block(_ line: Line, indent: String) -> [String] {
    PolicyEditItem.block(fields(line), indent: indent)
  }
}
