/// The configurations under which a server takes encrypted hellos, as HTTPS records announce them.
///
///     ECHConfig ECHConfigList<4..2^16-1>;     2-octet length first       RFC 9849, section 4
///     ECHConfig:
///       version (2) = 0xfe0d, length (2)
///       config_id (1), kem_id (2), public_key<1..2^16-1>
///       cipher_suites<4..2^16-4>              4 octets each
///       maximum_name_length (1)
///       public_name<1..255>                   1-octet length first
///       extensions<0..2^16-1>
///
/// Read one by one; configurations of other versions are passed over, as clients do.
package struct ECHConfigList: ~Escapable {
  /// What a hello under the configuration shows.
  package struct Config: Equatable, Sendable {
    package var configID: UInt8
    /// The key encapsulation mechanism (HPKE), by its number.
    package var keyEncapsulation: UInt16
    /// Where the name stands that the outer hello bears, counted in the reader's span.
    package var publicName: Range<Int>
  }

  private var list: ByteReader

  /// Reads the list's length.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when the list is not all there.
  @_lifetime(copy value)
  package init(parsing value: consuming ByteReader) throws(WireError) {
    let length = Int(try value.readUInt16())
    list = try value.readSlice(length)
  }

  /// The next configuration of version 0xfe0d; nil after the last.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when a length runs past the end;
  ///   ``WireError/invalid(_:offset:)`` with `echConfig` for an empty key or name, or cipher suites
  ///   that are no whole number.
  @_lifetime(self: copy self)
  package mutating func next() throws(WireError) -> Config? {
    while !list.isAtEnd {
      let version = try list.readUInt16()
      let length = Int(try list.readUInt16())
      var contents = try list.readSlice(length)
      if version == 0xfe0d { return try Self.config(&contents) }
    }
    return nil
  }

  private static func config(_ contents: inout ByteReader) throws(WireError) -> Config {
    let configID = try contents.readUInt8()
    let keyEncapsulation = try contents.readUInt16()
    let keyOffset = contents.offset
    let keyByteCount = Int(try contents.readUInt16())
    guard keyByteCount > 0 else { throw .invalid(.echConfig, offset: keyOffset) }
    try contents.skip(keyByteCount)
    let suitesOffset = contents.offset
    let suitesByteCount = Int(try contents.readUInt16())
    guard suitesByteCount >= 4, suitesByteCount % 4 == 0 else {
      throw .invalid(.echConfig, offset: suitesOffset)
    }
    try contents.skip(suitesByteCount + 1)
    let nameOffset = contents.offset
    let nameByteCount = Int(try contents.readUInt8())
    guard nameByteCount > 0 else { throw .invalid(.echConfig, offset: nameOffset) }
    let start = contents.offset
    try contents.skip(nameByteCount)
    try contents.skip(Int(try contents.readUInt16()))
    return Config(
      configID: configID, keyEncapsulation: keyEncapsulation,
      publicName: start..<start + nameByteCount)
  }
}
