import WireFormat

/// Host names and what is known about them: an open-addressing hash table over suffixes.
///
/// A name is hashed from its right end to its left, and the table asked once per label boundary, so a lookup costs as
/// many probes as the name has labels, however many rules there are. A second walk of the same length follows only
/// where a pattern's literal suffix was met and no suffix rule won. Nothing is allocated.
struct NameTable: Sendable {
  /// What stands under one name; -1 where there is nothing.
  struct Entry: Sendable {
    var suffixRule: Int32 = -1
    var exactRule: Int32 = -1
    /// The first of a chain of patterns whose literal suffix this name is.
    var pattern: Int32 = -1
    /// Which trap it is.
    var trap: Int32 = -1

    var isTrap: Bool { trap >= 0 }
  }

  /// A name and its entry, in the order in which they came: 64 octets, so that one line of a cache or two hold it.
  private struct Item {
    var entry = Entry()
    /// Where the rest of a long name stands in ``tails``.
    var tail: UInt32 = 0
    /// Octets of the name: a host name has 253 at most.
    let length: UInt8
    var head = InlineArray<43, UInt8>(repeating: 0)

    init(_ name: [UInt8], tails: inout [UInt8]) {
      length = UInt8(clamping: name.count)
      for index in 0..<min(name.count, head.count) { head[index] = name[index] }
      if name.count > head.count {
        tail = UInt32(clamping: tails.count)
        tails += name[head.count...]
      }
    }

    @inline(__always)
    func octet(_ index: Int, _ tails: [UInt8]) -> UInt8 {
      index < head.count ? head[index] : tails[Int(tail) + index - head.count]
    }
  }

  private struct ChainedPattern {
    let pattern: NamePattern
    let rule: Int32
    let next: Int32
  }

  /// How a lookup went: for tests that count instead of measuring.
  struct Cost: Equatable {
    /// Label boundaries at which the table was asked.
    var probes = 0
    /// Slots looked at in all of them together.
    var slots = 0
    /// Patterns run.
    var patterns = 0
  }

  /// Eight bits of the hash of what stands in each slot, never zero; zero is free. Most names that are asked for are in no
  /// table, and this much of a table of a hundred thousand names stays in a processor's nearest caches.
  private var tags: [UInt8] = Array(repeating: 0, count: 16)
  /// Which item stands in each slot.
  private var slots: [UInt32] = Array(repeating: 0, count: 16)
  private var items: [Item] = []
  /// What of long names is not in their items.
  private var tails: [UInt8] = []
  private var patterns: [ChainedPattern] = []
  var count: Int { items.count }
  /// Labels of the longest key: a name's further labels cannot match.
  private var maximumLabelCount = 0

  /// Changes the entry of `name`, a lower-case name without trailing dot; makes it first where there is none.
  @discardableResult
  mutating func update<Value>(_ name: String, _ change: (inout Entry) -> Value) -> Value {
    if (count + 1) * 2 > slots.count { grow() }
    let key = Array(name.utf8)
    var hash = Self.seed
    for octet in key.reversed() { hash = Self.step(hash, octet) }
    let mixed = Self.mix(hash)
    var index = Self.index(of: mixed, in: slots.count)
    while tags[index] != 0 {
      let place = Int(slots[index])
      if tags[index] == Self.tag(mixed), Int(items[place].length) == key.count,
        key.indices.allSatisfy({ items[place].octet($0, tails) == key[$0] })
      {
        return change(&items[place].entry)
      }
      index = (index + 1) & (slots.count - 1)
    }
    items.append(Item(key, tails: &tails))
    tags[index] = Self.tag(mixed)
    slots[index] = UInt32(clamping: items.count - 1)
    maximumLabelCount = max(maximumLabelCount, 1 + key.count { $0 == UInt8(ascii: ".") })
    return change(&items[items.count - 1].entry)
  }

  /// Adds a pattern under its literal suffix.
  mutating func add(_ pattern: NamePattern, rule: Int32) {
    let index = Int32(patterns.count)
    var next: Int32 = -1
    update(pattern.literalSuffix) { entry in
      next = entry.pattern
      entry.pattern = index
    }
    patterns.append(ChainedPattern(pattern: pattern, rule: rule, next: next))
  }

  /// The rule that speaks of `name`; nil when none does, or when a trap says that none may.
  ///
  /// Upper case counts as lower case, one trailing dot is ignored. An exact rule wins, then the longest suffix, then
  /// the pattern with the longest literal suffix. A trap silences suffix rules of its own length and shorter ones,
  /// and the rules of its own name.
  func rule(for name: RawSpan, cost: inout Cost) -> Int32? {
    var length = name.byteCount
    if length > 0, name.octet(at: length - 1) == UInt8(ascii: ".") { length -= 1 }
    guard length > 0, length <= 253 else { return nil }

    var best: Int32 = -1
    var hasPatterns = false
    var whole: Entry?
    walk(name, length, &cost) { entry, isWhole in
      if entry.isTrap {
        best = -1
      } else if entry.suffixRule >= 0 {
        best = entry.suffixRule
      }
      if entry.pattern >= 0 { hasPatterns = true }
      if isWhole { whole = entry }
    }
    if let whole, whole.isTrap { return nil }
    if let whole, whole.exactRule >= 0 { return whole.exactRule }
    if best >= 0 { return best }
    guard hasPatterns else { return nil }
    var patternCount = 0
    walk(name, length, &cost) { entry, _ in
      var index = entry.pattern
      while index >= 0 {
        let chained = patterns[Int(index)]
        patternCount += 1
        if chained.pattern.matches(name, length: length) {
          best = chained.rule
          return
        }
        index = chained.next
      }
    }
    cost.patterns += patternCount
    return best >= 0 ? best : nil
  }

  /// Everything that speaks of `name`, by rising weight: what a lookup weighs, for whoever asks why. It allocates.
  func candidates(for name: RawSpan) -> [Candidate] {
    var length = name.byteCount
    if length > 0, name.octet(at: length - 1) == UInt8(ascii: ".") { length -= 1 }
    guard length > 0, length <= 253 else { return [] }
    var cost = Cost()
    var found: [Candidate] = []
    var patternRules: [Candidate] = []
    walk(name, length, &cost) { entry, isWhole in
      if entry.suffixRule >= 0 { found.append(.suffix(entry.suffixRule)) }
      if entry.trap >= 0 { found.append(.trap(entry.trap)) }
      var index = entry.pattern
      var matching: [Candidate] = []
      while index >= 0 {
        let chained = patterns[Int(index)]
        if chained.pattern.matches(name, length: length) { matching.append(.pattern(chained.rule)) }
        index = chained.next
      }
      // The first of a chain is asked first.
      patternRules += matching.reversed()
      if isWhole, entry.exactRule >= 0 { found.append(.exact(entry.exactRule)) }
    }
    return patternRules + found
  }

  /// A rule or a trap that speaks of a name.
  enum Candidate: Equatable {
    case pattern(Int32)
    case suffix(Int32)
    case exact(Int32)
    case trap(Int32)
  }

  /// Visits the entries of all suffixes of `name`, the shortest first.
  private func walk(
    _ name: RawSpan, _ length: Int, _ cost: inout Cost, _ visit: (Entry, Bool) -> Void
  ) {
    var hash = Self.seed
    var labelCount = 0
    var offset = length
    while offset > 0 {
      offset -= 1
      let octet = Self.lowercased(name.octet(at: offset) ?? 0)
      hash = Self.step(hash, octet)
      let isWhole = offset == 0
      guard isWhole || name.octet(at: offset - 1) == UInt8(ascii: ".") else { continue }
      labelCount += 1
      guard labelCount <= maximumLabelCount else { return }
      cost.probes += 1
      if let entry = entry(hash, name, offset, length, &cost) { visit(entry, isWhole) }
    }
  }

  private func entry(
    _ hash: UInt64, _ name: RawSpan, _ start: Int, _ end: Int, _ cost: inout Cost
  ) -> Entry? {
    let mixed = Self.mix(hash)
    var index = Self.index(of: mixed, in: slots.count)
    let tag = Self.tag(mixed)
    while tags[index] != 0 {
      cost.slots += 1
      if tags[index] == tag {
        let place = Int(slots[index])
        if isName(of: place, equalTo: name, start, end) { return items[place].entry }
      }
      index = (index + 1) & (slots.count - 1)
    }
    cost.slots += 1
    return nil
  }

  private func isName(of place: Int, equalTo name: RawSpan, _ start: Int, _ end: Int) -> Bool {
    guard Int(items[place].length) == end - start else { return false }
    for distance in 0..<(end - start) {
      let octet = Self.lowercased(name.octet(at: start + distance) ?? 0)
      if items[place].octet(distance, tails) != octet { return false }
    }
    return true
  }

  /// Doubles the table, so that at most half of it is used and runs of full slots stay short.
  private mutating func grow() {
    let count = slots.count * 2
    tags = Array(repeating: 0, count: count)
    slots = Array(repeating: 0, count: count)
    for (place, item) in items.enumerated() {
      var hash = Self.seed
      for distance in (0..<Int(item.length)).reversed() {
        hash = Self.step(hash, item.octet(distance, tails))
      }
      let mixed = Self.mix(hash)
      var index = Self.index(of: mixed, in: count)
      while tags[index] != 0 { index = (index + 1) & (count - 1) }
      tags[index] = Self.tag(mixed)
      slots[index] = UInt32(clamping: place)
    }
  }

  // FNV-1a, with a final mix because the table uses the low bits.
  private static let seed: UInt64 = 0xcbf2_9ce4_8422_2325

  @inline(__always)
  private static func step(_ hash: UInt64, _ octet: UInt8) -> UInt64 {
    (hash ^ UInt64(octet)) &* 0x0000_0100_0000_01b3
  }

  @inline(__always)
  private static func mix(_ hash: UInt64) -> UInt64 {
    let mixed = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
    return mixed ^ mixed >> 33
  }

  @inline(__always)
  private static func index(of mixed: UInt64, in slotCount: Int) -> Int {
    Int(truncatingIfNeeded: mixed) & (slotCount - 1)
  }

  /// The upper bits; the lower ones chose the slot.
  @inline(__always)
  private static func tag(_ mixed: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: mixed >> 56) | 1 }

  @inline(__always)
  private static func lowercased(_ octet: UInt8) -> UInt8 {
    octet &- 65 < 26 ? octet | 0x20 : octet
  }
}
