/// One mapping being read: remembers which keys were asked for, so that the others can be reported as unknown.
///
/// Methods without `optional` report a missing key. A key that is written without a value is an error in both.
package final class MappingReader {
  package let decoder: StrictDecoder
  /// Where the mapping begins.
  package let location: YAMLLocation
  private let entries: [YAMLNode.Entry]
  private let noun: String
  /// A key may stand in it more than once.
  private var askedKeys: [String] = []
  /// Keys that were asked for and stand here, each once.
  private var foundCount = 0
  private var missing: [String] = []

  init(decoder: StrictDecoder, entries: [YAMLNode.Entry], location: YAMLLocation, noun: String) {
    self.decoder = decoder
    self.entries = entries
    self.location = location
    self.noun = noun
  }

  /// The value of `key`, unread; nil when it is absent.
  package func optionalNode(_ key: String) -> YAMLNode? {
    let entry = entries.first { $0.key == key }
    if entry != nil, !askedKeys.contains(key) { foundCount += 1 }
    askedKeys.append(key)
    return entry?.value
  }

  /// The value of `key`, unread.
  package func node(_ key: String) -> YAMLNode? {
    let node = optionalNode(key)
    if node == nil { missing.append(key) }
    return node
  }

  /// Where the value of `key` stands; where the mapping begins when it is absent.
  package func location(of key: String) -> YAMLLocation {
    entries.first { $0.key == key }?.value.location ?? location
  }

  /// Where `key` itself stands; where the mapping begins when it is absent.
  package func keyLocation(of key: String) -> YAMLLocation {
    entries.first { $0.key == key }?.keyLocation ?? location
  }

  /// Adds a mistake about the value of `key`.
  package func report(_ key: String, _ message: String, id: DiagnosticID = .value) {
    decoder.report(location(of: key), message, id: id)
  }

  /// Reports missing keys and those that nobody asked for; called once by ``StrictDecoder``.
  func reportUnknownKeys() {
    if foundCount == entries.count, missing.isEmpty { return }
    var unclaimed = missing
    var askedKeys: [String] = []
    for key in self.askedKeys where !askedKeys.contains(key) { askedKeys.append(key) }
    let given = Set(entries.map(\.key))
    let known = Set(askedKeys)
    let others = askedKeys.filter { !given.contains($0) }
    for entry in entries where !known.contains(entry.key) {
      guard !decoder.isFull else { return }
      var message = "expected a key of \(noun), found unknown key \(YAMLNode.quoted(entry.key))"
      if let near = NearMiss.suggestion(for: entry.key, among: others) {
        message += "; did you mean `\(near)`?"
        unclaimed.removeAll { $0 == near }  // One mistake, one message.
      } else {
        message += " (known: \(askedKeys.joined(separator: ", ")))"
      }
      decoder.report(entry.keyLocation, message, id: .key)
    }
    for key in unclaimed {
      decoder.report(location, "expected key `\(key)` in \(noun)", id: .key)
    }
  }
}

extension MappingReader {
  package func string(_ key: String) -> String? { node(key).flatMap(decoder.string) }
  package func optionalString(_ key: String) -> String? {
    optionalNode(key).flatMap(decoder.string)
  }

  package func int(_ key: String, in range: ClosedRange<Int> = .min ... .max) -> Int? {
    node(key).flatMap { decoder.int($0, in: range) }
  }
  package func optionalInt(_ key: String, in range: ClosedRange<Int> = .min ... .max) -> Int? {
    optionalNode(key).flatMap { decoder.int($0, in: range) }
  }

  package func double(_ key: String) -> Double? { node(key).flatMap { decoder.double($0) } }
  package func double(_ key: String, in range: ClosedRange<Double>) -> Double? {
    node(key).flatMap { decoder.double($0, in: range) }
  }
  package func optionalDouble(_ key: String) -> Double? {
    optionalNode(key).flatMap { decoder.double($0) }
  }
  package func optionalDouble(_ key: String, in range: ClosedRange<Double>) -> Double? {
    optionalNode(key).flatMap { decoder.double($0, in: range) }
  }

  package func bool(_ key: String) -> Bool? { node(key).flatMap(decoder.bool) }
  package func optionalBool(_ key: String) -> Bool? { optionalNode(key).flatMap(decoder.bool) }

  package func date(_ key: String) -> CalendarDate? { node(key).flatMap(decoder.date) }
  package func optionalDate(_ key: String) -> CalendarDate? {
    optionalNode(key).flatMap(decoder.date)
  }

  package func choice<Choice>(_ key: String, as type: Choice.Type) -> Choice?
  where Choice: RawRepresentable<String> & CaseIterable {
    node(key).flatMap { decoder.choice($0, as: type) }
  }
  package func optionalChoice<Choice>(_ key: String, as type: Choice.Type) -> Choice?
  where Choice: RawRepresentable<String> & CaseIterable {
    optionalNode(key).flatMap { decoder.choice($0, as: type) }
  }

  /// A list; elements for which `element` returns nil are left out.
  package func list<Element>(_ key: String, _ element: (YAMLNode) -> Element?) -> [Element]? {
    node(key).map { decoder.list($0, element) }
  }
  /// A list, empty when the key is absent.
  package func optionalList<Element>(
    _ key: String, _ element: (YAMLNode) -> Element?
  ) -> [Element] {
    optionalNode(key).map { decoder.list($0, element) } ?? []
  }
  package func strings(_ key: String) -> [String]? { list(key, decoder.string) }
  package func optionalStrings(_ key: String) -> [String] { optionalList(key, decoder.string) }

  /// A mapping within this one.
  package func mapping<Value>(
    _ key: String, _ noun: String, _ body: (MappingReader) -> Value?
  ) -> Value? {
    node(key).flatMap { decoder.mapping($0, noun, body) }
  }
  package func optionalMapping<Value>(
    _ key: String, _ noun: String, _ body: (MappingReader) -> Value?
  ) -> Value? {
    optionalNode(key).flatMap { decoder.mapping($0, noun, body) }
  }
}
