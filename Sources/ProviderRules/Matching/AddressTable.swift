import WireFormat

/// Address blocks and their rules; the longest block that holds an address wins.
///
/// One sorted array per block length that occurs, asked from the longest length down: a lookup costs a binary search
/// per length, of which there are few.
struct AddressTable: Sendable {
  private struct Level {
    let bitCount: Int
    var bases: [IPAddress]
    var rules: [Int32]
  }

  private var levels: [Level] = []

  init(_ blocks: [(prefix: IPPrefix, rule: Int32)]) {
    for bitCount in Set(blocks.map(\.prefix.bitCount)).sorted(by: >) {
      let level = blocks.filter { $0.prefix.bitCount == bitCount }
        .sorted { $0.prefix.base < $1.prefix.base }
      levels.append(
        Level(bitCount: bitCount, bases: level.map(\.prefix.base), rules: level.map(\.rule)))
    }
  }

  func rule(for address: IPAddress) -> Int32? {
    for level in levels {
      let base = address.masked(to: level.bitCount)
      var low = 0
      var high = level.bases.count
      while low < high {
        let middle = (low + high) / 2
        if level.bases[middle] < base { low = middle + 1 } else { high = middle }
      }
      if low < level.bases.count, level.bases[low] == base { return level.rules[low] }
    }
    return nil
  }
}

extension IPAddress {
  /// The address with all bits past the first `bitCount` of 128 cleared.
  func masked(to bitCount: Int) -> IPAddress {
    let highMask =
      bitCount >= 64 ? UInt64.max : bitCount <= 0 ? 0 : ~(UInt64.max >> UInt64(bitCount))
    let lowMask =
      bitCount >= 128 ? UInt64.max : bitCount <= 64 ? 0 : ~(UInt64.max >> UInt64(bitCount - 64))
    return IPAddress(high: high & highMask, low: low & lowMask)
  }
}
