/// Headers of links that are rarer now, and those that a capturing system makes up.
///
///     FDDI           control 1, destination 6, source 6, then LLC                       ANSI X3.139
///     token ring     access 1, control 1, destination 6, source 6, [route], then LLC    IEEE 802.5
///     ARCnet         source 1, destination 1, type 1, [split 1, sequence 2]             RFC 1201, RFC 1051
///     … of Linux     source 1, destination 1, offset 2, type 1, [split 1, sequence 2]   LINKTYPE_ARCNET_LINUX
///     IEEE 1394      destination 8, source 8, EtherType 2                               LINKTYPE_APPLE_IP_OVER_IEEE1394
///     nflog          family 1, version 1, resource 2, then (length 2, type 2, value)    LINKTYPE_NFLOG
///     pktap          length 4, record type 4, link type 4, …                            LINKTYPE_PKTAP, little-endian
///     PPI            version 1, flags 1, length 2, link type 4, fields                  LINKTYPE_PPI, little-endian
///     enc            family 4, SPI 4, flags 4                                           LINKTYPE_ENC
///     pflog          length 1, family 1, …                                              LINKTYPE_PFLOG
extension Wrapping {
  init(fddi reader: inout ByteReader) throws(WireError) {
    let control = try reader.readUInt8()
    try reader.skip(6)
    let source = try reader.readMACAddress()
    // Frames of class LLC have the bits 01 before their length and priority.
    self.init(control & 0x30 == 0x10 ? .llc : .nothing, after: reader, from: source)
  }

  init(tokenRing reader: inout ByteReader) throws(WireError) {
    try reader.skip(1)
    let control = try reader.readUInt8()
    try reader.skip(6)
    var source = try reader.readMACAddress()
    // The highest bit of the sender, which is that of a group here, says that a route follows; the low five bits of its
    // first octet count the route's.
    if source.value >> 47 == 1 {
      source = MACAddress(value: source.value & 0x7fff_ffff_ffff)
      let length = Int(try reader.peekUInt8() & 0x1f)
      guard length >= 2 else { throw .invalid(.linkHeader, offset: reader.offset) }
      try reader.skip(length)
    }
    self.init(control >> 6 == 1 ? .llc : .nothing, after: reader, from: source)
  }

  /// Packets of RFC 1051 stand right behind the type. Those of RFC 1201 may be split; a split packet is left.
  init(arcnet reader: inout ByteReader, isLinux: Bool) throws(WireError) {
    try reader.skip(isLinux ? 4 : 2)
    switch try reader.readUInt8() {
    case 0xf0:
      self.init(.ip, after: reader)
    case 0xd4, 0xc4:
      var split = try reader.readUInt8()
      // An exception frame has its own type, split and sequence after three octets of filling.
      if split == 0xff, !isLinux {
        try reader.skip(3)
        split = try reader.readUInt8()
      }
      try reader.skip(2)
      self.init(split == 0 ? .ip : .unknown, after: reader)
    default:
      self.init(.unknown, after: reader)
    }
  }

  init(firewire reader: inout ByteReader) throws(WireError) {
    try reader.skip(16)
    try self.init(etherType: &reader)
  }

  /// ATM of LINKTYPE_ATM_RFC1483: LLC, or a network layer identifier in its place (RFC 2684).
  init(atm reader: inout ByteReader) throws(WireError) {
    try self.init(llc: &reader)
  }

  /// The lengths are in the order of the capturing host, which is little-endian but on a few. The packet is the value of
  /// type 9.
  init(nflog reader: inout ByteReader) throws(WireError) {
    let family = try reader.readUInt8()
    try reader.skip(3)
    guard family == 2 || family == 10 else {
      self.init(.unknown, after: reader)
      return
    }
    var source: MACAddress?
    while true {
      var length = try reader.readUInt16()
      var type = try reader.readUInt16()
      // A type is small: its high octet is zero in the order that is right.
      if type & 0xff == 0 {
        length = length.byteSwapped
        type = type.byteSwapped
      }
      guard length >= 4 else { throw .invalid(.linkHeader, offset: reader.offset - 4) }
      let count = Int(length) - 4
      if type == 9 {
        self.init(.ip, after: reader, payloadLength: count, from: source)
        return
      }
      if type == 8, count >= 10 {
        var value = try reader.readSlice(count)
        let isMAC = try value.readUInt16() == 6
        try value.skip(2)
        if isMAC { source = try value.readMACAddress() }
      } else {
        try reader.skip(count)
      }
      // Values are filled up to four octets; the last need not be.
      try reader.skip(min(-count & 3, reader.remaining))
    }
  }

  init(pktap reader: inout ByteReader) throws(WireError) {
    let length = try reader.readUInt32().byteSwapped
    let record = try reader.readUInt32().byteSwapped
    let linkType = try reader.readUInt32().byteSwapped
    // Version 1 has 108 octets; the type 149 stands for other things too.
    guard length >= 108, length <= 1_024, record == 1 else {
      throw .invalid(.linkHeader, offset: 0)
    }
    try reader.skip(Int(length) - 12)
    try self.init(linkType: linkType, after: &reader)
  }

  init(perPacketInformation reader: inout ByteReader) throws(WireError) {
    guard try reader.readUInt8() == 0 else { throw .invalid(.linkHeader, offset: 0) }
    try reader.skip(1)
    let length = Int(try reader.readUInt16().byteSwapped)
    let linkType = try reader.readUInt32().byteSwapped
    guard length >= 8 else { throw .invalid(.linkHeader, offset: 2) }
    try reader.skip(length - 8)
    try self.init(linkType: linkType, after: &reader)
  }

  /// Reads the header of a link type that stands within another.
  private init(linkType value: UInt32, after reader: inout ByteReader) throws(WireError) {
    guard let linkType = LinkType(rawValue: value) else {
      self.init(.unknown, after: reader)
      return
    }
    let link = try LinkHeader(parsing: reader.rest, as: linkType)
    try reader.skip(link.byteCount)
    self.init(link.next, after: reader, from: link.sourceMAC)
  }

  init(ipsecTap reader: inout ByteReader) throws(WireError) {
    try reader.skip(12)
    self.init(.ip, after: reader)
  }

  /// The length does not count the filling up to a multiple of four.
  init(packetFilterLog reader: inout ByteReader) throws(WireError) {
    let length = Int(try reader.readUInt8())
    guard length >= 44 else { throw .invalid(.linkHeader, offset: 0) }
    try reader.skip((length + 3) & ~3 - 1)
    self.init(.ip, after: reader)
  }
}
