import Testing
import WireFormat

@testable import TrafficModel

@Suite("Flow keys")
struct FlowKeyTests {
  static let v4 = (IPAddress(v4: 0x0a00_0005), IPAddress(v4: 0xc000_020a))
  static let v6 = (
    IPAddress(high: 0x2001_0db8_0000_0000, low: 5), IPAddress(high: 0x2001_0db8_0000_0000, low: 1)
  )

  static func make(
    _ a: IPAddress, _ b: IPAddress, _ from: UInt16, _ to: UInt16, _ number: UInt8 = 6
  ) -> (key: FlowKey, sourceIsLow: Bool) {
    FlowKey.make(
      source: Endpoint(address: a, port: from), destination: Endpoint(address: b, port: to),
      transportProtocol: number, seed: 99)
  }

  @Test("both directions have one key, and tell which is which")
  func isSymmetric() {
    for (a, b) in [Self.v4, Self.v6, (Self.v4.0, Self.v6.0), (Self.v4.0, Self.v4.0)] {
      let there = Self.make(a, b, 50_000, 443)
      let back = Self.make(b, a, 443, 50_000)
      #expect(there.key == back.key)
      #expect(there.sourceIsLow != back.sourceIsLow)
    }
  }

  @Test("protocol, ports and addresses each make another key")
  func tellsFlowsApart() {
    for (a, b) in [Self.v4, Self.v6] {
      let keys = [
        Self.make(a, b, 50_000, 443), Self.make(a, b, 50_000, 443, 17),
        Self.make(a, b, 50_001, 443), Self.make(a, b, 50_000, 444),
        Self.make(a, b, 443, 50_000), Self.make(a, a, 50_000, 443),
        Self.make(b, b, 50_000, 443),
      ].map(\.key)
      for (index, key) in keys.enumerated() {
        for other in keys[(index + 1)...] { #expect(key != other) }
      }
    }
  }

  @Test("a mapped IPv4 address is the IPv4 address")
  func joinsMappedAddresses() {
    let mapped = IPAddress(high: 0, low: 0xffff_0a00_0005)
    let key = Self.make(mapped, Self.v4.1, 1, 2).key
    #expect(key == Self.make(Self.v4.0, Self.v4.1, 1, 2).key)
  }

  @Test("no two of 50,000 IPv6 flows have one key")
  func doesNotCollide() {
    var seen: Set<UInt64> = []
    for index in UInt64(0)..<50_000 {
      let source = IPAddress(high: 0x2001_0db8_0000_0000, low: index / 16)
      let key = Self.make(source, Self.v6.1, UInt16(50_000 + index % 16), 443).key
      seen.insert(key.a)
    }
    #expect(seen.count == 50_000)
  }
}
