/// Wi-Fi data frames and what captures put before them.
///
///     802.11         control 2, duration 2, address 6 × 3, sequence 2, [address 6], [QoS 2], [HT control 4], then LLC
///                                                                                  IEEE 802.11, clause 9.3.2
///     radiotap       version 1, pad 1, length 2, present 4 × n, fields             little-endian
///     Prism          message 4, length 4, then items                               in the host's order
///     AVS            version 4, length 4, then fields                              big-endian
///
/// A frame with the protected bit is ``Layer/sealed``, unless a capture that decrypted it has cleared the bit. Fragments
/// of a frame, management, control and null frames carry no packet that could be read alone.
extension Wrapping {
  /// - Parameters:
  ///   - isPadded: the header is filled up to a multiple of four octets (radiotap's data pad).
  ///   - isSwapped: in CAPWAP some access points send each field of two octets the other way round; the octet that
  ///     has the bits of a data frame tells.
  init(
    wifi reader: inout ByteReader, isPadded: Bool = false, isSwapped: Bool = false
  ) throws(WireError) {
    let start = reader.offset
    var type = try reader.readUInt8()
    var flags = try reader.readUInt8()
    let isSwapped = isSwapped && type & 0x0f != 8 && flags & 0x0f == 8
    if isSwapped { swap(&type, &flags) }
    guard type & 0x0f == 8, type & 0x40 == 0 else {
      self.init(type & 3 == 0 ? .nothing : .unknown, after: reader)
      return
    }
    try reader.skip(2)
    try reader.skip(6)
    let second = try reader.readMACAddress()
    let third = try reader.readMACAddress()
    var sequence = try reader.readUInt16()
    if !isSwapped { sequence = sequence.byteSwapped }
    var sender = second
    switch flags & 3 {
    case 2: sender = third
    case 3: sender = try reader.readMACAddress()
    default: break
    }
    var isAggregate = false
    if type & 0x80 != 0 {
      isAggregate = try reader.readUInt16() & (isSwapped ? 0x0080 : 0x8000) != 0
      if flags & 0x80 != 0 { try reader.skip(4) }
    }
    if isPadded { try reader.skip((start - reader.offset) & 3) }
    let isFragment = flags & 4 != 0 || sequence & 0x000f != 0
    let next: Layer =
      flags & 0x40 != 0 ? .sealed : isFragment ? .unknown : isAggregate ? .wifiAggregate : .llc
    self.init(next, after: reader, from: sender)
  }

  init(radiotap reader: inout ByteReader) throws(WireError) {
    guard try reader.readUInt8() == 0 else { throw .invalid(.linkHeader, offset: 0) }
    try reader.skip(1)
    let length = Int(try reader.readUInt16().byteSwapped)
    let present = try reader.readUInt32().byteSwapped
    // Further words of presence, while their highest bit says so.
    var word = present
    while word & 0x8000_0000 != 0 { word = try reader.readUInt32().byteSwapped }
    var flags: UInt8 = 0
    if present & 2 != 0 {
      // The timer before the flags stands at a multiple of eight.
      if present & 1 != 0 { try reader.skip(-reader.offset & 7 + 8) }
      flags = try reader.readUInt8()
    }
    guard length >= reader.offset else { throw .invalid(.linkHeader, offset: 2) }
    try reader.skip(length - reader.offset)
    self.init(flags & 0x20 != 0 ? .wifiPadded : .wifi, after: reader)
  }

  /// Prism's first word is 0x44 in the order of the capturing host; that of AVS, which stands in its place at times, is
  /// 0x802110 and a version.
  init(prism reader: inout ByteReader) throws(WireError) {
    let message = try reader.readUInt32()
    var length = try reader.readUInt32()
    if message == 0x4400_0000 {
      length = length.byteSwapped
    } else if message != 0x44, message >> 8 != 0x802110 {
      throw .invalid(.linkHeader, offset: 0)
    }
    guard length >= 8 else { throw .invalid(.linkHeader, offset: 4) }
    try reader.skip(Int(length) - 8)
    self.init(.wifi, after: reader)
  }
}

/// The frames in an A-MSDU, one after the other (IEEE 802.11, clause 9.3.2.2).
///
///     destination 6, source 6, length 2, LLC frame; each filled up to a multiple of four octets, the last excepted
package struct AggregatedFrames: ~Escapable {
  private var reader: ByteReader

  /// One frame without its header.
  package struct Frame {
    package var octets: Range<Int>
    /// Octets as sent.
    package var originalLength: Int
    package var sourceMAC: MACAddress
  }

  @_lifetime(copy octets)
  package init(_ octets: RawSpan) { reader = ByteReader(octets) }

  /// - Returns: nil after the last one, or when what is left is no frame.
  @_lifetime(self: copy self)
  package mutating func next() -> Frame? {
    guard (try? reader.skip(6)) != nil, let source = try? reader.readMACAddress(),
      let length = (try? reader.readUInt16()).map(Int.init), length > 0, !reader.isAtEnd
    else { return nil }
    let start = reader.offset
    let captured = min(length, reader.remaining)
    let filled = min((length + 14 + 3) & ~3 - 14, reader.remaining)
    guard (try? reader.skip(filled)) != nil else { return nil }
    return Frame(
      octets: start..<start + captured, originalLength: length, sourceMAC: source)
  }
}
