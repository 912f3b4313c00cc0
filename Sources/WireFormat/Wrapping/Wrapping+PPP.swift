/// The wrappings of links between two points.
///
///     PPP            [address ff, control 03], protocol 1 or 2                       RFC 1661, section 2; RFC 1662
///     PPPoE          version+type 1, code 1, session 2, length 2, then PPP           RFC 2516, section 4
///     multilink      B E 000000, sequence 3, then PPP                                RFC 1990, section 3
///     bridging       F I Z 0 pads 4, MAC type 1, [LAN 4], then Ethernet              RFC 3518, section 4.2
///     Cisco HDLC     address 1, control 1, EtherType 2                               RFC 1547, section 4.3.1
///     frame relay    address 2, control 03, NLPID 1                                  RFC 2427
///     SLIP           direction 1, compressed header 15, then IP                      LINKTYPE_SLIP
extension Wrapping {
  /// Address, control and the high octet of the protocol may each be left out where both ends agreed on it
  /// (RFC 1661, sections 6.5 and 6.6).
  init(ppp reader: inout ByteReader) throws(WireError) {
    switch try reader.peekUInt8() {
    case 0xff:
      try reader.skip(2)
    case 0x0f, 0x8f:
      // Cisco's framing on the same link (RFC 1547): unicast and multicast.
      try self.init(ciscoHDLC: &reader)
      return
    default:
      break
    }
    try self.init(pppProtocol: &reader)
  }

  /// A direction octet takes the place of the address, or stands before it.
  init(pppWithDirection reader: inout ByteReader) throws(WireError) {
    try reader.skip(1)
    // 3 is a control octet here: as a protocol it is not allowed (RFC 1661, section 2).
    if try reader.peekUInt8() == 3 { try reader.skip(1) }
    try self.init(ppp: &reader)
  }

  private init(pppProtocol reader: inout ByteReader) throws(WireError) {
    var number = UInt16(try reader.readUInt8())
    // The last octet of a protocol is odd, each before it even.
    if number & 1 == 0 { number = number << 8 | UInt16(try reader.readUInt8()) }
    switch number {
    case 0x21, 0x57: self.init(.ip, after: reader)
    case 0x281, 0x283: self.init(.mpls, after: reader)
    case 0x31:
      let flags = try reader.readUInt8()
      let type = try reader.readUInt8()
      if flags & 0x40 != 0 { try reader.skip(4) }
      self.init(type == 1 ? .ethernet : .unknown, after: reader)
    case 0x3d:
      // A packet in several fragments is left; one that begins and ends here is whole.
      let flags = try reader.readUInt32() >> 24
      self.init(flags == 0xc0 ? .ppp : .unknown, after: reader)
    // Encrypted (RFC 1968), or compressed, which encryption of PPTP passes for (RFC 3078).
    case 0x53, 0xfd, 0xfb: self.init(.sealed, after: reader)
    // Control protocols of link and network, loop detection.
    case 0x8000...0xffff: self.init(.nothing, after: reader)
    default: self.init(.unknown, after: reader)
    }
  }

  init(pppoe reader: inout ByteReader) throws(WireError) {
    guard try reader.readUInt8() == 0x11 else { throw .invalid(.tunnelVersion, offset: 0) }
    let code = try reader.readUInt8()
    try reader.skip(2)
    let length = Int(try reader.readUInt16())
    self.init(code == 0 ? .ppp : .nothing, after: reader, payloadLength: length)
  }

  init(ciscoHDLC reader: inout ByteReader) throws(WireError) {
    try reader.skip(2)
    let type = try reader.readUInt16()
    // Serial line address resolution has 0x8035, Cisco discovery 0x2000.
    self.init(type > 1_500 ? Layer(etherType: type) : .unknown, after: reader)
  }

  init(frameRelay reader: inout ByteReader) throws(WireError) {
    // An address octet that is not the last is even (Q.922).
    var count = 1
    while try reader.readUInt8() & 1 == 0 {
      count += 1
      guard count <= 4 else { throw .invalid(.linkHeader, offset: reader.offset) }
    }
    if try reader.peekUInt8() == 3 {
      try reader.skip(1)
      if try reader.peekUInt8() == 0 { try reader.skip(1) }
      switch try reader.readUInt8() {
      case 0xcc, 0x8e: self.init(.ip, after: reader)
      case 0x80:
        let organisation = try reader.readUInt24()
        let type = try reader.readUInt16()
        self.init(
          organisation == 0 && type > 1_500 ? Layer(etherType: type) : .unknown, after: reader)
      default: self.init(.unknown, after: reader)
      }
      return
    }
    try self.init(etherType: &reader)
  }

  init(slip reader: inout ByteReader) throws(WireError) {
    try reader.skip(16)
    // Van Jacobson's compression changes the version nibble (RFC 1144, section 3.2.2).
    let version = try reader.peekUInt8() >> 4
    self.init(version == 4 || version == 6 ? .ip : .unknown, after: reader)
  }
}
