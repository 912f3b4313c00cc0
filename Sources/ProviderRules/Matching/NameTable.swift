import WireFormat

/// Host names and what is known about them: an open-addressing hash table over suffixes.
///
/// A name is hashed label by label from its right end to its left, and the table asked once per label boundary, so a lookup
/// costs as many probes as the name has labels, however many rules there are. A second walk of the same length follows only
/// where a pattern's literal suffix was met and no suffix rule won. Nothing is allocated.
struct NameTable: Sendable {
  /// What stands under one name; -1 where there is nothing.
  struct Entry: Sendable {
    var suffix: RuleMatch?
    var exact: RuleMatch?
    /// The first of a chain of patterns whose literal suffix this name is.
    var pattern: Int32 = -1
    /// Which trap it is.
    var trap: Int32 = -1

    var isTrap: Bool { trap >= 0 }
  }

  private struct ChainedPattern {
    let pattern: NamePattern
    let match: RuleMatch
    let next: Int32
  }

  /// How a lookup went: for tests that count instead of measuring.
  struct Cost: Equatable {
    /// Label boundaries at which the table was asked.
    var probes = 0
    /// Groups of slots looked at in all of them together.
    var slots = 0
    /// Patterns run.
    var patterns = 0
  }

  private var slots = NameSlots(groupCount: 2)
  /// What of long names is not in their items.
  private var tails: [UInt8] = []
  /// Of names that have more than one rule.
  private var entries: [Entry] = []
  private var patterns: [ChainedPattern] = []
  private(set) var count = 0
  /// Labels of the longest key: a name's further labels cannot match.
  private var maximumLabelCount = 0

  /// Changes the entry of `name`, a lower-case name without trailing dot; makes it first where there is none.
  @discardableResult
  mutating func update<Value>(_ name: String, _ change: (inout Entry) -> Value) -> Value {
    if count >= slots.capacity { resize(to: 2 * slots.groupCount) }
    let key = Array(name.utf8)
    // Safe: every octet of an array is initialized.
    let octets = unsafe key.span.bytes
    let hash = Self.hash(of: octets)
    var cost = 0
    let index: Int
    if let place = slots.find(hash, &cost, where: { isName($0, equalTo: octets, 0, key.count) }) {
      index = place
    } else {
      count += 1
      index = slots.take(hash, item(octets))
      maximumLabelCount = max(maximumLabelCount, 1 + key.count { $0 == UInt8(ascii: ".") })
    }
    var entry = self.entry(slots[index])
    let value = change(&entry)
    put(entry, in: index)
    return value
  }

  /// What of a name is longer than a slot goes into ``tails``.
  private mutating func item(_ name: RawSpan) -> NameSlots.Item {
    let count = name.byteCount
    let isLong = count > NameSlots.Item.ownOctets
    let item = NameSlots.Item(
      length: count, words: (name.nameWord(0, count), name.nameWord(8, count)),
      rest: isLong
        ? UInt32(clamping: tails.count) : UInt32(truncatingIfNeeded: name.nameWord(16, count)))
    if isLong {
      for offset in NameSlots.Item.headOctets..<count { tails.append(name.octet(at: offset) ?? 0) }
    }
    return item
  }

  private func entry(_ item: NameSlots.Item) -> Entry {
    switch item.kind {
    case .suffix: Entry(suffix: item.match)
    case .exact: Entry(exact: item.match)
    case .entry: item.place >= 0 ? entries[item.place] : Entry()
    }
  }

  private mutating func put(_ entry: Entry, in slot: Int) {
    if slots[slot].kind == .entry, slots[slot].place >= 0 {
      entries[slots[slot].place] = entry
      return
    }
    switch (entry.suffix, entry.exact) {
    case (let match?, nil) where entry.pattern < 0 && entry.trap < 0:
      slots[slot].put(match, isExact: false)
    case (nil, let match?) where entry.pattern < 0 && entry.trap < 0:
      slots[slot].put(match, isExact: true)
    default:
      slots[slot].put(place: entries.count)
      entries.append(entry)
    }
  }

  /// Adds a pattern under its literal suffix.
  mutating func add(_ pattern: NamePattern, _ match: RuleMatch) {
    let index = Int32(patterns.count)
    var next: Int32 = -1
    update(pattern.literalSuffix) { entry in
      next = entry.pattern
      entry.pattern = index
    }
    patterns.append(ChainedPattern(pattern: pattern, match: match, next: next))
  }

  /// What the rule says that speaks of `name`; nil when none does, or when a trap says that none may.
  ///
  /// Upper case counts as lower case, one trailing dot is ignored. An exact rule wins, then the longest suffix, then
  /// the pattern with the longest literal suffix. A trap silences suffix rules of its own length and shorter ones,
  /// and the rules of its own name.
  func match(_ name: RawSpan, cost: inout Cost) -> RuleMatch? {
    var length = name.byteCount
    if length > 0, name.octet(at: length - 1) == UInt8(ascii: ".") { length -= 1 }
    guard length > 0, length <= 253 else { return nil }

    // Slots, or -1: what they say is only taken out of the one that wins.
    var best = -1
    var whole = -1
    var hasPatterns = false
    walk(name, length, &cost) { slot, isWhole in
      if isWhole { whole = slot }
      switch slots[slot].kind {
      case .suffix: best = slot
      case .exact: break
      case .entry:
        let entry = entry(slots[slot])
        if entry.isTrap {
          best = -1
        } else if entry.suffix != nil {
          best = slot
        }
        if entry.pattern >= 0 { hasPatterns = true }
      }
    }
    if whole >= 0, whole != best || slots[whole].kind == .entry {
      let entry = entry(slots[whole])
      if entry.isTrap { return nil }
      if let match = entry.exact { return match }
    }
    if best >= 0 { return entry(slots[best]).suffix }
    return hasPatterns ? pattern(name, length, &cost) : nil
  }

  /// What the pattern with the longest literal suffix says that matches.
  private func pattern(_ name: RawSpan, _ length: Int, _ cost: inout Cost) -> RuleMatch? {
    var best: RuleMatch?
    var count = 0
    walk(name, length, &cost) { slot, _ in
      var index = entry(slots[slot]).pattern
      while index >= 0 {
        let chained = patterns[Int(index)]
        count += 1
        if chained.pattern.matches(name, length: length) {
          best = chained.match
          return
        }
        index = chained.next
      }
    }
    cost.patterns += count
    return best
  }

  /// Everything that speaks of `name`, by rising weight: what a lookup weighs, for whoever asks why. It allocates.
  func candidates(for name: RawSpan) -> [Candidate] {
    var length = name.byteCount
    if length > 0, name.octet(at: length - 1) == UInt8(ascii: ".") { length -= 1 }
    guard length > 0, length <= 253 else { return [] }
    var cost = Cost()
    var found: [Candidate] = []
    var patternRules: [Candidate] = []
    walk(name, length, &cost) { slot, isWhole in
      let entry = entry(slots[slot])
      if let match = entry.suffix { found.append(.suffix(match.rule)) }
      if entry.trap >= 0 { found.append(.trap(Int(entry.trap))) }
      var index = entry.pattern
      var matching: [Candidate] = []
      while index >= 0 {
        let chained = patterns[Int(index)]
        if chained.pattern.matches(name, length: length) {
          matching.append(.pattern(chained.match.rule))
        }
        index = chained.next
      }
      // The first of a chain is asked first.
      patternRules += matching.reversed()
      if isWhole, let match = entry.exact { found.append(.exact(match.rule)) }
    }
    return patternRules + found
  }

  /// A rule or a trap that speaks of a name.
  enum Candidate: Equatable {
    case pattern(Int)
    case suffix(Int)
    case exact(Int)
    case trap(Int)
  }

  /// Visits the slots of all suffixes of `name`, the shortest first.
  @inline(__always)
  private func walk(
    _ name: RawSpan, _ length: Int, _ cost: inout Cost, _ visit: (Int, Bool) -> Void
  ) {
    var hash = Self.seed
    var labelCount = 0
    var end = length
    while labelCount < maximumLabelCount {
      let start = name.labelStart(before: end)
      hash = Self.step(hash, name, start, end)
      labelCount &+= 1
      let slot = slots.find(hash, &cost.slots) { isName($0, equalTo: name, start, length) }
      if let slot { visit(slot, start == 0) }
      if start == 0 { break }
      end = start &- 1
    }
    cost.probes += labelCount
  }

  @inline(__always)
  private func isName(
    _ item: NameSlots.Item, equalTo name: RawSpan, _ start: Int, _ end: Int
  ) -> Bool {
    guard item.length == end - start, item.words.0 == name.nameWord(start, end),
      item.words.1 == name.nameWord(start + 8, end)
    else { return false }
    if end - start <= NameSlots.Item.ownOctets {
      return UInt64(item.lastWord) == name.nameWord(start + 16, end)
    }
    for (index, octet) in tail(item).enumerated() {
      let place = start + NameSlots.Item.headOctets + index
      if UInt64(octet) != name.nameWord(place, place + 1) { return false }
    }
    return true
  }

  /// The octets of a long name that are not in its slot.
  private func tail(_ item: NameSlots.Item) -> ArraySlice<UInt8> {
    let start = Int(item.lastWord)
    return tails[start..<(start + item.length - NameSlots.Item.headOctets)]
  }

  /// Makes the table as large as its names need, so that a lookup has the less memory to wait for. Called when all are in.
  mutating func fit() { resize(to: NameSlots.groupCount(for: count)) }

  private mutating func resize(to groupCount: Int) {
    let earlier = slots
    slots = NameSlots(groupCount: groupCount)
    for item in earlier.items {
      let name = octets(of: item)
      // Safe: every octet of an array is initialized.
      _ = slots.take(Self.hash(of: unsafe name.span.bytes), item)
    }
  }

  private func octets(of item: NameSlots.Item) -> [UInt8] {
    let words = [item.words.0, item.words.1, UInt64(item.lastWord)]
    let isLong = item.length > NameSlots.Item.ownOctets
    let own = isLong ? NameSlots.Item.headOctets : item.length
    let octets = (0..<own).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> UInt64($0 % 8 * 8)) }
    return isLong ? octets + tail(item) : octets
  }

  private static let seed: UInt64 = 0xcbf2_9ce4_8422_2325

  private static func hash(of name: RawSpan) -> UInt64 {
    var hash = seed
    var end = name.byteCount
    while true {
      let start = name.labelStart(before: end)
      hash = step(hash, name, start, end)
      guard start > 0 else { return hash }
      end = start - 1
    }
  }

  /// Takes a label in.
  @inline(__always)
  private static func step(_ hash: UInt64, _ name: RawSpan, _ start: Int, _ end: Int) -> UInt64 {
    var hash = hash
    var offset = start
    repeat {
      hash = (hash ^ name.nameWord(offset, end)) &* 0x9e37_79b9_7f4a_7c15
      hash ^= hash &>> 32
      offset &+= 8
    } while offset < end
    return hash
  }
}
