import Testing
import WireFormat

@testable import TrafficModel

/// A sender chooses all of an address, and knows every constant of the program: only the seed is hidden from it.
@Suite("Addresses that are chosen against a hash")
struct ChosenAddressesTests {
  /// Words that would make a factor of a hash zero if no secret stood beside them.
  private static let lows: [UInt64] = [
    0, .max, 0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb,
  ]

  private static func addresses(_ low: UInt64) -> [IPAddress] {
    (0..<2_000).map { IPAddress(high: 0x2001_0db8_0000_0000 + $0, low: low) }
  }

  @Test("each has a place of its own among the hosts", arguments: lows)
  func spreadHosts(low: UInt64) {
    let index = HostIndex(seed: 0x0123_4567_89ab_cdef)
    #expect(Set(Self.addresses(low).map(index.hash)).count == 2_000)
  }

  @Test("each has flows of its own", arguments: lows)
  func spreadFlows(low: UInt64) {
    for swapped in [false, true] {
      let other = Endpoint(address: IPAddress(high: swapped ? 1 : .max, low: 7), port: 443)
      let keys = Self.addresses(low).map { address in
        FlowKey.make(
          source: Endpoint(address: address, port: 5), destination: other, transportProtocol: 6,
          seed: 0x0123_4567_89ab_cdef
        ).key
      }
      #expect(Set(keys.map(\.a)).count == 2_000)
      #expect(Set(keys.map(\.b)).count == 2_000)
    }
  }

  @Test("each asks questions of its own", arguments: lows)
  func spreadQuestions(low: UInt64) {
    // Of a bucket of four the oldest leave: whoever shares one with 2,000 others is not remembered.
    var table = QuestionTable(slots: 1 << 14, seed: 0x0123_4567_89ab_cdef)
    let time = Timestamp(seconds: 1_000)
    let questions = Self.addresses(low).map { address in
      QuestionTable.Question(
        client: Endpoint(address: address, port: 5),
        server: Endpoint(address: IPAddress(v4: 9), port: 53), identifier: 7, name: 11,
        isTunnelled: false)
    }
    for question in questions { table.insert(at: table.place(of: question), at: time) }
    let known = questions.filter { table.standing(at: table.place(of: $0), at: time) == .asked }
    #expect(known.count > 1_800)
  }
}
