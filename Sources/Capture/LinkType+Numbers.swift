import WireFormat

/// Files hold LINKTYPE_ values; libpcap's interfaces report DLT_ values, which differ from system to system for raw IP.
extension LinkType {
  /// The LINKTYPE_ value for what `pcap_datalink` returned.
  ///
  /// 12 and 14 are DLT_RAW on Linux and OpenBSD; files that were written with them by mistake mean the same.
  static func value(forDLT dlt: UInt32) -> UInt32 {
    dlt == 12 || dlt == 14 ? raw.rawValue : dlt
  }

  /// The LINKTYPE_ value in the `network` field of a pcap file header, without the FCS length and its flag
  /// in the upper six bits (draft-ietf-opsawg-pcap, section 4).
  static func value(forNetworkField field: UInt32) -> UInt32 {
    value(forDLT: field & 0x03ff_ffff)
  }
}
