import Testing
import WireFormat

@Suite("DNS messages (RFC 1035, section 4.1)")
struct DNSMessageTests {
  /// A response about `API.example.com`: a CNAME to `edge.example.net`, its A and AAAA records, and
  /// an OPT record.
  static let example = ParserSamples.octets(
    """
    1234 8180 0001 0003 0000 0001
    03415049 076578616d706c65 03636f6d 00 0001 0001
    c00c 0005 0001 0000012c 0012 0465646765 076578616d706c65 036e6574 00
    c02d 0001 0001 0000003c 0004 c0000201
    c02d 001c 0001 ffffffff 0010 20010db8000000000000000000000007
    00 0029 04d0 00000000 0000
    """)

  struct Read: Equatable {
    var questions: [String] = []
    var records: [String] = []
    var error: WireError?
  }

  /// All that a message gives, then its error if it has one.
  static func read(_ octets: [UInt8]) -> Read {
    var all = Read()
    do throws(WireError) {
      var message = try DNSMessage(parsing: octets.wire)
      var name = DNSName()
      while let question = try message.nextQuestion(into: &name) {
        all.questions.append("\(name.text) \(question.type.rawValue) \(question.classCode)")
      }
      while let record = try message.nextRecord(into: &name) {
        var line = "\(record.section) \(name.text) \(record.type.rawValue) \(record.timeToLive)"
        if let address = record.address { line += " \(address)" }
        if record.type == .cname {
          try message.readName(of: record, into: &name)
          line += " \(name.text)"
        }
        all.records.append(line)
      }
    } catch {
      all.error = error
    }
    return all
  }

  /// A query whose question is the given octets.
  static func query(_ question: [UInt8]) -> [UInt8] {
    [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + question
  }

  @Test func readsTheExample() {
    let expected = Read(
      questions: ["api.example.com 1 1"],
      records: [
        "answer api.example.com 5 300 edge.example.net",
        "answer edge.example.net 1 60 192.0.2.1",
        "answer edge.example.net 28 0 2001:db8::7",
        "additional  41 0",
      ])
    #expect(Self.read(Self.example) == expected)
  }

  @Test func readsTheHeader() throws {
    let header = try DNSMessage(parsing: Self.example.wire).header
    #expect(header.identifier == 0x1234)
    #expect(header.isResponse && !header.isTruncated)
    #expect(header.operationCode == 0 && header.responseCode == 0)
    #expect([header.questionCount, header.answerCount, header.authorityCount] == [1, 3, 0])
    #expect(header.isPlausible(messageByteCount: Self.example.count))
  }

  @Test("every proper prefix is truncated, and what came before the cut stands")
  func reportsTruncation() {
    for length in 0..<Self.example.count {
      let all = Self.read(Array(Self.example.prefix(length)))
      #expect(all.error?.isTruncated == true)
      #expect(all.questions.count == (length >= 33 ? 1 : 0))
    }
  }

  @Test("records can be read without their questions")
  func passesOverQuestions() throws {
    var message = try DNSMessage(parsing: Self.example.wire)
    var name = DNSName()
    let type = try message.nextRecord(into: &name)?.type
    #expect(type == .cname)
    #expect(name.text == "api.example.com")
  }

  @Test("counts are not believed: 65,535 of each and nothing there")
  func survivesCounts() {
    let octets: [UInt8] = [0, 1, 0x81, 0x80] + [UInt8](repeating: 0xff, count: 8)
    #expect(Self.read(octets).error == .truncated(offset: 12, needed: 1, available: 0))
  }

  @Test("after an error there is nothing more")
  func stopsAfterAnError() throws {
    let octets = Self.query([0x40]) + [0, 0, 1, 0, 1]
    var message = try DNSMessage(parsing: octets.wire)
    var name = DNSName()
    var error: WireError?
    do throws(WireError) { _ = try message.nextQuestion(into: &name) } catch let e { error = e }
    #expect(error == .invalid(.dnsLabel, offset: 12))
    let question = try message.nextQuestion(into: &name)
    let record = try message.nextRecord(into: &name)
    #expect(question == nil && record == nil)
  }

  @Test func readsTheRootAndAnyClass() {
    #expect(Self.read(Self.query([0, 0, 2, 0, 1])).questions == [" 2 1"])
    #expect(Self.read(Self.query([1, 97, 0, 0, 12, 0x80, 1])).questions == ["a 12 1"])
  }

  @Test("an address of the wrong length or class is none")
  func checksAddresses() {
    let record: [UInt8] = [0, 1, 0x81, 0x80, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 9]
    #expect(Self.read(record + [0, 5, 1, 2, 3, 4, 5]).records == ["answer  1 9"])
    #expect(Self.read(record + [0, 4, 1, 2, 3, 4]).records == ["answer  1 9 1.2.3.4"])
    var chaos = record + [0, 4, 1, 2, 3, 4]
    chaos[16] = 3
    #expect(Self.read(chaos).records == ["answer  1 9"])
  }

  @Test("what is no DNS is not plausible")
  func judgesPlausibility() throws {
    func isPlausible(_ octets: [UInt8], messageByteCount: Int? = nil) throws -> Bool {
      try DNSMessage(parsing: octets.wire).header
        .isPlausible(messageByteCount: messageByteCount ?? octets.count)
    }
    let query = Self.query([0, 0, 2, 0, 1])
    #expect(try isPlausible(query))
    // Cut by the snaplen, whole on the wire.
    #expect(try isPlausible(Array(query.prefix(12)), messageByteCount: 17))
    #expect(try !isPlausible(Array(query.prefix(16))))
    #expect(try !isPlausible(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)))
    #expect(try !isPlausible([UInt8](repeating: 0, count: 40)))
    // The counts of records are not weighed beside a question.
    var manyRecords = query
    manyRecords[6] = 0xff
    #expect(try isPlausible(manyRecords))
    var reserved = query
    reserved[3] |= 0x40
    #expect(try !isPlausible(reserved))
  }

  @Test func neverTrapsOnMutatedMessages() {
    ParserSamples.sweep(Self.example) { octets in
      let all = Self.read(octets)
      #expect(all.records.count <= octets.count / 11)
    }
  }
}
