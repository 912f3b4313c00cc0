/// The link types that gnomon names, by their numbers in the tcpdump.org registry of LINKTYPE_
/// values.
///
/// Files hold LINKTYPE_ values; libpcap's interfaces report DLT_ values, which differ from system
/// to system for raw IP.
@frozen
@usableFromInline
package enum LinkType {
  /// BSD loopback: the protocol family in the byte order of the host that captured.
  @inlinable package static var null: UInt32 { 0 }
  @inlinable package static var ethernet: UInt32 { 1 }
  /// Raw IPv4 or IPv6, told apart by the version.
  @inlinable package static var raw: UInt32 { 101 }
  /// OpenBSD loopback: the protocol family in network byte order.
  @inlinable package static var loop: UInt32 { 108 }
  @inlinable package static var linuxCooked: UInt32 { 113 }
  @inlinable package static var ipv4: UInt32 { 228 }
  @inlinable package static var ipv6: UInt32 { 229 }
  @inlinable package static var linuxCooked2: UInt32 { 276 }

  /// The LINKTYPE_ value for what `pcap_datalink` returned.
  ///
  /// 12 and 14 are DLT_RAW on Linux and OpenBSD; files that were written with them by mistake mean
  /// the same.
  static func value(forDLT dlt: UInt32) -> UInt32 {
    dlt == 12 || dlt == 14 ? raw : dlt
  }

  /// The LINKTYPE_ value in the `network` field of a pcap file header, without the FCS length and
  /// its flag in the upper six bits (draft-ietf-opsawg-pcap, section 4).
  static func value(forNetworkField field: UInt32) -> UInt32 {
    value(forDLT: field & 0x03ff_ffff)
  }
}
