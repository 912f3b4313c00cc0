import WireFormat

@testable import TrafficModel

/// An engine with somebody who listens: names in ``Recorder/interesting`` are metered, all others ignored.
final class Gateway {
  private var engine: TrafficEngine
  let seen: Recorder
  /// Whether frames are prepared, as the agent does it; else the engine reads each by itself.
  var isPreparing = true
  private var packets = [PreparedPacket()]

  init(
    _ interesting: [String: Int32] = ["api.example.com": 4],
    limits: TrafficEngine.Limits = Gateway.small
  ) {
    seen = Recorder(interesting)
    engine = TrafficEngine(observer: seen, limits: limits, seed: 0x1234_5678_9abc_def1)
  }

  /// Tables that a test fills in no time.
  static var small: TrafficEngine.Limits {
    var limits = TrafficEngine.Limits()
    limits.flowSlots = 2_048
    limits.nameSlots = 1_024
    limits.probingFlows = 256
    limits.quicProbes = 256
    limits.meteredFlows = 256
    limits.certificateWaits = 64
    limits.dtlsProbes = 64
    return limits
  }

  var counters: TrafficCounters { engine.counters }
  var flowCount: Int { engine.flows.count }
  var probeCount: Int { engine.probing.count }
  var waitCount: Int { engine.waiting.count + engine.dtlsProbes.count }
  var heldBytes: Int { engine.heldBytes }
  var hosts: HostTable { engine.hosts }
  var answerCount: Int { engine.names.answerCount }

  /// 2026-01-01 00:00:00 UTC, from which tests count milliseconds.
  static let epoch = Timestamp(seconds: 1_767_225_600)

  static func time(_ milliseconds: Int64) -> Timestamp {
    epoch.advanced(byNanoseconds: milliseconds * 1_000_000)
  }

  func take(
    _ frame: [UInt8], at milliseconds: Int64 = 0, originalLength: Int? = nil, linkType: UInt32 = 1
  ) {
    take(frame, at: Self.time(milliseconds), originalLength: originalLength, linkType: linkType)
  }

  func take(
    _ frame: [UInt8], at time: Timestamp, originalLength: Int? = nil, linkType: UInt32 = 1
  ) {
    let length = originalLength ?? frame.count
    guard isPreparing else {
      return engine.process(frame.octets, originalLength: length, linkType: linkType, at: time)
    }
    engine.preparer.prepare(
      &packets[0], from: frame.octets, originalLength: length, linkType: linkType)
    let prepared = packets
    engine.anticipate(prepared.span, at: 0)
    engine.process(
      frame.octets, prepared.span, at: 0, originalLength: length, linkType: linkType, time: time)
  }

  func take(_ frames: [[UInt8]], at milliseconds: Int64 = 0) {
    for frame in frames { take(frame, at: milliseconds) }
  }

  /// Takes the first `snaplen` octets of a frame.
  func take(_ frame: [UInt8], at milliseconds: Int64 = 0, snaplen: Int) {
    take(Array(frame.prefix(snaplen)), at: milliseconds, originalLength: frame.count)
  }

  /// Makes names interesting that were not, as new rules do.
  func rejudge(_ fresh: [String: Int32], tags: [Int32] = []) -> RuleChange.Outcome {
    seen.interesting.merge(fresh) { $1 }
    return engine.rejudge(
      RuleChange(tags: tags, newNames: fresh.keys.map { .init($0, coversBelow: true) }))
  }

  func sweep() { engine.sweep(steps: .max) }
  func finish() { engine.finish() }

  /// The figures of the flows that are being metered, each once.
  func figures() -> [MeteredFlow.Figures] {
    var all: [MeteredFlow.Figures] = []
    engine.forEachMeteredFlow { all.append($0.takeFigures()) }
    return all
  }
}

/// Writes down what an engine tells.
final class Recorder: TrafficObserver {
  var interesting: [String: Int32]
  /// Server addresses that are known to be ours without a name.
  var knownAddresses: [IPAddress: Int32] = [:]
  /// Whether requests in the clear are metered.
  var metersHTTP = false

  /// Source and name of each flow that told one.
  var names: [String] = []
  /// The same of names by which no flow is judged.
  var further: [String] = []
  var sightings: [NameSighting] = []
  /// Flows without a name, and the tag of the likeliest name that was inferred for them.
  var unnamed: [Int32?] = []
  /// The same with all candidates.
  var candidates: [[NameCandidate]] = []
  var requests: [String] = []
  /// Names that a proxy was asked for.
  var proxied: [String] = []
  var questions: [String] = []
  /// How a flow hides names, and its server's name.
  var hidden: [String] = []
  var turns: [Turn] = []
  var ended: [MeteredFlow] = []
  var endedFigures: [MeteredFlow.Figures] = []

  init(_ interesting: [String: Int32]) { self.interesting = interesting }

  private func text(_ octets: RawSpan) -> String {
    String(decoding: octets.copied(), as: UTF8.self)
  }

  func named(_ name: RawSpan, _ sighting: NameSighting) -> FlowInterest {
    names.append("\(sighting.source.rawValue) \(text(name))")
    sightings.append(sighting)
    return interesting[text(name)].map { .meter(tag: $0) } ?? .ignore
  }

  func unnamed(
    _ sighting: inout NameSighting, candidates: [NameCandidate]
  ) -> FlowInterest {
    unnamed.append(candidates.first?.tag)
    self.candidates.append(candidates)
    if let first = candidates.first, first.tag >= 0 {
      guard first.probability >= NameCandidate.threshold else { return .ignore }
      sighting.probability = first.probability
      sightings.append(sighting)
      return .meter(tag: first.tag)
    }
    sightings.append(sighting)
    return knownAddresses[sighting.server.address].map { .meter(tag: $0) } ?? .ignore
  }

  func proxied(to host: RawSpan, _ sighting: NameSighting) {
    proxied.append("\(sighting.source.rawValue) \(text(host))")
  }

  func httpRequest(path: RawSpan, host: RawSpan, _ sighting: NameSighting) -> FlowInterest {
    requests.append("\(text(host)) \(text(path))")
    sightings.append(sighting)
    return metersHTTP ? .meter(tag: 9) : .ignore
  }

  func hidesNames(_ name: RawSpan, _ sighting: NameSighting, how: HiddenNames) {
    hidden.append("\(how.rawValue) \(text(name))")
  }

  func requested(path: RawSpan, host: RawSpan, on flow: MeteredFlow) {
    requests.append("again \(text(host)) \(text(path))")
  }

  func tag(forAnswered name: RawSpan) -> Int32 { interesting[text(name)] ?? -1 }

  /// Clients of whom nothing may be told.
  var silent: Set<IPAddress> = []
  func mayTellOthers(_ client: IPAddress, mac: MACAddress?) -> Bool { !silent.contains(client) }

  func recalled(_ tag: Int32, _ sighting: NameSighting) -> FlowInterest {
    sightings.append(sighting)
    return .meter(tag: tag)
  }

  func asked(
    _ name: RawSpan, client: Endpoint, server: Endpoint, at time: Timestamp, in tunnel: Tunnel?
  ) {
    let via = tunnel.map { " via \($0)" } ?? ""
    questions.append("\(client.address) asks \(server.address) for \(text(name))\(via)")
  }

  func service(ofCertified name: RawSpan) -> Int32 { interesting[text(name)] ?? -1 }

  func turnEnded(_ turn: Turn, on flow: MeteredFlow) { turns.append(turn) }

  func alsoNamed(_ name: RawSpan, _ sighting: NameSighting) {
    further.append("\(sighting.source.rawValue) \(text(name))")
  }

  var wantsHelloFacts: Bool { wantsFacts }
  var wantsFacts = false

  func flowEnded(_ flow: MeteredFlow) {
    ended.append(flow)
    endedFigures.append(flow.takeFigures())
  }
}
