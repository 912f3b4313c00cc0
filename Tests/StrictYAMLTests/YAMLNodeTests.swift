import Testing

@testable import StrictYAML

@Suite("Strict YAML text")
struct YAMLNodeTests {
  @Test func locatesEveryNode() throws {
    let root = try YAMLNode.parse("a: 1\nlist:\n  - {b: c}\n", path: "x.yaml")
    guard case .mapping(let entries) = root.content,
      case .sequence(let elements) = entries[1].value.content
    else {
      Issue.record("expected a mapping with a list")
      return
    }
    #expect(entries.map(\.key) == ["a", "list"])
    #expect(entries[0].value.location == YAMLLocation(line: 1, column: 4))
    #expect(entries[1].keyLocation == YAMLLocation(line: 2, column: 1))
    #expect(elements[0].location == YAMLLocation(line: 3, column: 5))
  }

  @Test(
    "what strict YAML leaves out is refused at its place",
    arguments: [
      ("a: &x 1\n", 1, 4, "anchor"),
      ("a: &x 1\nb: *x\n", 1, 4, "anchor"),
      ("a: *nowhere\n", 1, 4, "alias"),
      ("? *x\n: 1\n", 1, 3, "alias"),
      ("b:\n  <<: {k: v}\n", 2, 3, "merge key"),
      ("a: !!int '3'\n", 1, 4, "tag"),
      ("a: !thing {b: c}\n", 1, 4, "tag"),
      ("a: !!str 5\n", 1, 4, "tag"),
      ("a: !other [1]\n", 1, 4, "tag"),
      ("a: 1\nb: 2\na: 3\n", 3, 1, "`a` again"),
      ("a: 1\n---\nb: 2\n", 2, 1, "one document"),
      ("", 1, 1, "empty file"),
      ("a: [1\n", 2, 1, "expected YAML"),
      ("? [a, b]\n: c\n", 1, 3, "key that is a string"),
      ("a: b: c\n", 1, 5, "expected YAML"),
      ("a: 'open\n", 2, 1, "expected YAML"),
      ("a: \u{1}\n", 1, 4, "readable text"),
    ])
  func refuses(text: String, line: Int, column: Int, word: String) {
    #expect {
      _ = try YAMLNode.parse(text, path: "x.yaml")
    } throws: { error in
      let diagnostic = error as? Diagnostic
      return diagnostic?.line == line && diagnostic?.column == column
        && diagnostic?.message.contains(word) == true && diagnostic?.path == "x.yaml"
    }
  }

  @Test func nestingStopsAtTheLimit() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try YAMLNode.parse(nested(YAMLNode.maximumDepth + 1), path: "x")
    #expect(throws: Diagnostic.self) {
      try YAMLNode.parse(nested(YAMLNode.maximumDepth + 2), path: "x")
    }
  }

  @Test(
    "openings without an end neither crash nor hang",
    arguments: ["[", "{", "- ", "? ", "{a: ", "'", "\"", "&", "*", "a: |\n ", "!", "%", "\t", "#"])
  func survivesRepetition(piece: String) {
    let text = String(repeating: piece, count: 100_000)
    _ = try? YAMLNode.parse(text, path: "x")
  }

  @Test func aliasesThatMultiplyAreRefusedBeforeTheyAreExpanded() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x]\n"
    for level in 1...40 {
      let alias = "*a\(level - 1)"
      text += "? &a\(level) [\(Array(repeating: alias, count: 8).joined(separator: ", "))]\n: x\n"
    }
    #expect(throws: Diagnostic.self) { try YAMLNode.parse(text, path: "x") }
  }

  @Test func signsThatAreNoAliasesAreText() throws {
    let root = try YAMLNode.parse("a: 'https://x.test/?p=1&q=2 and *r'\nb: a *b &c\n", path: "x")
    guard case .mapping(let entries) = root.content else {
      Issue.record("expected a mapping")
      return
    }
    #expect(entries.count == 2)
  }

  @Test func aTextOverTheLimitIsRefused() {
    let text = "a: " + String(repeating: "x", count: YAMLNode.maximumByteCount)
    #expect(throws: Diagnostic.self) { try YAMLNode.parse(text, path: "x") }
  }

  @Test func octetsThatAreNotUTF8AreNamedWithTheirPlace() {
    #expect {
      _ = try YAMLNode.parse(bytes: Array("a: b\nc: ".utf8) + [0xff, 0x0a], path: "x")
    } throws: { error in
      (error as? Diagnostic)?.description == "x:2:4: error: expected UTF-8 text"
    }
  }

  @Test func messagesHoldNoControlCharacters() {
    #expect(YAMLNode.quoted("a\u{1b}[2Jb") == "`a\\u{1B}[2Jb`")
  }
}

@Suite("Random input")
struct RandomInputTests {
  /// SplitMix64, so that a failure comes again.
  struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
      return z ^ z >> 31
    }
  }

  static let pieces = [
    "a", ": ", "- ", "\n", "  ", "{", "}", "[", "]", ",", "&x", "*x", "!t ", "'", "\"", "|\n",
    ">\n", "#", "---\n", "...\n", "? ", "<<", "%YAML 1.1\n", "\\u0000", "\t", "é", "\u{feff}",
    "\r\n",
  ]

  @Test("is read or refused with a place, never more", arguments: [1, 2, 3, 4])
  func isReadOrRefused(seed: UInt64) {
    var generator = Generator(state: seed)
    for _ in 0..<500 {
      let count = Int.random(in: 1...60, using: &generator)
      let text = (0..<count).map { _ in
        Self.pieces.randomElement(using: &generator) ?? ""
      }.joined()
      check { try YAMLNode.parse(text, path: "x") }
      let octets = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      check { try YAMLNode.parse(bytes: octets, path: "x") }
    }
  }

  private func check(_ parse: () throws -> YAMLNode) {
    do {
      _ = try parse()
    } catch {
      let diagnostic = error as? Diagnostic
      #expect((diagnostic?.line ?? 0) >= 1 && (diagnostic?.column ?? 0) >= 1, "\(error)")
    }
  }
}
