/// What stands at a place of a frame, and so how its octets are read: a ``Wrapping`` says which layer follows it.
@usableFromInline
package enum Layer: UInt8, Sendable, CaseIterable {
  /// An IPv4 or IPv6 packet; its version nibble tells which.
  case ip

  // On a link of IEEE 802.
  case ethernet, vlan, llc, ciscoMetaData, macSec, backboneTag, vnTag, redundancyTag
  case mpls, pseudowire
  case networkService

  // Point to point.
  case ppp, pppWithDirection, pppoe, ciscoHDLC, frameRelay, slip

  // IEEE 802.11 and what captures put before it.
  case wifi, wifiPadded, wifiSwapped, radiotap, prism
  /// Several frames in one (A-MSDU): see ``AggregatedFrames``.
  case wifiAggregate

  // What other link types begin with.
  case fddi, tokenRing, arcnet, arcnetLinux, firewire, atm
  case nflog, pktap, perPacketInformation, ipsecTap, packetFilterLog

  // Tunnels over IP.
  case gre, erspan1, erspan2, erspan3, wccp, etherIP, l2tp3

  // Tunnels over UDP.
  case vxlan, vxlanGPE, geneve, gtp, teredo, l2tp, capwap, tzsp, lisp

  /// A message that carries no packet: control, keep-alive, discovery.
  case nothing
  /// Encrypted as a whole.
  case sealed
  /// Something that is no wrapping of IP known here.
  case unknown

  /// The layer that an EtherType announces (IEEE 802 Numbers, IANA); a value up to 1,500 is the length of an LLC frame.
  package init(etherType: UInt16) {
    switch etherType {
    case 0x0800, 0x86dd: self = .ip
    case 0x8100, 0x88a8, 0x9100, 0x9200: self = .vlan
    case 0x8847, 0x8848: self = .mpls
    case 0x8864: self = .pppoe
    case 0x8863: self = .nothing
    case 0x8909: self = .ciscoMetaData
    case 0x88e5: self = .macSec
    case 0x88e7: self = .backboneTag
    case 0x8926: self = .vnTag
    case 0x892f: self = .redundancyTag
    case 0x894f: self = .networkService
    case 0x6558: self = .ethernet
    case 0x880b: self = .ppp
    case 0...1_500: self = .llc
    default: self = .unknown
    }
  }

  /// The layer that an IP protocol number announces, where it is one that packets are wrapped in.
  package init?(ipProtocol number: UInt8) {
    switch number {
    case 4, 41: self = .ip
    case 47: self = .gre
    case 50: self = .sealed
    case 97: self = .etherIP
    case 115: self = .l2tp3
    case 137: self = .mpls
    default: return nil
    }
  }

  /// The layer that one of two UDP ports announces; whether it is there, the octets must tell.
  package init?(udpPorts source: UInt16, _ destination: UInt16) {
    guard let layer = Self.layer(ofPort: destination) ?? Self.layer(ofPort: source) else {
      return nil
    }
    self = layer
  }

  private static func layer(ofPort port: UInt16) -> Layer? {
    switch port {
    case 1701: .l2tp
    case 2152: .gtp
    case 3544: .teredo
    case 4341: .lisp
    case 4754: .gre
    case 4789, 8472: .vxlan
    case 4790: .vxlanGPE
    case 5247: .capwap
    case 6081: .geneve
    case 6635: .mpls
    case 37008: .tzsp
    default: nil
    }
  }

  /// The layer of an 8-bit Next Protocol (RFC 8300, section 2.2; the same in VXLAN-GPE).
  init(nextProtocol number: UInt8) {
    switch number {
    case 1, 2: self = .ip
    case 3: self = .ethernet
    case 4: self = .networkService
    case 5: self = .mpls
    default: self = .unknown
    }
  }
}

extension Layer {
  /// Whether the octets look like this layer: asked where a port number or a lack of anything better named it.
  ///
  /// - Parameter originalLength: octets of them as sent.
  package func isPlausible(_ octets: RawSpan, originalLength: Int) -> Bool {
    switch self {
    case .ip:
      guard let header = try? IPHeader(parsing: octets, originalLength: originalLength) else {
        return false
      }
      return header.totalLength <= originalLength
    case .ethernet:
      return Self.isPlausibleFrame(octets, originalLength)
    case .nothing, .sealed, .wifiAggregate: return true
    case .unknown: return false
    default:
      guard let wrapping = try? Wrapping(parsing: octets, as: self) else { return false }
      switch wrapping.next {
      case .unknown: return false
      case .ip, .ethernet:
        return wrapping.next.isPlausible(
          octets.extracting(wrapping.headerLength..<octets.byteCount),
          originalLength: originalLength - wrapping.headerLength)
      default: return true
      }
    }
  }

  /// A frame of Ethernet has a single sender and an EtherType that is known here; a packet or an LLC frame in it fits.
  private static func isPlausibleFrame(_ octets: RawSpan, _ originalLength: Int) -> Bool {
    guard octets.octet(at: 6).map({ $0 & 1 == 0 }) ?? false,
      let frame = try? Wrapping(parsing: octets, as: .ethernet)
    else { return false }
    let length = originalLength - frame.headerLength
    let content = octets.extracting(frame.headerLength..<octets.byteCount)
    switch frame.next {
    case .unknown: return false
    case .ip: return Layer.ip.isPlausible(content, originalLength: length)
    case .llc:
      // Both access points are the same; the low bit of the second tells command from response.
      guard let first = content.octet(at: 0), let second = content.octet(at: 1) else {
        return false
      }
      let stated = frame.payloadLength ?? 0
      return first | 1 == second | 1 && stated >= 3 && stated <= length
    default: return true
    }
  }
}
