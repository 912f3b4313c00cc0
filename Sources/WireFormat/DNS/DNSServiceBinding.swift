/// The data of an SVCB or HTTPS record: how to reach a service, and whether with an encrypted name.
///
///     SvcPriority   2 octets, 0 = alias                       RFC 9460, section 2.2
///     TargetName    a name without compression
///     SvcParams     key (2 octets), length (2 octets), value; in rising order of keys
///
/// Ranges count octets of the message. Of the parameters alpn (1), ipv4hint (4), ech (5) and
/// ipv6hint (6) are read (sections 7.1, 7.3; RFC 9848).
package struct DNSServiceBinding: Equatable, Sendable {
  /// 0: the record only points to ``target``.
  package let priority: UInt16
  /// Where TargetName lies.
  package let target: Range<Int>
  /// Where the ECHConfigList lies under which clients hide the server name; empty without one.
  package private(set) var encryptedClientHello = 0..<0
  package private(set) var applicationProtocols: ApplicationProtocols = []
  /// Addresses of four octets each; empty without the parameter.
  package private(set) var ipv4Hints = 0..<0
  /// Addresses of sixteen octets each; empty without the parameter.
  package private(set) var ipv6Hints = 0..<0

  /// ech is there: clients that know it will hide the server name.
  package var hasEncryptedClientHello: Bool { !encryptedClientHello.isEmpty }

  /// Reads a record's data.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when a length runs past the end of
  ///   the data; ``WireError/invalid(_:offset:)`` with `dnsServiceBinding` when the target is
  ///   compressed or a hint is no whole number of addresses.
  init(parsing data: inout ByteReader, in message: RawSpan) throws(WireError) {
    priority = try data.readUInt16()
    target = try Self.skipName(&data)
    guard priority != 0 else { return }
    while !data.isAtEnd {
      let key = try data.readUInt16()
      let length = Int(try data.readUInt16())
      var value = try data.readSlice(length)
      let range = value.offset..<value.offset + length
      switch key {
      case 1: applicationProtocols = try Self.protocols(&value, in: message)
      case 4: ipv4Hints = try Self.hints(range, octetsEach: 4)
      case 5: encryptedClientHello = range
      case 6: ipv6Hints = try Self.hints(range, octetsEach: 16)
      default: break
      }
    }
  }

  private static func skipName(_ data: inout ByteReader) throws(WireError) -> Range<Int> {
    let start = data.offset
    while true {
      let offset = data.offset
      let length = try data.readUInt8()
      guard length < 64 else { throw .invalid(.dnsServiceBinding, offset: offset) }
      try data.skip(Int(length))
      if length == 0 { return start..<data.offset }
    }
  }

  private static func hints(
    _ range: Range<Int>, octetsEach width: Int
  ) throws(WireError) -> Range<Int> {
    guard range.count % width == 0 else {
      throw .invalid(.dnsServiceBinding, offset: range.lowerBound)
    }
    return range
  }

  private static func protocols(
    _ value: inout ByteReader, in message: RawSpan
  ) throws(WireError) -> ApplicationProtocols {
    var set: ApplicationProtocols = []
    while !value.isAtEnd {
      let length = Int(try value.readUInt8())
      let start = value.offset
      try value.skip(length)
      set.formUnion(ApplicationProtocols(identifiedBy: start..<start + length, in: message))
    }
    return set
  }
}
