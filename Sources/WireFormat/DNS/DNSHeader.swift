/// The twelve octets before each DNS message.
///
///     ID                                   2 octets                 RFC 1035, section 4.1.1
///     QR Opcode AA TC RD | RA Z AD CD RCODE  1 + 4 + 1 + 1 + 1 | 1 + 1 + 1 + 1 + 4 bits
///     QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT   2 octets each
///
/// The counts are what the sender says; nothing is made or kept by them.
package struct DNSHeader: Equatable, Sendable {
  /// Octets of the header.
  package static let byteCount = 12

  package let identifier: UInt16
  /// QR: an answer.
  package let isResponse: Bool
  /// 0 is a standard query.
  package let operationCode: UInt8
  /// TC: the answer did not fit the datagram.
  package let isTruncated: Bool
  /// RCODE: 0 is success, 3 is NXDOMAIN.
  package let responseCode: UInt8
  package let questionCount: UInt16
  package let answerCount: UInt16
  package let authorityCount: UInt16
  package let additionalCount: UInt16
  private let hasReservedBit: Bool

  /// Reads the header; the reader is left at the first question.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` with fewer than twelve octets.
  package init(parsing reader: inout ByteReader) throws(WireError) {
    var header = try reader.readSlice(Self.byteCount)
    identifier = try header.readUInt16()
    let flags = try header.readUInt16()
    isResponse = flags & 0x8000 != 0
    operationCode = UInt8(flags >> 11 & 15)
    isTruncated = flags & 0x0200 != 0
    hasReservedBit = flags & 0x0040 != 0
    responseCode = UInt8(flags & 15)
    questionCount = try header.readUInt16()
    answerCount = try header.readUInt16()
    authorityCount = try header.readUInt16()
    additionalCount = try header.readUInt16()
  }

  /// Whether a message of `messageByteCount` octets can begin so; what is no DNS on port 53 is
  /// mostly told here.
  ///
  /// True for a query, notification or update whose reserved bit is zero and whose questions, five
  /// octets or more each, fit the message; one without questions must have room for a record. The
  /// counts of records are not weighed: a question can be read where they are wrong.
  ///
  /// - Parameter messageByteCount: on the wire, also where the capture has fewer.
  package func isPlausible(messageByteCount: Int) -> Bool {
    let isKnown = operationCode == 0 || operationCode == 4 || operationCode == 5
    guard isKnown, !hasReservedBit else { return false }
    if questionCount > 0 {
      return Self.byteCount + 5 * Int(questionCount) <= messageByteCount
    }
    let hasRecords = answerCount > 0 || authorityCount > 0 || additionalCount > 0
    return hasRecords && Self.byteCount + 11 <= messageByteCount
  }
}
