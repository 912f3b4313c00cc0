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
    /// TCP flows without a server name whose certificate is waited for at one time.
    package var certificateWaits = 16_384
    /// DTLS hellos in pieces that are put together at one time.
    package var dtlsProbes = 4_096
    /// Flows that are metered at one time.
    package var meteredFlows = 65_536
    /// Remembered DNS answers, each once for its client and once for all; a power of two.
    package var nameSlots = 1 << 18
    /// Remembered names and ECH configurations of DNS answers, a power of two.
    package var announcementSlots = 1 << 16
    /// DNS questions that wait for their answer, a power of two.
    package var questionSlots = 1 << 14
    /// Octets of segments, hellos and heads that wait, of all flows together; beyond it flows that would have to wait
    /// are given up or go on with a gap (policy *refuse-new*).
    package var heldBytes = 32 << 20
    /// Hosts of which MAC and name are remembered, and named MACs.
    package var hosts = 65_536

    package init() {}
  }

  let observer: any TrafficObserver
  package internal(set) var counters = TrafficCounters()
  package internal(set) var hosts: HostTable
  var flows: FlowTable
  var probing: Slab<ProbingFlow>
  var pool: [ProbingFlow] = []
  var quicProbes: Slab<QUICProbe>
  var waiting: Slab<MeteredFlow>
  var dtlsProbes: Slab<DTLSProbe>
  var metered: Slab<MeteredFlow>
  var names: NameCache
  var announcements: AnnouncementTable
  var questions: QuestionTable
  /// The DNS message at hand.
  var digest = DNSDigest()
  var fragments = FragmentReassembler()
  /// That of the last frame; a capture seldom has another.
  private var lastLink: (number: UInt32, type: LinkType?) = (0, .null)
  /// How far the frame at hand has been unwrapped.
  var descent = Descent()
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
  /// Tags of names that became ours when the rules changed last.
  var freshTags: Set<Int32> = []

  /// - Parameter seed: unpredictable to senders of packets; it keys the hashes.
  package init(observer: any TrafficObserver, limits: Limits = Limits(), seed: UInt64) {
    self.observer = observer
    self.seed = seed
    maximumHeldBytes = limits.heldBytes
    hosts = HostTable(capacity: limits.hosts)
    flows = FlowTable(maximumSlots: limits.flowSlots, seed: seed)
    probing = Slab(capacity: limits.probingFlows)
    quicProbes = Slab(capacity: limits.quicProbes)
    waiting = Slab(capacity: limits.certificateWaits)
    dtlsProbes = Slab(capacity: limits.dtlsProbes)
    metered = Slab(capacity: limits.meteredFlows)
    names = NameCache(slots: limits.nameSlots, seed: seed)
    announcements = AnnouncementTable(slots: limits.announcementSlots, seed: seed)
    questions = QuestionTable(slots: limits.questionSlots, seed: seed)
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
    if linkType != lastLink.number { lastLink = (linkType, LinkType(rawValue: linkType)) }
    guard let linkType = lastLink.type else {
      counters.unknownLinkPackets &+= 1
      return
    }
    do throws(WireError) {
      if case .ethernet = linkType, let link = LinkHeader(plainEthernet: frame) {
        return try packet(
          frame.extracting(link.byteCount..<frame.byteCount),
          originalLength: originalLength - link.byteCount, from: link.sourceMAC, at: time)
      }
      let link = try LinkHeader(parsing: frame, as: linkType)
      let rest = frame.extracting(link.byteCount..<frame.byteCount)
      let length = originalLength - link.byteCount
      switch link.next {
      case .ip:
        try packet(rest, originalLength: length, from: link.sourceMAC, at: time)
      case .unknown:
        counters.nonIPPackets &+= 1
        arp(rest, sender: link.sourceMAC, at: time)
      default:
        counters.wrappedPackets &+= 1
        defer { descent = Descent() }
        try unwrap(rest, originalLength: length, as: link.next, from: link.sourceMAC, at: time)
      }
    } catch {
      count(error)
    }
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
    counters.dnsQuestionsEvicted = questions.evictedCount
    counters.dnsNamesDisplaced = names.displacedCount
    counters.announcementsEvicted = announcements.evictedCount
  }

  /// Visits the metered flows, for a window's figures.
  package func forEachMeteredFlow(_ body: (MeteredFlow) -> Void) {
    for case let flow? in metered.elements { body(flow) }
  }

  static func seconds(_ time: Timestamp) -> UInt32 {
    UInt32(truncatingIfNeeded: time.nanoseconds / 1_000_000_000)
  }
}
