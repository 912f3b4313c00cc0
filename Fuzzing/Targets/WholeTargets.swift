import Capture
import Foundation
import TokenEstimation
import WireFormat

@testable import Agent
@testable import TrafficModel

extension FuzzTargets {
  static var wholes: [any FuzzTarget.Type] {
    [
      FramesInput.self, FlowsInput.self, TurnsInput.self, RecordsInput.self,
    ]
  }

  /// Tables that an input of some kilobytes can fill.
  static var smallLimits: TrafficEngine.Limits {
    var limits = TrafficEngine.Limits()
    limits.flowSlots = 64
    limits.nameSlots = 64
    limits.probingFlows = 4
    limits.quicProbes = 4
    limits.meteredFlows = 4
    limits.certificateWaits = 4
    limits.dtlsProbes = 4
    limits.announcementSlots = 64
    limits.questionSlots = 64
    limits.heldBytes = 8_192
    return limits
  }

  static let start = Timestamp(seconds: 1_793_610_000)
}

/// Takes frames from an input: link type, time step, two octets of length, octets.
struct FrameChoices: ~Escapable {
  private var choices: Choices
  private(set) var time = FuzzTargets.start

  @_lifetime(copy input)
  init(_ input: RawSpan) { choices = Choices(input) }

  var isAtEnd: Bool { choices.isAtEnd }

  /// The next frame, its link type and how much longer it was on the wire.
  @_lifetime(copy self)
  mutating func next(_ linkType: inout UInt32, _ cut: inout Int) -> RawSpan {
    let kind = choices.octet()
    let types = LinkType.allCases
    let place = kind & 0x7f
    linkType = place < types.count ? types[place].rawValue : place == 0x7f ? 9_999 : 1
    cut = kind & 0x80 == 0 ? 0 : 64
    // From nanoseconds to half an hour, and now and then backwards.
    let step = choices.octet()
    let magnitude = (Int64(1) << Int64(step & 0x3f)) >> 22
    time = time.advanced(byNanoseconds: step & 0x40 == 0 ? magnitude : -magnitude)
    return choices.octets(choices.word() & 0x0fff)
  }
}

/// Frames into an engine whose observer meters everything and estimates each turn.
final class FramesInput: FuzzTarget {
  static let name = "frames"
  static let maximumByteCount = 8_192

  private let meter = MeterAll()

  init() {}

  func take(_ input: RawSpan) throws(Broken) {
    var engine = TrafficEngine(observer: meter, limits: FuzzTargets.smallLimits, seed: 7)
    meter.begin()
    var frames = FrameChoices(input)
    var count = 0
    var linkType: UInt32 = 1
    var cut = 0
    while !frames.isAtEnd {
      let frame = frames.next(&linkType, &cut)
      // As the agent does it; what is not prepared is read by the engine.
      let length = frame.byteCount + cut
      var packets = [PreparedPacket()]
      engine.preparer.prepare(
        &packets[0], from: frame, originalLength: length, linkType: linkType)
      engine.anticipate(packets.span, at: 0)
      engine.process(
        frame, packets.span, at: 0, originalLength: length, linkType: linkType, time: frames.time)
      count += 1
      if count % 16 == 0 { engine.sweep(steps: 64) }
    }
    try meter.check(&engine, packets: count)
  }
}

/// Segments and datagrams of a few flows, with good headers around an input's payloads: which, how, two octets of length,
/// payload.
final class FlowsInput: FuzzTarget {
  static let name = "flows"
  static let maximumByteCount = 8_192

  private let meter = MeterAll()
  private var frame: [UInt8] = []
  private var next: [UInt32] = []

  private static let ports: [UInt16] = [443, 80, 11_434, 53, 853, 1_080, 8_080, 67]

  init() {}

  func take(_ input: RawSpan) throws(Broken) {
    var engine = TrafficEngine(observer: meter, limits: FuzzTargets.smallLimits, seed: 7)
    meter.begin()
    next = [UInt32](repeating: 0xffff_ff00, count: 32)
    var choices = Choices(input)
    var count = 0
    var time = FuzzTargets.start
    while !choices.isAtEnd {
      let which = choices.octet()
      let how = choices.octet()
      let length = choices.word()
      let payload = choices.octets(length & 0x07ff)
      time = time.advanced(byNanoseconds: Int64(1) << Int64(16 + length >> 12 * 2))
      build(payload, which: which, how: how)
      engine.process(
        frame.octets, originalLength: frame.count + (length & 0x0800) >> 5, linkType: 101, at: time)
      count += 1
      if count % 16 == 0 { engine.sweep(steps: 64) }
    }
    try meter.check(&engine, packets: count)
  }

  /// - Parameters:
  ///   - which: three bits for the server's port, two for the client, one for UDP, one for the direction.
  ///   - how: two bits of TCP flags, one for a jump in the sequence of what the rest says.
  private func build(_ payload: RawSpan, which: Int, how: Int) {
    let isUp = which & 64 == 0
    let isUDP = which & 32 != 0
    let client: [UInt8] = [10, 0, 0, UInt8(which >> 3 & 3) + 1]
    let server: [UInt8] = [192, 0, 2, 10]
    let port = Self.ports[which & 7]
    let clientPort = which & 7 == 7 ? 68 : 50_000
    let (source, destination) = isUp ? (client, server) : (server, client)
    let ports = isUp ? (UInt16(clientPort), port) : (port, UInt16(clientPort))
    let total = (isUDP ? 28 : 40) + payload.byteCount
    frame.removeAll(keepingCapacity: true)
    append16(0x4500)
    append16(UInt16(total))
    append16(0)
    append16(0x4000)
    frame += [64, isUDP ? 17 : 6, 0, 0]
    frame += source
    frame += destination
    append16(ports.0)
    append16(ports.1)
    if isUDP {
      append16(UInt16(total - 20))
      append16(0)
    } else {
      let flow = (which & 31) % 16 * 2
      let own = flow + (isUp ? 0 : 1)
      let jump = how & 4 == 0 ? 0 : UInt32(truncatingIfNeeded: (how >> 3) * 29 - 400)
      let flags: UInt16 = [0x18, 0x02, 0x12, 0x11][how & 3]
      append32(next[own] &+ jump)
      append32(next[flow + (isUp ? 1 : 0)])
      append16(0x5000 | flags)
      append16(0xffff)
      append16(0)
      append16(0)
      let taken = UInt32(payload.byteCount) + (flags & 3 == 0 ? 0 : 1)
      if how & 4 == 0 { next[own] = next[own] &+ taken }
    }
    payload.append(to: &frame)
  }

  private func append16(_ value: UInt16) {
    frame.append(UInt8(value >> 8))
    frame.append(UInt8(value & 255))
  }

  private func append32(_ value: UInt32) {
    append16(UInt16(value >> 16))
    append16(UInt16(truncatingIfNeeded: value))
  }
}

extension RawSpan {
  fileprivate func append(to octets: inout [UInt8]) {
    // Safe: the buffer is read before the closure ends.
    unsafe withUnsafeBytes { unsafe octets.append(contentsOf: $0) }
  }
}

/// Bursts on one flow: kind, octets (2), time step. What is cut into turns is estimated.
final class TurnsInput: FuzzTarget {
  static let name = "turns"
  static let maximumByteCount = 2_048

  private let estimates = Estimates()

  init() {}

  func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let kind = choices.octet()
    let transports: [Turn.Transport] = [.tls12, .tls13, .quic, .http]
    let versions: [Turn.HTTPVersion] = [.http11, .http2, .http3, .unknown]
    var builder = TurnBuilder(
      transport: transports[kind & 3], http: versions[kind >> 2 & 3], startIsCut: kind & 16 != 0)
    builder.roundTrip = Int64(kind) << 20
    var now = FuzzTargets.start
    while !choices.isAtEnd {
      let kind = choices.octet()
      let octets = choices.word()
      let step = choices.octet()
      let magnitude = Int64(1) << Int64(step & 0x3f)
      now = now.advanced(byNanoseconds: step & 0x40 == 0 ? magnitude : -(magnitude >> 20))
      switch kind & 7 {
      case 0, 1: try check(builder.upstream(octets, at: now))
      case 2, 3, 4: try check(builder.downstream(octets, at: now))
      case 5: builder.gap(octets)
      case 6: try check(builder.expire(at: now))
      default:
        builder.state(.init(promptTokens: octets - 100, completionTokens: octets))
        if step & 0x80 != 0 { try check(builder.finish(isCut: kind & 8 != 0, at: now)) }
      }
    }
    try check(builder.finish(isCut: true, at: now))
  }

  private func check(_ turns: [Turn]) throws(Broken) {
    for turn in turns { try estimates.check(turn) }
  }
}

/// What any turn and any estimate of it must be.
final class Estimates {
  private let profiles: ProfileSet
  private let identifiers: [String]

  init() {
    let book = try? RuleBook(directory: FuzzTargets.rulesFolder)
    profiles = book?.profiles ?? ProfileSet()
    identifiers = profiles.profiles.map(\.id)
  }

  func check(_ turn: Turn) throws(Broken) {
    try hold(!identifiers.isEmpty, "the shipped profiles are read")
    try hold(turn.downstream.byteCount > 0, "a turn has an answer")
    let least =
      turn.isWebSocket ? WebSocketSigns.leastRequest : TurnBuilder.minimumRequestOctets
    try hold(turn.upstream.byteCount >= least, "a turn has a request")
    try hold(
      turn.downstreamSizes.count <= Turn.maximumRecordSizes
        && turn.upstreamSizes.count <= Turn.maximumUpstreamSizes, "sizes have their bound")
    let chosen = identifiers[
      (turn.downstream.byteCount ^ turn.upstream.byteCount) % identifiers.count]
    let estimate = Estimator(profiles: profiles).estimate(turn: turn, profileID: chosen)
    try check(estimate.prompt)
    try check(estimate.completion)
  }

  private func check(_ figure: TurnEstimate.Figure) throws(Broken) {
    switch figure {
    case .abstained: break
    case .stated(let count): try hold(count >= 0, "a count is none below zero")
    case .estimated(let estimate):
      try hold(
        estimate.low.isFinite && estimate.likely.isFinite && estimate.high.isFinite
          && estimate.low >= 0 && estimate.low <= estimate.likely
          && estimate.likely <= estimate.high, "an estimate is an interval")
    }
  }
}

/// Meters every flow that it is asked about, and checks every turn.
final class MeterAll: TrafficObserver {
  private let estimates = Estimates()
  private var begun = 0
  private var ended = 0
  private var broken: Broken?

  func begin() { (begun, ended, broken) = (0, 0, nil) }

  func named(_ name: RawSpan, _ sighting: NameSighting) -> FlowInterest {
    if name.byteCount > 255 { broken = Broken(property: "a name has 255 octets") }
    return .meter(tag: 1)
  }
  func unnamed(_ sighting: inout NameSighting, candidates: [NameCandidate]) -> FlowInterest {
    let sum = candidates.reduce(0) { $0 + $1.probability }
    if candidates.count > 4 || !(0...1.000_001).contains(sum) {
      broken = Broken(property: "at most four names share one probability")
    }
    return sighting.server.port == 443 ? .meter(tag: 2) : .ignore
  }
  func proxied(to host: RawSpan, _ sighting: NameSighting) {
    if host.byteCount > 255 { broken = Broken(property: "a name has 255 octets") }
  }
  func hidesNames(_ name: RawSpan, _ sighting: NameSighting, how: HiddenNames) {}
  func alsoNamed(_ name: RawSpan, _ sighting: NameSighting) {
    if name.byteCount > 255 { broken = Broken(property: "a name has 255 octets") }
  }
  var wantsHelloFacts: Bool { true }
  func httpRequest(path: RawSpan, host: RawSpan, _ sighting: NameSighting) -> FlowInterest {
    .meter(tag: 3)
  }
  func requested(path: RawSpan, host: RawSpan, on flow: MeteredFlow) {}
  func tag(forAnswered name: RawSpan) -> Int32 { name.byteCount & 1 == 0 ? 4 : -1 }
  func service(ofCertified name: RawSpan) -> Int32 { name.byteCount & 1 == 0 ? 4 : -1 }
  func asked(
    _ name: RawSpan, client: Endpoint, server: Endpoint, at time: Timestamp, in tunnel: Tunnel?
  ) {}

  func turnEnded(_ turn: Turn, on flow: MeteredFlow) {
    do throws(Broken) { try estimates.check(turn) } catch { broken = error }
  }
  func flowEnded(_ flow: MeteredFlow) {
    ended += 1
    let figures = flow.takeFigures()
    if figures.missedBytes < 0 || figures.applicationBytesDown < 0 {
      broken = Broken(property: "figures are none below zero")
    }
  }

  /// Ends the engine and looks at what is left of it.
  func check(_ engine: inout TrafficEngine, packets: Int) throws(Broken) {
    let limits = FuzzTargets.smallLimits
    try hold(engine.probing.count <= limits.probingFlows, "probes have their bound")
    try hold(engine.quicProbes.count <= limits.quicProbes, "QUIC probes have their bound")
    try hold(engine.metered.count <= limits.meteredFlows, "metered flows have their bound")
    try hold(engine.waiting.count <= limits.certificateWaits, "waits have their bound")
    try hold(engine.dtlsProbes.count <= limits.dtlsProbes, "DTLS probes have their bound")
    try hold(engine.heldBytes >= 0, "what waits is counted")
    engine.sweep(steps: .max)
    engine.finish()
    let counters = engine.counters
    try hold(counters.packets == packets, "packets are counted")
    try hold(
      counters.malformedPackets + counters.nonIPPackets + counters.unknownLinkPackets
        + counters.otherTransportPackets <= packets + counters.aggregatedFrames,
      "a packet is counted in one way, and each frame of an aggregate")
    try hold(engine.flows.count == 0, "flows have ended")
    try hold(engine.probing.count == 0, "probes have ended")
    try hold(engine.quicProbes.count == 0, "QUIC probes have ended")
    try hold(engine.metered.count == 0, "metered flows have ended")
    try hold(engine.waiting.count == 0, "waits have ended")
    try hold(engine.dtlsProbes.count == 0, "DTLS probes have ended")
    try hold(engine.heldBytes == 0, "nothing waits any more")
    try hold(counters.rows.allSatisfy { $0.value >= 0 }, "no counter is below zero")
    if let broken { throw broken }
  }
}

/// Frames as ``FramesInput``, into the pipeline with the shipped rules, as far as records.
final class RecordsInput: FuzzTarget {
  static let name = "records"
  static let maximumByteCount = 8_192

  private let book = try? RuleBook(directory: FuzzTargets.rulesFolder)
  private var batch = FrameBatch()

  init() {}

  func take(_ input: RawSpan) throws(Broken) {
    guard let book else { throw Broken(property: "the shipped rules are read") }
    var options = Pipeline.Options(sensor: "fuzz")
    options.limits = FuzzTargets.smallLimits
    options.waitingWindows = 2
    let judge = Judge(book: book, window: options.window)
    var failure: AgentError?
    var packets = 0
    do throws(AgentError) {
      var pipeline = try Pipeline(
        judge: judge, options: options, store: nil, started: FuzzTargets.start, seed: 7)
      _ = try pipeline.begin(identity: "fuzz", path: "fuzz")
      var frames = FrameChoices(input)
      var linkType: UInt32 = 1
      var cut = 0
      batch.removeAll()
      while !frames.isAtEnd {
        let frame = frames.next(&linkType, &cut)
        guard
          batch.append(
            frame, at: frames.time, originalLength: UInt32(frame.byteCount + cut),
            linkType: linkType)
        else { continue }
        packets += 1
        if batch.count == 8 {
          try pipeline.process(batch)
          batch.removeAll()
        }
      }
      try pipeline.process(batch)
      try pipeline.finish()
      packets -= pipeline.counters.packets
    } catch {
      failure = error
    }
    try hold(failure == nil, "the pipeline fails on nothing")
    try hold(packets == 0, "packets are counted")
    try hold(judge.hasEmptyLedger, "all accounts are closed")
  }
}
