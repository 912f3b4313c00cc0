import Testing
import WireFormat

@Suite("DNS told by its structure")
struct DNSMessageVerifyingTests {
  static let query = DNSMessageTests.query(
    [3, 97, 112, 105, 7] + Array("example".utf8) + [3, 99, 111, 109, 0, 0, 1, 0, 1])

  private func isWhole(_ octets: [UInt8]) -> Bool { DNSMessage.isWhole(octets.wire) }

  @Test func aQueryAndAnAnswerAreWhole() {
    #expect(isWhole(Self.query))
    #expect(isWhole(DNSMessageTests.example))
  }

  @Test("no proper prefix is whole, nor is a message with octets behind it")
  func wantsTheExactEnd() {
    for sample in [Self.query, DNSMessageTests.example] {
      for length in 0..<sample.count {
        #expect(!isWhole(Array(sample.prefix(length))))
      }
      #expect(!isWhole((sample + [0])))
    }
  }

  /// Offset and the octet put there.
  @Test(
    "what no resolver or client sends is not taken for DNS",
    arguments: [
      (2, 0x28), (3, 0x40), (3, 3), (5, 0), (5, 2), (7, 1), (9, 1), (11, 1), (30, 0), (32, 9),
    ] as [(Int, UInt8)])
  func wantsACommonQuery(offset: Int, octet: UInt8) {
    var octets = Self.query
    octets[offset] = octet
    #expect(!isWhole(octets))
  }

  @Test("a query about the root is too little to tell DNS by")
  func wantsAName() {
    #expect(!isWhole(DNSMessageTests.query([0, 0, 1, 0, 1, 0, 0])))
    #expect(!isWhole((DNSMessageTests.query([0, 0, 1, 0, 1]))))
  }

  @Test("counts of 65,535 records cost nothing")
  func boundsItsWork() {
    var octets = Self.query
    octets.replaceSubrange(6..<12, with: [UInt8](repeating: 0xff, count: 6))
    octets[2] = 0x81
    #expect(!isWhole(octets))
  }

  @Test func neverTrapsOnMutatedMessages() {
    ParserSamples.sweep(DNSMessageTests.example) { _ = DNSMessage.isWhole($0.wire) }
  }
}
