/// Reads a node tree as what it should be, and collects everything that is wrong with it instead of stopping at the
/// first mistake.
///
///     let decoder = StrictDecoder(path: path)
///     let tool = decoder.mapping(node, "a tool") { m -> Tool? in
///       let id = m.string("id")
///       let port = m.optionalInt("port", in: 1...65535)
///       guard let id else { return nil }
///       return Tool(id: id, port: port)
///     }
///     guard decoder.diagnostics.isEmpty else { … }
///
/// Each reading method reports what it misses and returns nil, so read all keys first and give up afterwards.
package final class StrictDecoder {
  /// More mistakes than this are counted, not kept: by then the file is of another kind.
  package static let maximumDiagnosticCount = 100

  package let path: String
  package private(set) var diagnostics: [Diagnostic] = []

  package init(path: String) {
    self.path = path
  }

  /// Further mistakes are not kept.
  var isFull: Bool { diagnostics.count >= Self.maximumDiagnosticCount }

  /// Adds a mistake that the caller found.
  package func report(
    _ location: YAMLLocation, _ message: String, id: DiagnosticID = .value
  ) {
    guard !isFull else { return }
    diagnostics.append(Diagnostic(path: path, location: location, id: id, message: message))
  }

  /// Reads `node` as a mapping; afterwards each key that `body` did not ask for is reported.
  ///
  /// - Parameter noun: What the mapping describes, with its article: `a service`.
  /// - Returns: What `body` returns; nil when the node is not a mapping.
  package func mapping<Value>(
    _ node: YAMLNode, _ noun: String, _ body: (MappingReader) -> Value?
  ) -> Value? {
    guard case .mapping(let entries) = node.content else {
      report(node.location, "expected a mapping (\(noun)), found \(node.summary)")
      return nil
    }
    let reader = MappingReader(
      decoder: self, entries: entries, location: node.location, noun: noun)
    let value = body(reader)
    reader.reportUnknownKeys()
    return value
  }

  /// Reads `node` as a list; elements for which `element` returns nil are left out.
  package func list<Element>(_ node: YAMLNode, _ element: (YAMLNode) -> Element?) -> [Element] {
    guard case .sequence(let nodes) = node.content else {
      report(node.location, "expected a list, found \(node.summary)")
      return []
    }
    return nodes.compactMap(element)
  }
}
