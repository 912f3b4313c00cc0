import Testing
import WireFormat

@testable import TrafficModel

@Suite("ClientHellos in QUIC (RFC 9001, section 4)")
struct QUICProbeTests {
  static let message = TLSSample.clientHello("api.example.com", padding: 300)

  /// A CRYPTO frame with `range` of the message: type, offset and length as two-octet integers, data.
  static func frame(_ range: Range<Int>, of message: [UInt8] = message) -> [UInt8] {
    [6, 0x40 | UInt8(range.lowerBound >> 8), UInt8(range.lowerBound & 255)]
      + [0x40 | UInt8(range.count >> 8), UInt8(range.count & 255)] + message[range]
  }

  static func name(_ outcome: QUICProbe.Outcome, _ probe: QUICProbe) -> String {
    switch outcome {
    case .needMore: return "more"
    case .hopeless: return "hopeless"
    case .hello(let hello):
      let message = probe.message
      return String(decoding: message.octets.part(hello.serverName).copied(), as: UTF8.self)
    }
  }

  @Test("frames in any order over any packets make the hello")
  func gathersFrames() {
    var generator = Generator(state: 13)
    for _ in 0..<100 {
      let probe = QUICProbe()
      let size = 1 + generator.below(60)
      let frames = stride(from: 0, to: Self.message.count, by: size).map {
        Self.frame($0..<min($0 + size, Self.message.count))
      }
      var outcome = "more"
      for frame in frames.shuffled(using: &generator) {
        #expect(outcome == "more")
        // PADDING before, PING after.
        probe.collect(([0, 0] + frame + [1]).octets, .v1)
        outcome = Self.name(probe.outcome(), probe)
      }
      #expect(outcome == "api.example.com")
    }
  }

  @Test("what is no hello is hopeless at once")
  func refusesOtherMessages() {
    let probe = QUICProbe()
    probe.collect(Self.frame(0..<4, of: [2, 0, 0, 9]).octets, .v1)
    #expect(Self.name(probe.outcome(), probe) == "hopeless")
  }

  @Test("after 2,048 frames without a hello there is no hope")
  func boundsFrames() {
    let probe = QUICProbe()
    // The same octets over and over, and stretches with holes.
    var frames: [UInt8] = []
    for index in 0..<1_000 {
      let offset = 1 + 2 * (index % 100)
      frames += Self.frame(offset..<offset + 1)
    }
    probe.collect(frames.octets, .v1)
    #expect(Self.name(probe.outcome(), probe) == "more")
    probe.collect((frames + frames).octets, .v1)
    #expect(Self.name(probe.outcome(), probe) == "hopeless")
  }

  @Test("packets of a version or in a form that does not open give up after 64")
  func boundsPackets() throws {
    let probe = QUICProbe()
    let opener = try #require(InitialOpener())
    var scratch: [UInt8] = []
    var damaged = QUICSample.clientInitial
    damaged[900] ^= 1
    var outcomes: [String] = []
    for _ in 0..<QUICProbe.maximumPackets + 1 {
      let outcome = probe.datagram(damaged.octets, opener: opener, scratch: &scratch)
      outcomes.append(Self.name(outcome, probe))
    }
    #expect(outcomes.dropLast().allSatisfy { $0 == "more" })
    #expect(outcomes.last == "hopeless")
  }

  @Test("random frames do not stop it")
  func survivesNoise() {
    var generator = Generator(state: 14)
    for _ in 0..<2_000 {
      let probe = QUICProbe()
      for _ in 0..<5 {
        let opening = generator.below(2) == 0 ? Self.frame(0..<40) : [6]
        probe.collect((opening + generator.octets(generator.below(60))).octets, .v1)
      }
      #expect(probe.heldByteCount <= CryptoStream.maximumOctets)
      _ = probe.outcome()
    }
  }
}
