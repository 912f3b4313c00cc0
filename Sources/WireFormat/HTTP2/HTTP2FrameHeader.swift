/// What stands before each frame of HTTP/2 (RFC 9113, section 4.1).
///
///     length 3, type 1, flags 1, reserved 1 bit and stream 31 bits; then `length` octets
package struct HTTP2FrameHeader: Equatable, Sendable {
  package static let byteCount = 9
  /// The client's first octets: "PRI * HTTP/2.0" and an empty line, "SM" and another (RFC 9113, section 3.4).
  package static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  /// Octets of the frame after this header.
  package let length: Int
  package let type: UInt8
  package let flags: UInt8

  package static let headers: UInt8 = 1
  package static let continuation: UInt8 = 9
  package static let endHeaders: UInt8 = 0x04
  package static let padded: UInt8 = 0x08
  package static let priority: UInt8 = 0x20

  /// - Throws: ``WireError/truncated(offset:needed:available:)`` with fewer than nine octets.
  package init(parsing bytes: RawSpan) throws(WireError) {
    var reader = ByteReader(bytes)
    length = Int(try reader.readUInt24())
    type = try reader.readUInt8()
    flags = try reader.readUInt8()
    _ = try reader.readUInt32()
  }

  /// The header block within a HEADERS frame's octets (section 6.2); nil when padding or priority do not fit.
  package func headerBlock(_ bytes: RawSpan) -> Range<Int>? {
    var start = 0
    var end = bytes.byteCount
    if flags & Self.padded != 0 {
      guard let padding = bytes.octet(at: 0) else { return nil }
      start = 1
      end -= Int(padding)
    }
    if flags & Self.priority != 0 { start += 5 }
    return start <= end ? start..<end : nil
  }
}
