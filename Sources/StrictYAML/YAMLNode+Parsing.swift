import Yams

extension YAMLNode {
  /// Texts longer than this are refused before they are looked at.
  package static let maximumByteCount = 4 << 20
  /// Mappings and lists nested deeper than this are refused.
  package static let maximumDepth = 32

  /// Parses one document.
  ///
  /// - Parameters:
  ///   - text: The whole file.
  ///   - path: How messages name the file.
  /// - Throws: The first violation: a syntax error, more than one document or none, an anchor, alias, merge key or
  ///   tag, a key that is not a string or occurs twice, ``maximumDepth``, ``maximumByteCount``. A tag `!!str` on
  ///   what is a string anyway (a key, a quoted scalar) says nothing and is let pass.
  package static func parse(_ text: String, path: String) throws(Diagnostic) -> YAMLNode {
    guard text.utf8.count <= maximumByteCount else {
      throw Diagnostic(
        path: path, location: .start, id: .syntax,
        message: "expected at most \(maximumByteCount) bytes, found \(text.utf8.count)")
    }
    if let location = AliasScan.firstAlias(in: text) {
      throw Diagnostic(path: path, location: location, id: .syntax, message: Refusal.alias)
    }
    let parser: Parser
    let root: Node?
    do {
      parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
      root = try parser.singleRoot()
    } catch {
      throw Diagnostic(path: path, yams: error)
    }
    guard let root else {
      throw Diagnostic(
        path: path, location: .start, id: .syntax,
        message: "expected a YAML document, found an empty file")
    }
    var converter = Converter(path: path)
    // The nodes hold their anchors weakly; the parser owns them.
    return try withExtendedLifetime(parser) { () throws(Diagnostic) in
      try converter.node(root, depth: 0)
    }
  }

  /// Parses one document of UTF-8 text; octets that are not UTF-8 are an error at their place.
  package static func parse(bytes: [UInt8], path: String) throws(Diagnostic) -> YAMLNode {
    guard bytes.count <= maximumByteCount else {
      throw Diagnostic(
        path: path, location: .start, id: .syntax,
        message: "expected at most \(maximumByteCount) bytes, found \(bytes.count)")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let bad = String(decoding: bytes, as: UTF8.self).unicodeScalars
      var location = YAMLLocation.start
      for scalar in bad {
        if scalar == "\u{fffd}" { break }
        location.advance(past: scalar)
      }
      throw Diagnostic(path: path, location: location, id: .syntax, message: "expected UTF-8 text")
    }
    return try parse(text, path: path)
  }
}

/// Messages for what strict YAML leaves out.
private enum Refusal {
  static let anchor = "expected a plain value, found an anchor (`&`): write the value out"
  static let alias = "expected a plain value, found an alias (`*`): write the value out"
  static let tag = "expected a plain value, found a tag (`!`): the key alone decides the type"
  static let mergeKey = "expected a key, found a merge key (`<<`): write the keys out"
}

/// Turns Yams' tree into ours and refuses what is not strict.
private struct Converter {
  let path: String

  mutating func node(_ node: Node, depth: Int) throws(Diagnostic) -> YAMLNode {
    let location = YAMLLocation(node.mark)
    guard depth <= YAMLNode.maximumDepth else {
      throw refuse(location, "expected at most \(YAMLNode.maximumDepth) levels of nesting")
    }
    guard node.anchor == nil else { throw refuse(location, Refusal.anchor) }
    switch node {
    case .scalar(let scalar):
      // Yams marks a quoted scalar as a string; only a plain one shows whether there was a tag.
      let isQuoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
      let isBlock = scalar.style == .literal || scalar.style == .folded
      let tag = scalar.tag.rawValue
      guard tag.isEmpty || (isQuoted || isBlock) && tag == Tag.Name.str.rawValue else {
        throw refuse(location, Refusal.tag)
      }
      let value = YAMLNode.Scalar(text: scalar.string, isPlain: !isQuoted && !isBlock)
      return YAMLNode(content: .scalar(value), location: location)
    case .sequence(let sequence):
      guard sequence.tag.rawValue.isEmpty else { throw refuse(location, Refusal.tag) }
      var elements: [YAMLNode] = []
      elements.reserveCapacity(sequence.count)
      for element in sequence {
        elements.append(try self.node(element, depth: depth + 1))
      }
      return YAMLNode(content: .sequence(elements), location: location)
    case .mapping(let mapping):
      guard mapping.tag.rawValue.isEmpty else { throw refuse(location, Refusal.tag) }
      var entries: [YAMLNode.Entry] = []
      entries.reserveCapacity(mapping.count)
      for (key, value) in mapping {
        let keyLocation = YAMLLocation(key.mark)
        entries.append(
          YAMLNode.Entry(
            key: try self.key(key, at: keyLocation), keyLocation: keyLocation,
            value: try self.node(value, depth: depth + 1)))
      }
      return YAMLNode(content: .mapping(entries), location: location)
    case .alias:
      throw refuse(location, Refusal.alias)
    }
  }

  private func key(_ node: Node, at location: YAMLLocation) throws(Diagnostic) -> String {
    guard node.anchor == nil else { throw refuse(location, Refusal.anchor) }
    guard case .scalar(let scalar) = node else {
      throw refuse(location, "expected a key that is a string, found a list or mapping")
    }
    // A lookup for duplicate keys has already resolved the tag of a key, to a string where there was none.
    guard scalar.tag.rawValue.isEmpty || scalar.tag.rawValue == Tag.Name.str.rawValue else {
      throw refuse(location, Refusal.tag)
    }
    guard scalar.string != "<<" else { throw refuse(location, Refusal.mergeKey) }
    guard !scalar.string.isEmpty else { throw refuse(location, "expected a key, found nothing") }
    return scalar.string
  }

  private func refuse(_ location: YAMLLocation, _ message: String) -> Diagnostic {
    Diagnostic(path: path, location: location, id: .syntax, message: message)
  }
}

extension YAMLLocation {
  fileprivate init(_ mark: Mark?) {
    self.init(line: mark?.line ?? 1, column: mark?.column ?? 1)
  }

  mutating func advance(past scalar: Unicode.Scalar) {
    if scalar == "\n" {
      line += 1
      column = 1
    } else {
      column += 1
    }
  }
}

extension Diagnostic {
  /// What Yams could not read, in our words where it has none.
  fileprivate init(path: String, yams error: any Error) {
    var location = YAMLLocation.start
    var message = "expected YAML, found something else"
    switch error as? YamlError {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _):
      location = YAMLLocation(mark)
      message = "expected YAML: \(context.map { $0.text + ": " } ?? "")\(problem)"
    case .composer(_, let problem, let mark, _):
      location = YAMLLocation(mark)
      message =
        problem.contains("alias")
        ? Refusal.alias : "expected one document, found another"
    case .reader(let problem, let offset, _, let yaml):
      if let offset {
        for scalar in yaml.prefix(offset).unicodeScalars { location.advance(past: scalar) }
      }
      message = "expected readable text: \(problem)"
    case .duplicatedKeysInMapping(let duplicates, let context):
      location = YAMLLocation(context.mark)
      let key = duplicates.first.map(YAMLNode.quoted) ?? "this key"
      message = "expected each key once, found \(key) again in the same mapping"
    case .memory:
      message = "expected less: out of memory"
    default:
      break
    }
    self.init(path: path, location: location, id: .syntax, message: message)
  }
}
