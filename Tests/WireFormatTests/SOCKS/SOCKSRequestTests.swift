import Testing
import WireFormat

@Suite("SOCKS requests (RFC 1928; SOCKS 4 and 4a)")
struct SOCKSRequestTests {
  /// CONNECT to `api.example.com`, port 443, by name.
  static let byName: [UInt8] = [5, 1, 0, 3, 15] + Array("api.example.com".utf8) + [0x01, 0xbb]
  static let byIPv6: [UInt8] =
    [5, 1, 0, 4, 0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1, 0, 80]
  /// 192.0.2.10, port 80, user "me".
  static let version4: [UInt8] = [4, 1, 0, 80, 192, 0, 2, 10, 0x6d, 0x65, 0]
  static let version4a: [UInt8] =
    [4, 1, 0x01, 0xbb, 0, 0, 0, 1, 0] + Array("api.example.com".utf8) + [0]

  static let badFields: [([UInt8], WireError)] = [
    ([6, 1, 0, 1, 1, 2, 3, 4, 0, 80], .invalid(.socksVersion, offset: 0)),
    ([5, 4, 0, 1, 1, 2, 3, 4, 0, 80], .invalid(.socksCommand, offset: 1)),
    ([5, 1, 7, 1, 1, 2, 3, 4, 0, 80], .invalid(.socksCommand, offset: 2)),
    ([4, 3, 0, 80, 1, 2, 3, 4, 0], .invalid(.socksCommand, offset: 1)),
    ([5, 1, 0, 2, 1, 2, 3, 4, 0, 80], .invalid(.socksAddressType, offset: 3)),
    ([5, 1, 0, 3, 0, 0, 80], .invalid(.socksName, offset: 4)),
    ([5, 1, 0, 3, 2, 0x61, 0x20, 0, 80], .invalid(.socksName, offset: 6)),
    ([4, 1, 0, 80, 0, 0, 0, 1, 0, 0], .invalid(.socksName, offset: 9)),
    ([4, 1, 0, 80, 0, 0, 0, 1, 0, 0x61, 0x2f, 0], .invalid(.socksName, offset: 10)),
    (
      [4, 1, 0, 80, 1, 2, 3, 4] + [UInt8](repeating: 0x61, count: 256),
      .invalid(.socksName, offset: 8)
    ),
  ]

  private func parse(_ bytes: [UInt8]) throws(WireError) -> SOCKSRequest {
    try SOCKSRequest(parsing: bytes.wire)
  }

  @Test("who is asked for, in each version")
  func readsDestinations() throws {
    let byName = try parse(Self.byName + [22, 3, 1])
    #expect(byName.destination == .name(5..<20) && byName.port == 443 && byName.isConnect)
    #expect(byName.byteCount == Self.byName.count)
    let byIPv6 = try parse(Self.byIPv6)
    #expect(byIPv6.destination == .address(try #require(IPAddress("2001:db8::1"))))
    let version4 = try parse(Self.version4)
    #expect(version4.destination == .address(IPAddress(v4: 0xc000_020a)) && version4.port == 80)
    let version4a = try parse(Self.version4a)
    #expect(version4a.destination == .name(9..<24) && version4a.version == 4)
    #expect(version4a.byteCount == Self.version4a.count)
  }

  @Test("every proper prefix is truncated", arguments: [byName, byIPv6, version4, version4a])
  func reportsTruncation(request: [UInt8]) {
    for length in 0..<request.count {
      #expect {
        try parse(Array(request.prefix(length)))
      } throws: { error in
        if case WireError.truncated = error { true } else { false }
      }
    }
  }

  @Test("bad fields", arguments: badFields)
  func refusesBadFields(bytes: [UInt8], error: WireError) {
    #expect(throws: error) { try parse(bytes) }
  }

  @Test("commands other than CONNECT are told apart")
  func tellsCommands() throws {
    #expect(try parse([5, 3, 0, 1, 0, 0, 0, 0, 0, 0]).isConnect == false)
    #expect(try parse([4, 2, 0, 80, 1, 2, 3, 4, 0]).isConnect == false)
  }

  private func greeting(_ bytes: [UInt8]) throws(WireError) -> Int {
    try SOCKSNegotiation.greetingByteCount(bytes.wire)
  }

  private func password(_ bytes: [UInt8]) throws(WireError) -> Int {
    try SOCKSNegotiation.passwordByteCount(bytes.wire)
  }

  @Test("greeting and password: how many octets they take")
  func measuresNegotiations() throws {
    #expect(try greeting([5, 2, 0, 2, 9, 9]) == 4)
    #expect(throws: WireError.invalid(.socksMethodCount, offset: 1)) {
      try greeting([5, 0])
    }
    #expect(throws: WireError.invalid(.socksVersion, offset: 0)) {
      try greeting([4, 1])
    }
    let example: [UInt8] = [1, 2, 0x6d, 0x65, 3, 0x61, 0x62, 0x63]
    #expect(try password(example + [5]) == 8)
    #expect(throws: WireError.invalid(.socksName, offset: 1)) {
      try password([1, 0, 0])
    }
    for length in 0..<example.count {
      #expect {
        try password(Array(example.prefix(length)))
      } throws: { error in
        if case WireError.truncated = error { true } else { false }
      }
    }
  }
}
