/// Packets of Google's QUIC for the engine's tests.
enum GoogleSample {
  static let connectionID: [UInt8] = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88]

  private static func littleEndian(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// A CHLO message: padding, then the name.
  static func hello(_ name: String, padding: Int = 100) -> [UInt8] {
    let values = [[UInt8](repeating: 0x2d, count: padding), Array(name.utf8)]
    return Array("CHLO".utf8) + littleEndian(2, 2) + [0, 0]
      + Array("PAD\0".utf8) + littleEndian(padding, 4)
      + Array("SNI\0".utf8) + littleEndian(padding + name.utf8.count, 4) + values.flatMap(\.self)
  }

  /// STREAM on stream 1 with an offset and a length of two octets each.
  static func stream(_ data: some Collection<UInt8>, at offset: Int = 0, isOld: Bool = false)
    -> [UInt8]
  {
    func integer(_ value: Int) -> [UInt8] {
      isOld ? littleEndian(value, 2) : Frames.octets16(value)
    }
    return [0xa4, 1] + integer(offset) + integer(data.count) + data
  }

  /// A packet of a version before Q044 with the frames, and padding.
  static func publicPacket(_ version: Int, _ frames: [UInt8], number: UInt8 = 1) -> [UInt8] {
    [0x0d] + connectionID + Array("Q0\(version)".utf8) + [number]
      + [UInt8](repeating: 0xab, count: 12) + (version < 34 ? [0] : []) + frames
      + [UInt8](repeating: 0, count: 30)
  }

  /// A packet of Q046.
  static func longPacket(_ frames: [UInt8], number: UInt8 = 1) -> [UInt8] {
    [0xc3] + Array("Q046".utf8) + [0x50] + connectionID + [0, 0, 0, number]
      + [UInt8](repeating: 0xab, count: 12) + frames + [UInt8](repeating: 0, count: 30)
  }

  /// A client's packet of 1-RTT with `count` octets in all.
  static func short(_ count: Int) -> [UInt8] {
    [0x0c] + connectionID + [UInt8](repeating: 0x5a, count: count - 9)
  }
}
