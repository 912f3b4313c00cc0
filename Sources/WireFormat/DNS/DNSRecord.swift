/// What a DNS message asks (RFC 1035, section 4.1.2); its name is in the ``DNSName`` read with it.
package struct DNSQuestion: Equatable, Sendable {
  package let type: DNSType
  /// QCLASS without mDNS's highest bit (RFC 6762, section 5.4); 1 is the Internet.
  package let classCode: UInt16
}

/// One resource record (RFC 1035, section 4.1.3); its name is in the ``DNSName`` read with it.
package struct DNSRecord: Equatable, Sendable {
  package enum Section: Sendable {
    case answer, authority, additional
  }

  package let section: Section
  package let type: DNSType
  /// CLASS without mDNS's highest bit (RFC 6762, section 10.2); 1 is the Internet.
  package let classCode: UInt16
  /// Seconds; zero where the highest bit is set (RFC 2181, section 8).
  package let timeToLive: UInt32
  /// Where RDATA lies in the message.
  package let data: Range<Int>
  /// The address of an A or AAAA record of class 1 and the right length.
  package let address: IPAddress?
}

/// A type of resource record, by its number (RFC 1035, section 3.2.2, and the IANA registry).
package struct DNSType: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt16

  package init(rawValue: UInt16) { self.rawValue = rawValue }

  package static let a = Self(rawValue: 1)
  package static let cname = Self(rawValue: 5)
  package static let ptr = Self(rawValue: 12)
  package static let aaaa = Self(rawValue: 28)
  /// A NetBIOS name's addresses (RFC 1002, section 4.2.1.3); DNS has given the number to NIMLOC.
  package static let netBIOS = Self(rawValue: 32)
  package static let opt = Self(rawValue: 41)
  package static let svcb = Self(rawValue: 64)
  package static let https = Self(rawValue: 65)
}
