/// Overlays of data centres, over UDP. Reserved bits are checked: a port alone proves nothing.
///
///     VXLAN          flags 1 (0000 1000), reserved 3, VNI 3, reserved 1, then Ethernet             RFC 7348, section 5
///     … group policy flags 1 (G 000 1000), flags 1, group 2, VNI 3, reserved 1                     draft-smith-vxlan-group-policy
///     VXLAN-GPE      flags 1 (00 version 2, I P B O), reserved 2, next protocol 1, VNI 3, …        draft-ietf-nvo3-vxlan-gpe
///     Geneve         version 2 bits, options length 6, O C reserved 6, EtherType 2, VNI 3,
///                    reserved 1, options                                                          RFC 8926, section 3.4
///     LISP           N L E V I R K K, nonce or versions 3, locator bits or instance 4, then IP     RFC 9300, section 5
extension Wrapping {
  init(vxlan reader: inout ByteReader) throws(WireError) {
    // Version 0 of the generic extension is seen on VXLAN's own port too: P is set, and I.
    if try reader.peekUInt8() & 0xf4 == 0x04 {
      try self.init(vxlanGPE: &reader)
      return
    }
    let flags = try reader.readUInt32()
    let tail = try reader.readUInt32()
    // Without group policy the three octets after the flags are reserved, and zero; with it, G, D and A may be set.
    guard flags == 0x0800_0000 || flags & 0xffb7_0000 == 0x8800_0000, tail & 0xff == 0 else {
      throw .invalid(.tunnelFlags, offset: 0)
    }
    self.init(.ethernet, after: reader)
  }

  init(vxlanGPE reader: inout ByteReader) throws(WireError) {
    let flags = try reader.readUInt8()
    guard flags & 0xf0 == 0, flags & 8 != 0 else { throw .invalid(.tunnelFlags, offset: 0) }
    try reader.skip(2)
    let next = try reader.readUInt8()
    try reader.skip(3)
    guard try reader.readUInt8() == 0 else { throw .invalid(.tunnelFlags, offset: 7) }
    // With O it is management. Without P it should be plain VXLAN, whose octet here is zero; some senders forget P.
    let isMessage = flags & 1 != 0
    let isPlain = flags & 4 == 0 && next == 0
    let layer: Layer = isMessage ? .nothing : isPlain ? .ethernet : Layer(nextProtocol: next)
    self.init(layer, after: reader)
  }

  init(geneve reader: inout ByteReader) throws(WireError) {
    let first = try reader.readUInt16()
    guard first >> 14 == 0 else { throw .invalid(.tunnelVersion, offset: 0) }
    guard first & 0x3f == 0 else { throw .invalid(.tunnelFlags, offset: 1) }
    let type = try reader.readUInt16()
    guard try reader.readUInt32() & 0xff == 0 else { throw .invalid(.tunnelFlags, offset: 7) }
    try reader.skip(Int(first >> 8 & 0x3f) * 4)
    // O: a control message, addressed to the end of the tunnel.
    let layer: Layer =
      first & 0x80 != 0 ? .nothing : type > 1_500 ? Layer(etherType: type) : .unknown
    self.init(layer, after: reader)
  }

  init(lisp reader: inout ByteReader) throws(WireError) {
    let flags = try reader.readUInt8()
    // Nonce and map versions exclude each other; an encrypted payload has its key in the last two bits (RFC 8061).
    guard flags & 0x90 != 0x90, flags & 4 == 0 else { throw .invalid(.tunnelFlags, offset: 0) }
    try reader.skip(7)
    self.init(flags & 3 != 0 ? .sealed : .ip, after: reader)
  }
}
