import Testing
import WireFormat

@Suite("QUIC Initial packets (RFC 9001, RFC 9369)")
struct InitialOpenerTests {
  struct Opened: Equatable {
    var payload: [UInt8]
    var packetNumber: UInt64
  }

  let opener: InitialOpener

  let connectionID = QUICVectors.destinationConnectionID

  init() throws { opener = try #require(InitialOpener()) }

  /// Opens the packet at `start` of `datagram` with the keys of the samples' connection.
  private func open(
    _ datagram: [UInt8], from sender: InitialKeys.Sender, at start: Int = 0,
    largest: UInt64? = nil
  ) throws(WireError) -> Opened {
    let header = try QUICLongHeader(parsing: datagram.wire, at: start)
    let keys = try opener.keys(
      for: header.version,
      destinationConnectionID: connectionID.wire, sender: sender)
    var scratch: [UInt8] = []
    let (range, number) = try opener.open(
      datagram.wire, header, keys: keys, largestPacketNumber: largest, into: &scratch)
    return Opened(payload: Array(scratch[range]), packetNumber: number)
  }

  @Test(
    "opens the client's packet of both versions",
    arguments: [
      QUICVectors.clientV1, QUICVectors.clientV2,
    ])
  func opensTheClientInitial(packet: [UInt8]) throws {
    let padding = [UInt8](repeating: 0, count: 1_162 - QUICVectors.clientHelloFrame.count)
    let expected = Opened(payload: QUICVectors.clientHelloFrame + padding, packetNumber: 2)
    #expect(try open(packet, from: .client) == expected)
  }

  @Test(
    "opens the server's packet of both versions",
    arguments: [
      QUICVectors.serverV1, QUICVectors.serverV2,
    ])
  func opensTheServerInitial(packet: [UInt8]) throws {
    #expect(
      try open(packet, from: .server) == Opened(payload: QUICVectors.serverPayload, packetNumber: 1)
    )
  }

  @Test("one opener, many packets: contexts are keyed anew each time")
  func reusesItsContexts() throws {
    for _ in 0..<50 {
      #expect(try open(QUICVectors.clientV1, from: .client).packetNumber == 2)
      #expect(throws: WireError.self) { try open(QUICVectors.clientV1, from: .server) }
      #expect(try open(QUICVectors.serverV2, from: .server).packetNumber == 1)
    }
  }

  @Test("opens the second of two coalesced packets")
  func opensACoalescedPacket() throws {
    let datagram = QUICVectors.serverV1 + QUICVectors.clientV1
    let first = try QUICLongHeader(parsing: datagram.wire)
    let next = first.nextPacketOffset(in: datagram.wire)
    #expect(next == QUICVectors.serverV1.count)
    #expect(try open(datagram, from: .client, at: next ?? 0).packetNumber == 2)
  }

  @Test("any bit changed, and the packet does not open")
  func noticesEachChange() {
    for offset in QUICVectors.serverV1.indices {
      var packet = QUICVectors.serverV1
      packet[offset] ^= 0x10
      #expect(throws: WireError.self) { try open(packet, from: .server) }
    }
  }

  @Test("every proper prefix is truncated", arguments: 0..<135)
  func reportsTruncation(length: Int) {
    let prefix = Array(QUICVectors.serverV1.prefix(length))
    #expect { try open(prefix, from: .server) } throws: { ($0 as? WireError)?.isTruncated == true }
  }

  @Test func throwsWhatIsWrong() {
    #expect(throws: WireError.invalid(.quicIntegrity, offset: 0)) {
      try open(QUICVectors.clientV1, from: .server)
    }
    #expect(throws: WireError.invalid(.quicVersion, offset: 1)) {
      try open([0xc0, 0x0a, 0x0a, 0x0a, 0x0a, 0, 0, 0], from: .client)
    }
    #expect(throws: WireError.invalid(.quicHeaderForm, offset: 0)) {
      try open(QUICVectors.retryV1, from: .client)
    }
    // A packet number and 18 octets: no sample can be taken.
    let short: [UInt8] = [0xc0, 0, 0, 0, 1, 0, 0, 0, 19] + [UInt8](repeating: 0, count: 19)
    #expect(throws: WireError.invalid(.quicLength, offset: 9)) { try open(short, from: .client) }
  }

  @Test("a header of another datagram is refused")
  func refusesAForeignHeader() throws {
    let (packet, other) = (QUICVectors.clientV1, QUICVectors.serverV1)
    let header = try QUICLongHeader(parsing: packet.wire)
    let keys = try opener.keys(
      for: .v1, destinationConnectionID: connectionID.wire, sender: .client)
    #expect(throws: WireError.invalid(.quicLength, offset: 18)) {
      var scratch: [UInt8] = []
      _ = try opener.open(other.wire, header, keys: keys, into: &scratch)
    }
  }

  @Test func drawsNothingFromNoise() {
    ParserSamples.sweep(QUICVectors.serverV1) { octets in
      if octets != QUICVectors.serverV1, octets.count <= QUICVectors.serverV1.count {
        #expect(throws: WireError.self) { try open(octets, from: .server) }
      }
    }
  }

  @Test("a 16-bit number 0x9b32 after 0xa82f30ea is 0xa82f9b32 (RFC 9000, section A.3)")
  func restoresPacketNumbers() {
    #expect(InitialOpener.packetNumber(0x9b32, bitCount: 16, after: 0xa82f_30ea) == 0xa82f_9b32)
    #expect(InitialOpener.packetNumber(0x02, bitCount: 8, after: 0x1fe) == 0x202)
    #expect(InitialOpener.packetNumber(0xfe, bitCount: 8, after: 0x201) == 0x1fe)
    #expect(InitialOpener.packetNumber(0xffff_ffff, bitCount: 32, after: nil) == 0xffff_ffff)
  }
}
