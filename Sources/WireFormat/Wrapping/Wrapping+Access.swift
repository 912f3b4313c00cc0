/// Tunnels of access networks, over UDP: mobile, dial-in, Wi-Fi controllers, IPv6 behind a translator.
///
///     GTP-U          version 3 bits (1), PT 1, 0, E S PN, type 1, length 2, TEID 4,
///                    [sequence 2, N-PDU 1, next extension 1], extensions              3GPP TS 29.281, section 5
///     … extension    length 1 in words of four, content, next extension 1
///     Teredo         [0001 id length 1, auth length 1, values, nonce 8, confirm 1],
///                    [0000 origin port 2, address 4], IPv6                            RFC 4380, section 5.1.1
///     L2TPv2         T L x x S x O P x x x x version 4, [length 2], tunnel 2,
///                    session 2, [Ns 2, Nr 2], [offset 2, pad], then PPP               RFC 2661, section 3.1
///     CAPWAP         version 4 bits, type 4, header length 5 bits, radio 5, binding 5,
///                    T F L W M K reserved 3, fragment 2, offset 2, [radio MAC, info]  RFC 5415, section 4.3
///     TZSP           version 1, type 1, protocol 2, tags (type 1, [length 1, value])  TaZmen Sniffer Protocol
extension Wrapping {
  /// A G-PDU has type 255; echoes, error indications and end markers carry no packet.
  init(gtp reader: inout ByteReader) throws(WireError) {
    let flags = try reader.readUInt8()
    guard flags & 0xf0 == 0x30 else { throw .invalid(.tunnelVersion, offset: 0) }
    let type = try reader.readUInt8()
    let length = Int(try reader.readUInt16())
    try reader.skip(4)
    let start = reader.offset
    if flags & 7 != 0 {
      try reader.skip(3)
      var next = try reader.readUInt8()
      if flags & 4 == 0 { next = 0 }
      while next != 0 {
        let words = Int(try reader.readUInt8())
        guard words > 0 else { throw .invalid(.tunnelLength, offset: reader.offset - 1) }
        try reader.skip(words * 4 - 2)
        next = try reader.readUInt8()
      }
    }
    let options = reader.offset - start
    guard length >= options else { throw .invalid(.tunnelLength, offset: 2) }
    switch type {
    case 255: self.init(.ip, after: reader, payloadLength: length - options)
    case 1, 2, 26, 31, 253, 254: self.init(.nothing, after: reader)
    default: self.init(.unknown, after: reader)
    }
  }

  /// What is behind the indications must be an IPv6 packet of a Teredo client, or between its link-local addresses.
  init(teredo reader: inout ByteReader) throws(WireError) {
    if try reader.peekUInt16() == 1 {
      try reader.skip(2)
      let identifier = Int(try reader.readUInt8())
      let authentication = Int(try reader.readUInt8())
      try reader.skip(identifier + authentication + 9)
    }
    if try reader.peekUInt16() == 0 { try reader.skip(8) }
    var packet = ByteReader(reader.rest)
    guard try packet.readUInt32() >> 28 == 6 else {
      throw .invalid(.tunnelPayload, offset: reader.offset)
    }
    let length = Int(try packet.readUInt16())
    try packet.skip(2)
    let source = try packet.readUInt64() >> 32
    try packet.skip(8)
    let destination = try packet.readUInt64() >> 32
    try packet.skip(8)
    guard Self.isOfTeredo(source) || Self.isOfTeredo(destination) else {
      throw .invalid(.tunnelPayload, offset: reader.offset)
    }
    self.init(.ip, after: reader, payloadLength: length + 40)
  }

  /// Whether 2001::/32 or fe80::/10 holds an address whose first 32 bits these are.
  private static func isOfTeredo(_ prefix: UInt64) -> Bool {
    prefix == 0x2001_0000 || prefix >> 22 == 0x3fa
  }

  init(l2tp reader: inout ByteReader) throws(WireError) {
    let flags = try reader.readUInt16()
    guard flags & 0xf == 2 else { throw .invalid(.tunnelVersion, offset: 1) }
    guard flags & 0x34f0 == 0 else { throw .invalid(.tunnelFlags, offset: 0) }
    // Control messages have length and sequence.
    let isControl = flags & 0x8000 != 0
    guard !isControl || flags & 0x4800 == 0x4800 else { throw .invalid(.tunnelFlags, offset: 0) }
    var length: Int?
    if flags & 0x4000 != 0 { length = Int(try reader.readUInt16()) }
    try reader.skip(4)
    if flags & 0x0800 != 0 { try reader.skip(4) }
    if flags & 0x0200 != 0 { try reader.skip(Int(try reader.readUInt16())) }
    let offset = reader.offset
    guard length ?? offset >= offset else { throw .invalid(.tunnelLength, offset: 2) }
    self.init(
      isControl ? .nothing : .ppp, after: reader, payloadLength: length.map { $0 - offset })
  }

  /// Fragments of a frame are left; keep-alives carry none. Control and DTLS have another preamble.
  init(capwap reader: inout ByteReader) throws(WireError) {
    switch try reader.readUInt8() {
    case 0: break
    case 1:
      // The rest of the header before DTLS is reserved.
      guard try reader.readUInt24() == 0 else { throw .invalid(.tunnelFlags, offset: 1) }
      self.init(.sealed, after: reader)
      return
    default: throw .invalid(.tunnelVersion, offset: 0)
    }
    let fields = try reader.readUInt24()
    try reader.skip(4)
    let length = Int(fields >> 19) * 4
    guard length >= 8 else { throw .invalid(.tunnelLength, offset: 1) }
    guard fields & 7 == 0 else { throw .invalid(.tunnelFlags, offset: 3) }
    try reader.skip(length - 8)
    self.init(Self.layer(inCAPWAP: fields), after: reader)
  }

  private static func layer(inCAPWAP fields: UInt32) -> Layer {
    let isKeepAlive = fields & 0x08 != 0
    let isFragment = fields & 0x80 != 0
    let isNative = fields & 0x100 != 0
    let binding = fields >> 9 & 0x1f
    if isKeepAlive { return .nothing }
    if isFragment { return .unknown }
    if !isNative { return .ethernet }
    return binding == 1 ? .wifiSwapped : .unknown
  }

  init(tzsp reader: inout ByteReader) throws(WireError) {
    guard try reader.readUInt8() == 1 else { throw .invalid(.tunnelVersion, offset: 0) }
    // 0 is a received frame, 1 one to be sent; others configure or keep alive.
    let type = try reader.readUInt8()
    let kind = try reader.readUInt16()
    guard type < 2 else {
      self.init(type < 6 ? .nothing : .unknown, after: reader)
      return
    }
    while true {
      let tag = try reader.readUInt8()
      if tag == 1 { break }
      if tag != 0 { try reader.skip(Int(try reader.readUInt8())) }
    }
    switch kind {
    case 1: self.init(.ethernet, after: reader)
    case 18: self.init(.wifi, after: reader)
    case 119, 127: self.init(.prism, after: reader)
    default: self.init(.unknown, after: reader)
    }
  }
}

extension ByteReader {
  func peekUInt16() throws(WireError) -> UInt16 {
    var copy = ByteReader(rest)
    return try copy.readUInt16()
  }
}
