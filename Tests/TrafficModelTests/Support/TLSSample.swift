import WireFormat

/// TLS records and hellos made by hand.
enum TLSSample {
  static func vector16(_ content: [UInt8]) -> [UInt8] {
    Frames.octets16(content.count) + content
  }

  static func record(_ type: UInt8, _ content: [UInt8]) -> [UInt8] {
    [type, 3, 3] + vector16(content)
  }

  /// A handshake message in records of at most `limit` octets.
  static func records(_ message: [UInt8], of limit: Int) -> [UInt8] {
    stride(from: 0, to: message.count, by: limit).flatMap {
      record(22, Array(message[$0..<min($0 + limit, message.count)]))
    }
  }

  /// A record of application data whose plaintext would have `count` octets under TLS 1.3 with a 16-octet tag.
  static func data(_ count: Int) -> [UInt8] {
    record(23, [UInt8](repeating: 0xa5, count: count + 17))
  }

  /// A ClientHello message.
  ///
  /// - Parameter padding: octets of a padding extension (RFC 7685).
  static func clientHello(
    _ name: String?, protocols: [String] = [], echConfigID: UInt8? = nil, padding: Int = 0
  ) -> [UInt8] {
    var extensions: [UInt8] = []
    if let name {
      let entry = [0] + vector16(Array(name.utf8))
      extensions += [0, 0] + vector16(vector16(entry))
    }
    if !protocols.isEmpty {
      let list = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
      extensions += [0, 16] + vector16(vector16(list))
    }
    extensions += [0, 43, 0, 3, 2, 3, 4]
    if let echConfigID {
      let key = vector16([UInt8](repeating: 3, count: 32))
      let payload = vector16([UInt8](repeating: 4, count: 208))
      extensions += [0xfe, 0x0d] + vector16([0, 0, 1, 0, 1, echConfigID] + key + payload)
    }
    if padding > 0 { extensions += [0, 21] + vector16([UInt8](repeating: 0, count: padding)) }
    let random = [UInt8](repeating: 0x11, count: 32)
    let body = [3, 3] + random + [0, 0, 2, 0x13, 0x01, 1, 0] + vector16(extensions)
    return [1, 0] + vector16(body)
  }

  /// The same in one record.
  static func hello(
    _ name: String?, protocols: [String] = [], echConfigID: UInt8? = nil, padding: Int = 0
  ) -> [UInt8] {
    record(22, clientHello(name, protocols: protocols, echConfigID: echConfigID, padding: padding))
  }

  /// A server's hello for TLS 1.3, or 1.2, in a record.
  static func serverHello(isTLS13: Bool = true, cipherSuite: Int = 0x1301) -> [UInt8] {
    let extensions: [UInt8] = isTLS13 ? [0, 43, 0, 2, 3, 4] : []
    let random = [UInt8](repeating: 0x22, count: 32)
    let body =
      [3, 3] + random + [0] + Frames.octets16(cipherSuite) + [0]
      + (isTLS13 ? vector16(extensions) : [])
    return record(22, [2, 0] + vector16(body))
  }

  /// The client's Finished under TLS 1.3 with SHA-256: 36 octets.
  static let finished = data(36)
}

/// DNS messages made by hand.
enum DNSSample {
  static func name(_ text: String) -> [UInt8] {
    text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
  }

  static func query(_ text: String) -> [UInt8] {
    [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + name(text) + [0, 1, 0, 1]
  }

  /// An answer with an A or AAAA record for each address.
  static func answer(_ text: String, _ addresses: [IPAddress], ttl: UInt32 = 60) -> [UInt8] {
    var message: [UInt8] =
      [0, 1, 0x81, 0x80, 0, 1] + Frames.octets16(addresses.count) + [0, 0, 0, 0]
      + name(text) + [0, 1, 0, 1]
    for address in addresses {
      message += [0xc0, 12, 0, address.isIPv4 ? 1 : 28, 0, 1] + Frames.octets32(ttl)
      message +=
        address.v4.map { [0, 4] + Frames.octets32($0) }
        ?? [0, 16] + Frames.octets64(address.high) + Frames.octets64(address.low)
    }
    return message
  }
}
