import WireFormat

/// What the parser tests share: octets from hexadecimal text, and a generator of bad input.
enum ParserSamples {
  /// The octets of hexadecimal digits; anything else in `text` is layout.
  static func octets(_ text: String) -> [UInt8] {
    let digits = text.compactMap { $0.hexDigitValue.map(UInt8.init) }
    precondition(digits.count.isMultiple(of: 2), "an odd number of digits in a sample")
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  /// A length of 2 octets, then the octets.
  static func vector16(_ content: [UInt8]) -> [UInt8] {
    [UInt8(content.count >> 8), UInt8(content.count & 255)] + content
  }

  /// A length of 1 octet, then the octets.
  static func vector8(_ content: [UInt8]) -> [UInt8] { [UInt8(content.count)] + content }

  /// Calls `body` with `sample` mutated in many ways, and with noise of many lengths: the same ones
  /// in each run.
  static func sweep(_ sample: [UInt8], rounds: Int = 4_000, _ body: ([UInt8]) -> Void) {
    var generator = Generator(state: 0x676e_6f6d_6f6e)
    for index in 0..<sample.count * 8 {
      var mutated = sample
      mutated[index / 8] ^= 1 << UInt8(index % 8)
      body(mutated)
    }
    for _ in 0..<rounds {
      var mutated = sample
      for _ in 0..<Int.random(in: 1...6, using: &generator) where !mutated.isEmpty {
        let edge = [
          0, 1, 0x3f, 0x7f, 0x80, 0xc0, 0xff, UInt8.random(in: 0...255, using: &generator),
        ]
        mutated[Int.random(in: 0..<mutated.count, using: &generator)] =
          edge.randomElement(using: &generator) ?? 0
      }
      mutated.removeLast(Int.random(in: 0...mutated.count, using: &generator) / 3)
      body(mutated)
      let length = Int.random(in: 0...80, using: &generator)
      body((0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
  }

  /// SplitMix64.
  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
      return z ^ z >> 31
    }
  }
}

extension [UInt8] {
  /// The octets as parsers take them.
  var wire: RawSpan {
    @_lifetime(borrow self)
    get {
      // Safe: octets have no padding that `bytes` could show.
      unsafe span.bytes
    }
  }
}

extension WireError {
  var isTruncated: Bool {
    if case .truncated = self { true } else { false }
  }
}
