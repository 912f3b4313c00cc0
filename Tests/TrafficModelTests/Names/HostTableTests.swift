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
    hosts.note(Self.address, mac: Self.mac)
    #expect(hosts[Self.address] == .init(mac: Self.mac))
    hosts.note(Self.address, mac: MACAddress(value: 0x0200_0000_0006))
    #expect(hosts[Self.address]?.mac == MACAddress(value: 0x0200_0000_0006))
  }

  @Test("no MAC, a group's MAC and a group's address are nobody's")
  func passesOverGroups() {
    var hosts = HostTable()
    hosts.note(Self.address, mac: MACAddress(value: 0))
    hosts.note(Self.address, mac: MACAddress(value: 0x0100_5e00_0001))
    hosts.note(IPAddress(v4: 0xe000_0001), mac: Self.mac)
    hosts.note(IPAddress(v4: 0xffff_ffff), mac: Self.mac)
    #expect(hosts[Self.address] == nil)
    #expect(hosts[IPAddress(v4: 0xe000_0001)] == nil && hosts[IPAddress(v4: 0xffff_ffff)] == nil)
  }

  @Test("a name given before the lease is known is the lease's")
  func joinsNamesAndLeases() {
    var hosts = HostTable()
    hosts.note(lease: nil, mac: Self.mac, name: "laptop", at: Self.time)
    hosts.note(lease: Self.address, mac: Self.mac, name: nil, at: Self.time)
    #expect(hosts[Self.address] == .init(mac: Self.mac, name: "laptop", nameSince: Self.time))
  }

  @Test("a name belongs to its MAC, whatever address that sends from")
  func namesOtherAddresses() {
    var hosts = HostTable()
    hosts.note(lease: Self.address, mac: Self.mac, name: "laptop", at: Self.time)
    let modern = IPAddress(high: 0x2001_0db8_0000_0000, low: 5)
    hosts.note(modern, mac: Self.mac)
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
    hosts.note(Self.address, mac: MACAddress(value: 0x0200_0000_0006))
    #expect(hosts[Self.address]?.name == nil)
    hosts.note(Self.address, mac: Self.mac)
    #expect(hosts[Self.address]?.name == "laptop")
  }

  @Test("past 65,536 addresses new ones are refused and counted")
  func isBounded() {
    var hosts = HostTable()
    for index in UInt32(0)..<65_540 {
      hosts.note(IPAddress(v4: 0x0a00_0000 + index), mac: Self.mac)
    }
    hosts.note(lease: IPAddress(v4: 0x0b00_0000), mac: Self.mac, name: "x", at: Self.time)
    #expect(hosts.refusedCount == 5)
    #expect(hosts[IPAddress(v4: 0x0a00_ffff)] != nil && hosts[IPAddress(v4: 0x0a01_0000)] == nil)
  }
}
