/// What a frame begins with: where its packet begins, or the ``Wrapping`` that stands before it, and who sent it on the
/// link. The plain ways are read here at once; everything else is left to the layers that follow.
///
///     Ethernet II     destination MAC 6, source MAC 6, EtherType 2                     IEEE 802.3, clause 3
///     VLAN tag        TPID 2 (0x8100, 0x88a8, 0x9100), TCI 2; up to 16 of them         IEEE 802.1Q, clause 9
///     Linux cooked    type 2, ARPHRD 2, address length 2, address 8, protocol 2        LINKTYPE_LINUX_SLL
///     Linux cooked 2  protocol 2, reserved 2, ifindex 4, ARPHRD 2, type 1,
///                     address length 1, address 8                                      LINKTYPE_LINUX_SLL2
///     loopback        address family 4                                                 LINKTYPE_NULL, _LOOP
@frozen
@usableFromInline
package struct LinkHeader: Sendable {
  /// What follows: a packet, a wrapping, or ``Layer/unknown`` for ARP, LLDP and whatever else is neither.
  @usableFromInline package var next: Layer
  /// Octets before that.
  @usableFromInline package var byteCount: Int
  /// Zero where the link has none.
  @usableFromInline package var sourceMAC: MACAddress
  /// The innermost VLAN identifier; zero where there is none.
  @usableFromInline package var vlan: UInt16

  /// VLAN tags read in one frame.
  static let maximumVLANTags = 16

  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when the frame ends within the header,
  ///   ``WireError/invalid(_:offset:)`` with `.wrappingDepth` for more than 16 VLAN tags.
  package init(parsing frame: RawSpan, as linkType: LinkType) throws(WireError) {
    var reader = ByteReader(frame)
    var etherType: UInt16 = 0
    sourceMAC = MACAddress(value: 0)
    vlan = 0
    switch linkType {
    case .ethernet:
      let first = try reader.readUInt64()
      sourceMAC = MACAddress(value: (first & 0xffff) << 32 | UInt64(try reader.readUInt32()))
      etherType = try Self.readEtherType(&reader, vlan: &vlan)
    case .linuxCooked:
      try reader.skip(4)
      let length = try reader.readUInt16()
      let address = try reader.readUInt64()
      if length == 6 { sourceMAC = MACAddress(value: address >> 16) }
      etherType = try Self.readEtherType(&reader, vlan: &vlan)
    case .linuxCooked2:
      etherType = try reader.readUInt16()
      try reader.skip(9)
      let length = try reader.readUInt8()
      let address = try reader.readUInt64()
      if length == 6 { sourceMAC = MACAddress(value: address >> 16) }
      if Self.isVLAN(etherType) {
        vlan = try reader.readUInt16() & 0xfff
        etherType = try Self.readEtherType(&reader, vlan: &vlan)
      }
    case .raw, .rawUntranslated, .rawUntranslatedOpenBSD, .ipv4, .ipv6:
      etherType = 0x0800
    case .null, .loop:
      let family = try reader.readUInt32()
      etherType = Self.isIPFamily(family) ? 0x0800 : 0xffff
    default:
      next = linkType.layer
      byteCount = 0
      return
    }
    byteCount = reader.offset
    next = etherType == 0x0800 || etherType == 0x86dd ? .ip : Layer(etherType: etherType)
  }

  /// An Ethernet II frame that bears a packet as it is, which most frames do; nil where that is not so.
  @inlinable
  package init?(plainEthernet frame: RawSpan) {
    var reader = ByteReader(frame)
    guard let first = try? reader.readUInt64(), let second = try? reader.readUInt32(),
      let etherType = try? reader.readUInt16(), etherType == 0x0800 || etherType == 0x86dd
    else { return nil }
    next = .ip
    byteCount = 14
    sourceMAC = MACAddress(value: (first & 0xffff) << 32 | UInt64(second))
    vlan = 0
  }

  private static func isVLAN(_ type: UInt16) -> Bool {
    type == 0x8100 || type == 0x88a8 || type == 0x9100
  }

  private static func readEtherType(
    _ reader: inout ByteReader, vlan: inout UInt16
  ) throws(WireError) -> UInt16 {
    var type = try reader.readUInt16()
    var tags = 0
    while isVLAN(type) {
      tags += 1
      guard tags <= maximumVLANTags else {
        throw .invalid(.wrappingDepth, offset: reader.offset)
      }
      vlan = try reader.readUInt16() & 0xfff
      type = try reader.readUInt16()
    }
    return type
  }

  /// AF_INET is 2 everywhere; AF_INET6 is 10 (Linux), 24 (NetBSD, OpenBSD), 28 (FreeBSD) or 30 (Darwin). The capturing
  /// host's byte order is unknown, so both are tried.
  private static func isIPFamily(_ family: UInt32) -> Bool {
    let value = family > 0xffff ? family.byteSwapped : family
    return value == 2 || value == 10 || value == 24 || value == 28 || value == 30
  }
}
