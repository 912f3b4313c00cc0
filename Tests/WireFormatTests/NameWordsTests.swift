import Testing

@testable import WireFormat

/// Eight octets at a time say what a loop over single ones says.
@Suite("Names by words")
struct NameWordsTests {
  /// Octets around the dot and the letters, and what no name holds.
  static let octets: [UInt8] = [
    0x2e, 0x2e, 0x2d, 0x2f, 0x40, 0x41, 0x5a, 0x5b, 0x61, 0x7a, 0, 0x7f, 0x80, 0xae, 0xc1, 0xff,
  ]

  @Test(arguments: 0...40)
  func agreesWithALoop(length: Int) {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20 {
      let name = (0..<length).map { _ in
        Self.octets[Int.random(in: 0..<Self.octets.count, using: &random)]
      }
      // Safe: every octet of an array is initialized.
      let span = unsafe name.span.bytes
      for end in 0...length {
        let start = name[..<end].lastIndex(of: 0x2e).map { $0 + 1 } ?? 0
        #expect(span.labelStart(before: end) == start, "\(name) before \(end)")
        for start in 0...end {
          var word: UInt64 = 0
          for (place, octet) in name[start..<end].prefix(8).enumerated() {
            word |= UInt64((0x41...0x5a).contains(octet) ? octet + 32 : octet) << UInt64(8 * place)
          }
          #expect(span.nameWord(start, end) == word, "\(name) from \(start) to \(end)")
        }
      }
    }
  }
}
