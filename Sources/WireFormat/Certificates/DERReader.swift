/// Reads one element after another of the Distinguished Encoding Rules (ITU-T X.690, sections 8.1 and 10).
///
///     identifier   1 octet: class, constructed, tag number 0...30
///     length       1 octet below 128; or 0x81...0x84 and that many octets
///     contents     as many octets as the length says
///
/// It goes into nothing by itself: a caller opens the elements that it wants, so that nesting costs
/// nothing. Lengths in the indefinite form and tag numbers past 30, which no certificate has, are errors.
package struct DERReader: ~Escapable {
  /// Identifier octets of the elements that certificates are made of.
  package enum Tag {
    package static let boolean: UInt8 = 0x01
    package static let octetString: UInt8 = 0x04
    package static let objectIdentifier: UInt8 = 0x06
    package static let sequence: UInt8 = 0x30
    package static let set: UInt8 = 0x31
    /// `[number]`, context-specific, constructed or not.
    package static func context(_ number: UInt8, isConstructed: Bool) -> UInt8 {
      0x80 | (isConstructed ? 0x20 : 0) | number
    }
  }

  /// One element: its identifier octet, and where its contents lie.
  package struct Element: Equatable, Sendable {
    package let tag: UInt8
    package let contents: Range<Int>
  }

  private var reader: ByteReader
  private let bytes: RawSpan

  /// A reader over `range` of `bytes`; offsets count from the start of `bytes`.
  @_lifetime(copy bytes)
  package init(_ bytes: RawSpan, _ range: Range<Int>) {
    self.bytes = bytes
    let range = range.clamped(to: 0..<bytes.byteCount)
    reader = ByteReader(bytes, from: range.lowerBound, to: range.upperBound)
  }

  package var isAtEnd: Bool { reader.isAtEnd }

  /// Reads the next element.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when it runs past the end;
  ///   ``WireError/invalid(_:offset:)`` with `derTag` or `derLength` for a form that is not read.
  @_lifetime(self: copy self)
  package mutating func next() throws(WireError) -> Element {
    let start = reader.offset
    let tag = try reader.readUInt8()
    guard tag & 0x1f != 0x1f else { throw .invalid(.derTag, offset: start) }
    let first = try reader.readUInt8()
    var length = Int(first)
    if first >= 0x80 {
      let count = Int(first & 0x7f)
      guard count >= 1, count <= 4 else { throw .invalid(.derLength, offset: start + 1) }
      length = 0
      for _ in 0..<count { length = length << 8 | Int(try reader.readUInt8()) }
    }
    let contents = reader.offset
    try reader.skip(length)
    return Element(tag: tag, contents: contents..<contents + length)
  }

  /// Reads the next element, which has to be of `tag`.
  ///
  /// - Throws: as ``next()``, and `derTag` for another one.
  @_lifetime(self: copy self)
  package mutating func next(_ tag: UInt8) throws(WireError) -> Element {
    let start = reader.offset
    let element = try next()
    guard element.tag == tag else { throw .invalid(.derTag, offset: start) }
    return element
  }

  /// A reader over the contents of an element of this reader.
  @_lifetime(copy self)
  package func opened(_ element: Element) -> DERReader { DERReader(bytes, element.contents) }
}
