import StrictYAML

extension SignSet {
  /// Compiles `signs.yaml`.
  ///
  /// - Throws: Everything that is wrong with the file.
  package init(compiling source: RuleSource) throws(RuleErrors) {
    self = try source.decode("a file of signs") { m in
      Self.decode(m, version: RuleSource.version(of: [source]))
    }
  }

  private static func decode(_ m: MappingReader, version: String) -> Self? {
    var words: [(Place, word: String, isWeak: Bool)] = []
    var seen: Set<String> = []
    var exceptions: Set<String> = []
    _ = m.int("schema", in: 1...1)
    _ = m.list("signs") { node in
      m.decoder.mapping(node, "a sign") { sign -> Bool? in
        let place = sign.choice("in", as: Place.self)
        let strength = sign.choice("strength", as: Strength.self)
        _ = sign.string("reason")
        _ = sign.list("words") { element -> Bool? in
          guard let word = word(element, m.decoder), let place, let strength else { return nil }
          if !seen.insert("\(place.rawValue) \(word)").inserted {
            m.decoder.report(
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
    return Self(version: version, words: words, exceptions: exceptions)
  }

  private enum Strength: String, CaseIterable { case strong, weak }

  private static func word(_ node: YAMLNode, _ decoder: StrictDecoder) -> String? {
    guard let word = decoder.string(node) else { return nil }
    guard (2...40).contains(word.utf8.count), word.utf8.allSatisfy({ (0x61...0x7a).contains($0) })
    else {
      decoder.report(
        node.location,
        "expected a word of 2 to 40 lower-case letters, found \(YAMLNode.quoted(word))")
      return nil
    }
    return word
  }
}
