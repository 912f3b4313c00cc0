/// What a frame begins with: the LINKTYPE_ value of a capture (tcpdump.org/linktypes.html), as far as we read it.
package enum LinkType: UInt32, Sendable, CaseIterable {
  /// BSD loopback: address family in the byte order of the capturing host.
  case null = 0
  case ethernet = 1
  /// IEEE 802.5.
  case tokenRing = 6
  case arcnet = 7
  case slip = 8
  case ppp = 9
  case fddi = 10
  /// PPP in HDLC-like framing; Cisco's framing on the same link.
  case pppHDLC = 50
  /// A PPPoE session, without Ethernet.
  case pppoe = 51
  case atm = 100
  /// Bare IP; the version nibble tells 4 from 6.
  case raw = 101
  case ciscoHDLC = 104
  case wifi = 105
  case frameRelay = 107
  /// OpenBSD loopback: address family in network byte order.
  case loop = 108
  case ipsecTap = 109
  case linuxCooked = 113
  case packetFilterLog = 117
  case prism = 119
  case radiotap = 127
  case arcnetLinux = 129
  case firewire = 138
  /// A private type that macOS once wrote its pktap with.
  case pktapPrivate = 149
  case avs = 163
  case pppPPPD = 166
  case perPacketInformation = 192
  case pppWithDirection = 204
  case mpls = 219
  case ipv4 = 228
  case ipv6 = 229
  case nflog = 239
  case pktap = 258
  case linuxCooked2 = 276
  /// DLT_RAW as programs wrote it that did not translate it: most systems, and OpenBSD.
  case rawUntranslated = 12
  case rawUntranslatedOpenBSD = 14

  /// What its frames begin with, where that is a wrapping like others.
  var layer: Layer {
    switch self {
    case .null, .loop, .raw, .rawUntranslated, .rawUntranslatedOpenBSD, .ipv4, .ipv6: .ip
    case .linuxCooked, .linuxCooked2: .ip
    case .ethernet: .ethernet
    case .tokenRing: .tokenRing
    case .arcnet: .arcnet
    case .slip: .slip
    case .ppp, .pppHDLC: .ppp
    case .fddi: .fddi
    case .pppoe: .pppoe
    case .atm: .atm
    case .ciscoHDLC: .ciscoHDLC
    case .wifi: .wifi
    case .frameRelay: .frameRelay
    case .ipsecTap: .ipsecTap
    case .packetFilterLog: .packetFilterLog
    case .prism, .avs: .prism
    case .radiotap: .radiotap
    case .arcnetLinux: .arcnetLinux
    case .firewire: .firewire
    case .pktapPrivate, .pktap: .pktap
    case .pppPPPD, .pppWithDirection: .pppWithDirection
    case .perPacketInformation: .perPacketInformation
    case .mpls: .mpls
    case .nflog: .nflog
    }
  }
}
