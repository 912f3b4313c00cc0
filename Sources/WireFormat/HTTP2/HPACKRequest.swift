/// What the first header block of an HTTP/2 connection asks for: `:authority`, or `host` without one, and `:path`.
///
///     1xxxxxxx               indexed field                          RFC 7541, section 6.1
///     01xxxxxx, 0000xxxx, 0001xxxx   literal: index of the name, or 0 and the name; the value       section 6.2
///     001xxxxx               size of the dynamic table                                     section 6.3
///     string: H bit and length (7-bit prefix), octets                                 section 5.2
///
/// The first block of a connection finds an empty dynamic table, and nobody indexes within one request what it has just
/// added; fields that refer to the dynamic table are passed over.
package struct HPACKRequest: Equatable, Sendable {
  /// As sent, with its port if there is one; empty when there is none or it holds an octet that no name has.
  package private(set) var authority: [UInt8] = []
  /// Path and query; empty when there is none.
  package private(set) var path: [UInt8] = []

  /// Fields of a block that are read.
  private static let maximumFields = 256

  /// Names of the static table that are wanted (RFC 7541, appendix A).
  private enum Name { case authority, path, host, other }

  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when a length runs past the end,
  ///   ``WireError/invalid(_:offset:)`` with `hpackInteger` for an index of 0 or a number of more than 28 bits,
  ///   `hpackHuffman` for a text that is none.
  package init(parsing block: RawSpan) throws(WireError) {
    var reader = ByteReader(block)
    for _ in 0..<Self.maximumFields where !reader.isAtEnd {
      let offset = reader.offset
      let first = try reader.readUInt8()
      if first & 0x80 != 0 {
        let index = try HPACKPrimitive.integer(first & 0x7f, prefix: 7, &reader)
        guard index > 0 else { throw .invalid(.hpackInteger, offset: offset) }
        if index == 4 { path = Array("/".utf8) }
        if index == 5 { path = Array("/index.html".utf8) }
      } else if first & 0xe0 == 0x20 {
        _ = try HPACKPrimitive.integer(first & 0x1f, prefix: 5, &reader)
      } else {
        let isIndexing = first & 0x40 != 0
        let prefix: UInt8 = isIndexing ? 6 : 4
        let index = try HPACKPrimitive.integer(first & (1 << prefix - 1), prefix: prefix, &reader)
        let name = index == 0 ? Self.name(try HPACKPrimitive.string(&reader)) : Self.name(index)
        let value = try HPACKPrimitive.string(&reader)
        note(name, value)
      }
    }
  }

  /// The authority without its port.
  package var hostName: ArraySlice<UInt8> {
    if authority.first == UInt8(ascii: "[") {
      return authority.dropFirst().prefix { $0 != UInt8(ascii: "]") }
    }
    return authority.prefix { $0 != UInt8(ascii: ":") }
  }

  private mutating func note(_ name: Name, _ value: [UInt8]) {
    switch name {
    case .authority, .host:
      guard name == .authority || authority.isEmpty,
        (1...ServerName.maximumByteCount).contains(value.count),
        value.allSatisfy(ServerName.isAllowed)
      else { return }
      authority = value
    case .path:
      path = value
    case .other:
      break
    }
  }

  private static func name(_ index: Int) -> Name {
    switch index {
    case 1: .authority
    case 4, 5: .path
    case 38: .host
    default: .other
    }
  }

  private static func name(_ text: [UInt8]) -> Name {
    let octets = text.octets
    let all = 0..<text.count
    if octets.equals(":authority", at: all) { return .authority }
    if octets.equals(":path", at: all) { return .path }
    return octets.equals("host", at: all) ? .host : .other
  }
}
