/// The names that an X.509 certificate is good for (RFC 5280, sections 4.1 and 4.2.1.6; RFC 9525).
///
///     Certificate     SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }
///     TBSCertificate  SEQUENCE { [0] version OPTIONAL, serialNumber, signature, issuer, validity,
///                                subject, subjectPublicKeyInfo, [1] OPTIONAL, [2] OPTIONAL,
///                                [3] Extensions OPTIONAL }
///     Extension       SEQUENCE { extnID, critical BOOLEAN OPTIONAL, extnValue OCTET STRING }
///     SubjectAltName  SEQUENCE OF { [2] dNSName IA5String | [7] iPAddress OCTET STRING | others }
///     Name            SEQUENCE OF SET OF SEQUENCE { type, value }
///
/// Names come in the order of the certificate, subjectAltName first, then the last common name of the
/// subject where it reads as a host name and is not among them. Nothing is verified: whoever sends the
/// certificate may have made it up.
package struct CertificateNames: Equatable, Sendable {
  package enum Name: Equatable, Hashable, Sendable {
    /// Where a host name lies, perhaps with `*.` before it; 1...255 octets of a host name's.
    case host(Range<Int>)
    case address(IPAddress)
  }

  package private(set) var names: [Name] = []
  /// There are more than were taken.
  package private(set) var isCut = false

  /// Names taken of one certificate; CDN operators put up to a hundred into one.
  package static let maximumCount = 128

  /// Reads a certificate.
  ///
  /// - Parameter der: one certificate; octets after it are left unread.
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` or ``WireError/invalid(_:offset:)``
  ///   with `derTag` or `derLength` where it is no certificate. A name that is none is left out, and
  ///   what stands before damage within subjectAltName is kept.
  package init(parsing der: RawSpan) throws(WireError) {
    var file = DERReader(der, 0..<der.byteCount)
    var certificate = file.opened(try file.next(DERReader.Tag.sequence))
    var body = certificate.opened(try certificate.next(DERReader.Tag.sequence))
    var element = try body.next()
    // The version is absent from version 1.
    if element.tag == DERReader.Tag.context(0, isConstructed: true) { element = try body.next() }
    _ = try body.next(DERReader.Tag.sequence)  // signature
    _ = try body.next(DERReader.Tag.sequence)  // issuer
    _ = try body.next(DERReader.Tag.sequence)  // validity
    let subject = try body.next(DERReader.Tag.sequence)
    _ = try body.next(DERReader.Tag.sequence)  // subjectPublicKeyInfo
    while !body.isAtEnd {
      let optional = try body.next()
      guard optional.tag == DERReader.Tag.context(3, isConstructed: true) else { continue }
      var extensions = body.opened(optional)
      readAlternativeNames(extensions.opened(try extensions.next(DERReader.Tag.sequence)), in: der)
    }
    readCommonName(body.opened(subject), in: der)
  }

  /// Takes the names of subjectAltName (2.5.29.17).
  private mutating func readAlternativeNames(_ list: consuming DERReader, in der: RawSpan) {
    while !list.isAtEnd, let item = try? list.next(DERReader.Tag.sequence) {
      var parts = list.opened(item)
      guard let identifier = try? parts.next(DERReader.Tag.objectIdentifier) else { return }
      guard der.equals([0x55, 0x1d, 0x11], at: identifier.contents) else { continue }
      guard var value = try? parts.next() else { return }
      if value.tag == DERReader.Tag.boolean {
        guard let next = try? parts.next() else { return }
        value = next
      }
      guard value.tag == DERReader.Tag.octetString else { return }
      var string = parts.opened(value)
      guard let sequence = try? string.next(DERReader.Tag.sequence) else { return }
      var names = string.opened(sequence)
      while !names.isAtEnd, let name = try? names.next() { take(name, in: der) }
      return
    }
  }

  private mutating func take(_ name: DERReader.Element, in der: RawSpan) {
    switch name.tag {
    case DERReader.Tag.context(2, isConstructed: false):
      if der.isHostName(at: name.contents) { add(.host(name.contents)) }
    case DERReader.Tag.context(7, isConstructed: false):
      var reader = ByteReader(der.extracting(name.contents))
      if name.contents.count == 4, let v4 = try? reader.readUInt32() {
        add(.address(IPAddress(v4: v4)))
      } else if name.contents.count == 16, let high = try? reader.readUInt64(),
        let low = try? reader.readUInt64()
      {
        add(.address(IPAddress(high: high, low: low)))
      }
    default: break
    }
  }

  /// Takes the last common name (2.5.4.3), the most specific one.
  private mutating func readCommonName(_ subject: consuming DERReader, in der: RawSpan) {
    var found: Range<Int>?
    while !subject.isAtEnd, let set = try? subject.next(DERReader.Tag.set) {
      var attributes = subject.opened(set)
      while !attributes.isAtEnd, let pair = try? attributes.next(DERReader.Tag.sequence) {
        var parts = attributes.opened(pair)
        if let type = try? parts.next(DERReader.Tag.objectIdentifier),
          der.equals([0x55, 0x04, 0x03], at: type.contents), let value = try? parts.next()
        {
          found = value.contents
        }
      }
    }
    guard let found, der.isHostName(at: found), der.hasDot(at: found) else { return }
    let isKnown = names.contains {
      guard case .host(let range) = $0 else { return false }
      return der.lowercasedText(range) == der.lowercasedText(found)
    }
    if !isKnown { add(.host(found)) }
  }

  private mutating func add(_ name: Name) {
    if names.count < Self.maximumCount { names.append(name) } else { isCut = true }
  }
}

extension RawSpan {
  fileprivate func equals(_ octets: [UInt8], at range: Range<Int>) -> Bool {
    guard range.count == octets.count else { return false }
    for index in 0..<octets.count where octet(at: range.lowerBound + index) != octets[index] {
      return false
    }
    return true
  }

  /// Letters, digits, `-`, `.` and `_`, with `*` as the whole first label if at all.
  fileprivate func isHostName(at range: Range<Int>) -> Bool {
    guard range.count >= 1, range.count <= ServerName.maximumByteCount else { return false }
    var start = range.lowerBound
    if octet(at: start) == UInt8(ascii: "*") {
      guard range.count >= 3, octet(at: start + 1) == UInt8(ascii: ".") else { return false }
      start += 2
    }
    for offset in start..<range.upperBound {
      switch octet(at: offset) ?? 0 {
      case 0x61...0x7a, 0x41...0x5a, 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"):
        continue
      default: return false
      }
    }
    return true
  }

  fileprivate func hasDot(at range: Range<Int>) -> Bool {
    range.contains { octet(at: $0) == UInt8(ascii: ".") }
  }
}
