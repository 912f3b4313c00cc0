/// Members of an object, checked for type and range; each mistake names the member and says what is there instead.
extension JSONNode {
  /// The object's members by name.
  package struct Members {
    package let offset: Int
    private let nodes: [String: JSONNode]

    package init(_ node: JSONNode, _ what: String) throws(TruthMistake) {
      guard case .object(let members) = node.value else {
        throw TruthMistake(node.offset, "expected \(what), an object, found \(node.summary)")
      }
      offset = node.offset
      nodes = Dictionary(members.map { ($0.key, $0.node) }) { first, _ in first }
    }

    /// The member, nil where there is none or null.
    package func optional(_ key: String) -> JSONNode? {
      guard let node = nodes[key] else { return nil }
      if case .null = node.value { return nil }
      return node
    }

    /// The member, which must be there; it may be null.
    package func required(_ key: String) throws(TruthMistake) -> JSONNode {
      guard let node = nodes[key] else {
        throw TruthMistake(offset, "expected `\(key)` in this object, found none")
      }
      return node
    }

    package func string(_ key: String) throws(TruthMistake) -> String {
      try required(key).string(key)
    }

    package func optionalString(_ key: String) throws(TruthMistake) -> String? {
      guard let node = optional(key) else { return nil }
      return try node.string(key)
    }

    package func bool(_ key: String, default value: Bool) throws(TruthMistake) -> Bool {
      guard let node = optional(key) else { return value }
      guard case .bool(let value) = node.value else {
        throw TruthMistake(
          node.offset, "`\(key)`: expected true or false, found \(node.summary)")
      }
      return value
    }

    /// A whole number that must be there, and may be null for "not known".
    package func count(_ key: String, in range: ClosedRange<Int>) throws(TruthMistake) -> Int? {
      let node = try required(key)
      if case .null = node.value { return nil }
      return try node.integer(key, in: range)
    }

    package func optionalCount(_ key: String, in range: ClosedRange<Int>) throws(TruthMistake)
      -> Int?
    {
      guard let node = optional(key) else { return nil }
      return try node.integer(key, in: range)
    }

    package func number(_ key: String, in range: ClosedRange<Double>) throws(TruthMistake) -> Double
    {
      try required(key).number(key, in: range)
    }

    /// One of the words that a choice knows.
    package func choice<Choice: RawRepresentable & CaseIterable>(
      _ key: String, as type: Choice.Type
    ) throws(TruthMistake) -> Choice where Choice.RawValue == String {
      let node = try required(key)
      guard case .string(let text) = node.value, let choice = Choice(rawValue: text) else {
        let words = Choice.allCases.map { $0.rawValue }.joined(separator: ", ")
        throw TruthMistake(
          node.offset, "`\(key)`: expected one of \(words), found \(node.summary)")
      }
      return choice
    }

    package func list(_ key: String, most: Int) throws(TruthMistake) -> [JSONNode] {
      try required(key).list(key, most: most)
    }

    package func optionalList(_ key: String, most: Int) throws(TruthMistake) -> [JSONNode] {
      guard let node = optional(key) else { return [] }
      return try node.list(key, most: most)
    }
  }

  package func string(_ name: String) throws(TruthMistake) -> String {
    guard case .string(let text) = value else {
      throw TruthMistake(offset, "`\(name)`: expected a text, found \(summary)")
    }
    guard text.utf8.count <= 1_048_576 else {
      throw TruthMistake(offset, "`\(name)`: expected a text of at most 1 MiB")
    }
    return text
  }

  package func number(_ name: String, in range: ClosedRange<Double>) throws(TruthMistake) -> Double
  {
    guard case .number(let number) = value, range.contains(number) else {
      throw TruthMistake(
        offset,
        "`\(name)`: expected a number from \(Self.text(range.lowerBound)) to "
          + "\(Self.text(range.upperBound)), found \(summary)")
    }
    return number
  }

  package func integer(_ name: String, in range: ClosedRange<Int>) throws(TruthMistake) -> Int {
    guard case .number(let number) = value, let whole = Int(exactly: number), range.contains(whole)
    else {
      throw TruthMistake(
        offset,
        "`\(name)`: expected a whole number from \(range.lowerBound) to \(range.upperBound), "
          + "found \(summary)")
    }
    return whole
  }

  package func list(_ name: String, most: Int) throws(TruthMistake) -> [JSONNode] {
    guard case .array(let nodes) = value else {
      throw TruthMistake(offset, "`\(name)`: expected a list, found \(summary)")
    }
    guard nodes.count <= most else {
      throw TruthMistake(
        offset, "`\(name)`: expected a list of at most \(most), found \(nodes.count)")
    }
    return nodes
  }

  /// The value in few words, for a message.
  package var summary: String {
    switch value {
    case .null: "null"
    case .bool(let bool): bool ? "true" : "false"
    case .number(let number): Self.text(number)
    case .string(let text):
      "\"" + String(text.prefix(40).map { $0.isNewline ? " " : $0 }) + "\""
        + (text.count > 40 ? "…" : "")
    case .array: "a list"
    case .object: "an object"
    }
  }

  private static func text(_ number: Double) -> String {
    if let whole = Int(exactly: number) { return "\(whole)" }
    return "\(number)"
  }
}
