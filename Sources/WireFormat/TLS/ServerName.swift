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

  /// Reads the body of a `server_name` extension.
  ///
  /// Clients send one name; the first of type `host_name` is taken and the rest of the list is left
  /// unread. A name stays as it was sent: its case, a trailing dot, an IP address or a port written
  /// into it (which RFC 6066 does not allow and clients send) are the reader's to judge.
  ///
  /// - Parameter body: `extension_data`, without the extension's type and length.
  /// - Returns: where the name lies in the reader's span; never empty.
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when a length runs past the end;
  ///   ``WireError/invalid(_:offset:)`` with `serverNameType` when the list has no host name,
  ///   `serverNameLength` when it is empty or longer than 255 octets, `serverNameOctet` when it
  ///   holds an octet outside `a-z A-Z 0-9 - . _ : * [ ]`.
  static func read(_ body: inout ByteReader) throws(WireError) -> Range<Int> {
    var list = try body.readSlice(Int(try body.readUInt16()))
    while true {
      let typeOffset = list.offset
      let type = try list.readUInt8()
      let lengthOffset = list.offset
      let length = Int(try list.readUInt16())
      var name = try list.readSlice(length)
      guard type == 0 else {
        guard !list.isAtEnd else { throw .invalid(.serverNameType, offset: typeOffset) }
        continue
      }
      guard length > 0, length <= maximumByteCount else {
        throw .invalid(.serverNameLength, offset: lengthOffset)
      }
      let start = name.offset
      while !name.isAtEnd {
        let offset = name.offset
        guard isAllowed(try name.readUInt8()) else {
          throw .invalid(.serverNameOctet, offset: offset)
        }
      }
      return start..<start + length
    }
  }

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
