/// The Huffman code of HPACK (RFC 7541, section 5.2 and appendix B).
///
/// The code is canonical: codes of one length follow one another in the order of their symbols, so that the lengths
/// alone tell it.
package enum HPACKHuffman {
  /// The longest text that is made, in octets.
  static let maximumByteCount = 4_096

  /// Bits of the code of each octet; the 257th is the end of the string, which no text holds.
  private static let lengths: [UInt8] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
  ]

  /// Of each length of code: the first code, the place of its symbol, and how many there are.
  private struct Table {
    var symbols: [UInt16] = []
    var first = [UInt32](repeating: 0, count: 31)
    var place = [Int](repeating: 0, count: 31)
    var count = [UInt32](repeating: 0, count: 31)

    init() {
      var code: UInt32 = 0
      for length in 1...30 {
        code <<= 1
        first[length] = code
        place[length] = symbols.count
        for (symbol, bits) in lengths.enumerated() where Int(bits) == length {
          symbols.append(UInt16(symbol))
          code += 1
        }
        count[length] = UInt32(symbols.count - place[length])
      }
    }
  }

  private static let table = Table()

  /// The text that `bytes` encode.
  ///
  /// - Throws: ``WireError/invalid(_:offset:)`` with `hpackHuffman` for the code of the end, for padding of more than
  ///   seven bits or of other than ones, and past ``maximumByteCount``.
  package static func decode(_ bytes: RawSpan) throws(WireError) -> [UInt8] {
    let table = table
    var text: [UInt8] = []
    var code: UInt32 = 0
    var length = 0
    for offset in 0..<bytes.byteCount {
      guard let octet = bytes.octet(at: offset) else { break }
      for shift in stride(from: 7, through: 0, by: -1) {
        code = code << 1 | UInt32(octet >> UInt8(shift) & 1)
        length += 1
        guard length <= 30 else { throw .invalid(.hpackHuffman, offset: offset) }
        let index = code &- table.first[length]
        guard code >= table.first[length], index < table.count[length] else { continue }
        let symbol = table.symbols[table.place[length] + Int(index)]
        guard symbol < 256, text.count < maximumByteCount else {
          throw .invalid(.hpackHuffman, offset: offset)
        }
        text.append(UInt8(truncatingIfNeeded: symbol))
        code = 0
        length = 0
      }
    }
    guard length < 8, code == (1 << UInt32(length)) - 1 else {
      throw .invalid(.hpackHuffman, offset: bytes.byteCount)
    }
    return text
  }
}
