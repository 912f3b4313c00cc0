/// A DNS message, read question by question and record by record.
///
///     Header, questions, answers, authorities, additional records      RFC 1035, section 4.1
///
/// Each step reads what comes next into a value of the caller's and allocates nothing. After an
/// error there is nothing more: what was read before it stands. Over TCP the two octets of length
/// before the message are the caller's (RFC 1035, section 4.2.2).
package struct DNSMessage: ~Escapable {
  package let header: DNSHeader
  private let message: RawSpan
  private var reader: ByteReader
  private var questionsLeft: Int
  private var recordsRead = 0
  private var recordsLeft: Int

  /// Reads the header.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` with fewer than twelve octets.
  @_lifetime(copy message)
  package init(parsing message: RawSpan) throws(WireError) {
    var reader = ByteReader(message)
    header = try DNSHeader(parsing: &reader)
    self.message = message
    self.reader = reader
    questionsLeft = Int(header.questionCount)
    recordsLeft =
      Int(header.answerCount) + Int(header.authorityCount) + Int(header.additionalCount)
  }

  /// Whether the message is read to its last octet: what stands behind its records is no DNS.
  package var isAtEnd: Bool { questionsLeft == 0 && recordsLeft == 0 && reader.isAtEnd }

  /// The next question and, in `name`, what it asks about; nil after the last.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)``, or what ``DNSName`` throws.
  @_lifetime(self: copy self)
  package mutating func nextQuestion(
    into name: inout DNSName
  ) throws(WireError) -> DNSQuestion? {
    guard questionsLeft > 0 else { return nil }
    do throws(WireError) {
      try name.read(&reader, in: message)
      let type = DNSType(rawValue: try reader.readUInt16())
      let classCode = try reader.readUInt16() & 0x7fff
      questionsLeft -= 1
      return DNSQuestion(type: type, classCode: classCode)
    } catch {
      (questionsLeft, recordsLeft) = (0, 0)
      throw error
    }
  }

  /// The next record and, in `name`, its owner; nil after the last. Questions not yet read are
  /// passed over.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)``, or what ``DNSName`` throws.
  @_lifetime(self: copy self)
  package mutating func nextRecord(into name: inout DNSName) throws(WireError) -> DNSRecord? {
    while try nextQuestion(into: &name) != nil {}
    guard recordsLeft > 0 else { return nil }
    do throws(WireError) {
      try name.read(&reader, in: message)
      let record = try readRecord()
      recordsRead += 1
      recordsLeft -= 1
      return record
    } catch {
      recordsLeft = 0
      throw error
    }
  }

  /// Moves past the next record, behind the last question, without reading names: false after the last.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)``, or what ``DNSName`` throws.
  @_lifetime(self: copy self)
  mutating func skipRecord() throws(WireError) -> Bool {
    guard questionsLeft == 0, recordsLeft > 0 else { return false }
    try DNSName.skip(&reader)
    _ = try readRecord()
    recordsRead += 1
    recordsLeft -= 1
    return true
  }

  /// Reads the name at the start of a record's data into `name`: what a CNAME or PTR points to.
  ///
  /// - Throws: what ``DNSName`` throws.
  package func readName(of record: DNSRecord, into name: inout DNSName) throws(WireError) {
    var reader = try reader(over: record)
    try name.read(&reader, in: message)
  }

  /// Reads the data of an SVCB or HTTPS record.
  ///
  /// - Throws: what ``DNSServiceBinding`` throws.
  package func serviceBinding(of record: DNSRecord) throws(WireError) -> DNSServiceBinding {
    var reader = try reader(over: record)
    return try DNSServiceBinding(parsing: &reader, in: message)
  }

  /// Reads the configurations for encrypted hellos that a record of this message announces; their ranges
  /// count in the message.
  ///
  /// - Throws: what ``ECHConfigList`` throws.
  @_lifetime(copy self)
  package func echConfigs(of binding: DNSServiceBinding) throws(WireError) -> ECHConfigList {
    let range = binding.encryptedClientHello
    guard range.lowerBound >= 0, range.upperBound <= message.byteCount else {
      throw .truncated(offset: range.lowerBound, needed: range.count, available: 0)
    }
    return try ECHConfigList(
      parsing: ByteReader(message, from: range.lowerBound, to: range.upperBound))
  }

  /// The flags and the first address of a NetBIOS record (RFC 1002, section 4.2.1.3); nil when its data is
  /// too short.
  package func netBIOSAddress(of record: DNSRecord) -> (flags: UInt16, address: IPAddress)? {
    guard var reader = try? reader(over: record), let flags = try? reader.readUInt16(),
      let address = try? reader.readUInt32()
    else { return nil }
    return (flags, IPAddress(v4: address))
  }

  /// The octets of `range`, such as a name within a record's data.
  @_lifetime(copy self)
  package func octets(_ range: Range<Int>) -> RawSpan { message.part(range) }

  /// The `index`th IPv4 address that a record of this message hints at; nil past the last.
  package func ipv4Hint(_ index: Int, of binding: DNSServiceBinding) -> IPAddress? {
    address(index, at: binding.ipv4Hints, byteCount: 4)
  }

  /// The `index`th IPv6 address that a record of this message hints at; nil past the last.
  package func ipv6Hint(_ index: Int, of binding: DNSServiceBinding) -> IPAddress? {
    address(index, at: binding.ipv6Hints, byteCount: 16)
  }

  private func address(_ index: Int, at range: Range<Int>, byteCount: Int) -> IPAddress? {
    guard index >= 0, index < range.count / byteCount, range.lowerBound >= 0,
      range.upperBound <= message.byteCount
    else { return nil }
    let start = range.lowerBound + index * byteCount
    var reader = ByteReader(message, from: start, to: start + byteCount)
    return Self.readAddress(&reader, byteCount: byteCount)
  }

  @_lifetime(copy self)
  private func reader(over record: DNSRecord) throws(WireError) -> ByteReader {
    guard record.data.lowerBound >= 0, record.data.upperBound <= message.byteCount else {
      throw .truncated(offset: record.data.lowerBound, needed: record.data.count, available: 0)
    }
    return ByteReader(message, from: record.data.lowerBound, to: record.data.upperBound)
  }

  @_lifetime(self: copy self)
  private mutating func readRecord() throws(WireError) -> DNSRecord {
    let type = DNSType(rawValue: try reader.readUInt16())
    let classCode = try reader.readUInt16() & 0x7fff
    let timeToLive = try reader.readUInt32()
    let length = Int(try reader.readUInt16())
    var data = try reader.readSlice(length)
    let range = data.offset..<data.offset + length
    let isAddress = (type == .a && length == 4) || (type == .aaaa && length == 16)
    return DNSRecord(
      section: section(of: recordsRead), type: type, classCode: classCode,
      timeToLive: timeToLive >> 31 == 0 ? timeToLive : 0, data: range,
      address: isAddress && classCode == 1 ? Self.readAddress(&data, byteCount: length) : nil)
  }

  private func section(of index: Int) -> DNSRecord.Section {
    if index < Int(header.answerCount) { return .answer }
    return index < Int(header.answerCount) + Int(header.authorityCount) ? .authority : .additional
  }

  private static func readAddress(_ reader: inout ByteReader, byteCount: Int) -> IPAddress? {
    if byteCount == 4 {
      return (try? reader.readUInt32()).map { IPAddress(v4: $0) }
    }
    guard let high = try? reader.readUInt64(), let low = try? reader.readUInt64() else {
      return nil
    }
    return IPAddress(high: high, low: low)
  }
}
