/// What a load balancer puts before a connection's own octets to say whom it stands for: the PROXY protocol.
///
///     version 1:  "PROXY " ("TCP4" | "TCP6") 4 × (" " field) CR LF, or "PROXY UNKNOWN" … CR LF; at most 107 octets
///     version 2:  signature 12, version and command 1 (0x20 LOCAL, 0x21 PROXY), family 1, length 2, then as many octets
///
/// Specified by HAProxy, "The PROXY protocol", sections 2.1 and 2.2. The addresses in it are not read: the endpoints of
/// the flow are those of its packets.
package struct PROXYHeader: Equatable, Sendable {
  /// 1 or 2.
  package let version: UInt8
  /// Octets of the header, CR LF or all addresses included; more than are there where a long version 2 goes on.
  package let byteCount: Int

  /// The longest line of version 1, in octets.
  package static let maximumLineByteCount = 107
  /// The longest version 2 that is passed over: addresses take 216 octets, the rest is TLVs.
  package static let maximumByteCount = 4_096

  /// Reads a header at the start of `bytes`; of version 2 its first sixteen octets must be there.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` while more octets can make a header;
  ///   ``WireError/invalid(_:offset:)`` with `proxySignature` when it is none, `proxyLine` for a line with other fields
  ///   or too long, `proxyLength` for a version 2 of other command or past the limit.
  package init(parsing bytes: RawSpan) throws(WireError) {
    guard let first = bytes.octet(at: 0) else {
      throw .truncated(offset: 0, needed: 1, available: 0)
    }
    if first == UInt8(ascii: "P") {
      version = 1
      byteCount = try Self.readLine(bytes)
    } else {
      version = 2
      byteCount = try Self.readBinary(bytes)
    }
  }

  private static func readLine(_ bytes: RawSpan) throws(WireError) -> Int {
    try match("PROXY ", in: bytes)
    var spaces = 0
    for offset in 6..<maximumLineByteCount {
      guard let octet = bytes.octet(at: offset) else {
        throw .truncated(offset: offset, needed: 1, available: 0)
      }
      if octet == UInt8(ascii: "\r") {
        guard let next = bytes.octet(at: offset + 1) else {
          throw .truncated(offset: offset + 1, needed: 1, available: 0)
        }
        let isTCP =
          bytes.hasPrefix("TCP4 ", at: 6..<offset) || bytes.hasPrefix("TCP6 ", at: 6..<offset)
        guard next == UInt8(ascii: "\n"),
          isTCP && spaces == 4 || bytes.hasPrefix("UNKNOWN", at: 6..<offset)
        else { throw .invalid(.proxyLine, offset: offset) }
        return offset + 2
      }
      guard (0x20...0x7e).contains(octet) else { throw .invalid(.proxyLine, offset: offset) }
      if octet == UInt8(ascii: " ") { spaces += 1 }
    }
    throw .invalid(.proxyLine, offset: maximumLineByteCount)
  }

  private static func readBinary(_ bytes: RawSpan) throws(WireError) -> Int {
    try match("\r\n\r\n\0\r\nQUIT\n", in: bytes)
    var reader = ByteReader(bytes)
    try reader.skip(12)
    let command = try reader.readUInt8()
    guard command == 0x20 || command == 0x21 else { throw .invalid(.proxyLength, offset: 12) }
    try reader.skip(1)
    let count = 16 + Int(try reader.readUInt16())
    guard count <= maximumByteCount else { throw .invalid(.proxyLength, offset: 14) }
    return count
  }

  private static func match(_ text: StaticString, in bytes: RawSpan) throws(WireError) {
    let count = min(text.utf8CodeUnitCount, bytes.byteCount)
    guard bytes.isPrefix(of: text, count: count) else { throw .invalid(.proxySignature, offset: 0) }
    guard count == text.utf8CodeUnitCount else {
      throw .truncated(offset: count, needed: text.utf8CodeUnitCount - count, available: 0)
    }
  }
}
