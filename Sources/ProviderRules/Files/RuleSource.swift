import StrictYAML

/// The text of one rule file. Who reads files hands these in; this room does no I/O.
package struct RuleSource: Sendable {
  /// How messages and evidence name the file: `providers/openai.yaml`.
  package var path: String
  package var text: String
  /// The site's own rules: they beat every other rule and every trap, and no update touches them.
  package var isLocal: Bool

  package init(path: String, text: String, isLocal: Bool = false) {
    self.path = path
    self.text = text
    self.isLocal = isLocal
  }

  /// A short name for the contents of `sources`: 12 hexadecimal digits that depend on paths and texts, not on order.
  package static func version(of sources: [RuleSource]) -> String {
    // FNV-1a over each path and text, a zero octet behind each, so that moving text between them changes the hash.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ octet: UInt8) {
      hash = (hash ^ UInt64(octet)) &* 0x0000_0100_0000_01b3
    }
    for source in sources.sorted(by: { ($0.path, $0.text) < ($1.path, $1.text) }) {
      source.path.utf8.forEach(add)
      add(0)
      source.text.utf8.forEach(add)
      add(source.isLocal ? 1 : 0)
    }
    let digits = String(hash >> 16, radix: 16)
    return String(repeating: "0", count: 12 - digits.count) + digits
  }
}

extension RuleSource {
  /// Reads the file, whose root is a mapping, from one end to the other.
  ///
  /// - Parameters:
  ///   - what: What messages call the file: `a policy`.
  ///   - body: Returns nil only after it has reported why.
  /// - Throws: Everything that is wrong with the file.
  func decode<Value>(_ what: String, _ body: (MappingReader) -> Value?) throws(RuleErrors) -> Value
  {
    let root: YAMLNode
    do {
      root = try YAMLNode.parse(text, path: path)
    } catch {
      throw RuleErrors([error])
    }
    let decoder = StrictDecoder(path: path)
    let value = decoder.mapping(root, what, body)
    guard let value, decoder.diagnostics.isEmpty else { throw RuleErrors(decoder.diagnostics) }
    return value
  }
}
