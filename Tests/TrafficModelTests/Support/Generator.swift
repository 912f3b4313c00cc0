/// SplitMix64: the same numbers in each run.
struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }

  /// An even number below `bound`, near enough.
  mutating func below(_ bound: Int) -> Int { Int(next() >> 33) % bound }

  mutating func octets(_ count: Int) -> [UInt8] {
    var all: [UInt8] = []
    all.reserveCapacity(count + 8)
    while all.count < count {
      let word = next()
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        all.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
    all.removeLast(all.count - count)
    return all
  }
}
