/// The application protocols that a hello names in its ALPN extension (RFC 7301), as a set.
@frozen
@usableFromInline
package struct ApplicationProtocols: OptionSet, Hashable, Sendable {
  @usableFromInline package let rawValue: UInt8

  @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `h2` (RFC 9113).
  @inlinable package static var http2: Self { Self(rawValue: 1) }
  /// `http/1.1` and `http/1.0`.
  @inlinable package static var http1: Self { Self(rawValue: 2) }
  /// `h3` (RFC 9114) and its drafts `h3-NN`.
  @inlinable package static var http3: Self { Self(rawValue: 4) }
  /// `dot` (RFC 7858): DNS over TLS.
  @inlinable package static var dnsOverTLS: Self { Self(rawValue: 8) }
  /// `doq` (RFC 9250) and its drafts `doq-iNN`: DNS over QUIC.
  @inlinable package static var dnsOverQUIC: Self { Self(rawValue: 16) }
  /// Any other, GREASE among them.
  @inlinable package static var other: Self { Self(rawValue: 32) }

  /// The set with the one protocol whose identification sequence lies at `range`.
  init(identifiedBy range: Range<Int>, in bytes: RawSpan) {
    if bytes.equals("h2", at: range) {
      self = .http2
    } else if bytes.equals("http/1.1", at: range) || bytes.equals("http/1.0", at: range) {
      self = .http1
    } else if bytes.equals("h3", at: range) || bytes.hasPrefix("h3-", at: range) {
      self = .http3
    } else if bytes.equals("dot", at: range) {
      self = .dnsOverTLS
    } else if bytes.equals("doq", at: range) || bytes.hasPrefix("doq-", at: range) {
      self = .dnsOverQUIC
    } else {
      self = .other
    }
  }

  /// Reads a `ProtocolNameList`; what stands before a cut or an empty name is kept.
  ///
  ///     opaque ProtocolName<1..2^8-1>;               RFC 7301, section 3.1
  ///     ProtocolName protocol_name_list<2..2^16-1>
  ///
  /// - Returns: the set, and where the first name lies.
  static func read(_ body: inout ByteReader, in bytes: RawSpan) -> (Self, first: Range<Int>?) {
    var set: Self = []
    var first: Range<Int>?
    do throws(WireError) {
      var list = try body.readSlice(Int(try body.readUInt16()))
      while !list.isAtEnd {
        let length = Int(try list.readUInt8())
        let start = list.offset
        try list.skip(length)
        guard length > 0 else { break }
        if first == nil { first = start..<start + length }
        set.formUnion(Self(identifiedBy: start..<start + length, in: bytes))
      }
    } catch {
      // A hello with an unreadable list is still a hello.
    }
    return (set, first)
  }
}
