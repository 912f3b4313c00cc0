/// A parsed pattern. Octet sets are bit sets over ``Alphabet``.
indirect enum PatternTree: Sendable {
  case octets(UInt64)
  case sequence([PatternTree])
  case choice([PatternTree])
  /// `maximum` nil: without end.
  case repeated(PatternTree, minimum: Int, maximum: Int?)
}

/// What is wrong with a pattern, and at which octet of it.
struct PatternError: Error {
  let offset: Int
  let message: String
}

extension NamePattern {
  /// Compiles `^…$`.
  init(_ text: String) throws(PatternError) {
    var parser = PatternParser(Array(text.utf8))
    let tree = try parser.parse()
    let suffix = Self.literalSuffix(of: tree)
    guard suffix.utf8.contains(UInt8(ascii: ".")) else {
      throw PatternError(
        offset: 0,
        message:
          "expected the pattern to end in at least two literal labels, as in `\\.example\\.ai$`")
    }
    try self.init(compiling: tree, literalSuffix: suffix)
  }

  /// The whole labels that every match ends in.
  private static func literalSuffix(of tree: PatternTree) -> String {
    guard case .sequence(let parts) = tree else { return "" }
    let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789-_.".utf8)
    var tail: [UInt8] = []
    for part in parts.reversed() {
      guard case .octets(let set) = part, set.nonzeroBitCount == 1 else { break }
      tail.append(letters[set.trailingZeroBitCount])
    }
    // Reversed: whole labels are those with a dot behind them, or everything when the pattern is one literal.
    if tail.count < parts.count {
      guard let dot = tail.lastIndex(of: UInt8(ascii: ".")) else { return "" }
      tail.removeSubrange(dot...)
    }
    return String(decoding: tail.reversed(), as: UTF8.self)
  }
}

/// A recursive-descent parser with a limit on nesting and on counts.
private struct PatternParser {
  private let octets: [UInt8]
  private var offset = 0
  private static let maximumDepth = 8
  private static let maximumCount = 63

  init(_ octets: [UInt8]) {
    self.octets = octets
  }

  mutating func parse() throws(PatternError) -> PatternTree {
    guard octets.count <= 512 else { throw error("expected a pattern of at most 512 octets") }
    guard take("^") else { throw error("expected `^` at the start: patterns match whole names") }
    guard octets.last == UInt8(ascii: "$"), octets.count >= 2 else {
      throw error("expected `$` at the end: patterns match whole names", at: octets.count)
    }
    let tree = try alternatives(depth: 0)
    guard take("$"), offset == octets.count else { throw unexpected() }
    return tree
  }

  private mutating func alternatives(depth: Int) throws(PatternError) -> PatternTree {
    guard depth <= Self.maximumDepth else { throw error("expected fewer nested groups") }
    var branches = [try sequence(depth: depth)]
    while take("|") {
      branches.append(try sequence(depth: depth))
    }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence(depth: Int) throws(PatternError) -> PatternTree {
    var parts: [PatternTree] = []
    while let octet = peek, octet != UInt8(ascii: "|"), octet != UInt8(ascii: ")"),
      octet != UInt8(ascii: "$")
    {
      parts.append(try quantified(try atom(depth: depth)))
    }
    return .sequence(parts)
  }

  private mutating func atom(depth: Int) throws(PatternError) -> PatternTree {
    guard let octet = peek else { throw unexpected() }
    switch octet {
    case UInt8(ascii: "("):
      offset += 1
      if take("?"), !take(":") { throw error("expected `(?:` or `(`") }
      let group = try alternatives(depth: depth + 1)
      guard take(")") else { throw error("expected `)`") }
      return group
    case UInt8(ascii: "["):
      offset += 1
      return .octets(try characterClass())
    case UInt8(ascii: "\\"):
      offset += 1
      return .octets(try escape())
    case UInt8(ascii: "."):
      throw error("expected `\\.` for a dot, or a class such as `[a-z0-9-]` for any character")
    case UInt8(ascii: "A")...UInt8(ascii: "Z"):
      throw error("expected lower case: names compare in lower case")
    default:
      guard let set = Alphabet.set(of: octet) else { throw unexpected() }
      offset += 1
      return .octets(set)
    }
  }

  private mutating func quantified(_ atom: PatternTree) throws(PatternError) -> PatternTree {
    if take("?") { return .repeated(atom, minimum: 0, maximum: 1) }
    if take("*") { return .repeated(atom, minimum: 0, maximum: nil) }
    if take("+") { return .repeated(atom, minimum: 1, maximum: nil) }
    guard take("{") else { return atom }
    let minimum = try count()
    var maximum: Int? = minimum
    if take(",") { maximum = peek == UInt8(ascii: "}") ? nil : try count() }
    guard take("}") else { throw error("expected `}`") }
    if let maximum, maximum < minimum { throw error("expected the larger count last") }
    return .repeated(atom, minimum: minimum, maximum: maximum)
  }

  private mutating func count() throws(PatternError) -> Int {
    var value: Int?
    while let octet = peek, (48...57).contains(octet) {
      value = (value ?? 0) * 10 + Int(octet - 48)
      offset += 1
      guard let value, value <= Self.maximumCount else {
        throw error("expected a count of at most \(Self.maximumCount)")
      }
    }
    guard let value else { throw error("expected a count") }
    return value
  }

  /// Behind `\`.
  private mutating func escape() throws(PatternError) -> UInt64 {
    guard let octet = peek else { throw unexpected() }
    offset += 1
    switch octet {
    case UInt8(ascii: "d"): return Alphabet.digits
    case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
      return Alphabet.set(of: octet) ?? 0
    default:
      offset -= 1
      throw error("expected `\\.`, `\\-`, `\\_` or `\\d`")
    }
  }

  /// Behind `[`.
  private mutating func characterClass() throws(PatternError) -> UInt64 {
    let isNegated = take("^")
    var set: UInt64 = 0
    while let octet = peek, octet != UInt8(ascii: "]") {
      if take("\\") {
        set |= try escape()
        continue
      }
      guard let low = Alphabet.set(of: octet), !(65...90).contains(octet) else {
        throw unexpected()
      }
      offset += 1
      set |= low
      // `a-z` is a range; a `-` at the end stands for itself.
      guard peek == UInt8(ascii: "-"), let high = peek(1), high != UInt8(ascii: "]") else {
        continue
      }
      let isRange =
        (97...122).contains(octet) && (97...122).contains(high)
        || (48...57).contains(octet) && (48...57).contains(high)
      guard isRange, octet <= high else { throw error("expected a range such as `a-z` or `0-9`") }
      for member in octet...high { set |= Alphabet.set(of: member) ?? 0 }
      offset += 2
    }
    guard take("]") else { throw error("expected `]`") }
    if isNegated { set = Alphabet.all & ~set }
    guard set != 0 else { throw error("expected a class that is not empty") }
    return set
  }

  private var peek: UInt8? { peek(0) }

  private func peek(_ distance: Int) -> UInt8? {
    offset + distance < octets.count ? octets[offset + distance] : nil
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: scalar) else { return false }
    offset += 1
    return true
  }

  private func error(_ message: String, at place: Int? = nil) -> PatternError {
    PatternError(offset: place ?? offset, message: message)
  }

  private func unexpected() -> PatternError {
    error("expected a host name's characters or `\\.`, `[…]`, `(…|…)`, `?*+{n,m}`")
  }
}
