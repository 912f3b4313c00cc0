/// Generic Routing Encapsulation and what it carries besides plain packets.
///
///     GRE            C R K S s, recursion 3, A, flags 4, version 3, protocol 2,
///                    [checksum 2, offset 2], [key 4], [sequence 4], [routes]       RFC 2784, RFC 2890; RFC 1701
///     version 1      the same, key = length 2 and call 2, [acknowledgement 4];
///                    PPP inside                                                   RFC 2637, section 4.1
///     ERSPAN II      version 4 bits, VLAN 12, …; 8 in all, then Ethernet           draft-foschiano-erspan-03, section 4.2
///     ERSPAN III     version 4 bits, VLAN 12, …; 12 or 20 in all                   section 4.3
///     WCCP           redirect header 4, then IP                                    WCCP version 2
///     EtherIP        version 4 bits, reserved 12, then Ethernet                    RFC 3378
///     L2TPv3         session 4, [cookie 4 or 8], [sublayer 4], then a frame        RFC 3931, section 4.1.1
extension Wrapping {
  init(gre reader: inout ByteReader) throws(WireError) {
    let flags = try reader.readUInt16()
    let type = try reader.readUInt16()
    switch flags & 7 {
    case 0:
      if flags & 0xc000 != 0 { try reader.skip(4) }
      if flags & 0x2000 != 0 { try reader.skip(4) }
      if flags & 0x1000 != 0 { try reader.skip(4) }
      if flags & 0x4000 != 0 { try Self.skipRoutes(&reader) }
      self.init(
        Self.layer(inGRE: type, hasSequence: flags & 0x1000 != 0), after: reader)
    case 1:
      // Key present is a must, and the protocol is PPP.
      guard flags & 0x2000 != 0, type == 0x880b else { throw .invalid(.tunnelFlags, offset: 0) }
      let length = Int(try reader.readUInt16())
      try reader.skip(2)
      if flags & 0x1000 != 0 { try reader.skip(4) }
      if flags & 0x0080 != 0 { try reader.skip(4) }
      self.init(length == 0 ? .nothing : .ppp, after: reader, payloadLength: length)
    default:
      throw .invalid(.tunnelVersion, offset: 0)
    }
  }

  /// ERSPAN without a sequence number is its first type, which has no header of its own. A protocol of zero is a
  /// keep-alive.
  private static func layer(inGRE type: UInt16, hasSequence: Bool) -> Layer {
    switch type {
    case 0: .nothing
    case 0x88be: hasSequence ? .erspan2 : .erspan1
    case 0x22eb: .erspan3
    case 0x883e: .wccp
    case 1...1_500: .unknown
    default: Layer(etherType: type)
    }
  }

  /// Source route entries (RFC 1701): address family 2, offset 1, length 1, route; a family and length of zero end them.
  private static func skipRoutes(_ reader: inout ByteReader) throws(WireError) {
    while true {
      let family = try reader.readUInt16()
      let length = Int(try reader.readUInt16() & 0xff)
      if family == 0, length == 0 { return }
      try reader.skip(length)
    }
  }

  init(erspan2 reader: inout ByteReader) throws(WireError) {
    let version = try reader.readUInt16() >> 12
    guard version == 1 else { throw .invalid(.tunnelVersion, offset: 0) }
    try reader.skip(6)
    self.init(.ethernet, after: reader)
  }

  init(erspan3 reader: inout ByteReader) throws(WireError) {
    let version = try reader.readUInt16() >> 12
    guard version == 2 else { throw .invalid(.tunnelVersion, offset: 0) }
    try reader.skip(8)
    let last = try reader.readUInt16()
    if last & 1 != 0 { try reader.skip(8) }
    // Frame type: 0 Ethernet, 2 IP.
    switch last >> 10 & 0x1f {
    case 0: self.init(.ethernet, after: reader)
    case 2: self.init(.ip, after: reader)
    default: self.init(.unknown, after: reader)
    }
  }

  init(wccp reader: inout ByteReader) throws(WireError) {
    // Version 1 has no redirect header.
    if try reader.peekUInt8() >> 4 != 4 { try reader.skip(4) }
    self.init(.ip, after: reader)
  }

  init(etherIP reader: inout ByteReader) throws(WireError) {
    guard try reader.readUInt16() >> 12 == 3 else { throw .invalid(.tunnelVersion, offset: 0) }
    self.init(.ethernet, after: reader)
  }

  /// How long the cookie is, and whether there is a sublayer, only the two ends know: the first length behind which a
  /// frame stands is taken.
  init(l2tp3 reader: inout ByteReader) throws(WireError) {
    // Session 0 is control.
    guard try reader.readUInt32() != 0 else {
      self.init(.nothing, after: reader)
      return
    }
    for _ in 0..<4 {
      if Layer.ethernet.isPlausible(reader.rest, originalLength: .max) {
        self.init(.ethernet, after: reader)
        return
      }
      try reader.skip(4)
    }
    self.init(.unknown, after: reader)
  }
}
