import Testing
import WireFormat

@testable import TrafficModel

@Suite("Who an address is")
struct HostTableTests {
  static let address = IPAddress(v4: 0x0a00_0005)
  static let mac = MACAddress(value: 0x0200_0000_0005)
  static let time = Timestamp(seconds: 1_000)

  @Test("a sender's MAC is remembered, the last one seen")
  func remembersMACs() {
    var hosts = HostTable()
    hosts.note(Self.address, mac: Self.mac, at: Self.time)
    #expect(hosts[Self.address]?.mac == Self.mac && hosts[Self.address]?.name == nil)
    hosts.note(Self.address, mac: MACAddress(value: 0x0200_0000_0006), at: Self.time)
    #expect(hosts[Self.address]?.mac == MACAddress(value: 0x0200_0000_0006))
  }

  @Test("each of many addresses is found again, also when the old ones have left")
  func findsMany() {
    var hosts = HostTable(capacity: 3_000)
    func address(_ number: Int) -> IPAddress {
      number % 2 == 0
        ? IPAddress(v4: UInt32(0x0a00_0000 + number))
        : IPAddress(high: 0x2001_0db8 << 32, low: UInt64(number) << 32)
    }
    func mac(_ number: Int) -> MACAddress { MACAddress(value: 0x0200_0000_0000 + UInt64(number)) }
    for number in 0..<3_000 {
      hosts.note(address(number), mac: mac(number), at: Self.time)
      hosts.note(address(number), mac: mac(number), at: Self.time)
    }
    #expect((0..<3_000).allSatisfy { hosts[address($0)]?.mac == mac($0) })
    #expect((3_000..<9_000).allSatisfy { hosts[address($0)] == nil })
    let later = Self.time.advanced(byNanoseconds: HostTable.lifetime + 1)
    hosts.note(address(7), mac: mac(7), at: later)
    hosts.note(address(4_000), mac: mac(4_000), at: later)
    #expect(hosts.expiredCount == 2_999 && hosts.refusedCount == 0)
    let known = (0..<9_000).filter { hosts[address($0)] != nil }
    #expect(known == [7, 4_000])
  }

  @Test("no MAC, a group's MAC and a group's address are nobody's")
  func passesOverGroups() {
    var hosts = HostTable()
    hosts.note(Self.address, mac: MACAddress(value: 0), at: Self.time)
    hosts.note(Self.address, mac: MACAddress(value: 0x0100_5e00_0001), at: Self.time)
    hosts.note(IPAddress(v4: 0xe000_0001), mac: Self.mac, at: Self.time)
    hosts.note(IPAddress(v4: 0xffff_ffff), mac: Self.mac, at: Self.time)
    #expect(hosts[Self.address] == nil)
    #expect(hosts[IPAddress(v4: 0xe000_0001)] == nil && hosts[IPAddress(v4: 0xffff_ffff)] == nil)
  }

  @Test("a name given before the lease is known is the lease's")
  func joinsNamesAndLeases() {
    var hosts = HostTable()
    hosts.note(lease: nil, mac: Self.mac, name: "laptop", at: Self.time)
    hosts.note(lease: Self.address, mac: Self.mac, name: nil, at: Self.time)
    let host = hosts[Self.address]
    #expect(host?.mac == Self.mac && host?.name == "laptop")
    #expect(host?.nameSince == Self.time && host?.nameSource == .dhcp)
  }

  @Test("a name belongs to its MAC, whatever address that sends from")
  func namesOtherAddresses() {
    var hosts = HostTable()
    hosts.note(lease: Self.address, mac: Self.mac, name: "laptop", at: Self.time)
    let modern = IPAddress(high: 0x2001_0db8_0000_0000, low: 5)
    hosts.note(modern, mac: Self.mac, at: Self.time)
    #expect(hosts[modern]?.name == "laptop")
  }

  @Test("an address that goes to another MAC loses its name")
  func forgetsNames() {
    var hosts = HostTable()
    hosts.note(lease: Self.address, mac: Self.mac, name: "laptop", at: Self.time)
    hosts.note(
      lease: Self.address, mac: MACAddress(value: 0x0200_0000_0006), name: nil, at: Self.time)
    #expect(hosts[Self.address]?.name == nil)
  }

  @Test("an address that is seen to send from another MAC loses its name as well")
  func forgetsNamesOfSenders() {
    var hosts = HostTable()
    hosts.note(lease: Self.address, mac: Self.mac, name: "laptop", at: Self.time)
    hosts.note(Self.address, mac: MACAddress(value: 0x0200_0000_0006), at: Self.time)
    #expect(hosts[Self.address]?.name == nil)
    hosts.note(Self.address, mac: Self.mac, at: Self.time)
    #expect(hosts[Self.address]?.name == "laptop")
  }

  @Test("past 65,536 addresses new ones are refused and counted")
  func isBounded() {
    var hosts = HostTable()
    for index in UInt32(0)..<65_540 {
      hosts.note(IPAddress(v4: 0x0a00_0000 + index), mac: Self.mac, at: Self.time)
    }
    hosts.note(lease: IPAddress(v4: 0x0b00_0000), mac: Self.mac, name: "x", at: Self.time)
    #expect(hosts.refusedCount == 5)
    #expect(hosts[IPAddress(v4: 0x0a00_ffff)] != nil && hosts[IPAddress(v4: 0x0a01_0000)] == nil)
  }

  @Test("a name does not take the place of a stronger one, but of an equal or weaker one")
  func keepsStrongerNames() {
    for known in HostNameSource.allCases {
      for new in HostNameSource.allCases {
        var hosts = HostTable()
        hosts.note(lease: Self.address, mac: Self.mac, name: "old", source: known, at: Self.time)
        hosts.note(lease: Self.address, mac: Self.mac, name: "new", source: new, at: Self.time)
        #expect(hosts[Self.address]?.name == (new >= known ? "new" : "old"))
        #expect(hosts[Self.address]?.nameSource == max(new, known))
      }
    }
  }

  @Test("a day later a weaker name counts again")
  func replacesOldNames() {
    var hosts = HostTable()
    hosts.note(lease: Self.address, mac: Self.mac, name: "old", at: Self.time)
    let later = Self.time.advanced(byNanoseconds: HostTable.nameLifetime)
    hosts.note(lease: Self.address, mac: Self.mac, name: "new", source: .mdns, at: later)
    #expect(hosts[Self.address]?.name == "new")
  }

  @Test(
    "names that cannot be shown are none",
    arguments: [
      "", "a\u{1b}[31m", "a\nb", "\u{202e}gpj", "\u{200b}", "a\u{fffd}", "\u{e000}",
      String(repeating: "a", count: 64),
    ])
  func refusesHostileNames(name: String) {
    var hosts = HostTable()
    hosts.note(lease: Self.address, mac: Self.mac, name: name, at: Self.time)
    #expect(hosts[Self.address]?.mac == Self.mac && hosts[Self.address]?.name == nil)
  }

  @Test("behind a router's MAC stand others: it is nobody's who does not claim it")
  func passesOverRouters() {
    for isLater in [false, true] {
      var hosts = HostTable()
      if isLater { hosts.note(Self.address, mac: Self.mac, at: Self.time) }
      hosts.note(router: Self.mac, seconds: 1_800, at: Self.time)
      if !isLater { hosts.note(Self.address, mac: Self.mac, at: Self.time) }
      #expect(hosts[Self.address]?.mac == nil && hosts[Self.address]?.router == Self.mac)
      // What is excluded by its MAC stays so.
      #expect(hosts[Self.address]?.policyMAC == Self.mac)
    }
  }

  @Test("a host that spoke for itself keeps its MAC and name, whatever is said of routers")
  func keepsHostsThatSpoke() {
    var hosts = HostTable()
    hosts.note(lease: Self.address, mac: Self.mac, name: "laptop", at: Self.time)
    let modern = IPAddress(high: 0x2001_0db8_0000_0000, low: 5)
    hosts.note(modern, mac: Self.mac, isOwnWord: true, at: Self.time)
    hosts.note(router: Self.mac, seconds: .max, at: Self.time)
    let router = MACAddress(value: 0x0200_0000_0001)
    hosts.note(router: router, seconds: .max, at: Self.time)
    for address in [Self.address, modern] {
      hosts.note(address, mac: router, at: Self.time)
      #expect(hosts[address]?.mac == Self.mac && hosts[address]?.name == "laptop")
    }
  }

  @Test(
    "a name that came through a router is not that router's", arguments: HostNameSource.allCases)
  func leavesRoutersUnnamed(source: HostNameSource) {
    var hosts = HostTable()
    hosts.note(router: Self.mac, seconds: 60, at: Self.time)
    hosts.note(lease: Self.address, mac: Self.mac, name: "desk", source: source, at: Self.time)
    let isRouted = source == .llmnr || source == .netbios
    #expect(hosts[Self.address]?.name == (isRouted ? nil : "desk"))
  }

  @Test("a router is one for as long as it says, and no longer than 9,000 s")
  func forgetsRouters() {
    for (seconds, expected) in [(60, 60), (65_535, 9_000)] as [(UInt16, Int64)] {
      var hosts = HostTable()
      hosts.note(router: Self.mac, seconds: seconds, at: Self.time)
      let end = Self.time.advanced(byNanoseconds: expected * 1_000_000_000)
      hosts.note(Self.address, mac: Self.mac, at: end.advanced(byNanoseconds: -1))
      #expect(hosts[Self.address]?.mac == nil)
      hosts.note(Self.address, mac: Self.mac, at: end)
      #expect(hosts[Self.address]?.mac == Self.mac)
    }
  }

  @Test("when the table is full, what was not seen for twelve hours makes room")
  func expires() {
    var hosts = HostTable()
    for index in UInt32(0)..<65_536 {
      hosts.note(IPAddress(v4: 0x0a00_0000 + index), mac: Self.mac, at: Self.time)
    }
    let later = Self.time.advanced(byNanoseconds: HostTable.lifetime + 1)
    hosts.note(IPAddress(v4: 0x0b00_0000), mac: Self.mac, at: later)
    #expect(hosts.refusedCount == 0 && hosts.expiredCount == 65_536)
    #expect(hosts[IPAddress(v4: 0x0b00_0000)] != nil)
  }

  @Test("routers are bounded, and those past the bound are counted until others end")
  func boundsRouters() {
    var hosts = HostTable()
    for index in 1...UInt64(HostTable.maximumRouters) + 1 {
      hosts.note(router: MACAddress(value: index), seconds: 60, at: Self.time)
    }
    hosts.note(Self.address, mac: MACAddress(value: 257), at: Self.time)
    #expect(hosts[Self.address]?.mac != nil && hosts.refusedRouterCount == 1)
    let later = Self.time.advanced(byNanoseconds: 60_000_000_000)
    hosts.note(router: MACAddress(value: 257), seconds: 60, at: later)
    #expect(hosts[Self.address]?.mac == nil && hosts.refusedRouterCount == 1)
  }
}
