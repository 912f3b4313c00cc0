/// Reads numbers, and little else, out of a JSON document (RFC 8259) without keeping it: texts are passed over octet by
/// octet and are never copied.
///
/// Which values are wanted is said by a tree of keys; array places do not count as keys. Depth is bounded, work is linear.
struct JSONWalk {
  /// A node of the tree of wanted keys.
  struct Keys: Sendable {
    /// What a value here is called; nil where it is not wanted.
    var name: Int?
    fileprivate var children: [(key: [UInt8], node: Int)] = []
  }

  /// The wanted keys; the first node is the document's root.
  struct Wanted: Sendable {
    fileprivate(set) var nodes = [Keys()]
    /// Keys that are told of wherever they stand.
    var anywhere: [[UInt8]] = []

    /// Wants the value at `path`, keys joined by dots.
    mutating func add(_ path: String, as name: Int) {
      var node = 0
      for key in path.split(separator: ".") {
        let octets = Array(key.utf8)
        if let child = nodes[node].children.first(where: { $0.key == octets }) {
          node = child.node
        } else {
          nodes.append(Keys())
          nodes[node].children.append((octets, nodes.count - 1))
          node = nodes.count - 1
        }
      }
      nodes[node].name = name
    }
  }

  enum Value: Equatable {
    case number(Double)
    case bool(Bool)
    case null
    /// Its octets, escapes as they stand.
    case text(Range<Int>)
    /// Of so many elements; told at its end.
    case array(count: Int)
    case object
  }

  enum Found: Equatable {
    case value(name: Int, Value)
    /// A key that is wanted anywhere, by its place in the list, and whether its value is something (no null, nothing
    /// empty).
    case key(Int)
  }

  static let maximumDepth = 256

  private struct Level {
    var isObject: Bool
    /// Of the tree; nil where nothing below is wanted.
    var node: Int?
    /// The name of the container itself.
    var name: Int?
    var count = 0
  }

  private let octets: ArraySlice<UInt8>
  private let wanted: Wanted
  private var index: Int

  private init(_ octets: ArraySlice<UInt8>, _ wanted: Wanted) {
    self.octets = octets
    self.wanted = wanted
    index = octets.startIndex
  }

  /// - Returns: false when the octets are no JSON document; what stood before the fault has been told.
  static func walk(
    _ octets: ArraySlice<UInt8>, for wanted: Wanted, found: (Found) -> Void
  ) -> Bool {
    var walk = JSONWalk(octets, wanted)
    return walk.document(found)
  }

  private mutating func document(_ found: (Found) -> Void) -> Bool {
    var levels: [Level] = []
    // The node and name that the next value has.
    var node: Int? = 0
    var name: Int? = wanted.nodes[0].name
    while true {
      skipSpace()
      guard let octet = peek else { return false }
      switch octet {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard levels.count < Self.maximumDepth else { return false }
        index += 1
        levels.append(Level(isObject: octet == UInt8(ascii: "{"), node: node, name: name))
        skipSpace()
        if peek == (octet == UInt8(ascii: "{") ? UInt8(ascii: "}") : UInt8(ascii: "]")) { break }
        guard begin(&levels, &node, &name, found) else { return false }
        continue
      case UInt8(ascii: "\""):
        guard let range = text() else { return false }
        if let name { found(.value(name: name, .text(range))) }
      default:
        guard let value = scalar() else { return false }
        if let name { found(.value(name: name, value)) }
      }
      // A value has ended: what follows in its container, or the container's end.
      while true {
        guard !levels.isEmpty else {
          skipSpace()
          return index == octets.endIndex
        }
        skipSpace()
        guard let octet = peek else { return false }
        index += 1
        if octet == UInt8(ascii: ",") {
          guard begin(&levels, &node, &name, found) else { return false }
          break
        }
        guard let level = levels.popLast(),
          octet == (level.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
        else { return false }
        if let name = level.name {
          found(.value(name: name, level.isObject ? .object : .array(count: level.count)))
        }
      }
    }
  }

  /// The key of the next value of an object, or the next place of an array.
  private mutating func begin(
    _ levels: inout [Level], _ node: inout Int?, _ name: inout Int?, _ found: (Found) -> Void
  ) -> Bool {
    let last = levels.count - 1
    levels[last].count += 1
    guard levels[last].isObject else {
      // Elements are wanted as their array is, but only what is in them has names.
      node = levels[last].node
      name = nil
      return true
    }
    skipSpace()
    guard peek == UInt8(ascii: "\""), let key = text() else { return false }
    skipSpace()
    guard peek == UInt8(ascii: ":") else { return false }
    index += 1
    skipSpace()
    if !wanted.anywhere.isEmpty, isSomething,
      let place = wanted.anywhere.firstIndex(where: { octets[key].elementsEqual($0) })
    {
      found(.key(place))
    }
    node = levels[last].node.flatMap { parent in
      wanted.nodes[parent].children.first { octets[key].elementsEqual($0.key) }?.node
    }
    name = node.flatMap { wanted.nodes[$0].name }
    return true
  }

  private var peek: UInt8? { index < octets.endIndex ? octets[index] : nil }

  /// Whether the value here is neither null nor empty, as far as its first two octets tell.
  private var isSomething: Bool {
    let next = index + 1 < octets.endIndex ? octets[index + 1] : 0
    return switch peek {
    case UInt8(ascii: "n"), UInt8(ascii: "f"), nil: false
    case UInt8(ascii: "\""): next != UInt8(ascii: "\"")
    case UInt8(ascii: "["): next != UInt8(ascii: "]")
    case UInt8(ascii: "{"): next != UInt8(ascii: "}")
    default: true
    }
  }

  private mutating func skipSpace() {
    while let octet = peek, octet == 0x20 || octet == 0x0a || octet == 0x0d || octet == 0x09 {
      index += 1
    }
  }

  /// The octets of a string, whose quotation mark is next.
  private mutating func text() -> Range<Int>? {
    index += 1
    let start = index
    while index < octets.endIndex {
      switch octets[index] {
      case UInt8(ascii: "\""):
        index += 1
        return start..<index - 1
      case UInt8(ascii: "\\"):
        index += 2
      default:
        index += 1
      }
    }
    return nil
  }

  private mutating func scalar() -> Value? {
    let start = index
    while let octet = peek, octet > 0x20, octet != UInt8(ascii: ","), octet != UInt8(ascii: "}"),
      octet != UInt8(ascii: "]")
    {
      index += 1
    }
    guard index > start, index - start <= 64 else { return nil }
    let word = String(decoding: octets[start..<index], as: UTF8.self)
    switch word {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    default:
      guard let first = word.utf8.first, first == UInt8(ascii: "-") || (48...57).contains(first),
        let number = Double(word), number.isFinite
      else { return nil }
      return .number(number)
    }
  }
}
