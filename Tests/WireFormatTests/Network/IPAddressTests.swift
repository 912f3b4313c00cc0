import Testing
import WireFormat

@Suite("IP addresses as text (RFC 4291, section 2.2; RFC 5952)")
struct IPAddressTests {
  @Test(
    "text comes back as RFC 5952 wants it",
    arguments: [
      ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
      ("::", "::"), ("::1", "::1"), ("1::", "1::"),
      // RFC 5952, sections 1 and 2: one address written in many ways.
      ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
      ("2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
      ("2001:db8::1:0:0:1", "2001:db8::1:0:0:1"),
      ("2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1"),
      ("2001:0db8::1:0:0:1", "2001:db8::1:0:0:1"),
      ("2001:db8:0:0:1::1", "2001:db8::1:0:0:1"),
      ("2001:db8:0000:0:1::1", "2001:db8::1:0:0:1"),
      ("2001:DB8:0:0:1::1", "2001:db8::1:0:0:1"),
      // Section 4.2.2: a single group of zeros is not shortened.
      ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
      ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
      // Section 4.2.3: the longest run is, the first of equals.
      ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),
      // Section 4.3: lower case.
      ("2001:DB8::ABCD", "2001:db8::abcd"),
      // RFC 4291, section 2.5.5.2: a mapped address is the IPv4 address.
      ("::ffff:192.0.2.1", "192.0.2.1"), ("::FFFF:C000:0201", "192.0.2.1"),
      ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
      ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
    ])
  func readsAndWrites(text: String, canonical: String) {
    #expect(IPAddress(text)?.description == canonical)
  }

  @Test(
    "what is no address is none",
    arguments: [
      "", ".", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4", "+1.2.3.4", "1.2.3.4 ", "1..2.3",
      "0x1.2.3.4", "1.2.3.0004", ":", ":::", "1:", ":1", "::1::", "1::2::3", "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "12345::", "::g", "::+1",
      "::-0", "::1%eth0", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "::１",
      "fe80::0000000000000000000000000000000000000000000001",
    ])
  func refuses(text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test("every address comes back from its text")
  func isReversible() {
    var generator = ParserSamples.Generator(state: 11)
    for _ in 0..<5_000 {
      // Groups of zeros at random, so that the runs differ.
      let groups = (0..<8).map { _ in generator.next() & 1 == 0 ? 0 : generator.next() & 0xffff }
      let address = IPAddress(
        high: groups[0..<4].reduce(0) { $0 << 16 | $1 },
        low: groups[4..<8].reduce(0) { $0 << 16 | $1 })
      #expect(IPAddress(address.description) == address)
    }
  }

  @Test func sortsIPv4BeforeMostIPv6() throws {
    let sorted = try ["0.0.0.1", "10.0.0.0", "192.0.2.1", "2001:db8::", "2001:db8::1", "ff02::1"]
      .map { try #require(IPAddress($0)) }
    #expect(sorted.shuffled().sorted() == sorted)
  }

  @Test(
    "no host has a multicast, broadcast or unspecified address",
    arguments: [
      ("224.0.0.1", true), ("255.255.255.255", true), ("0.0.0.0", true), ("ff02::fb", true),
      ("::", true), ("223.255.255.255", false), ("::1", false), ("fe80::1", false),
    ])
  func tellsHosts(text: String, isNone: Bool) {
    #expect(IPAddress(text)?.isMulticastOrUnspecified == isNone)
  }
}

@Suite("Address blocks (RFC 4632)")
struct IPPrefixTests {
  @Test(
    "a block holds its addresses and no others",
    arguments: [
      ("10.20.0.0/16", "10.20.0.0", true), ("10.20.0.0/16", "10.20.255.255", true),
      ("10.20.0.0/16", "10.21.0.0", false), ("0.0.0.0/0", "255.255.255.255", true),
      ("0.0.0.0/0", "2001:db8::1", false), ("192.0.2.1", "192.0.2.1", true),
      ("192.0.2.1", "192.0.2.2", false), ("192.0.2.0/31", "192.0.2.1", true),
      ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
      ("2001:db8::/64", "2001:db8::ffff:0:0:1", true),
      ("2001:db8::/65", "2001:db8::8000:0:0:0", false),
      ("::/0", "2001:db8::1", true), ("::/0", "10.0.0.1", false), ("::1/128", "::1", true),
    ])
  func contains(block: String, address: String, isWithin: Bool) throws {
    let prefix = try #require(IPPrefix(block))
    #expect(prefix.contains(try #require(IPAddress(address))) == isWithin)
  }

  @Test(
    "what is no block is none",
    arguments: [
      "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8",
      "10.0.0.1/8", "2001:db8::/129", "2001:db8::1/32", "example/8",
      "10.0.0.0/99999999999999999999",
    ])
  func refuses(text: String) {
    #expect(IPPrefix(text) == nil)
  }

  @Test("a block is written as it was read", arguments: ["10.0.0.0/8", "2001:db8::/32", "::/0"])
  func isReversible(text: String) {
    #expect(IPPrefix(text)?.description == text)
  }
}
