extension DNSMessage {
  /// Whether the octets are one DNS message and nothing else: how DNS is told on ports that are not
  /// its own.
  ///
  /// A standard query or its answer (opcode 0, Z zero) with one question, of class IN, CH, HS or ANY
  /// and of a type other than zero, about a name other than the root; all its records can be read and
  /// the message ends with the last. A query has no answers. The header is looked at first, so that
  /// other traffic costs a few comparisons. Names of records are passed over, their pointers not followed:
  /// the time is that of the octets.
  package static func isWhole(_ octets: RawSpan) -> Bool {
    guard octets.byteCount >= DNSHeader.byteCount + 7, octets.byteCount <= 65_535,
      octets.octet(at: 4) == 0, octets.octet(at: 5) == 1,
      let flags = octets.octet(at: 2), flags & 0x78 == 0,
      let more = octets.octet(at: 3), more & 0x40 == 0
    else { return false }
    return hasReadableBody(octets)
  }

  private static func hasReadableBody(_ octets: RawSpan) -> Bool {
    do throws(WireError) {
      var message = try DNSMessage(parsing: octets)
      let header = message.header
      let recordCount =
        Int(header.answerCount) + Int(header.authorityCount) + Int(header.additionalCount)
      guard DNSHeader.byteCount + 7 + 11 * recordCount <= octets.byteCount else { return false }
      if !header.isResponse {
        guard header.answerCount == 0, header.authorityCount == 0, header.responseCode == 0 else {
          return false
        }
      }
      var name = DNSName()
      guard let question = try message.nextQuestion(into: &name), question.isCommon, !name.isEmpty
      else { return false }
      while try message.skipRecord() {}
      return message.isAtEnd
    } catch {
      return false
    }
  }
}

extension DNSQuestion {
  /// Of a class that is in use and of a type that can be asked for.
  package var isCommon: Bool {
    let isKnownClass =
      classCode == 1 || classCode == 3 || classCode == 4 || classCode == 254 || classCode == 255
    return isKnownClass && type.rawValue != 0
  }
}
