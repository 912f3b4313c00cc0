import Testing
import WireFormat

@testable import TrafficModel

@Suite("Volume of unusual packets: octets of the IP packet as sent")
struct VolumeTests {
  static let server = DatagramNamesTests.server

  /// A gateway that meters a QUIC flow, its figures taken.
  static func metering() -> Gateway {
    let gateway = Gateway(["example.com": 2])
    gateway.take(DatagramNamesTests.up(QUICSample.clientInitial))
    _ = gateway.figures()
    return gateway
  }

  @Test("padding of a short frame is no volume")
  func leavesOutPadding() {
    let gateway = Self.metering()
    let frame = DatagramNamesTests.down(QUICSample.short(10))
    gateway.take(frame + [UInt8](repeating: 0, count: 60 - frame.count))
    #expect(gateway.figures().map(\.wireBytesDown) == [38])
  }

  @Test("a captured length below the original one changes nothing")
  func countsOriginalLengths() {
    let gateway = Self.metering()
    gateway.take(DatagramNamesTests.down(QUICSample.short(1_200)), snaplen: 64)
    #expect(gateway.figures().map(\.wireBytesDown) == [1_228])
  }

  @Test("a super-packet of 64 KiB and more has a total length of zero", arguments: [false, true])
  func countsOffloaded(isTunnelled: Bool) {
    let gateway = Self.metering()
    var frame = DatagramNamesTests.down(QUICSample.short(1_000))
    // The UDP length is zero too.
    for index in [16, 17, 38, 39] { frame[index] = 0 }
    var outer = 0
    if isTunnelled {
      let header: [UInt8] = [8, 0, 0, 0, 0, 0, 7, 0]
      frame = Frames.udp(
        Endpoint(address: Wrap.near, port: 50_505), Endpoint(address: Wrap.far, port: 4_789),
        header + frame)
      for index in [16, 17, 38, 39] { frame[index] = 0 }
      outer = 14 + 28 + 8
    }
    gateway.take(frame, originalLength: outer + 14 + 70_000)
    #expect(gateway.figures().map(\.wireBytesDown) == [70_000])
  }

  @Test("so has one of IPv6")
  func countsOffloadedIPv6() {
    let gateway = Gateway(["api.example.com": 2])
    var connection = Connection()
    connection.client.address = IPAddress(high: 0x2001_0db8_0000_0000, low: 5)
    connection.server.address = IPAddress(high: 0x2001_0db8_0000_0000, low: 10)
    gateway.take(connection.handshake())
    gateway.take(connection.up(TLSSample.hello("api.example.com")))
    _ = gateway.figures()
    var frame = connection.down(TLSSample.data(2_000))
    frame[18] = 0
    frame[19] = 0
    gateway.take(frame, originalLength: 14 + 80_000)
    #expect(gateway.figures().map(\.wireBytesDown) == [80_000])
  }

  /// A datagram to the client in fragments of `size` octets.
  static func fragments(_ payload: [UInt8], of size: Int, identification: Int = 7) -> [[UInt8]] {
    let datagram = Frames.datagram(server, DatagramNamesTests.client, payload)
    return stride(from: 0, to: datagram.count, by: size).map { start in
      let end = min(start + size, datagram.count)
      return Frames.fragment(
        from: 0xc000_020a, to: 0x0a00_0005, protocol: 17, Array(datagram[start..<end]),
        identification: identification, offset: start, moreFollow: end < datagram.count)
    }
  }

  @Test("a datagram in fragments has the octets of all of them")
  func countsFragments() {
    let gateway = Self.metering()
    let frames = Self.fragments(QUICSample.short(2_000), of: 800)
    #expect(frames.count == 3)
    gateway.take([frames[1], frames[2], frames[0]])
    #expect(gateway.figures().map(\.wireBytesDown) == [2_008 + 3 * 20])
  }

  @Test("fragments within a tunnel, and a tunnel in fragments")
  func countsFragmentsOfTunnels() {
    let gateway = Self.metering()
    let gtp = Wrap.overUDP("gtp", port: 2_152) {
      [0x30, 255] + Frames.octets16($0) + [0, 0, 0, 9]
    }
    let inner = Self.fragments(QUICSample.short(1_000), of: 800).map { gtp.wrap(Array($0[14...])) }
    gateway.take(inner)
    #expect(gateway.figures().map(\.wireBytesDown) == [1_008 + 2 * 20])

    let whole = gtp.wrap(Array(DatagramNamesTests.down(QUICSample.short(1_000))[14...]))
    let datagram = Array(whole[34...])
    for start in [800, 0] {
      gateway.take(
        Frames.fragment(
          from: 0xc633_6401, to: 0xc633_6402, protocol: 17,
          Array(datagram[start..<min(start + 800, datagram.count)]), identification: 9,
          offset: start, moreFollow: start == 0))
    }
    #expect(gateway.figures().map(\.wireBytesDown) == [1_028])
    #expect(gateway.counters.reassembledDatagrams == 2)
  }

  @Test("headers behind the fragment header of IPv6 are walked once the datagram is whole")
  func walksOnAfterReassembly() {
    let client = Endpoint(address: IPAddress(high: 0x2001_0db8_0000_0000, low: 5), port: 5_000)
    let resolver = Endpoint(address: IPAddress(high: 0x2001_0db8_0000_0000, low: 53), port: 53)
    let options: [UInt8] = [17, 0, 1, 4, 0, 0, 0, 0]
    let content =
      options + Frames.datagram(client, resolver, DNSSample.query("a.example.com"))
    let gateway = Gateway()
    for (start, end) in [(0, 16), (16, content.count)] {
      let header =
        [60, 0] + Frames.octets16(start | (end < content.count ? 1 : 0)) + [0, 0, 0, 9]
      gateway.take(
        Frames.ip(
          from: client.address, to: resolver.address, protocol: 44, header + content[start..<end]))
    }
    #expect(gateway.seen.questions == ["2001:db8::5 asks 2001:db8::35 for a.example.com"])
  }
}
