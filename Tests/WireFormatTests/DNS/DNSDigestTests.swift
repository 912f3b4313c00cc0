import Testing

@testable import WireFormat

@Suite("DNS messages of the usual form")
struct DNSDigestTests {
  /// What is told of a message.
  struct Said: Equatable {
    var name = ""
    var isResponse = false
    var addresses: [DNSDigest.Address] = []
  }

  /// What the digest says; nil where it does not take the message.
  static func digest(_ octets: [UInt8]) -> Said? {
    var digest = DNSDigest()
    guard digest.read(octets.wire) else { return nil }
    return Said(
      name: text(digest.name), isResponse: digest.isResponse,
      addresses: (0..<digest.addressCount).map { digest.address($0) })
  }

  private static func text(_ name: RawSpan) -> String {
    String(decoding: name.copied(), as: UTF8.self)
  }

  /// What the message says when it is read step by step: of an answer the addresses that belong to the name asked for, and
  /// the first record behind the answers. nil where that fails.
  static func stepByStep(_ octets: [UInt8]) -> Said? {
    do throws(WireError) {
      var message = try DNSMessage(parsing: octets.wire)
      guard message.header.isPlausible(messageByteCount: octets.count),
        message.header.operationCode == 0
      else { return nil }
      var name = DNSName()
      guard try message.nextQuestion(into: &name) != nil else { return nil }
      var said = Said(name: name.text, isResponse: message.header.isResponse)
      guard said.isResponse, message.header.responseCode == 0 else { return said }
      var names: Set = [said.name]
      while let record = try message.nextRecord(into: &name), record.section == .answer {
        guard names.contains(name.text) else { continue }
        if let address = record.address {
          said.addresses.append(.init(address: address, timeToLive: record.timeToLive))
        } else if record.type == .cname {
          try message.readName(of: record, into: &name)
          names.insert(name.text)
        }
      }
      return said
    } catch {
      return nil
    }
  }

  static func name(_ labels: [Int]) -> [UInt8] {
    labels.flatMap { [UInt8($0)] + Array(repeating: UInt8(ascii: "x"), count: $0) } + [0]
  }

  @Test func readsTheExample() throws {
    let said = try #require(Self.digest(DNSMessageTests.example))
    #expect(said.name == "api.example.com" && said.isResponse)
    #expect(
      said.addresses == [
        .init(address: IPAddress(v4: 0xc000_0201), timeToLive: 60),
        .init(address: IPAddress(high: 0x2001_0db8 << 32, low: 7), timeToLive: 0),
      ])
    #expect(said == Self.stepByStep(DNSMessageTests.example))
  }

  @Test("a name of any length that a message can have, wherever its labels end")
  func readsNames() {
    for first in 1...63 {
      for second in [1, 7, 8, 9, 62, 63] {
        let query = DNSMessageTests.query(Self.name([first, second]) + [0, 1, 0, 1])
        #expect(Self.digest(query) == Self.stepByStep(query), "\(first) and \(second) octets")
      }
    }
    let longest = DNSMessageTests.query(Self.name([63, 63, 63, 61]) + [0, 1, 0, 1])
    #expect(Self.digest(longest)?.name.utf8.count == 253)
    let tooLong = DNSMessageTests.query(Self.name([63, 63, 63, 62]) + [0, 1, 0, 1])
    #expect(Self.digest(tooLong) == nil && Self.stepByStep(tooLong) == nil)
  }

  @Test(
    "letters become small, and each octet that is written otherwise as text is left to the other reading"
  )
  func knowsPlainOctets() {
    for octet in UInt8.min...UInt8.max {
      for place in 0..<9 {
        var label = Array("abcdefghi".utf8)
        label[place] = octet
        let query = DNSMessageTests.query([9] + label + [2, 0x61, 0x69, 0] + [0, 1, 0, 1])
        let said = Self.digest(query)
        let isPlain = (0x21...0x7e).contains(octet) && octet != 0x2e && octet != 0x5c
        #expect(isPlain == (said != nil), "octet \(octet)")
        if isPlain { #expect(said == Self.stepByStep(query), "octet \(octet)") }
      }
    }
  }

  @Test("what is not of the usual form is not taken")
  func refusesOtherForms() {
    let question = Self.name([3, 3]) + [0, 1, 0, 1]
    func answers(_ count: Int, _ records: [UInt8]) -> [UInt8] {
      [0, 1, 0x81, 0x80, 0, 1, 0, UInt8(count), 0, 0, 0, 0] + question + records
    }
    let a: [UInt8] = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]
    #expect(Self.digest(answers(1, a))?.addresses.count == 1)
    #expect(Self.digest(answers(32, Array(repeating: a, count: 32).flatMap { $0 })) != nil)
    #expect(Self.digest(answers(33, Array(repeating: a, count: 33).flatMap { $0 })) == nil)
    #expect(Self.digest(answers(2, a)) == nil, "a record is missing")
    #expect(Self.digest(answers(1, Array(a.dropLast()))) == nil, "an octet is missing")
    #expect(Self.digest(answers(1, [0xc0, 16] + a.dropFirst(2))) == nil, "a pointer into the name")
    #expect(Self.digest(answers(1, [0xc0, 11] + a.dropFirst(2))) == nil, "a pointer to the header")
    let loop: [UInt8] = [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 0xc0, 37]
    #expect(Self.digest(answers(1, loop)) == nil, "a pointer to itself")
    let https: [UInt8] = [0xc0, 12, 0, 65, 0, 1, 0, 0, 0, 60, 0, 3, 0, 1, 0]
    #expect(Self.digest(answers(1, https)) == nil)
    let root = DNSMessageTests.query([0, 0, 1, 0, 1])
    #expect(Self.digest(root) == nil)
    for count in 0..<DNSMessageTests.example.count {
      _ = Self.digest(Array(DNSMessageTests.example.prefix(count)))
    }
  }

  @Test("what is taken says the same step by step, whatever is changed in it")
  func agrees() {
    var random = ParserSamples.Generator(state: 11)
    var takenCount = 0
    let samples = [
      DNSMessageTests.example,
      DNSMessageTests.query(Self.name([5, 11, 3]) + [0, 28, 0, 1]),
    ]
    for _ in 0..<40_000 {
      var octets = samples[Int(random.next() % 2)]
      for _ in 0...(random.next() % 3) {
        let place = Int(random.next() % UInt64(octets.count))
        octets[place] =
          random.next() % 2 == 0
          ? UInt8(truncatingIfNeeded: random.next()) : octets[place] &+ 1
      }
      if random.next() % 8 == 0 { octets.removeLast(Int(random.next() % 20)) }
      guard let said = Self.digest(octets) else { continue }
      takenCount += 1
      #expect(said == Self.stepByStep(octets))
    }
    #expect(takenCount > 5_000)
  }
}
