/// The wrappings of IEEE 802.3 links.
///
///     Ethernet       destination 6, source 6, EtherType 2                         IEEE 802.3, clause 3
///     VLAN           TCI 2, EtherType 2                                           IEEE 802.1Q, clause 9
///     LLC            DSAP 1, SSAP 1, control 1                                    IEEE 802.2
///     SNAP           aa aa 03, organisation 3, protocol 2                         IEEE 802, clause 10
///     MetaData       version 1, length 1, options, EtherType 2                    Cisco, EtherType 0x8909
///     MACsec         TCI+AN 1, short length 1, packet number 4, [SCI 8]           IEEE 802.1AE, clause 9
///     I-TAG          flags+I-SID 4, then an Ethernet frame                        IEEE 802.1ah
///     VN-Tag         4, EtherType 2                                               IEEE 802.1Qbh, draft
///     HSR            path+size 2, sequence 2, EtherType 2                         IEC 62439-3
extension Wrapping {
  init(ethernet reader: inout ByteReader) throws(WireError) {
    try reader.skip(6)
    let source = try reader.readMACAddress()
    let type = try reader.readUInt16()
    self.init(
      Layer(etherType: type), after: reader, payloadLength: type <= 1_500 ? Int(type) : nil,
      from: source)
  }

  init(vlan reader: inout ByteReader) throws(WireError) {
    try reader.skip(2)
    try self.init(etherType: &reader)
  }

  /// Reads an EtherType alone.
  init(etherType reader: inout ByteReader) throws(WireError) {
    let type = try reader.readUInt16()
    self.init(
      Layer(etherType: type), after: reader, payloadLength: type <= 1_500 ? Int(type) : nil)
  }

  /// LLC carries IP behind SNAP with an EtherType, or at the service access point 6 (RFC 1042).
  init(llc reader: inout ByteReader) throws(WireError) {
    let destination = try reader.readUInt8()
    let source = try reader.readUInt8()
    let control = try reader.readUInt8()
    guard control == 3 else {
      self.init(.nothing, after: reader)
      return
    }
    switch (destination, source) {
    case (0xaa, 0xaa):
      switch try reader.readUInt24() {
      // RFC 1042; 0000f8 is bridge tunnelling of 802.1H.
      case 0, 0x0000f8:
        let type = try reader.readUInt16()
        self.init(type > 1_500 ? Layer(etherType: type) : .unknown, after: reader)
      // Bridged Ethernet, with and without its check sequence (RFC 2684, section 5.2).
      case 0x0080c2:
        let type = try reader.readUInt16()
        guard type == 1 || type == 7 else {
          self.init(.unknown, after: reader)
          return
        }
        try reader.skip(2)
        self.init(.ethernet, after: reader)
      default:
        self.init(.unknown, after: reader)
      }
    case (6, 6): self.init(.ip, after: reader)
    default: self.init(.unknown, after: reader)
    }
  }

  /// The length counts options in words of four octets; the one with the security group tag is always there.
  init(ciscoMetaData reader: inout ByteReader) throws(WireError) {
    try reader.skip(1)
    try reader.skip(max(1, Int(try reader.readUInt8())) * 4)
    try self.init(etherType: &reader)
  }

  /// Only frames with integrity alone can be read: neither E nor C is set.
  init(macSec reader: inout ByteReader) throws(WireError) {
    let control = try reader.readUInt8()
    guard control & 0x80 == 0 else { throw .invalid(.linkHeader, offset: 0) }
    try reader.skip(5)
    if control & 0x20 != 0 { try reader.skip(8) }
    guard control & 0x0c == 0 else {
      self.init(.sealed, after: reader)
      return
    }
    try self.init(etherType: &reader)
  }

  init(backboneTag reader: inout ByteReader) throws(WireError) {
    try reader.skip(4)
    self.init(.ethernet, after: reader)
  }

  init(vnTag reader: inout ByteReader) throws(WireError) {
    try reader.skip(4)
    try self.init(etherType: &reader)
  }

  init(redundancyTag reader: inout ByteReader) throws(WireError) {
    try reader.skip(4)
    try self.init(etherType: &reader)
  }
}
