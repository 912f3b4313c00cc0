/// A value of a strict YAML text with the place where it stands.
///
/// Strict means: one document, string keys that occur once per mapping, and none of the features by which YAML
/// says one thing and means another (anchors, aliases, merge keys, tags).
package struct YAMLNode: Sendable {
  package enum Content: Sendable {
    case scalar(Scalar)
    case sequence([YAMLNode])
    case mapping([Entry])
  }

  /// A scalar as it was written. YAML's own guesses (`no` is false, `1:30` is ninety) are not made; the reader of a
  /// key says what type it expects.
  package struct Scalar: Sendable {
    package let text: String
    /// Written without quotes: only then may it be read as a number, a truth value or as nothing.
    package let isPlain: Bool

    /// An empty plain scalar, `~` or `null`: a key that was written without a value.
    package var isNull: Bool { isPlain && (text.isEmpty || text == "~" || text == "null") }
  }

  /// A key and its value.
  package struct Entry: Sendable {
    package let key: String
    package let keyLocation: YAMLLocation
    package let value: YAMLNode
  }

  package let content: Content
  package let location: YAMLLocation

  package init(content: Content, location: YAMLLocation) {
    self.content = content
    self.location = location
  }

  /// A few words for what stands here, as `found …` in a message.
  package var summary: String {
    switch content {
    case .scalar(let scalar) where scalar.isNull: return "nothing"
    case .scalar(let scalar): return Self.quoted(scalar.text)
    case .sequence: return "a list"
    case .mapping: return "a mapping"
    }
  }

  /// `text` in backquotes, shortened, with control characters made visible: input never reaches a terminal raw.
  package static func quoted(_ text: String) -> String {
    var shown = ""
    for (count, scalar) in text.unicodeScalars.enumerated() {
      if count == 60 { return "`\(shown)…`" }
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator:
        shown += scalar.escaped(asASCII: true)
      default:
        shown.unicodeScalars.append(scalar)
      }
    }
    return "`\(shown)`"
  }
}
