import Testing
import WireFormat

@testable import TrafficModel

@Suite("Who a host is, from what it says on the link")
struct HostNamesTests {
  static let address = IPAddress(v4: 0x0a00_0005)
  static let modern = IPAddress("2001:db8::5")!
  static let local = IPAddress("fe80::5")!
  static let mac = MACAddress(value: 0x0200_0000_0005)
  static let group = Endpoint(address: IPAddress(v4: 0xe000_00fb), port: 5_353)

  /// A response with the given records and no question.
  static func response(_ records: [[UInt8]]) -> [UInt8] {
    [0, 0, 0x84, 0, 0, 0] + Frames.octets16(records.count) + [0, 0, 0, 0] + records.flatMap { $0 }
  }

  static func addresses(_ owner: String) -> [[UInt8]] {
    [
      DNSMessagesTests.record(owner, 1, Frames.octets32(0x0a00_0005)),
      DNSMessagesTests.record(
        owner, 28, Frames.octets64(modern.high) + Frames.octets64(modern.low)),
    ]
  }

  private func mdns(_ records: [[UInt8]], from port: UInt16 = 5_353) -> HostTable {
    let gateway = Gateway()
    let source = Endpoint(address: Self.address, port: port)
    gateway.take(Frames.udp(source, Self.group, Self.response(records)))
    return gateway.hosts
  }

  @Test("a device that announces its own address names itself, with its other addresses")
  func readsMulticastNames() {
    let hosts = mdns(Self.addresses("Anna-MacBook.local"))
    for address in [Self.address, Self.modern] {
      #expect(hosts[address]?.name == "anna-macbook" && hosts[address]?.mac == Self.mac)
      #expect(hosts[address]?.nameSource == .mdns)
    }
  }

  @Test("who speaks for others, from elsewhere or under another domain names nobody")
  func passesOverProxies() {
    let other = DNSMessagesTests.record("tv.local", 1, Frames.octets32(0x0a00_0009))
    #expect(mdns([other])[IPAddress(v4: 0x0a00_0009)] == nil)
    #expect(mdns([other] + Self.addresses("anna.local"))[IPAddress(v4: 0x0a00_0009)] == nil)
    #expect(mdns(Self.addresses("anna.example.com"))[Self.address] == nil)
    #expect(mdns(Self.addresses("a.b.local"))[Self.address] == nil)
    #expect(mdns(Self.addresses("anna.local"), from: 40_000)[Self.address] == nil)
  }

  static let outside = IPAddress(v4: 0xcb00_7105)

  /// What an mDNS response names its sender when it is sent to `destination`.
  private func multicastName(to destination: IPAddress, hopLimit: UInt8) -> String? {
    let gateway = Gateway()
    var frame = Frames.udp(
      Endpoint(address: Self.address, port: 5_353), Endpoint(address: destination, port: 5_353),
      Self.response(Self.addresses("anna.local")))
    frame[14 + 8] = hopLimit
    gateway.take(frame)
    return gateway.hosts[Self.address]?.name
  }

  @Test("an mDNS response that a router may have forwarded names nobody")
  func passesOverForwardedNames() {
    let other = IPAddress(v4: 0x0a00_0006)
    #expect(multicastName(to: other, hopLimit: 64) == nil)
    #expect(multicastName(to: other, hopLimit: 254) == nil)
    #expect(multicastName(to: other, hopLimit: 255) == "anna")
    #expect(multicastName(to: Self.group.address, hopLimit: 1) == "anna")
  }

  @Test("an LLMNR answer or a registration from or to the Internet names nobody")
  func passesOverNamesFromOutside() {
    let inside = Self.address
    for (source, destination, expected) in [
      (inside, Self.outside, nil), (Self.outside, inside, nil),
      (inside, IPAddress(v4: 0x0a00_0006), "desk-7"),
      (inside, IPAddress(v4: .max), "desk-7"),
    ] as [(IPAddress, IPAddress, String?)] {
      let first = Gateway()
      first.take(
        Frames.udp(
          Endpoint(address: source, port: 5_355), Endpoint(address: destination, port: 50_000),
          DNSSample.answer("desk-7", [source])))
      #expect(first.hosts[source]?.name == expected)
      let second = Gateway()
      let own = source.v4 ?? 0
      second.take(
        Frames.udp(
          Endpoint(address: source, port: 137), Endpoint(address: destination, port: 137),
          Self.registration("DESK-7", suffix: 0, flags: 0, of: own)))
      #expect(second.hosts[source]?.name == expected)
    }
  }

  @Test("a device that answers an LLMNR question names itself")
  func readsLinkLocalNames() {
    let gateway = Gateway()
    let source = Endpoint(address: Self.address, port: 5_355)
    let asker = Endpoint(address: IPAddress(v4: 0x0a00_0006), port: 50_000)
    gateway.take(Frames.udp(source, asker, DNSSample.answer("desk-7", [Self.address])))
    #expect(gateway.hosts[Self.address]?.name == "desk-7")
    #expect(gateway.hosts[Self.address]?.nameSource == .llmnr)
  }

  /// A NetBIOS registration (RFC 1002, section 4.2.2) of a unique name or a group's.
  static func registration(_ name: String, suffix: UInt8, flags: UInt8, of address: UInt32)
    -> [UInt8]
  {
    let padding = [UInt8](repeating: 0x20, count: 15 - name.utf8.count)
    let padded: [UInt8] = Array(name.utf8) + padding + [suffix]
    var message: [UInt8] = [0, 9, 0x29, 0x10, 0, 1, 0, 0, 0, 0, 0, 1, 32]
    for octet in padded { message += [0x41 + octet >> 4, 0x41 + octet & 15] }
    message += [0, 0, 0x20, 0, 1]
    message += [0xc0, 12, 0, 0x20, 0, 1, 0, 4, 0x93, 0xe0, 0, 6, flags, 0]
    return message + Frames.octets32(address)
  }

  @Test(
    "a computer's own registration names it; a group's, a service's or another's does not",
    arguments: [
      (0x00, 0, 0x0a00_0005, "desk-7"), (0x20, 0x60, 0x0a00_0005, "desk-7"),
      (0x00, 0x80, 0x0a00_0005, nil), (0x1d, 0, 0x0a00_0005, nil), (0x00, 0, 0x0a00_0009, nil),
    ] as [(UInt8, UInt8, UInt32, String?)])
  func readsNetBIOS(suffix: UInt8, flags: UInt8, address: UInt32, expected: String?) {
    let gateway = Gateway()
    let all = Endpoint(address: IPAddress(v4: 0x0a00_00ff), port: 137)
    let source = Endpoint(address: Self.address, port: 137)
    gateway.take(
      Frames.udp(
        source, all, Self.registration("DESK-7", suffix: suffix, flags: flags, of: address)))
    #expect(gateway.hosts[Self.address]?.name == expected)
    #expect(gateway.seen.questions.isEmpty && gateway.counters.dnsMalformed == 0)
  }

  @Test("ARP gives the MAC of who sends it, and of nobody else")
  func readsARP() {
    let message =
      [0, 1, 8, 0, 6, 4, 0, 2] + Frames.mac + Frames.octets32(0x0a00_0005)
      + [UInt8](repeating: 1, count: 6) + Frames.octets32(0x0a00_0001)
    let gateway = Gateway()
    gateway.take(Frames.ethernet(message, type: 0x0806))
    #expect(gateway.hosts[Self.address]?.mac == Self.mac)
    var forged = message
    forged[13] = 7
    forged[17] = 8
    gateway.take(Frames.ethernet(forged, type: 0x0806))
    #expect(gateway.hosts[IPAddress(v4: 0x0a00_0008)] == nil)
  }

  /// A neighbour advertisement of `modern` with the sender's MAC.
  static func advertisement(isRouter: Bool = false) -> [UInt8] {
    [136, 0, 0, 0, isRouter ? 0xa0 : 0x20, 0, 0, 0] + Frames.octets64(modern.high)
      + Frames.octets64(modern.low) + [2, 1] + Frames.mac
  }

  private func neighbor(_ message: [UInt8], hopLimit: UInt8 = 255) -> HostTable {
    let gateway = Gateway()
    var frame = Frames.ip(
      from: Self.local, to: IPAddress("ff02::1")!, protocol: 58, message)
    frame[14 + 7] = hopLimit
    gateway.take(frame)
    gateway.take(
      Frames.udp(
        Endpoint(address: Self.local, port: 40_000),
        Endpoint(address: IPAddress("fe80::1")!, port: 53), DNSSample.query("a.example")))
    return gateway.hosts
  }

  @Test("a neighbour advertisement gives an address its MAC when it comes from the link")
  func readsNeighbors() {
    #expect(neighbor(Self.advertisement())[Self.modern]?.mac == Self.mac)
    #expect(neighbor(Self.advertisement(), hopLimit: 254)[Self.modern] == nil)
  }

  private static let routerAdvertisement: [UInt8] =
    [134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0]

  @Test("a router's MAC is no host's")
  func marksRouters() {
    let hosts = neighbor(Self.routerAdvertisement)
    #expect(hosts[Self.local]?.mac == nil && hosts[Self.local]?.router == Self.mac)
    #expect(neighbor(Self.routerAdvertisement, hopLimit: 64)[Self.local]?.mac == Self.mac)
    let another = Self.routerAdvertisement + [1, 1, 2, 0, 0, 0, 0, 9]
    #expect(neighbor(another)[Self.local]?.mac == Self.mac)
  }

  @Test("the R flag of an advertisement makes no router")
  func passesOverRouterFlag() {
    let hosts = neighbor(Self.advertisement(isRouter: true))
    #expect(hosts[Self.local]?.mac == Self.mac && hosts[Self.modern]?.mac == Self.mac)
  }

  @Test("a router advertisement takes no MAC from a host that spoke for itself")
  func keepsHostsThatSpoke() {
    let gateway = Gateway()
    gateway.take(
      Frames.udp(
        Endpoint(address: Self.address, port: 5_353), Self.group,
        Self.response(Self.addresses("anna.local"))))
    var frame = Frames.ip(
      from: Self.local, to: IPAddress("ff02::1")!, protocol: 58, Self.routerAdvertisement)
    frame[14 + 7] = 255
    gateway.take(frame)
    #expect(gateway.hosts[Self.address]?.mac == Self.mac)
    #expect(gateway.hosts[Self.address]?.name == "anna")
  }

  @Test("DHCPv6 gives the client's name, and the addresses of the reply to it")
  func readsDHCPv6() {
    let client = Endpoint(address: Self.local, port: 546)
    let server = Endpoint(address: IPAddress("fe80::1")!, port: 547)
    let name: [UInt8] = [0, 39, 0, 6, 0, 4] + Array("desk".utf8)
    let association =
      [0, 3, 0, 40] + [UInt8](repeating: 0, count: 12) + [0, 5, 0, 24]
      + Frames.octets64(Self.modern.high) + Frames.octets64(Self.modern.low)
      + [0, 0, 1, 0, 0, 0, 1, 0]
    let gateway = Gateway()
    gateway.take(Frames.udp(client, server, [3, 0, 0, 1] + association + name))
    #expect(gateway.hosts[Self.modern] == nil)
    gateway.take(Frames.udp(server, client, [7, 0, 0, 1] + association))
    #expect(gateway.hosts[Self.modern]?.name == "desk")
    #expect(gateway.hosts[Self.modern]?.nameSource == .dhcpv6)
  }

  @Test("a question that an ICMP error quotes is told, and nothing is remembered of the answer")
  func readsQuotedQuestions() {
    let resolver = IPAddress(v4: 0x0a00_0001)
    let answer = Frames.udp(
      Endpoint(address: resolver, port: 53), Endpoint(address: Self.address, port: 40_000),
      DNSSample.answer("api.example.com", [IPAddress(v4: 0xc000_020a)]))
    let gateway = Gateway()
    let error = [3, 3, 0, 0, 0, 0, 0, 0] + answer.dropFirst(14)
    gateway.take(Frames.ip(from: Self.address, to: resolver, protocol: 1, error))
    #expect(gateway.seen.questions == ["10.0.0.5 asks 10.0.0.1 for api.example.com"])
    #expect(gateway.answerCount == 0 && gateway.hosts[Self.address] == nil)
  }

  @Test("of a quoted message with questions without end only the first are told")
  func capsQuotedQuestions() {
    let question: [UInt8] = [1, 0x61, 4, 0x74, 0x65, 0x73, 0x74, 0, 0, 1, 0, 1]
    var query: [UInt8] = [0, 1, 1, 0, 0, 100, 0, 0, 0, 0, 0, 0]
    for _ in 0..<100 { query += question }
    let frame = Frames.udp(
      Endpoint(address: Self.address, port: 40_000),
      Endpoint(address: IPAddress(v4: 0x0a00_0001), port: 53), query)
    let gateway = Gateway()
    let error = [3, 3, 0, 0, 0, 0, 0, 0] + frame.dropFirst(14)
    gateway.take(
      Frames.ip(from: IPAddress(v4: 0x0a00_0001), to: Self.address, protocol: 1, error))
    #expect(gateway.seen.questions.count == TrafficEngine.maximumQuestions)
  }
}
