import TrafficModel
import WireFormat

/// Wraps a packet in a header, as the frames of the wrapping tests need it.
struct Wrap: Sendable {
  let name: String
  /// Link type of the frames that come out.
  var linkType: UInt32 = 1
  /// The tunnel that names in it are seen in, as text.
  var tunnel: String?
  /// Packets that the tunnel itself has: flows of UDP besides the inner one.
  var outerFlows = 0
  let wrap: @Sendable (_ packet: [UInt8]) -> [UInt8]

  static let near = IPAddress(v4: 0xc633_6401)
  static let far = IPAddress(v4: 0xc633_6402)
  static let ends = "198.51.100.1 → 198.51.100.2"

  /// In an IP packet between the ends of the tunnel, in Ethernet.
  static func overIP(
    _ name: String, _ kind: String, protocol number: UInt8, _ header: [UInt8] = [],
    isFrame: Bool = false
  ) -> Wrap {
    Wrap(name: name, tunnel: "\(kind) \(ends)") { packet in
      Frames.ip(
        from: near, to: far, protocol: number,
        header + (isFrame ? Frames.ethernet(packet, type: etherType(packet)) : packet))
    }
  }

  static func overUDP(
    _ kind: String, port: UInt16, isFrame: Bool = false,
    _ header: @escaping @Sendable (_ count: Int) -> [UInt8]
  ) -> Wrap {
    Wrap(name: "\(kind) on \(port)", tunnel: "\(kind) \(ends)", outerFlows: 1) { packet in
      let inner = isFrame ? Frames.ethernet(packet, type: etherType(packet)) : packet
      return Frames.udp(
        Endpoint(address: near, port: 50_505), Endpoint(address: far, port: port),
        header(inner.count) + inner)
    }
  }

  static func overEthernet(_ name: String, type: Int, _ header: [UInt8]) -> Wrap {
    Wrap(name: name) { packet in Frames.ethernet(header + packet, type: type) }
  }

  static func etherType(_ packet: [UInt8]) -> Int { packet[0] >> 4 == 6 ? 0x86dd : 0x0800 }

  static let all: [Wrap] = [
    overEthernet("three VLAN tags", type: 0x88a8, [0, 1, 0x81, 0, 0, 2, 0x81, 0, 0, 3, 8, 0]),
    overEthernet("Cisco MetaData", type: 0x8909, [1, 1, 0, 1, 0, 2, 8, 0]),
    overEthernet("MPLS, two labels", type: 0x8847, [0, 1, 0, 64, 0, 2, 1, 64]),
    overEthernet("NSH", type: 0x894f, [0x0f, 0xc2, 2, 1, 0, 0, 1, 255]),
    Wrap(name: "pseudowire with a control word") { packet in
      Frames.ethernet(
        [0, 1, 1, 64, 0, 0, 0, 0] + Frames.ethernet(packet, type: etherType(packet)), type: 0x8847)
    },
    Wrap(name: "PPPoE in QinQ") { packet in
      Frames.ethernet(
        [0, 1, 0x81, 0, 0, 2, 0x88, 0x64, 0x11, 0, 0, 1] + Frames.octets16(packet.count + 2)
          + [0, 0x21] + packet, type: 0x88a8)
    },
    Wrap(name: "LLC in 802.3") { packet in
      Frames.ethernet([0xaa, 0xaa, 3, 0, 0, 0, 8, 0] + packet, type: packet.count + 8)
    },
    Wrap(name: "PPP", linkType: 9) { [0xff, 3, 0, 0x21] + $0 },
    Wrap(name: "Cisco HDLC", linkType: 104) { [0x0f, 0, 8, 0] + $0 },
    Wrap(name: "nflog", linkType: 239) { packet in
      let length = Frames.octets16(packet.count + 4)
      return [2, 0, 0, 0, length[1], length[0], 9, 0] + packet
    },
    Wrap(name: "radiotap", linkType: 127) { packet in
      [0, 0, 8, 0, 0, 0, 0, 0, 0x08, 0x01, 0, 0] + [UInt8](repeating: 2, count: 18)
        + [0, 0, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0] + packet
    },
    overIP("IP in IP", "ip-in-ip", protocol: 4),
    overIP("GRE with a key", "gre", protocol: 47, [0x20, 0, 8, 0, 0, 0, 0, 1]),
    overIP("GRE with Ethernet", "gre", protocol: 47, [0, 0, 0x65, 0x58], isFrame: true),
    overIP(
      "ERSPAN", "erspan", protocol: 47,
      [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 1, 0, 0, 0, 0], isFrame: true),
    overIP(
      "IP in GRE behind an authentication header", "gre", protocol: 51,
      [47, 4] + [UInt8](repeating: 0, count: 22) + [0, 0, 8, 0]),
    overIP("EtherIP", "etherip", protocol: 97, [0x30, 0], isFrame: true),
    overIP("MPLS in IP", "mpls", protocol: 137, [0, 1, 1, 64]),
    overIP("L2TPv3", "l2tp", protocol: 115, [0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff], isFrame: true),
    overUDP("vxlan", port: 4_789, isFrame: true) { _ in [8, 0, 0, 0, 0, 0, 7, 0] },
    overUDP("vxlan", port: 8_472, isFrame: true) { _ in [8, 0, 0, 0, 0, 0, 7, 0] },
    overUDP("vxlan-gpe", port: 4_790) { _ in [12, 0, 0, 1, 0, 0, 7, 0] },
    overUDP("geneve", port: 6_081) { _ in [1, 0, 8, 0, 0, 0, 7, 0, 1, 8, 0, 0] },
    overUDP("gtp", port: 2_152) { [0x30, 255] + Frames.octets16($0) + [0, 0, 0, 9] },
    overUDP("gre", port: 4_754) { _ in [0, 0, 8, 0] },
    overUDP("mpls", port: 6_635) { _ in [0, 1, 1, 64] },
    overUDP("l2tp", port: 1_701) { _ in [0, 2, 0, 1, 0, 2, 0xff, 3, 0, 0x21] },
    overUDP("capwap", port: 5_247, isFrame: true) { _ in [0, 0x10, 0, 0, 0, 0, 0, 0] },
    overUDP("tzsp", port: 37_008, isFrame: true) { _ in [1, 0, 0, 1, 1] },
    overUDP("lisp", port: 4_341) { _ in [0x80, 0, 0, 1, 0, 0, 0, 0] },
  ]
}

extension Wrap: CustomStringConvertible { var description: String { name } }
