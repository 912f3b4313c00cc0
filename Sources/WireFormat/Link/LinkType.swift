/// What a frame begins with: the LINKTYPE_ value of a capture (tcpdump.org/linktypes.html), as far as we read it.
package enum LinkType: UInt32, Sendable, CaseIterable {
  /// BSD loopback: address family in the byte order of the capturing host.
  case null = 0
  case ethernet = 1
  /// Bare IP; the version nibble tells 4 from 6.
  case raw = 101
  /// OpenBSD loopback: address family in network byte order.
  case loop = 108
  case linuxCooked = 113
  case ipv4 = 228
  case ipv6 = 229
  case linuxCooked2 = 276
}
