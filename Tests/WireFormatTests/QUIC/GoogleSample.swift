/// Hellos and packets of Google's QUIC, made by hand.
enum GoogleSample {
  static func littleEndian(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// A CHLO message; ends are as the values lie unless they are given.
  static func hello(_ values: [(tag: String, value: [UInt8])], ends: [Int]? = nil) -> [UInt8] {
    var message = Array("CHLO".utf8) + littleEndian(values.count, 2) + [0, 0]
    var end = 0
    for (index, (tag, value)) in values.enumerated() {
      end += value.count
      let padding = [UInt8](repeating: 0, count: 4 - tag.utf8.count)
      message += Array(tag.utf8) + padding + littleEndian(ends?[index] ?? end, 4)
    }
    return message + values.flatMap(\.value)
  }

  /// As a browser's: padding first, the name, the version, the user agent.
  static let chlo = hello([
    ("PAD", [UInt8](repeating: 0x2d, count: 40)), ("SNI", Array("www.Example.com".utf8)),
    ("VER", Array("Q043".utf8)), ("UAID", Array("Chrome/70".utf8)),
  ])

  static let connectionID: [UInt8] = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88]
  static let hash = [UInt8](repeating: 0xab, count: 12)

  /// STREAM on stream 1 at offset 0, with a length in network byte order.
  static func stream(_ data: [UInt8]) -> [UInt8] {
    [0xa0, 1, UInt8(data.count >> 8), UInt8(data.count & 255)] + data
  }
}
