/// Labels and service headers that stand between a link and the packet.
///
///     MPLS           label 20 bits, class 3, bottom of stack 1, TTL 8; until the bottom      RFC 3032
///     pseudowire     0000, flags 4 bits, fragmentation 2, length 6, sequence 16              RFC 4385
///     NSH            version 2 bits, O 1, U 1, TTL 6, length 6, U 4, MD type 4,
///                    next protocol 8, service path 32, context                               RFC 8300
extension Wrapping {
  /// Labels read in one stack.
  static let maximumLabels = 16

  /// What follows the bottom of a stack is not stated. Explicit-null labels mean IP; else a packet whose length fits is
  /// taken for IP, a zero nibble for a pseudowire's control word (RFC 4385, section 3), anything else for Ethernet.
  init(mpls reader: inout ByteReader) throws(WireError) {
    var label: UInt32 = 0
    var count = 0
    repeat {
      count += 1
      guard count <= Self.maximumLabels else {
        throw .invalid(.wrappingDepth, offset: reader.offset)
      }
      label = try reader.readUInt32()
    } while label & 0x100 == 0
    if label >> 12 == 0 || label >> 12 == 2 {
      self.init(.ip, after: reader)
      return
    }
    let rest = reader.rest
    switch try reader.peekUInt8() >> 4 {
    case 4, 6:
      let isIP = Layer.ip.isPlausible(rest, originalLength: .max)
      self.init(isIP ? .ip : .pseudowire, after: reader)
    case 1: self.init(.nothing, after: reader)
    default: self.init(.pseudowire, after: reader)
    }
  }

  /// Ethernet, with a control word or without (RFC 4448): a destination may begin with a zero nibble too, so that what
  /// looks like a frame decides.
  init(pseudowire reader: inout ByteReader) throws(WireError) {
    let frame = reader.rest
    if try reader.peekUInt8() >> 4 == 0 {
      var behind = reader
      try behind.skip(4)
      if Layer.ethernet.isPlausible(behind.rest, originalLength: .max)
        || !Layer.ethernet.isPlausible(frame, originalLength: .max)
      {
        try reader.skip(4)
      }
    }
    self.init(.ethernet, after: reader)
  }

  init(networkService reader: inout ByteReader) throws(WireError) {
    let first = try reader.readUInt16()
    let words = Int(first & 0x3f)
    guard first >> 14 == 0 else { throw .invalid(.tunnelVersion, offset: 0) }
    guard words >= 2 else { throw .invalid(.tunnelLength, offset: 1) }
    try reader.skip(1)
    let next = try reader.readUInt8()
    try reader.skip(words * 4 - 4)
    self.init(Layer(nextProtocol: next), after: reader)
  }
}

extension ByteReader {
  func peekUInt8() throws(WireError) -> UInt8 {
    var copy = ByteReader(rest)
    return try copy.readUInt8()
  }
}
