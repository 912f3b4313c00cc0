import WireFormat

/// What makes a name look like AI though no rule knows it: `signs.yaml`.
///
/// A sign never leads to a verdict. What it finds is listed apart, as unknown, for somebody to look at.
package struct SignSet: Sendable {
  /// One sign that a name bears.
  package struct Sign: Sendable, Equatable {
    /// `first label chat`, as a reader of the list sees it.
    package let text: String
    /// By itself it says little: many names bear it that have nothing to do with AI.
    package let isWeak: Bool
  }

  /// Where in a name a word is looked for.
  enum Place: String, CaseIterable {
    /// The last label: `ai` of `example.ai`.
    case top
    /// The first label of at least three: `chat` of `chat.example.org`.
    case first
    /// A part of any label but the last, between hyphens and digits: `gpt` of `my-gpt4.example.org`.
    case part
    /// Anywhere in a label but the last: `chatgpt` of `mychatgptapp.example`.
    case within
  }

  /// 12 hexadecimal digits that change with the file.
  package let version: String
  /// By a hash of the word.
  let top, first, part: [UInt64: Sign]
  let within: [(word: [UInt8], sign: Sign)]
  /// Names that are known to be something else, with all below them.
  let exceptions: Set<String>
  /// Pairs of octets with which a word of `within` begins.
  private let beginnings: [Bool]

  init(
    version: String, words: [(Place, word: String, isWeak: Bool)], exceptions: Set<String>
  ) {
    var tables: [Place: [UInt64: Sign]] = [:]
    var within: [(word: [UInt8], sign: Sign)] = []
    var beginnings = [Bool](repeating: false, count: 1_024)
    for (place, word, isWeak) in words {
      let octets = Array(word.utf8)
      switch place {
      case .within:
        within.append((octets, Sign(text: "“\(word)” within", isWeak: isWeak)))
        beginnings[Self.slot(octets[0], octets[1])] = true
      case .top:
        tables[.top, default: [:]][Self.hash(octets)] = Sign(text: ".\(word)", isWeak: isWeak)
      case .first:
        tables[.first, default: [:]][Self.hash(octets)] = Sign(text: "\(word).", isWeak: isWeak)
      case .part:
        tables[.part, default: [:]][Self.hash(octets)] = Sign(
          text: "“\(word)” as a word", isWeak: isWeak)
      }
    }
    self.version = version
    top = tables[.top] ?? [:]
    first = tables[.first] ?? [:]
    part = tables[.part] ?? [:]
    self.within = within
    self.exceptions = exceptions
    self.beginnings = beginnings
  }

  /// No file, no signs.
  package static let none = SignSet(version: "", words: [], exceptions: [])

  package var isEmpty: Bool { top.isEmpty && first.isEmpty && part.isEmpty && within.isEmpty }

  /// The strongest sign that a host name bears; nil for one that bears none or is an exception.
  ///
  /// Upper case counts as lower case. Nothing is allocated for a name without a sign.
  package func sign(of name: RawSpan) -> Sign? {
    guard !isEmpty, let found = found(in: name) else { return nil }
    let text = String(
      decoding: (0..<name.byteCount).map { Self.lower(name.octet(at: $0)) }, as: UTF8.self)
    var rest = Substring(text)
    while true {
      if exceptions.contains(String(rest)) { return nil }
      guard let dot = rest.firstIndex(of: ".") else { return found }
      rest = rest[rest.index(after: dot)...]
    }
  }

  package func sign(of name: String) -> Sign? {
    // Safe: every octet of a string is initialized, and the span ends before the string does.
    unsafe sign(of: name.utf8.span.bytes)
  }

  private func found(in name: RawSpan) -> Sign? {
    var weak: Sign?
    /// - Returns: whether a strong sign was found, which ends the search.
    func take(_ sign: Sign?, _ found: inout Sign?) -> Bool {
      guard let sign else { return false }
      if !sign.isWeak || found == nil { found = sign }
      return !sign.isWeak
    }
    let count = name.octet(at: name.byteCount - 1) == Self.dot ? name.byteCount - 1 : name.byteCount
    var (label, piece) = (Self.basis, Self.basis)
    var (labelCount, lastStart) = (0, 0)
    var firstLabel: UInt64 = 0
    for index in 0..<count {
      let octet = Self.lower(name.octet(at: index))
      guard octet != Self.dot else {
        if labelCount == 0 { firstLabel = label }
        if take(part[piece], &weak) { return weak }
        (label, piece) = (Self.basis, Self.basis)
        labelCount += 1
        lastStart = index + 1
        continue
      }
      label = Self.step(label, octet)
      if octet == UInt8(ascii: "-") || (0x30...0x39).contains(octet) {
        if take(part[piece], &weak) { return weak }
        piece = Self.basis
      } else {
        piece = Self.step(piece, octet)
      }
    }
    if labelCount >= 2, take(first[firstLabel], &weak) { return weak }
    if take(within(name, before: lastStart), &weak) { return weak }
    if labelCount >= 1 { _ = take(top[label], &weak) }
    return weak
  }

  private func within(_ name: RawSpan, before end: Int) -> Sign? {
    guard !within.isEmpty, end > 1 else { return nil }
    var found: Sign?
    var octet = Self.lower(name.octet(at: 0))
    for index in 1..<end {
      let next = Self.lower(name.octet(at: index))
      defer { octet = next }
      guard beginnings[Self.slot(octet, next)] else { continue }
      for (word, sign) in within where index - 1 + word.count < end {
        let matches = word.indices.allSatisfy {
          Self.lower(name.octet(at: index - 1 + $0)) == word[$0]
        }
        guard matches else { continue }
        if !sign.isWeak { return sign }
        found = found ?? sign
      }
    }
    return found
  }

  private static let dot = UInt8(ascii: ".")
  /// FNV-1a, 64 bits.
  private static let basis: UInt64 = 0xcbf2_9ce4_8422_2325

  private static func step(_ hash: UInt64, _ octet: UInt8) -> UInt64 {
    (hash ^ UInt64(octet)) &* 0x0000_0100_0000_01b3
  }

  static func hash(_ octets: [UInt8]) -> UInt64 { octets.reduce(basis, step) }

  private static func slot(_ first: UInt8, _ second: UInt8) -> Int {
    (Int(first) &* 31 &+ Int(second)) & 1_023
  }

  private static func lower(_ octet: UInt8?) -> UInt8 {
    guard let octet else { return 0 }
    return (0x41...0x5a).contains(octet) ? octet | 0x20 : octet
  }
}
