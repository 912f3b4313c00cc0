/// Small captures, octet by octet.
enum CaptureBytes {
  enum Order: CaseIterable { case little, big }

  /// The octets of a number in the order given.
  static func octets<Number: FixedWidthInteger>(_ number: Number, _ order: Order) -> [UInt8] {
    let shifts = stride(from: 0, to: Number.bitWidth, by: 8).map {
      UInt8(truncatingIfNeeded: number >> Number($0))
    }
    return order == .little ? shifts : shifts.reversed()
  }

  // MARK: pcap

  static let microseconds: UInt32 = 0xa1b2_c3d4
  static let nanoseconds: UInt32 = 0xa1b2_3c4d
  static let modified: UInt32 = 0xa1b2_cd34

  static func fileHeader(
    magic: UInt32 = microseconds, version: UInt16 = 2, network: UInt32 = 1, _ order: Order
  ) -> [UInt8] {
    octets(magic, order) + octets(version, order) + octets(4 as UInt16, order)
      + octets(0 as UInt64, order) + octets(262_144 as UInt32, order) + octets(network, order)
  }

  static func record(
    seconds: UInt32 = 1, fraction: UInt32 = 0, original: UInt32? = nil, _ frame: [UInt8],
    _ order: Order
  ) -> [UInt8] {
    octets(seconds, order) + octets(fraction, order) + octets(UInt32(frame.count), order)
      + octets(original ?? UInt32(frame.count), order) + frame
  }

  /// A capture of `count` frames; the n-th, from 0, has n + 1 octets of value n and the time n
  /// seconds.
  static func classic(frameCount count: Int, _ order: Order = .little) -> [UInt8] {
    fileHeader(order)
      + (0..<count).flatMap { number in
        record(
          seconds: UInt32(number),
          [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number + 1), order)
      }
  }

  // MARK: pcapng

  static func block(_ type: UInt32, _ body: [UInt8], _ order: Order) -> [UInt8] {
    let padded = body + [UInt8](repeating: 0, count: -body.count & 3)
    let length = octets(UInt32(padded.count + 12), order)
    return octets(type, order) + length + padded + length
  }

  static func section(_ order: Order) -> [UInt8] {
    block(
      0x0a0d_0d0a,
      octets(0x1a2b_3c4d as UInt32, order) + octets(1 as UInt16, order)
        + octets(0 as UInt16, order) + octets(UInt64.max, order), order)
  }

  static func interface(
    linkType: UInt16 = 1, snaplen: UInt32 = 0, options: [UInt8] = [], _ order: Order
  ) -> [UInt8] {
    block(
      1,
      octets(linkType, order) + octets(0 as UInt16, order) + octets(snaplen, order) + options, order
    )
  }

  static func option(_ code: UInt16, _ value: [UInt8], _ order: Order) -> [UInt8] {
    octets(code, order) + octets(UInt16(value.count), order) + value
      + [UInt8](repeating: 0, count: -value.count & 3)
  }

  static func enhanced(
    interface: UInt32 = 0, ticks: UInt64 = 0, captured: UInt32? = nil, original: UInt32? = nil,
    _ frame: [UInt8], _ order: Order
  ) -> [UInt8] {
    let length = UInt32(frame.count)
    return block(
      6,
      octets(interface, order) + octets(UInt32(ticks >> 32), order)
        + octets(UInt32(truncatingIfNeeded: ticks), order) + octets(captured ?? length, order)
        + octets(original ?? length, order) + frame, order)
  }
}
