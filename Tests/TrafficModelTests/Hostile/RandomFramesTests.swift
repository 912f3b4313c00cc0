import Testing
import WireFormat

@testable import TrafficModel

/// Input that nobody meant well: an engine survives it and its tables keep their size.
@Suite("Random and damaged frames")
struct RandomFramesTests {
  /// A metered exchange in each of the ways that there are, frame by frame.
  static let conversation: [[UInt8]] = {
    var frames = [InferredNamesTests.answer()]
    frames.append(
      Frames.udp(
        InferredNamesTests.client, InferredNamesTests.resolver, DNSSample.query("a.example.com")))
    var secure = Connection()
    frames += secure.handshake()
    let hello = TLSSample.hello("api.example.com", padding: 200)
    frames += [secure.up(Array(hello[..<90])), secure.up(Array(hello[90...]))]
    frames += [secure.down(TLSSample.serverHello()), secure.up(TLSSample.data(300))]
    frames += [secure.down(TLSSample.data(200)), secure.up([], .fin), secure.down([], .fin)]
    var clear = HTTPNamesTests.connection
    frames += clear.handshake() + [clear.up(HTTPNamesTests.request), clear.down([1, 2, 3], .rst)]
    var modern = Connection()
    modern.client.address = IPAddress(high: 0x2001_0db8_0000_0000, low: 5)
    modern.server.address = IPAddress(high: 0x2001_0db8_0000_0000, low: 10)
    frames += modern.handshake() + [modern.up(hello), modern.down(TLSSample.data(90))]
    frames.append(
      Frames.fragment(
        from: 1, to: 2, protocol: 17, [UInt8](repeating: 7, count: 64), offset: 0, moreFollow: true)
    )
    frames.append(
      Frames.fragment(
        from: 1, to: 2, protocol: 17, [UInt8](repeating: 7, count: 30), offset: 64,
        moreFollow: false))
    return frames
  }()

  @Test("any octets on any link type do not stop it")
  func survivesNoise() {
    let gateway = Gateway()
    var generator = Generator(state: 1)
    let types: [UInt32] = [0, 1, 101, 108, 113, 228, 229, 276, 9_999]
    for index in 0..<70_000 {
      let frame = generator.octets(generator.below(120))
      gateway.take(
        frame, at: Int64(index), originalLength: frame.count + generator.below(3),
        linkType: types[generator.below(types.count)])
    }
    gateway.sweep()
    gateway.finish()
    #expect(gateway.counters.packets == 70_000)
    #expect(gateway.counters.malformedPackets > 1_000)
  }

  @Test("random payloads behind good headers do not stop it")
  func survivesRandomPayloads() {
    let gateway = Gateway()
    var generator = Generator(state: 2)
    let ports: [UInt16] = [53, 67, 68, 80, 443, 853, 5_353, 11_434, 50_000, 50_001]
    let openings: [[UInt8]] = [
      [], [22, 3, 1, 0, 60, 1, 0, 0, 56], [23, 3, 3, 0, 40], Array("POST / HTTP/1.1\r\n".utf8),
      [0xc0, 0, 0, 0, 1, 8], [0, 1, 0x81, 0x80, 0, 1, 0, 4, 0, 0, 0, 0, 0xc0, 12],
    ]
    for index in 0..<70_000 {
      let word = generator.next()
      let source = Endpoint(
        address: IPAddress(v4: 0x0a00_0000 | UInt32(word & 3)),
        port: ports[generator.below(ports.count)])
      let destination = Endpoint(
        address: IPAddress(v4: 0xc000_0200 | UInt32(word >> 8 & 3)),
        port: ports[generator.below(ports.count)])
      let payload =
        openings[generator.below(openings.count)] + generator.octets(generator.below(60))
      let sequence = UInt32(truncatingIfNeeded: word >> 16 & 0x7f)
      let frame =
        word >> 60 < 5
        ? Frames.udp(source, destination, payload)
        : Frames.tcp(
          source, destination, sequence: sequence,
          acknowledgement: UInt32(truncatingIfNeeded: word >> 24 & 0x7f),
          flags: TCPFlags(rawValue: UInt8(truncatingIfNeeded: word >> 32) & 0x1f), payload)
      gateway.take(frame, at: Int64(index), snaplen: 40 + generator.below(120))
      if index % 1_000 == 0 { gateway.sweep() }
    }
    gateway.finish()
    #expect(gateway.counters.packets == 70_000)
    #expect(gateway.flowCount == 0 && gateway.probeCount == 0)
  }

  @Test("each bit of an exchange turned over, one at a time")
  func survivesFlippedBits() {
    let frames = Self.conversation
    var generator = Generator(state: 3)
    let gateway = Gateway()
    gateway.seen.metersHTTP = true
    var count = 0
    for (position, frame) in frames.enumerated() {
      for bit in 0..<min(frame.count, 130) * 8 {
        var damaged = frame
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        // The frames before it, now and then, so that the damage meets every state.
        if bit % 16 == 0 { gateway.take(Array(frames[..<position])) }
        gateway.take(damaged, at: Int64(generator.below(70_000)))
        count += 1
      }
    }
    gateway.finish()
    #expect(count > 15_000)
    #expect(gateway.flowCount == 0 && gateway.probeCount == 0)
  }

  @Test("every prefix of every frame, with and without its true length")
  func survivesPrefixes() {
    let gateway = Gateway()
    gateway.seen.metersHTTP = true
    for frame in Self.conversation {
      for length in 0..<frame.count {
        gateway.take(frame, snaplen: length)
        gateway.take(Array(frame.prefix(length)))
      }
      gateway.take(frame)
    }
    gateway.finish()
    #expect(gateway.counters.malformedPackets > 0)
  }

  @Test("the frames of an exchange in any order, some twice, some never")
  func survivesDisorder() {
    var generator = Generator(state: 4)
    for _ in 0..<300 {
      let gateway = Gateway()
      gateway.seen.metersHTTP = true
      for step in 0..<60 {
        let frame = Self.conversation[generator.below(Self.conversation.count)]
        gateway.take(frame, at: Int64(step * 100))
      }
      gateway.finish()
      #expect(gateway.flowCount == 0 && gateway.probeCount == 0)
    }
  }
}
