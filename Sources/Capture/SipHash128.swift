/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein 2012, and the authors' reference
/// code).
///
/// Fed piece by piece; the result depends on the octets alone, not on how they were cut.
struct SipHash128 {
  private var v0: UInt64
  private var v1: UInt64
  private var v2: UInt64
  private var v3: UInt64
  /// Octets that do not fill a word yet, lowest first.
  private var tail: UInt64 = 0
  private var byteCount: UInt64 = 0

  init(key: (UInt64, UInt64)) {
    v0 = key.0 ^ 0x736f_6d65_7073_6575
    v1 = key.1 ^ 0x646f_7261_6e64_6f6d ^ 0xee
    v2 = key.0 ^ 0x6c79_6765_6e65_7261
    v3 = key.1 ^ 0x7465_6462_7974_6573
  }

  mutating func update(_ octets: RawSpan) {
    for offset in 0..<octets.byteCount { update(octets.octet(at: offset) ?? 0) }
  }

  /// The eight octets of `value`, lowest first.
  mutating func update(_ value: UInt64) {
    for shift in stride(from: 0, to: 64, by: 8) {
      update(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
    }
  }

  /// The digest as 32 hexadecimal digits; the hash is used up.
  mutating func finish() -> String {
    compress(tail | byteCount << 56)
    v2 ^= 0xee
    for _ in 0..<4 { round() }
    let first = v0 ^ v1 ^ v2 ^ v3
    v1 ^= 0xdd
    for _ in 0..<4 { round() }
    let second = v0 ^ v1 ^ v2 ^ v3
    return Self.hexadecimal(first) + Self.hexadecimal(second)
  }

  private mutating func update(_ octet: UInt8) {
    let position = byteCount & 7
    tail |= UInt64(octet) << (8 * position)
    byteCount &+= 1
    if position == 7 {
      compress(tail)
      tail = 0
    }
  }

  private mutating func compress(_ word: UInt64) {
    v3 ^= word
    round()
    round()
    v0 ^= word
  }

  private mutating func round() {
    v0 &+= v1
    v1 = v1 << 13 | v1 >> 51
    v1 ^= v0
    v0 = v0 << 32 | v0 >> 32
    v2 &+= v3
    v3 = v3 << 16 | v3 >> 48
    v3 ^= v2
    v0 &+= v3
    v3 = v3 << 21 | v3 >> 43
    v3 ^= v0
    v2 &+= v1
    v1 = v1 << 17 | v1 >> 47
    v1 ^= v2
    v2 = v2 << 32 | v2 >> 32
  }

  /// Lowest octet first, as the reference code writes it.
  private static func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value.byteSwapped, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
