/// A NetBIOS name: fifteen octets of name, padded with spaces, and one that tells what it is for.
///
///     label:  length 32, then 16 × 2 octets `A`…`P`, each half of an octet     RFC 1001, section 14.1
///     scope:  further labels, then 0                                          RFC 1002, section 4.1
///
/// The name's text is in lower case as every name here; octets outside 0x21...0x7e but the padding are
/// written `\DDD`. Scopes are hardly ever used and left out.
package struct NetBIOSName: Equatable, Sendable {
  /// What the owner is, by the sixteenth octet.
  package enum Suffix: Sendable, Equatable {
    /// 0x00: a computer, or the group it belongs to.
    case workstation
    /// 0x03: the messenger of a computer or user.
    case messenger
    /// 0x20: a file server, always a computer.
    case fileServer
    case other(UInt8)
  }

  /// Without padding; `*` asks for all; at most sixty octets.
  package let text: String
  package let suffix: Suffix

  /// Reads the name in the form in which a message has it.
  ///
  /// - Throws: ``WireError/invalid(_:offset:)`` with `netBIOSName` when the first label is not 32
  ///   octets `A`…`P` (in any case), offset counting in the name's text.
  package init(decoding name: borrowing DNSName) throws(WireError) {
    let octets = name.bytes
    let length = 32
    guard octets.byteCount == length || octets.octet(at: length) == UInt8(ascii: ".") else {
      throw .invalid(.netBIOSName, offset: min(octets.byteCount, length))
    }
    var decoded = InlineArray<16, UInt8>(repeating: 0)
    for index in 0..<16 {
      let high = try Self.half(octets, at: 2 * index)
      let low = try Self.half(octets, at: 2 * index + 1)
      decoded[index] = high << 4 | low
    }
    suffix =
      switch decoded[15] {
      case 0x00: .workstation
      case 0x03: .messenger
      case 0x20: .fileServer
      case let other: .other(other)
      }
    text = Self.text(decoded)
  }

  /// The text, and the sixteenth octet in hexadecimal: `desk-7<20>`.
  package var description: String {
    let octet: UInt8 =
      switch suffix {
      case .workstation: 0x00
      case .messenger: 0x03
      case .fileServer: 0x20
      case .other(let octet): octet
      }
    return text + "<" + (octet < 16 ? "0" : "") + String(octet, radix: 16) + ">"
  }

  private static func half(_ octets: RawSpan, at offset: Int) throws(WireError) -> UInt8 {
    let first = UInt8(ascii: "a")
    guard let octet = octets.octet(at: offset), octet >= first, octet < first + 16 else {
      throw .invalid(.netBIOSName, offset: offset)
    }
    return octet - first
  }

  private static func text(_ octets: InlineArray<16, UInt8>) -> String {
    var end = 15
    while end > 0, octets[end - 1] == 0x20 || octets[end - 1] == 0 { end -= 1 }
    var text: [UInt8] = []
    for index in 0..<end {
      let octet = octets[index]
      switch octet {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): text.append(octet | 0x20)
      case UInt8(ascii: "\\"): text += [octet, octet]
      case 0x21...0x7e: text.append(octet)
      default:
        let zero = UInt8(ascii: "0")
        text += [UInt8(ascii: "\\"), zero + octet / 100, zero + octet / 10 % 10, zero + octet % 10]
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
