import Testing
import WireFormat

@Suite("NetBIOS names (RFC 1001, section 14.1; RFC 1002, section 4.1)")
struct NetBIOSNameTests {
  private func decode(_ label: [UInt8], scope: [UInt8] = []) throws(WireError) -> NetBIOSName {
    let octets = [UInt8(label.count)] + label + scope + [0]
    var reader = ByteReader(octets.wire)
    var name = DNSName()
    try name.read(&reader, in: octets.wire)
    return try NetBIOSName(decoding: name)
  }

  /// The label of sixteen octets.
  private func label(_ octets: [UInt8]) -> [UInt8] {
    octets.flatMap { [0x41 + $0 >> 4, 0x41 + $0 & 15] }
  }

  private func padded(_ text: String, _ suffix: UInt8) -> [UInt8] {
    let octets = Array(text.utf8)
    return octets + [UInt8](repeating: 0x20, count: 15 - octets.count) + [suffix]
  }

  /// RFC 1001, section 14.1: "The NetBIOS name" in the scope SCOPE.ID.COM.
  @Test func readsTheExampleOfRFC1001() throws {
    let encoded = Array("FEGHGFCAEOGFHEECEJEPFDCAGOGBGNGF".utf8)
    let scope = [5] + Array("SCOPE".utf8) + [2] + Array("ID".utf8) + [3] + Array("COM".utf8)
    let name = try decode(encoded, scope: scope)
    // Sixteen characters: the last, an `e`, stands where the suffix does. The RFC prints GH for the
    // second, which is a `g`.
    #expect(name.text == "tge\\032netbios\\032nam")
    #expect(name.suffix == .other(0x65))
  }

  @Test(
    "the sixteenth octet tells what the name is for",
    arguments: [
      ("DESK-7", 0x00, "desk-7<00>"), ("DESK-7", 0x20, "desk-7<20>"), ("WORK", 0x1d, "work<1d>"),
      ("A", 0x03, "a<03>"),
    ] as [(String, UInt8, String)])
  func readsSuffixes(text: String, suffix: UInt8, expected: String) throws {
    #expect(try decode(label(padded(text, suffix))).description == expected)
  }

  @Test("the name that asks for all is padded with zeroes")
  func readsTheWildcard() throws {
    let name = try decode(label([0x2a] + [UInt8](repeating: 0, count: 15)))
    #expect(name.text == "*" && name.suffix == .workstation)
  }

  @Test(
    "bad labels",
    arguments: [
      (Array("EEEE".utf8), 4), (Array("FEGHGFCAEOGFHEECEJEPFDCAGOGBGNGQ".utf8), 31),
      (Array("1EGHGFCAEOGFHEECEJEPFDCAGOGBGNGF".utf8), 0),
      (Array("FEGHGFCAEOGFHEECEJEPFDCAGOGBGNGFA".utf8), 32),
    ] as [([UInt8], Int)])
  func throwsOnBadLabels(label: [UInt8], offset: Int) {
    #expect(throws: WireError.invalid(.netBIOSName, offset: offset)) { try decode(label) }
  }

  @Test("every proper prefix of a label is refused", arguments: 0..<32)
  func refusesPrefixes(length: Int) {
    #expect(throws: WireError.invalid(.netBIOSName, offset: length)) {
      try decode(Array(label(padded("DESK", 0)).prefix(length)))
    }
  }
}
