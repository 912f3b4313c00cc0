/// AES-128 (FIPS 197) and its GCM mode (NIST SP 800-38D), for sealing packets in tests. Slow, and plain.
struct AES128GCM {
  private var roundKeys: [[UInt8]] = []

  init(key: [UInt8]) {
    var words = (0..<4).map { Array(key[4 * $0..<4 * $0 + 4]) }
    var constant: UInt8 = 1
    for index in 4..<44 {
      var word = words[index - 1]
      if index % 4 == 0 {
        word = [word[1], word[2], word[3], word[0]].map { Self.box[Int($0)] }
        word[0] ^= constant
        constant = Self.double(constant)
      }
      words.append((0..<4).map { words[index - 4][$0] ^ word[$0] })
    }
    roundKeys = (0..<11).map { words[4 * $0..<4 * $0 + 4].flatMap(\.self) }
  }

  /// Encrypts one block of 16 octets.
  func encrypt(_ block: [UInt8]) -> [UInt8] {
    var state = zip(block, roundKeys[0]).map { $0 ^ $1 }
    for round in 1...10 {
      state = state.map { Self.box[Int($0)] }
      state = (0..<16).map { state[($0 + 4 * ($0 % 4)) % 16] }
      if round < 10 {
        state = (0..<16).map { index in
          let column = Array(state[index / 4 * 4..<index / 4 * 4 + 4])
          let row = index % 4
          return Self.double(column[row] ^ column[(row + 1) % 4]) ^ column[(row + 1) % 4]
            ^ column[(row + 2) % 4] ^ column[(row + 3) % 4]
        }
      }
      state = zip(state, roundKeys[round]).map { $0 ^ $1 }
    }
    return state
  }

  /// The ciphertext and after it the tag of 16 octets.
  func seal(_ plaintext: [UInt8], nonce: [UInt8], associated: [UInt8]) -> [UInt8] {
    var sealed: [UInt8] = []
    for start in stride(from: 0, to: plaintext.count, by: 16) {
      let counter = UInt32(start / 16 + 2)
      let stream = encrypt(nonce + Frames.octets32(counter))
      sealed += zip(plaintext[start..<min(start + 16, plaintext.count)], stream).map { $0 ^ $1 }
    }
    let hashKey = Self.number(encrypt([UInt8](repeating: 0, count: 16)))
    var hash: UInt128 = 0
    let lengths =
      Frames.octets64(UInt64(8 * associated.count)) + Frames.octets64(UInt64(8 * sealed.count))
    for octets in [associated, sealed, lengths] {
      for start in stride(from: 0, to: octets.count, by: 16) {
        let block = octets[start..<min(start + 16, octets.count)]
        let padding = [UInt8](repeating: 0, count: 16 - block.count)
        hash = Self.product(hash ^ Self.number(block + padding), hashKey)
      }
    }
    let mask = Self.number(encrypt(nonce + [0, 0, 0, 1]))
    let tag = hash ^ mask
    return sealed + (0..<16).map { UInt8(truncatingIfNeeded: tag >> UInt128(120 - 8 * $0)) }
  }

  private static func number(_ octets: some Sequence<UInt8>) -> UInt128 {
    octets.reduce(0) { $0 << 8 | UInt128($1) }
  }

  /// In GF(2^128), the highest bit being the lowest power.
  private static func product(_ x: UInt128, _ y: UInt128) -> UInt128 {
    var (result, power) = (UInt128(0), y)
    for bit in 0..<128 {
      if x >> UInt128(127 - bit) & 1 == 1 { result ^= power }
      power = power & 1 == 1 ? power >> 1 ^ 0xe1 << 120 : power >> 1
    }
    return result
  }

  private static func double(_ value: UInt8) -> UInt8 {
    value << 1 ^ (value & 0x80 != 0 ? 0x1b : 0)
  }

  /// The substitution box: inverses in GF(2^8), then the affine map.
  private static let box: [UInt8] = (0..<256).map { value in
    var inverse: UInt8 = 0
    for candidate in 1..<256 where multiply(UInt8(value), UInt8(candidate)) == 1 {
      inverse = UInt8(candidate)
    }
    let turned = (1...4).map { inverse << UInt8($0) | inverse >> UInt8(8 - $0) }
    return turned.reduce(inverse ^ 0x63, ^)
  }

  private static func multiply(_ x: UInt8, _ y: UInt8) -> UInt8 {
    var (result, power) = (UInt8(0), x)
    for bit in 0..<8 {
      if y >> UInt8(bit) & 1 == 1 { result ^= power }
      power = double(power)
    }
    return result
  }
}
