import WireFormat

/// Gathers one ClientHello that is spread over TCP segments and TLS records.
///
/// Work is linear in what is fed: each octet is looked at once. A hello of more than 64 KiB, or one wrapped in more than
/// 256 KiB of records, is given up.
struct HelloCollector {
  enum Status: Equatable {
    case needMore
    /// `message` is whole; the meter goes on within a record of which `recordRemaining` octets are left.
    case complete
    /// This is no ClientHello.
    case notAHello
  }

  /// The handshake message: type, length, body. In the form of SSL 2.0: header and message.
  private(set) var message: [UInt8] = []
  /// Octets of the current record that were not read.
  private(set) var recordRemaining = 0
  private var header: UInt64 = 0
  private var headerCount = 0
  private var rawCount = 0
  private var isSSLv2 = false

  static let maximumMessage = 65_536
  static let maximumRaw = 262_144

  /// Reads octets from `offset` on until the message is whole.
  mutating func append(_ bytes: RawSpan, from offset: inout Int) -> Status {
    if rawCount == 0, let first = bytes.octet(at: offset), first >= 0x80 { isSSLv2 = true }
    if isSSLv2 { return appendSSLv2(bytes, from: &offset) }
    while offset < bytes.byteCount {
      if recordRemaining == 0 {
        guard let octet = bytes.octet(at: offset) else { return .needMore }
        offset += 1
        rawCount += 1
        header = header << 8 | UInt64(octet)
        headerCount += 1
        guard headerCount == 5 else { continue }
        let contentType = header >> 32 & 0xff
        let major = header >> 24 & 0xff
        recordRemaining = Int(header & 0xffff)
        headerCount = 0
        guard contentType == 22, major == 3, recordRemaining <= 16_384 + 2_048 else {
          return .notAHello
        }
      } else {
        let wanted = min(needed - message.count, recordRemaining, bytes.byteCount - offset)
        message.append(contentsOf: bytes.extracting(offset..<offset + wanted).copied())
        offset += wanted
        rawCount += wanted
        recordRemaining -= wanted
        if message.count >= 4, message[0] != 1 || needed > Self.maximumMessage {
          return .notAHello
        }
        if message.count >= 4, message.count == needed { return .complete }
      }
      if rawCount > Self.maximumRaw { return .notAHello }
    }
    return .needMore
  }

  /// The hello, once it is whole.
  var clientHello: ClientHello? {
    guard isSSLv2 else { return try? ClientHello(parsing: message.octets) }
    return (try? SSLv2ClientHello(parsing: message.octets)).map(ClientHello.init)
  }

  /// Reads octets of a hello in the form of SSL 2.0: a length of two octets, without records.
  private mutating func appendSSLv2(_ bytes: RawSpan, from offset: inout Int) -> Status {
    while offset < bytes.byteCount {
      let needed =
        message.count < 2 ? 2 : 2 + (Int(message[0] & 0x7f) << 8 | Int(message[1]))
      let wanted = min(needed - message.count, bytes.byteCount - offset)
      message.append(contentsOf: bytes.extracting(offset..<offset + wanted).copied())
      offset += wanted
      rawCount += wanted
      // Eleven octets tell whether it is one; the shortest has more.
      let isWhole =
        needed > 2
        ? message.count == needed
        : message.count == 2 && message[1] == 0
          && message[0] == 0x80
      if isWhole || message.count >= 11 {
        guard SSLv2ClientHello.begins(message.octets) else { return .notAHello }
        if isWhole { return .complete }
      }
    }
    return .needMore
  }

  /// Octets of the whole message, as far as its header is known.
  private var needed: Int {
    guard message.count >= 4 else { return 4 }
    return 4 + Int(message[1]) << 16 + Int(message[2]) << 8 + Int(message[3])
  }
}
