import WireFormat

/// What is wrong with a labelled set, and where.
package struct TruthMistake: Error, Equatable {
  /// Octets from the start of the file.
  package var offset: Int
  /// What was expected, and what is there.
  package var text: String

  package init(_ offset: Int, _ text: String) {
    self.offset = offset
    self.text = text
  }

  /// `path:line:column: error: expected …`, both counted from 1, columns in Unicode scalars.
  package func line(path: String, in octets: RawSpan) -> String {
    var (line, column) = (1, 1)
    for index in 0..<max(0, min(offset, octets.byteCount)) {
      guard let octet = octets.octet(at: index) else { break }
      if octet == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if octet & 0xc0 != 0x80 {
        column += 1
      }
    }
    return "\(path):\(line):\(column): error: \(text)"
  }
}

/// A JSON text (RFC 8259) as values that know where they stand, so that a mistake in a labelled set can be pointed at.
///
/// Text from outside: depth and number of values are bounded, a key that stands twice and an escaped half of a surrogate
/// pair are mistakes, and numbers beyond a `Double` are too.
package struct JSONNode: Sendable {
  package indirect enum Value: Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONNode])
    case object([(key: String, node: JSONNode)])
  }

  /// Octets from the start of the text to the value.
  package let offset: Int
  package let value: Value

  /// Values in a text, and lists and objects within each other.
  package static let maximumCount = 4_000_000
  package static let maximumDepth = 32

  /// Reads a whole text.
  ///
  /// - Throws: ``TruthMistake`` at the first octet that does not belong.
  package init(parsing text: RawSpan) throws(TruthMistake) {
    var parser = JSONParser(text)
    self = try parser.document()
  }

  init(_ offset: Int, _ value: Value) {
    self.offset = offset
    self.value = value
  }
}

/// Recursive descent over a checked reader.
private struct JSONParser: ~Escapable {
  private let text: RawSpan
  private var reader: ByteReader
  private var count = 0

  @_lifetime(copy text)
  init(_ text: RawSpan) {
    self.text = text
    reader = ByteReader(text)
  }

  @_lifetime(self: copy self)
  mutating func document() throws(TruthMistake) -> JSONNode {
    // A byte order mark is let pass (RFC 8259, section 8.1).
    if text.octet(at: 0) == 0xef, text.octet(at: 1) == 0xbb, text.octet(at: 2) == 0xbf {
      for _ in 0..<3 { next() }
    }
    let node = try value(depth: 0)
    skipSpace()
    guard reader.isAtEnd else { throw mistake("expected the end of the file") }
    return node
  }

  private var peek: UInt8? { text.octet(at: reader.offset) }

  @_lifetime(self: copy self)
  private mutating func next() { try? reader.skip(1) }

  @_lifetime(self: copy self)
  private mutating func skipSpace() {
    while let octet = peek, octet == 0x20 || octet == 0x09 || octet == 0x0a || octet == 0x0d {
      next()
    }
  }

  /// The mistake that something else was expected here.
  private func mistake(_ expected: String) -> TruthMistake {
    guard let octet = peek else {
      return TruthMistake(reader.offset, expected + ", found the end of the file")
    }
    let found =
      (0x21...0x7e).contains(octet)
      ? "\(Character(Unicode.Scalar(octet)))" : "octet 0x" + String(octet, radix: 16)
    return TruthMistake(reader.offset, expected + ", found \(found)")
  }

  @_lifetime(self: copy self)
  private mutating func value(depth: Int) throws(TruthMistake) -> JSONNode {
    skipSpace()
    let offset = reader.offset
    count += 1
    guard count <= JSONNode.maximumCount else {
      throw TruthMistake(offset, "expected at most \(JSONNode.maximumCount) values")
    }
    guard depth <= JSONNode.maximumDepth else {
      throw TruthMistake(offset, "expected at most \(JSONNode.maximumDepth) levels")
    }
    switch peek {
    case UInt8(ascii: "{"): return JSONNode(offset, .object(try members(depth)))
    case UInt8(ascii: "["): return JSONNode(offset, .array(try elements(depth)))
    case UInt8(ascii: "\""): return JSONNode(offset, .string(try string()))
    case UInt8(ascii: "t"): return JSONNode(offset, try word("true", .bool(true)))
    case UInt8(ascii: "f"): return JSONNode(offset, try word("false", .bool(false)))
    case UInt8(ascii: "n"): return JSONNode(offset, try word("null", .null))
    default: return JSONNode(offset, .number(try number()))
    }
  }

  @_lifetime(self: copy self)
  private mutating func members(
    _ depth: Int
  ) throws(TruthMistake) -> [(key: String, node: JSONNode)] {
    next()
    var members: [(key: String, node: JSONNode)] = []
    var keys: Set<String> = []
    skipSpace()
    if peek == UInt8(ascii: "}") {
      next()
      return []
    }
    while true {
      skipSpace()
      let offset = reader.offset
      guard peek == UInt8(ascii: "\"") else { throw mistake("expected a key in quotes") }
      let key = try string()
      guard keys.insert(key).inserted else {
        throw TruthMistake(offset, "expected each key once, found \"\(key)\" a second time")
      }
      skipSpace()
      guard peek == UInt8(ascii: ":") else { throw mistake("expected :") }
      next()
      members.append((key, try value(depth: depth + 1)))
      skipSpace()
      if peek == UInt8(ascii: "}") { break }
      guard peek == UInt8(ascii: ",") else { throw mistake("expected , or }") }
      next()
    }
    next()
    return members
  }

  @_lifetime(self: copy self)
  private mutating func elements(_ depth: Int) throws(TruthMistake) -> [JSONNode] {
    next()
    var elements: [JSONNode] = []
    skipSpace()
    if peek == UInt8(ascii: "]") {
      next()
      return []
    }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if peek == UInt8(ascii: "]") { break }
      guard peek == UInt8(ascii: ",") else { throw mistake("expected , or ]") }
      next()
    }
    next()
    return elements
  }

  @_lifetime(self: copy self)
  private mutating func word(
    _ word: StaticString, _ value: JSONNode.Value
  ) throws(TruthMistake) -> JSONNode.Value {
    for expected in "\(word)".utf8 {
      guard peek == expected else { throw mistake("expected \(word)") }
      next()
    }
    return value
  }

  /// RFC 8259, section 6.
  @_lifetime(self: copy self)
  private mutating func number() throws(TruthMistake) -> Double {
    let start = reader.offset
    if peek == UInt8(ascii: "-") { next() }
    let isZero = peek == UInt8(ascii: "0")
    let count = digits()
    guard count > 0 else {
      throw reader.offset == start ? mistake("expected a value") : mistake("expected a digit")
    }
    guard !isZero || count == 1 else {
      throw TruthMistake(start, "expected a number without a leading zero")
    }
    if peek == UInt8(ascii: ".") {
      next()
      guard digits() > 0 else { throw mistake("expected a digit") }
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      next()
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { next() }
      guard digits() > 0 else { throw mistake("expected a digit") }
    }
    guard reader.offset - start <= 400 else {
      throw TruthMistake(start, "expected a number of at most 400 digits")
    }
    let literal = String(decoding: text.part(start..<reader.offset).copied(), as: UTF8.self)
    guard let number = Double(literal), number.isFinite else {
      throw TruthMistake(
        start, "expected a number that a double holds, found \(literal.prefix(24))")
    }
    return number
  }

  @_lifetime(self: copy self)
  private mutating func digits() -> Int {
    let start = reader.offset
    while let octet = peek, (0x30...0x39).contains(octet) { next() }
    return reader.offset - start
  }

  /// RFC 8259, section 7.
  @_lifetime(self: copy self)
  private mutating func string() throws(TruthMistake) -> String {
    let start = reader.offset
    next()
    var octets: [UInt8] = []
    while let octet = peek {
      switch octet {
      case UInt8(ascii: "\""):
        next()
        guard let string = String(validating: octets, as: UTF8.self) else {
          throw TruthMistake(start, "expected text in UTF-8")
        }
        return string
      case UInt8(ascii: "\\"):
        next()
        try escape(into: &octets)
      case 0..<0x20:
        throw mistake("expected no control character in a string")
      default:
        octets.append(octet)
        next()
      }
    }
    throw TruthMistake(start, "expected the end of this string, found the end of the file")
  }

  @_lifetime(self: copy self)
  private mutating func escape(into octets: inout [UInt8]) throws(TruthMistake) {
    guard let octet = peek else { throw mistake("expected an escape") }
    let plain: UInt8? =
      switch octet {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): octet
      case UInt8(ascii: "b"): 0x08
      case UInt8(ascii: "f"): 0x0c
      case UInt8(ascii: "n"): 0x0a
      case UInt8(ascii: "r"): 0x0d
      case UInt8(ascii: "t"): 0x09
      default: nil
      }
    if let plain {
      next()
      octets.append(plain)
      return
    }
    guard octet == UInt8(ascii: "u") else { throw mistake("expected an escape") }
    let offset = reader.offset
    next()
    var code = try fourDigits()
    if (0xd800..<0xdc00).contains(code), peek == UInt8(ascii: "\\") {
      next()
      guard peek == UInt8(ascii: "u") else { throw mistake("expected the pair's second half") }
      next()
      let low = try fourDigits()
      guard (0xdc00..<0xe000).contains(low) else {
        throw TruthMistake(offset, "expected a whole surrogate pair")
      }
      code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw TruthMistake(offset, "expected a whole surrogate pair")
    }
    octets.append(contentsOf: Array(String(Character(scalar)).utf8))
  }

  @_lifetime(self: copy self)
  private mutating func fourDigits() throws(TruthMistake) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let octet = peek, let digit = Character(Unicode.Scalar(octet)).hexDigitValue else {
        throw mistake("expected four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      next()
    }
    return code
  }
}
