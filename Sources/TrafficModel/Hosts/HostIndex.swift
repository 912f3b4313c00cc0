import WireFormat

/// Where each address stands in a list: open addressing over sixteen bits of a hash of each address, under a seed that
/// senders do not know. A look-up of an address that is not there touches one line of a table that stays in the processor's
/// cache; whether one that is found is the one meant the list says. Half the places are used at most.
struct HostIndex: Sendable {
  /// Part of the hash; zero is empty.
  private var marks: ContiguousArray<UInt16>
  private var numbers: ContiguousArray<UInt32>
  private(set) var count = 0
  private let seed: UInt64

  /// - Parameter seed: unpredictable to senders of packets.
  init(seed: UInt64) {
    self.seed = seed
    marks = ContiguousArray(repeating: 0, count: 64)
    numbers = ContiguousArray(repeating: 0, count: 64)
  }

  func hash(_ address: IPAddress) -> UInt64 {
    let first = FlowKey.mix(address.high ^ seed, address.low ^ FlowKey.secret(seed))
    return FlowKey.mix(address.low ^ first, seed ^ 0xbf58_476d_1ce4_e5b9)
  }

  /// The number of the address with this hash; nil where it has none.
  ///
  /// - Parameter isIt: whether the address with a number is the one meant.
  @inline(__always)
  func find(_ hash: UInt64, where isIt: (Int) -> Bool) -> Int? {
    let mask = marks.count - 1
    let mark = Self.mark(hash)
    var index = Int(truncatingIfNeeded: hash) & mask
    while marks[index] != 0 {
      if marks[index] == mark {
        let number = Int(numbers[index])
        if isIt(number) { return number }
      }
      index = (index + 1) & mask
    }
    return nil
  }

  /// Asks for the place of an address that will be looked for.
  func prefetch(_ hash: UInt64) {
    marks.prefetch(Int(truncatingIfNeeded: hash) & (marks.count - 1))
  }

  private static func mark(_ hash: UInt64) -> UInt16 {
    max(1, UInt16(truncatingIfNeeded: hash >> 48))
  }

  /// Whether it has to be made anew, larger, before a further address gets a number.
  var isFull: Bool { 2 * count >= marks.count }

  /// Gives an address that has no number the next one.
  mutating func append(_ hash: UInt64) {
    let mask = marks.count - 1
    var index = Int(truncatingIfNeeded: hash) & mask
    while marks[index] != 0 { index = (index + 1) & mask }
    marks[index] = Self.mark(hash)
    numbers[index] = UInt32(truncatingIfNeeded: count)
    count += 1
  }

  /// Forgets all, and has room for so many addresses at least.
  mutating func removeAll(room: Int) {
    var placeCount = 64
    while placeCount < 2 * room { placeCount *= 2 }
    marks = ContiguousArray(repeating: 0, count: placeCount)
    numbers = ContiguousArray(repeating: 0, count: placeCount)
    count = 0
  }
}
