/// Finds the host name that a TLS client asks for: the `server_name` extension (SNI).
///
///     struct {                                          RFC 6066, section 3
///         NameType name_type;             1 octet, 0 = host_name
///         opaque HostName<1..2^16-1>;     2-octet length, then the name
///     } ServerName;
///
///     ServerName server_name_list<1..2^16-1>;           2-octet length first
enum ServerName {
  /// The longest name taken, in octets: that of the DNS (RFC 1035, section 2.3.4).
  static let maximumByteCount = 255
  /// Host names after the first that are taken; a list has one by RFC 6066.
  static let maximumFurtherCount = 7

  /// Reads the body of a `server_name` extension.
  ///
  /// The first entry of type `host_name` is the name; others after it, which are against the RFC, are
  /// taken as far as they can be read. A name stays as it was sent: its case, a trailing dot, an IP
  /// address or a port written into it, U-labels in UTF-8 (none of which RFC 6066 allows and clients
  /// send) are the reader's to judge.
  ///
  /// - Parameters:
  ///   - body: `extension_data`, without the extension's type and length.
  ///   - bytes: the reader's span.
  /// - Returns: where the names lie in the span; never empty.
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when a length runs past the end;
  ///   ``WireError/invalid(_:offset:)`` with `serverNameType` when the list has no host name,
  ///   `serverNameLength` when it is empty or longer than 255 octets, `serverNameOctet` where it
  ///   holds a control character or stops being UTF-8.
  static func read(
    _ body: inout ByteReader, in bytes: RawSpan
  ) throws(WireError) -> (first: Range<Int>, further: [Range<Int>]) {
    var list = try body.readSlice(Int(try body.readUInt16()))
    let first = try next(&list, in: bytes)
    var further: [Range<Int>] = []
    while !list.isAtEnd, further.count < maximumFurtherCount,
      let name = try? next(&list, in: bytes)
    {
      further.append(name)
    }
    return (first, further)
  }

  /// The next entry of type `host_name`; others are passed over.
  private static func next(
    _ list: inout ByteReader, in bytes: RawSpan
  ) throws(WireError) -> Range<Int> {
    while true {
      let typeOffset = list.offset
      let type = try list.readUInt8()
      let lengthOffset = list.offset
      let length = Int(try list.readUInt16())
      let start = list.offset
      try list.skip(length)
      guard type == 0 else {
        guard !list.isAtEnd else { throw .invalid(.serverNameType, offset: typeOffset) }
        continue
      }
      guard length > 0, length <= maximumByteCount else {
        throw .invalid(.serverNameLength, offset: lengthOffset)
      }
      if let offset = bytes.firstUnprintableOffset(in: start..<start + length) {
        throw .invalid(.serverNameOctet, offset: offset)
      }
      return start..<start + length
    }
  }

  /// Octets of host names and what is written beside them; HTTP's Host field holds no others.
  static func isAllowed(_ octet: UInt8) -> Bool {
    switch octet {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "*"), UInt8(ascii: "["),
      UInt8(ascii: "]"):
      true
    default: false
    }
  }
}

extension RawSpan {
  /// Where the octets of `range` stop being printable text: the offset of a control character
  /// (C0, DEL or C1) or of what is no UTF-8 (RFC 3629, section 4); nil where all are text.
  package func firstUnprintableOffset(in range: Range<Int>) -> Int? {
    let range = range.clamped(to: 0..<byteCount)
    var offset = range.lowerBound
    while offset < range.upperBound, let first = octet(at: offset) {
      if first < 0x80 {
        guard first >= 0x20, first != 0x7f else { return offset }
        offset += 1
        continue
      }
      // Octets that follow, and what the first of them may be: no overlong form, no surrogate, no
      // C1 control character, nothing past U+10FFFF.
      let (count, second): (Int, ClosedRange<UInt8>) =
        switch first {
        case 0xc2: (1, 0xa0...0xbf)
        case 0xc3...0xdf: (1, 0x80...0xbf)
        case 0xe0: (2, 0xa0...0xbf)
        case 0xed: (2, 0x80...0x9f)
        case 0xe1...0xef: (2, 0x80...0xbf)
        case 0xf0: (3, 0x90...0xbf)
        case 0xf1...0xf3: (3, 0x80...0xbf)
        case 0xf4: (3, 0x80...0x8f)
        default: (0, 0x80...0xbf)
        }
      guard count > 0, range.upperBound - offset > count, let next = octet(at: offset + 1),
        second.contains(next)
      else { return offset }
      for index in 1..<count where (octet(at: offset + 1 + index) ?? 0) & 0xc0 != 0x80 {
        return offset
      }
      offset += 1 + count
    }
    return nil
  }

  /// Whether these octets are an IPv4 or IPv6 address in text, the latter perhaps in brackets, and no
  /// name: RFC 6066 does not allow it as a server name and clients send it.
  package var isAddressLiteral: Bool {
    guard let last = octet(at: byteCount - 1), byteCount <= 47 else { return false }
    // Most names end here: no address ends in a letter past f.
    switch last {
    case 0x30...0x39, 0x61...0x66, 0x41...0x46, UInt8(ascii: ":"), UInt8(ascii: "]"): break
    default: return false
    }
    let isBracketed = octet(at: 0) == UInt8(ascii: "[") && last == UInt8(ascii: "]")
    let text = lowercasedText(isBracketed ? 1..<byteCount - 1 : 0..<byteCount)
    return IPAddress(text) != nil
  }
}
