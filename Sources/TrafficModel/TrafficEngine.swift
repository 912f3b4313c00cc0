package import WireFormat

/// Frames in, names and turns out: the whole of what packets add up to.
///
/// It keeps no clock and does no I/O; a frame's timestamp is the time. A flow that is judged to be nothing of ours costs
/// one table lookup per packet from then on. Every table has a capacity, a policy for when it is full and a counter.
package struct TrafficEngine: ~Copyable {
  /// Capacities of the tables.
  package struct Limits: Sendable {
    /// Places in the flow table, a power of two; three quarters are used.
    package var flowSlots = 1 << 20
    /// TCP flows that are probed at one time.
    package var probingFlows = 65_536
    /// QUIC connections that are probed at one time.
    package var quicProbes = 16_384
    /// Flows that are metered at one time.
    package var meteredFlows = 65_536
    /// Remembered DNS answers, a power of two.
    package var nameSlots = 1 << 17
    /// Octets of segments, hellos and heads that wait, of all flows together; beyond it flows that would have to wait
    /// are given up or go on with a gap (policy *refuse-new*).
    package var heldBytes = 32 << 20

    package init() {}
  }

  let observer: any TrafficObserver
  package internal(set) var counters = TrafficCounters()
  package internal(set) var hosts = HostTable()
  var flows: FlowTable
  var probing: Slab<ProbingFlow>
  var pool: [ProbingFlow] = []
  var quicProbes: Slab<QUICProbe>
  var metered: Slab<MeteredFlow>
  var names: NameCache
  var fragments = FragmentReassembler()
  let opener = InitialOpener()
  var scratch: [UInt8] = []
  /// See ``Limits/heldBytes``.
  var heldBytes = 0
  let maximumHeldBytes: Int
  let seed: UInt64
  let timeouts = FlowTimeouts()
  /// The timestamp of the last frame.
  package internal(set) var now = Timestamp(nanoseconds: 0)
  var lastTurnSweep = Timestamp(nanoseconds: 0)

  /// - Parameter seed: unpredictable to senders of packets; it keys the hashes.
  package init(observer: any TrafficObserver, limits: Limits = Limits(), seed: UInt64) {
    self.observer = observer
    self.seed = seed
    maximumHeldBytes = limits.heldBytes
    flows = FlowTable(maximumSlots: limits.flowSlots, seed: seed)
    probing = Slab(capacity: limits.probingFlows)
    quicProbes = Slab(capacity: limits.quicProbes)
    metered = Slab(capacity: limits.meteredFlows)
    names = NameCache(slots: limits.nameSlots, seed: seed)
  }

  /// Takes one frame.
  ///
  /// - Parameters:
  ///   - frame: the octets captured.
  ///   - originalLength: octets of the frame on the wire.
  ///   - linkType: a LINKTYPE_ value; frames of types that are not read are counted.
  package mutating func process(
    _ frame: RawSpan, originalLength: Int, linkType: UInt32, at time: Timestamp
  ) {
    counters.packets &+= 1
    counters.bytes &+= originalLength
    if frame.byteCount < originalLength { counters.truncatedPackets &+= 1 }
    now = time
    guard let linkType = LinkType(rawValue: linkType) else {
      counters.unknownLinkPackets &+= 1
      return
    }
    do throws(WireError) {
      let link = try LinkHeader(parsing: frame, as: linkType)
      guard case .ip = link.payload else {
        counters.nonIPPackets &+= 1
        return
      }
      let packet = frame.extracting(link.byteCount..<frame.byteCount)
      let ip = try IPHeader(parsing: packet, originalLength: originalLength - link.byteCount)
      try process(packet, ip, link, at: time)
    } catch {
      counters.malformedPackets &+= 1
    }
  }

  private mutating func process(
    _ packet: RawSpan, _ ip: IPHeader, _ link: LinkHeader, at time: Timestamp
  ) throws(WireError) {
    guard ip.headerLength <= ip.capturedEnd else {
      throw .truncated(offset: 0, needed: ip.headerLength, available: ip.capturedEnd)
    }
    let segment = packet.extracting(ip.headerLength..<ip.capturedEnd)
    var context = PacketContext(
      source: ip.source, destination: ip.destination, mac: link.sourceMAC,
      wireBytes: ip.totalLength, time: time)
    guard let fragment = ip.fragment else {
      try transport(
        segment, wireLength: ip.totalLength - ip.headerLength, ip.transportProtocol, &context)
      return
    }
    counters.fragments &+= 1
    guard ip.capturedEnd == ip.totalLength else { return }
    if let whole = fragments.accept(segment, header: ip, fragment: fragment, at: time) {
      counters.reassembledDatagrams &+= 1
      try transport(
        whole.octets, wireLength: whole.count, ip.transportProtocol, &context)
    }
    counters.droppedFragments = fragments.droppedCount
  }

  private mutating func transport(
    _ segment: RawSpan, wireLength: Int, _ transportProtocol: UInt8,
    _ context: inout PacketContext
  ) throws(WireError) {
    switch transportProtocol {
    case 6:
      let header = try TransportHeader(tcp: segment, length: wireLength)
      tcp(Self.payload(of: segment, header), header, &context)
    case 17:
      let header = try TransportHeader(udp: segment, length: wireLength)
      udp(Self.payload(of: segment, header), header, &context)
    default:
      counters.otherTransportPackets &+= 1
    }
  }

  @_lifetime(copy segment)
  private static func payload(of segment: RawSpan, _ header: TransportHeader) -> RawSpan {
    let start = min(header.headerLength, segment.byteCount)
    let end = min(header.headerLength + header.payloadLength, segment.byteCount)
    return segment.extracting(start..<end)
  }

  /// Sweeps part of the tables for what has expired. Called between batches.
  ///
  /// - Parameters:
  ///   - steps: places of the flow table to look at.
  ///   - time: when what has been silent for long ends; the last frame's own time unless a caller knows better.
  package mutating func sweep(steps: Int, at time: Timestamp? = nil) {
    let now = time ?? now
    let seconds = Self.seconds(now)
    var steps = min(steps, flows.slotCount)
    while let entry = flows.nextExpired(steps: &steps, at: seconds, timeouts: timeouts) {
      release(entry, isCut: !entry.flags.contains(.closing))
    }
    // A clock that has run backwards must not put the next turn sweep off for long.
    if now.since(lastTurnSweep).magnitude > 1_000_000_000 {
      lastTurnSweep = now
      let observer = observer
      for case let flow? in metered.elements {
        flow.expireTurn(at: now) { observer.turnEnded($0, on: flow) }
      }
    }
    updateEvictionCounters()
  }

  /// Ends every flow: the capture is over.
  package mutating func finish() {
    for index in 0..<flows.slotCount {
      let entry = flows[index]
      if entry.state != .empty { release(entry, isCut: !entry.flags.contains(.closing)) }
    }
    updateEvictionCounters()
    flows.removeAll()
  }

  private mutating func updateEvictionCounters() {
    counters.flowsEvicted = flows.evictedCount
    counters.dnsAnswersEvicted = names.evictedCount
  }

  /// Visits the metered flows, for a window's figures.
  package func forEachMeteredFlow(_ body: (MeteredFlow) -> Void) {
    for case let flow? in metered.elements { body(flow) }
  }

  static func seconds(_ time: Timestamp) -> UInt32 {
    UInt32(truncatingIfNeeded: time.nanoseconds / 1_000_000_000)
  }
}

/// What the layers below transport say of a packet.
struct PacketContext {
  var source: IPAddress
  var destination: IPAddress
  var mac: MACAddress
  /// IP total length.
  var wireBytes: Int
  var time: Timestamp
}
