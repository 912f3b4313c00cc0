import Testing
import WireFormat

@testable import TrafficModel

@Suite("ClientHellos in QUIC (RFC 9001, section 4)")
struct QUICProbeTests {
  static let message = TLSSample.clientHello("api.example.com", padding: 300)
  static let sealer = InitialSealer()

  /// A probe with what it needs.
  final class Run {
    let probe = QUICProbe()
    let opener: InitialOpener
    private var scratch: [UInt8] = []

    init() throws { opener = try #require(InitialOpener()) }

    func mayBegin(_ datagram: [UInt8]) -> Bool { QUICProbe.mayBegin(datagram.octets) }

    /// The name, or "more" or "hopeless".
    func take(_ datagram: [UInt8], fromClient: Bool = true) -> String {
      switch probe.datagram(
        datagram.octets, sourceIsLow: fromClient, opener: opener, scratch: &scratch)
      {
      case .needMore: return "more"
      case .hopeless: return "hopeless"
      case .hello(let hello):
        let message = probe.message
        return String(decoding: message.octets.part(hello.serverName).copied(), as: UTF8.self)
      }
    }
  }

  /// A CRYPTO frame with `range` of the message: type, offset and length as two-octet integers, data.
  static func frame(_ range: Range<Int>, of message: [UInt8] = message) -> [UInt8] {
    [6, 0x40 | UInt8(range.lowerBound >> 8), UInt8(range.lowerBound & 255)]
      + [0x40 | UInt8(range.count >> 8), UInt8(range.count & 255)] + message[range]
  }

  /// The first and the second part of the message.
  static let halves = [frame(0..<200), frame(200..<message.count)]

  @Test("the packet of RFC 9001, section A.2, and one of the sealer of these tests")
  func opensPackets() throws {
    #expect(try Run().take(QUICSample.clientInitial) == "example.com")
    let run = try Run()
    #expect(try run.take(Self.sealer.seal(Self.frame(0..<Self.message.count))) == "api.example.com")
  }

  @Test("frames in any order over any packets make the hello")
  func gathersFrames() throws {
    var generator = Generator(state: 13)
    for _ in 0..<15 {
      let run = try Run()
      let size = 20 + generator.below(120)
      let frames = stride(from: 0, to: Self.message.count, by: size).map {
        Self.frame($0..<min($0 + size, Self.message.count))
      }
      var outcome = "more"
      for (number, frame) in frames.shuffled(using: &generator).enumerated() {
        #expect(outcome == "more")
        // PADDING before, PING after.
        outcome = run.take(try Self.sealer.seal([0, 0] + frame + [1], packetNumber: UInt8(number)))
      }
      #expect(outcome == "api.example.com")
    }
  }

  @Test("what is no hello is hopeless at once")
  func refusesOtherMessages() throws {
    let frame = Self.frame(0..<4, of: [2, 0, 0, 9])
    #expect(try Run().take(Self.sealer.seal(frame)) == "hopeless")
  }

  @Test("after 2,048 frames without a hello there is no hope")
  func boundsFrames() throws {
    let run = try Run()
    // The same octets over and over, and stretches with holes.
    var frames: [UInt8] = []
    for index in 0..<1_000 {
      let offset = 1 + 2 * (index % 100)
      frames += Self.frame(offset..<offset + 1)
    }
    let packet = try Self.sealer.seal(frames)
    #expect(run.take(packet) == "more")
    #expect(run.take(packet) == "more")
    #expect(run.take(packet) == "hopeless")
  }

  @Test("packets that do not open give up after 64; their keys are derived once")
  func boundsPackets() throws {
    let run = try Run()
    var damaged = QUICSample.clientInitial
    damaged[900] ^= 1
    let outcomes = (0...QUICProbe.maximumPackets).map { _ in run.take(damaged) }
    #expect(outcomes.dropLast().allSatisfy { $0 == "more" })
    #expect(outcomes.last == "hopeless")
    #expect(run.probe.derivationCount == 1)
    #expect(run.probe.takeCounts() == (opened: 0, refused: QUICProbe.maximumPackets))
  }

  @Test("a packet that was damaged is read when it comes again")
  func readsTheRepetition() throws {
    let run = try Run()
    var damaged = QUICSample.clientInitial
    damaged[900] ^= 1
    #expect(run.take(damaged) == "more")
    #expect(run.take(QUICSample.clientInitial) == "example.com")
  }

  @Test("the client goes on under the server's connection ID, with the keys of the first")
  func followsConnectionIDs() throws {
    let run = try Run()
    #expect(try run.take(Self.sealer.seal(Self.halves[0])) == "more")
    var later = Self.sealer
    later.destination = [1, 2, 3, 4, 5]
    #expect(try run.take(later.seal(Self.halves[1], packetNumber: 1)) == "api.example.com")
    #expect(run.probe.derivationCount == 1)
  }

  @Test("after a Retry the client starts anew: token, connection ID and keys are new")
  func startsAnewAfterRetry() throws {
    let run = try Run()
    #expect(try run.take(Self.sealer.seal(Self.halves[0])) == "more")
    var again = Self.sealer
    again.keyID = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    again.token = [1, 2, 3]
    let other = TLSSample.clientHello("b.example.com", padding: 300)
    let first = try again.seal(Self.frame(0..<100, of: other), packetNumber: 1)
    #expect(run.take(first) == "more")
    // A packet of before the Retry comes late; it does not disturb the new one.
    #expect(try run.take(Self.sealer.seal(Self.frame(0..<50))) == "more")
    let rest = try again.seal(Self.frame(100..<other.count, of: other), packetNumber: 2)
    #expect(run.take(rest) == "b.example.com")
  }

  @Test("after a Version Negotiation the keys are those of the new version")
  func startsAnewAfterNegotiation() throws {
    let run = try Run()
    #expect(try run.take(Self.sealer.seal(Self.halves[0])) == "more")
    // The server's answer: a long header with version zero.
    #expect(
      run.take([0x80, 0, 0, 0, 0, 0, 0, 0x6b, 0x33, 0x43, 0xcf], fromClient: false) == "more")
    #expect(try run.take(InitialSealer.v2.seal(Self.halves[0])) == "more")
    #expect(try run.take(InitialSealer.v2.seal(Self.halves[1])) == "api.example.com")
  }

  @Test("a compatible version goes on with the same hello (RFC 9368)")
  func followsACompatibleVersion() throws {
    let run = try Run()
    #expect(try run.take(Self.sealer.seal(Self.halves[0])) == "more")
    var later = InitialSealer.v2
    later.destination = [7, 7, 7, 7]
    #expect(try run.take(later.seal(Self.halves[1], packetNumber: 1)) == "api.example.com")
  }

  @Test(
    "a version that is not known is tried as those that are",
    arguments: [QUICVersion.v1, .v2, .draft(29), .draft(27), .draft(22)])
  func triesVersions(version: QUICVersion) throws {
    let run = try Run()
    let sealer = InitialSealer(number: 0x1a2a_3a4a, version: version)
    let packets = try Self.halves.map { try sealer.seal($0) }
    #expect(run.mayBegin(packets[0]))
    #expect(run.take(packets[0]) == "more")
    let derivations = run.probe.derivationCount
    #expect(derivations <= 4)
    #expect(run.take(packets[1]) == "api.example.com")
    #expect(run.probe.derivationCount == derivations)
  }

  @Test("a version that nothing opens costs no more than 24 keys, and the client may come back")
  func boundsTrials() throws {
    let run = try Run()
    var generator = Generator(state: 5)
    let shape = try InitialSealer(number: 0x0a0a_0a0a, version: .v1).seal([1], atLeast: 1_000)
    for _ in 0..<40 {
      var packet = shape
      packet.replaceSubrange(6..<14, with: generator.octets(8))
      #expect(run.take(packet) == "more")
    }
    #expect(run.probe.derivationCount == QUICProbe.maximumDerivations)
  }

  @Test("a version that was refused is followed by one that is known")
  func readsTheVersionThatFollows() throws {
    let run = try Run()
    var greased = try InitialSealer(number: 0x0a0a_0a0a).seal(Self.halves[0])
    greased[40] ^= 1
    #expect(run.take(greased) == "more")
    #expect(run.take(QUICSample.clientInitial) == "example.com")
  }

  @Test("once a packet of the client was read, those of the server are not looked at")
  func passesOverTheServer() throws {
    let run = try Run()
    #expect(try run.take(Self.sealer.seal(Self.halves[0])) == "more")
    var server = Self.sealer
    server.destination = [5, 5, 5, 5, 5, 5, 5, 5]
    server.sender = .server
    for number in 0..<20 {
      let packet = try server.seal([2, 0, 0, 0, 0], packetNumber: UInt8(number))
      #expect(run.take(packet, fromClient: false) == "more")
    }
    #expect(run.probe.derivationCount == 1)
    #expect(run.probe.takeCounts() == (opened: 1, refused: 0))
    #expect(try run.take(Self.sealer.seal(Self.halves[1])) == "api.example.com")
  }

  @Test("the server is seen first: the client's first packet still tells")
  func readsServerFirst() throws {
    let run = try Run()
    var server = Self.sealer
    server.destination = [5, 5, 5, 5, 5, 5, 5, 5]
    server.sender = .server
    #expect(try run.take(server.seal([2, 0, 0, 0, 0]), fromClient: false) == "more")
    #expect(try run.take(server.seal([2, 0, 0, 0, 0]), fromClient: false) == "more")
    #expect(run.probe.derivationCount == 1)
    #expect(run.take(QUICSample.clientInitial) == "example.com")
  }

  @Test("coalesced packets, zeros between them, a bit that is not fixed, acknowledgements alone")
  func readsOddDatagrams() throws {
    let run = try Run()
    var greased = Self.sealer
    greased.hasFixedBit = false
    #expect(try run.take(Self.sealer.seal([2, 0, 0, 0, 0])) == "more")
    let zeros = [UInt8](repeating: 0, count: 9)
    let datagram =
      try Self.sealer.seal(Self.halves[1], packetNumber: 1) + zeros
      + greased.seal(Self.halves[0], packetNumber: 2)
    #expect(run.take(datagram) == "api.example.com")
  }

  @Test("a hello of 60 KiB over as many packets as it takes")
  func readsLongHellos() throws {
    let run = try Run()
    let message = TLSSample.clientHello("api.example.com", padding: 60_000)
    var outcome = "more"
    for start in stride(from: 0, to: message.count, by: 1_100) {
      let range = start..<min(start + 1_100, message.count)
      // Type, offset of four octets, length of two.
      let frame =
        [6] + Frames.octets32(UInt32(0x8000_0000 + start)) + Frames.octets16(0x4000 | range.count)
      let packet = try Self.sealer.seal(
        frame + message[range], packetNumber: UInt8(start / 1_100))
      outcome = run.take(packet)
    }
    #expect(outcome == "api.example.com")
  }

  @Test(
    "an Initial packet that is not protected at all tells its name; one with another message does not"
  )
  func readsUnprotectedPackets() throws {
    var hello = TLSSample.clientHello("api.example.com", padding: 4)
    // The last extension, padding, made into quic_transport_parameters (57).
    hello[hello.count - 7] = 57
    func packet(_ message: [UInt8]) -> [UInt8] {
      let payload = Self.frame(0..<message.count, of: message) + [UInt8](repeating: 0, count: 40)
      return Self.sealer.header(0, payloadCount: payload.count) + payload
        + [UInt8](repeating: 0xee, count: 16)
    }
    #expect(try Run().take(packet(hello)) == "api.example.com")
    #expect(try Run().take(packet(TLSSample.clientHello("api.example.com"))) == "more")
    #expect(try Run().take(packet(Array(hello.dropLast()))) == "more")
  }

  @Test("every proper prefix of a datagram waits for more", arguments: [InitialSealer(), .v2])
  func waitsOnPrefixes(sealer: InitialSealer) throws {
    let packet = try sealer.seal(Self.frame(0..<Self.message.count))
    for length in 0..<packet.count {
      #expect(try Run().take(Array(packet.prefix(length))) == "more")
    }
  }

  @Test("random frames do not stop it")
  func survivesNoise() throws {
    var generator = Generator(state: 14)
    for _ in 0..<40 {
      let run = try Run()
      for number in 0..<5 {
        let opening = generator.below(2) == 0 ? Self.frame(0..<40) : [6]
        let frames = opening + generator.octets(generator.below(60))
        _ = run.take(try Self.sealer.seal(frames, packetNumber: UInt8(number)))
      }
      #expect(run.probe.heldByteCount <= 2 * CryptoStream.maximumOctets + 4_096)
    }
  }
}
