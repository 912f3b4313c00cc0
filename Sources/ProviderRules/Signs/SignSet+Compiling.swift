import StrictYAML

extension SignSet {
  /// Compiles `signs.yaml`.
  ///
  /// - Throws: Everything that is wrong with the file.
  package init(compiling source: RuleSource) throws(RuleErrors) {
    let root: YAMLNode
    do {
      root = try YAMLNode.parse(source.text, path: source.path)
    } catch {
      throw RuleErrors([error])
    }
    let decoder = StrictDecoder(path: source.path)
    var words: [(Place, word: String, isWeak: Bool)] = []
    var seen: Set<String> = []
    var exceptions: Set<String> = []
    _ = decoder.mapping(root, "a file of signs") { m -> Bool? in
      _ = m.int("schema", in: 1...1)
      _ = m.list("signs") { node in
        decoder.mapping(node, "a sign") { sign -> Bool? in
          let place = sign.choice("in", as: Place.self)
          let strength = sign.choice("strength", as: Strength.self)
          _ = sign.string("reason")
          _ = sign.list("words") { element -> Bool? in
            guard let word = decoder.string(element) else { return nil }
            guard Self.isWord(word) else {
              decoder.report(
                element.location,
                "expected a word of 2 to 40 lower-case letters, found \(YAMLNode.quoted(word))")
              return nil
            }
            guard let place, let strength else { return nil }
            if !seen.insert("\(place.rawValue) \(word)").inserted {
              decoder.report(
                element.location, "expected each word once a place, found `\(word)` again",
                id: .duplicate)
            }
            words.append((place, word: word, isWeak: strength == .weak))
            return true
          }
          return true
        }
      }
      for name in m.optionalStrings("except") {
        if let name = m.hostName("except", name) { exceptions.insert(name) }
      }
      return true
    }
    guard decoder.diagnostics.isEmpty else { throw RuleErrors(decoder.diagnostics) }
    self.init(
      version: RuleSource.version(of: [source]), words: words, exceptions: exceptions)
  }

  private enum Strength: String, CaseIterable { case strong, weak }

  private static func isWord(_ word: String) -> Bool {
    (2...40).contains(word.utf8.count) && word.utf8.allSatisfy { (0x61...0x7a).contains($0) }
  }
}
