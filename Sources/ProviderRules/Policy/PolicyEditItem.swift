/// One entry of a list in a policy file, as lines of text.
enum PolicyEditItem {
  struct Field {
    let key: String
    /// What it says.
    let value: String
    /// How it is written where it is written anew.
    let text: String
  }

  /// The entry written anew, one key a line.
  static func block(_ fields: [Field], indent: String) -> [String] {
    fields.enumerated().map { index, field in
      indent + (index == 0 ? "- " : "  ") + "\(field.key): \(field.text)"
    }
  }

  /// The comments that have lines of their own.
  static func comments(_ lines: [String]) -> [String] {
    lines.filter { $0.drop { $0 == " " }.first == "#" }
  }

  /// The entry with other values. Where it has one key a line, lines that say the same already stay as they are, and the
  /// comments behind values stay too; else it is written anew behind its comments.
  static func changed(_ lines: [String], to fields: [Field], indent: String) -> [String] {
    var parts: [Part] = []
    for line in lines {
      guard let part = Part(line) else {
        return comments(lines) + block(fields, indent: indent)
      }
      parts.append(part)
    }
    let known = Set(fields.map(\.key))
    guard let first = parts.first?.key, known.contains(first) else {
      return comments(lines) + block(fields, indent: indent)
    }
    var result: [String] = []
    var last = 0
    for part in parts {
      guard let key = part.key else {
        result.append(part.line)
        continue
      }
      if let field = fields.first(where: { $0.key == key }) {
        result.append(
          part.value == field.value ? part.line : "\(part.start)\(field.text)\(part.comment)")
        last = result.count
      } else if !part.comment.isEmpty {
        result.append(indent + "  " + part.comment.drop { $0 == " " })
      }
    }
    let written = Set(parts.compactMap(\.key))
    let more = fields.filter { !written.contains($0.key) }.map {
      "\(indent)  \($0.key): \($0.text)"
    }
    result.insert(contentsOf: more, at: last)
    return result
  }

  /// `  owner: a # who` in its parts; a comment or an empty line has no key.
  private struct Part {
    let line: String
    var key: String?
    /// Up to the value.
    var start = ""
    var value = ""
    /// Behind the value, with the space before it.
    var comment = ""

    /// Nil for a line that holds anything else.
    init?(_ line: String) {
      self.line = line
      var rest = line.drop { $0 == " " }
      if rest.isEmpty || rest.first == "#" { return }
      if rest.hasPrefix("- ") { rest = rest.dropFirst(2).drop { $0 == " " } }
      let key = rest.prefix { $0.isASCII && ($0.isLetter || $0 == "_") }
      rest = rest.dropFirst(key.count)
      guard !key.isEmpty, rest.hasPrefix(": ") else { return nil }
      rest = rest.dropFirst().drop { $0 == " " }
      self.key = String(key)
      start = String(line[..<rest.startIndex])
      guard let first = rest.first, !"|>{[\"&*!".contains(first) else { return nil }
      let text: Substring
      if first == "'" {
        guard let end = Self.endOfQuote(rest) else { return nil }
        text = rest[..<end]
        value = String(text.dropFirst().dropLast()).replacing("''", with: "'")
      } else {
        let end = rest.firstRange(of: " #")?.lowerBound ?? rest.endIndex
        text = rest[..<end]
        value = String(text)
        while value.last == " " { value.removeLast() }
      }
      comment = String(rest[text.endIndex...])
      let content = comment.drop { $0 == " " }
      guard content.isEmpty || content.first == "#" else { return nil }
      if first != "'", text.last == " " {
        comment = String(text.suffix(text.count - value.count)) + comment
      }
    }

    /// Behind the quote that ends a scalar in single quotes (YAML 1.2, section 7.3.2).
    private static func endOfQuote(_ text: Substring) -> String.Index? {
      var index = text.index(after: text.startIndex)
      while index < text.endIndex {
        let next = text.index(after: index)
        if text[index] == "'" {
          guard next < text.endIndex, text[next] == "'" else { return next }
          index = text.index(after: next)
        } else {
          index = next
        }
      }
      return nil
    }
  }
}
