internal import CYAML

/// Builds nodes from libyaml's events, and refuses what is not strict as soon as it comes: nothing is expanded or kept that
/// strict YAML leaves out.
@safe
struct EventReader: ~Copyable {
  private let yaml: UnsafeMutablePointer<gnomon_yaml>
  private let text: UnsafeBufferPointer<UInt8>
  private let path: String
  private var event = unsafe gnomon_yaml_event()

  /// Mappings of more keys look for those that stand twice in a set.
  private static let fewKeys = 16
  private static let stringTag = "tag:yaml.org,2002:str"

  /// - Parameter text: UTF-8, which must outlive the reader.
  /// - Throws: When there is no memory.
  @unsafe
  init(_ text: UnsafeBufferPointer<UInt8>, path: String) throws(Diagnostic) {
    guard let yaml = unsafe gnomon_yaml_new(text.baseAddress, text.count) else {
      throw Diagnostic(
        path: path, location: .start, id: .syntax, message: "expected less: out of memory")
    }
    unsafe self.yaml = yaml
    unsafe self.text = text
    self.path = path
  }

  deinit { unsafe gnomon_yaml_free(yaml) }

  /// The one document of the text.
  mutating func document() throws(Diagnostic) -> YAMLNode {
    try advance()  // The stream's start.
    try advance()
    guard unsafe event.kind == YAML_DOCUMENT_START_EVENT else {
      throw refuse(.start, "expected a YAML document, found an empty file")
    }
    try advance()
    let root = try node(depth: 0)
    try advance()  // The document's end.
    try advance()
    guard unsafe event.kind == YAML_STREAM_END_EVENT else {
      throw refuse(location, "expected one document, found another")
    }
    return root
  }

  /// The node that begins with the current event; afterwards its last event is the current one.
  private mutating func node(depth: Int) throws(Diagnostic) -> YAMLNode {
    let location = location
    guard depth <= YAMLNode.maximumDepth else {
      throw refuse(location, "expected at most \(YAMLNode.maximumDepth) levels of nesting")
    }
    guard unsafe event.has_anchor == 0 else { throw refuse(location, Refusal.anchor) }
    switch unsafe event.kind {
    case YAML_SCALAR_EVENT:
      let isPlain = unsafe event.is_plain != 0
      guard unsafe event.tag == nil || !isPlain && hasStringTag else {
        throw refuse(location, Refusal.tag)
      }
      return YAMLNode(content: .scalar(.init(text: scalar, isPlain: isPlain)), location: location)
    case YAML_SEQUENCE_START_EVENT:
      guard unsafe event.tag == nil else { throw refuse(location, Refusal.tag) }
      var elements: [YAMLNode] = []
      try advance()
      while unsafe event.kind != YAML_SEQUENCE_END_EVENT {
        elements.append(try node(depth: depth + 1))
        try advance()
      }
      return YAMLNode(content: .sequence(elements), location: location)
    case YAML_MAPPING_START_EVENT:
      guard unsafe event.tag == nil else { throw refuse(location, Refusal.tag) }
      return YAMLNode(content: .mapping(try entries(depth: depth)), location: location)
    default:
      throw refuse(location, Refusal.alias)
    }
  }

  private mutating func entries(depth: Int) throws(Diagnostic) -> [YAMLNode.Entry] {
    var entries: [YAMLNode.Entry] = []
    var seen: Set<String> = []
    try advance()
    while unsafe event.kind != YAML_MAPPING_END_EVENT {
      let keyLocation = location
      let key = try key(at: keyLocation)
      if entries.count == Self.fewKeys { seen = Set(entries.map(\.key)) }
      let isRepeated =
        entries.count < Self.fewKeys
        ? entries.contains { $0.key == key } : !seen.insert(key).inserted
      guard !isRepeated else {
        throw refuse(
          keyLocation,
          "expected each key once, found \(YAMLNode.quoted(key)) again in the same mapping")
      }
      try advance()
      let value = try node(depth: depth + 1)
      entries.append(YAMLNode.Entry(key: key, keyLocation: keyLocation, value: value))
      try advance()
    }
    return entries
  }

  private func key(at location: YAMLLocation) throws(Diagnostic) -> String {
    guard unsafe event.has_anchor == 0 else { throw refuse(location, Refusal.anchor) }
    guard unsafe event.kind != YAML_ALIAS_EVENT else { throw refuse(location, Refusal.alias) }
    guard unsafe event.kind == YAML_SCALAR_EVENT else {
      throw refuse(location, "expected a key that is a string, found a list or mapping")
    }
    guard unsafe event.tag == nil || hasStringTag else { throw refuse(location, Refusal.tag) }
    let key = scalar
    guard key != "<<" else { throw refuse(location, Refusal.mergeKey) }
    guard !key.isEmpty else { throw refuse(location, "expected a key, found nothing") }
    return key
  }

  private mutating func advance() throws(Diagnostic) {
    guard unsafe gnomon_yaml_next(yaml, &event) != 0 else { throw problem() }
  }

  private var location: YAMLLocation {
    unsafe YAMLLocation(line: event.line + 1, column: event.column + 1)
  }

  /// The text of the current scalar, copied.
  private var scalar: String {
    unsafe String(
      decoding: UnsafeBufferPointer(start: event.text, count: event.length), as: UTF8.self)
  }

  private var hasStringTag: Bool {
    unsafe event.tag.map { unsafe String(cString: $0) } == Self.stringTag
  }

  private func refuse(_ location: YAMLLocation, _ message: String) -> Diagnostic {
    Diagnostic(path: path, location: location, id: .syntax, message: message)
  }

  /// What libyaml could not read, in our words where it has none.
  private func problem() -> Diagnostic {
    let error = unsafe gnomon_yaml_problem(yaml)
    let problem = unsafe error.problem.map { unsafe String(cString: $0) } ?? "something else"
    switch unsafe error.kind {
    case YAML_MEMORY_ERROR:
      return refuse(.start, "expected less: out of memory")
    case YAML_READER_ERROR:
      var location = YAMLLocation.start
      let before = unsafe String(decoding: text.prefix(error.offset), as: UTF8.self)
      for scalar in before.unicodeScalars { location.advance(past: scalar) }
      return refuse(location, "expected readable text: \(problem)")
    default:
      let context = unsafe error.context.map { unsafe String(cString: $0) + ": " } ?? ""
      let location = unsafe YAMLLocation(line: error.line + 1, column: error.column + 1)
      return refuse(location, "expected YAML: \(context)\(problem)")
    }
  }
}

/// Messages for what strict YAML leaves out.
private enum Refusal {
  static let anchor = "expected a plain value, found an anchor (`&`): write the value out"
  static let alias = "expected a plain value, found an alias (`*`): write the value out"
  static let tag = "expected a plain value, found a tag (`!`): the key alone decides the type"
  static let mergeKey = "expected a key, found a merge key (`<<`): write the keys out"
}
