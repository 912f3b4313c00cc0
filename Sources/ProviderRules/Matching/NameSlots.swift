/// The slots of a ``NameTable``, 32 octets each, in groups of eight. What a lookup that finds its name waits for is memory: so
/// a slot holds the name and what its rule says, lies in one line of a cache, and most slots are used.
///
/// Beside the slots stand eight bits of the hash of each. Most names that are asked for are in no table, and of a hundred
/// thousand names this much stays in a processor's nearest caches. The eight of a group are compared at once.
struct NameSlots: Sendable {
  /// A name and what stands under it: two halves of two words. The name's first octets are the first word of either; the
  /// second words hold what its rule says, its last octets, its length and the kind of content.
  struct Item {
    fileprivate var head: Half = (0, Item.nothing)
    fileprivate var rest: Half = (0, 0)
    private static let nothing = UInt64(UInt32.max)

    static let ownOctets = 20
    static let headOctets = 16

    /// - Parameters:
    ///   - length: octets of the name: a host name has 253 at most.
    ///   - words: its first octets, eight a word.
    ///   - rest: its last octets; of one longer than ``ownOctets``, where those behind the first ``headOctets`` stand
    ///     elsewhere.
    init(length: Int, words: (UInt64, UInt64), rest: UInt32) {
      head.first = words.0
      self.rest = (words.1, UInt64(rest) | UInt64(UInt8(clamping: length)) << 32)
    }

    fileprivate init(_ head: Half, _ rest: Half) { (self.head, self.rest) = (head, rest) }

    var length: Int { Int(UInt8(truncatingIfNeeded: rest.second >> 32)) }
    var words: (UInt64, UInt64) { (head.first, rest.first) }
    var lastWord: UInt32 { UInt32(truncatingIfNeeded: rest.second) }

    var kind: Kind { Kind(rawValue: UInt8(truncatingIfNeeded: rest.second >> 40)) ?? .entry }
    /// What the only rule says.
    var match: RuleMatch {
      RuleMatch(bits: head.second, marks: UInt8(truncatingIfNeeded: rest.second >> 48))
    }
    /// Where what stands under the name is; -1 for nothing.
    var place: Int { Int(Int32(truncatingIfNeeded: head.second)) }

    mutating func put(_ match: RuleMatch, isExact: Bool) {
      head.second = match.bits
      mark((isExact ? Kind.exact : .suffix), match.marks)
    }

    mutating func put(place: Int) {
      head.second = UInt64(UInt32(bitPattern: Int32(clamping: place)))
      mark(.entry, 0)
    }

    private mutating func mark(_ kind: Kind, _ marks: UInt8) {
      rest.second = rest.second & 0xff_ffff_ffff | UInt64(kind.rawValue) << 40 | UInt64(marks) << 48
    }
  }

  /// Nearly every name has one rule and nothing else: that one is in the slot.
  enum Kind: UInt8 { case entry, suffix, exact }

  fileprivate typealias Half = (first: UInt64, second: UInt64)

  /// Of each group the octets that ``tag(_:)`` gives, the first slot's lowest; zero is free.
  private var tags: [UInt64]
  /// Large arrays get their memory 16 octets behind a page's begin and have their elements 32 behind that: with one half left
  /// out at the front, a slot lies in one line of 64 octets.
  private var halves: [Half]

  /// - Parameter groupCount: at least one.
  init(groupCount: Int) {
    tags = Array(repeating: 0, count: groupCount)
    halves = Array(repeating: (0, 0), count: 2 * 8 * groupCount + 1)
  }

  var groupCount: Int { tags.count }
  /// So many names are let in: with a quarter free, a search ends soon.
  var capacity: Int { groupCount * 6 }
  /// Groups for `count` names and some more.
  static func groupCount(for count: Int) -> Int { count / 5 + 1 }

  /// The names, by their places.
  var items: some Sequence<Item> {
    (0..<groupCount * 8).lazy.filter { tags[$0 / 8] >> UInt64($0 % 8 * 8) & 0xff != 0 }
      .map { self[$0] }
  }

  /// The slot of the name with this hash; `count` goes up by the groups that were looked at.
  ///
  /// - Parameter isWanted: Whether a name whose tag agrees is the one.
  @inline(__always)
  func find(_ hash: UInt64, _ count: inout Int, where isWanted: (Item) -> Bool) -> Int? {
    let mixed = Self.mix(hash)
    var group = self.group(mixed)
    while true {
      let word = tags[group]
      count &+= 1
      var places = Self.zeros(in: word ^ Self.tag(mixed) &* Self.ones)
      while places != 0 {
        let slot = group &* 8 &+ places.trailingZeroBitCount / 8
        if isWanted(self[slot]) { return slot }
        places &= places &- 1
      }
      if Self.zeros(in: word) != 0 { return nil }
      group = group &+ 1 == tags.count ? 0 : group &+ 1
    }
  }

  /// Puts a name that is not there yet into the first free slot on its way.
  ///
  /// - Precondition: fewer than ``capacity`` names are in.
  mutating func take(_ hash: UInt64, _ item: Item) -> Int {
    let mixed = Self.mix(hash)
    var group = self.group(mixed)
    while Self.zeros(in: tags[group]) == 0 {
      group = group &+ 1 == tags.count ? 0 : group &+ 1
    }
    let place = Self.zeros(in: tags[group]).trailingZeroBitCount / 8
    tags[group] |= Self.tag(mixed) << UInt64(place * 8)
    self[group * 8 + place] = item
    return group * 8 + place
  }

  private static var ones: UInt64 { 0x0101_0101_0101_0101 }

  /// The top bit of each octet that is zero.
  @inline(__always)
  private static func zeros(in word: UInt64) -> UInt64 {
    let low: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
    return ~(((word & low) &+ low) | word | low)
  }

  @inline(__always)
  private static func mix(_ hash: UInt64) -> UInt64 {
    let mixed = hash &* 0xff51_afd7_ed55_8ccd
    return mixed ^ mixed >> 33
  }

  @inline(__always)
  private func group(_ mixed: UInt64) -> Int {
    Int(
      truncatingIfNeeded: ((mixed & 0xffff_ffff) &* UInt64(truncatingIfNeeded: tags.count)) >> 32)
  }

  /// The upper bits; the lower ones choose the group.
  @inline(__always)
  private static func tag(_ mixed: UInt64) -> UInt64 { max(1, mixed >> 56) }

  @inline(__always)
  subscript(index: Int) -> Item {
    get { Item(halves[2 &* index &+ 1], halves[2 &* index &+ 2]) }
    set {
      halves[2 * index + 1] = newValue.head
      halves[2 * index + 2] = newValue.rest
    }
  }
}
