/// A regular expression over host names, run as a position automaton (Glushkov).
///
/// Names come from strangers, so the time must be linear in the name and nothing may be allocated: the set of
/// positions the match may be at is one 128-bit word, and each octet costs one step per set bit. The syntax is what
/// names need: literals, `\.`, classes, `\d`, groups with `|`, and the quantifiers `?`, `*`, `+`, `{n,m}`, between
/// `^` and `$`.
struct NamePattern: Sendable {
  /// Positions, and so bits of the set.
  static let maximumPositionCount = 128

  /// The whole labels at the pattern's end that are literal: `amazonaws.com`. The matcher looks patterns up by it.
  let literalSuffix: String
  private let first: UInt128
  private let last: UInt128
  /// Positions that can come after each position.
  private let follow: [UInt128]
  /// Positions that each octet of ``Alphabet`` can stand at.
  private let positionsByOctet: [UInt128]

  init(compiling tree: PatternTree, literalSuffix: String) throws(PatternError) {
    var builder = PositionBuilder()
    let ends = try builder.add(tree)
    self.literalSuffix = literalSuffix
    first = ends.first
    last = ends.last
    follow = builder.follow
    positionsByOctet = (0..<Alphabet.count).map { index in
      var positions: UInt128 = 0
      for (position, octets) in builder.octets.enumerated() where octets >> UInt64(index) & 1 == 1 {
        positions |= 1 << UInt128(position)
      }
      return positions
    }
  }

  /// Whether the first `length` octets of `name` match as a whole; upper-case letters count as lower-case.
  func matches(_ name: RawSpan, length: Int) -> Bool {
    var reachable = first
    var current: UInt128 = 0
    for offset in 0..<length {
      guard let octet = name.octet(at: offset), let index = Alphabet.index(of: octet) else {
        return false
      }
      current = reachable & positionsByOctet[index]
      if current == 0 { return false }
      reachable = 0
      var rest = current
      while rest != 0 {
        let position = rest.trailingZeroBitCount
        reachable |= follow[position]
        rest &= rest &- 1
      }
    }
    return current & last != 0
  }
}

extension NamePattern {
  func matches(_ name: String) -> Bool {
    // Safe: every octet of a string is initialized, and the span ends before the string does.
    unsafe matches(name.utf8.span.bytes, length: name.utf8.count)
  }
}

/// The octets that can stand in a host name, numbered from 0.
enum Alphabet {
  static let count = 39

  static func index(of octet: UInt8) -> Int? {
    switch octet {
    case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(octet) - 97
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(octet) - 65
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(octet) - 48 + 26
    case UInt8(ascii: "-"): 36
    case UInt8(ascii: "_"): 37
    case UInt8(ascii: "."): 38
    default: nil
    }
  }

  /// A set with `octet` alone; nil when no name holds it.
  static func set(of octet: UInt8) -> UInt64? {
    index(of: octet).map { 1 << UInt64($0) }
  }

  static let digits: UInt64 = 0x3ff << 26
  static let all: UInt64 = (1 << 39) - 1
}

/// Gives positions to the leaves of a pattern and finds which can follow which.
private struct PositionBuilder {
  /// Parts of the tree visited: groups of nothing, repeated within each other, take no positions but much time.
  private static let maximumStepCount = 10_000

  var octets: [UInt64] = []
  var follow: [UInt128] = []
  private var stepCount = 0

  struct Ends {
    var first: UInt128 = 0
    var last: UInt128 = 0
    var isNullable = true
  }

  mutating func add(_ tree: PatternTree) throws(PatternError) -> Ends {
    stepCount += 1
    guard stepCount <= Self.maximumStepCount, octets.count < NamePattern.maximumPositionCount else {
      throw PatternError(offset: 0, message: "expected a shorter pattern")
    }
    switch tree {
    case .octets(let set):
      let bit: UInt128 = 1 << UInt128(octets.count)
      octets.append(set)
      follow.append(0)
      return Ends(first: bit, last: bit, isNullable: false)
    case .sequence(let parts):
      var whole = Ends()
      for part in parts {
        let ends = try add(part)
        connect(whole.last, to: ends.first)
        if whole.isNullable { whole.first |= ends.first }
        whole.last = ends.isNullable ? whole.last | ends.last : ends.last
        whole.isNullable = whole.isNullable && ends.isNullable
      }
      return whole
    case .choice(let branches):
      var whole = Ends(isNullable: false)
      for branch in branches {
        let ends = try add(branch)
        whole.first |= ends.first
        whole.last |= ends.last
        whole.isNullable = whole.isNullable || ends.isNullable
      }
      return whole
    case .repeated(let part, let minimum, let maximum):
      // n required copies, then optional ones or a loop.
      var copies = Array(repeating: part, count: minimum)
      guard let maximum else {
        if copies.isEmpty { return try loop(part, isNullable: true) }
        copies.removeLast()
        var whole = try add(.sequence(copies))
        let ends = try loop(part, isNullable: false)
        connect(whole.last, to: ends.first)
        if whole.isNullable { whole.first |= ends.first }
        whole.last = ends.isNullable ? whole.last | ends.last : ends.last
        whole.isNullable = whole.isNullable && ends.isNullable
        return whole
      }
      for _ in minimum..<maximum { copies.append(.choice([part, .sequence([])])) }
      return try add(.sequence(copies))
    }
  }

  private mutating func loop(_ part: PatternTree, isNullable: Bool) throws(PatternError) -> Ends {
    var ends = try add(part)
    connect(ends.last, to: ends.first)
    ends.isNullable = ends.isNullable || isNullable
    return ends
  }

  private mutating func connect(_ from: UInt128, to next: UInt128) {
    var rest = from
    while rest != 0 {
      follow[rest.trailingZeroBitCount] |= next
      rest &= rest &- 1
    }
  }
}
