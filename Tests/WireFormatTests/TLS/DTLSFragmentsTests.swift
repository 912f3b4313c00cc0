import Testing
import WireFormat

@Suite("Handshake fragments of DTLS (RFC 6347, section 4.2)")
struct DTLSFragmentsTests {
  static func header(_ type: UInt8, _ length: Int, _ sequence: UInt8, _ offset: Int, _ count: Int)
    -> [UInt8]
  {
    func three(_ value: Int) -> [UInt8] { [0, UInt8(value >> 8), UInt8(value & 255)] }
    return [type] + three(length) + [0, sequence] + three(offset) + three(count)
  }

  static func record(_ content: [UInt8], type: UInt8 = 22, epoch: UInt8 = 0) -> [UInt8] {
    [type, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 1] + ParserSamples.vector16(content)
  }

  /// A fragment of a hello, and in the next record the end of it and a whole message.
  static let example: [UInt8] =
    record(header(1, 5, 0, 0, 3) + [1, 2, 3])
    + record(header(1, 5, 0, 3, 2) + [4, 5] + header(3, 1, 1, 0, 1) + [9])

  private func read(_ datagram: [UInt8]) throws(WireError) -> [DTLSFragments.Fragment] {
    var fragments = DTLSFragments(datagram.wire)
    var all: [DTLSFragments.Fragment] = []
    while let fragment = try fragments.next() { all.append(fragment) }
    return all
  }

  @Test func readsTheExample() throws {
    let all = try read(Self.example)
    #expect(all.map(\.messageType) == [1, 1, 3])
    #expect(all.map(\.offset) == [0, 3, 0])
    #expect(all.map(\.length) == [5, 5, 1])
    #expect(all.map { Array(Self.example[$0.body]) } == [[1, 2, 3], [4, 5], [9]])
    #expect(all.map(\.messageSequence) == [0, 0, 1])
  }

  @Test(
    "every proper prefix is truncated, but at the end of a record", arguments: 1..<example.count)
  func reportsTruncation(length: Int) throws {
    let prefix = Array(Self.example.prefix(length))
    if length == 28 {
      #expect(try read(prefix).count == 1)
    } else {
      #expect { try read(prefix) } throws: { ($0 as? WireError)?.isTruncated == true }
    }
  }

  @Test("encrypted records and those of other types are passed over")
  func passesOverOthers() throws {
    let noise = Self.record([7, 7], type: 21) + Self.record([0xff, 0xff], epoch: 1)
    #expect(try read(noise + Self.example).count == 3)
  }

  /// Offset, the octet put there, and the error.
  @Test(
    "bad fields",
    arguments: [
      (0, 19, WireError.invalid(.recordType, offset: 0)),
      (0, 25, .invalid(.recordType, offset: 0)),
      (1, 3, .invalid(.recordVersion, offset: 1)),
      (2, 0xfc, .invalid(.recordVersion, offset: 1)),
      (11, 0xff, .invalid(.recordLength, offset: 11)),
      (21, 3, .invalid(.handshakeLength, offset: 19)),
      (24, 6, .invalid(.handshakeLength, offset: 19)),
    ] as [(Int, UInt8, WireError)])
  func throwsOnBadFields(offset: Int, octet: UInt8, error: WireError) {
    var octets = Self.example
    octets[offset] = octet
    #expect(throws: error) { try read(octets) }
  }

  @Test func neverTrapsOnMutatedDatagrams() {
    ParserSamples.sweep(Self.example) { _ = try? read($0) }
  }
}
