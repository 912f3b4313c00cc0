import CPrefetch
import WireFormat

/// All flows that are being looked at or have been judged: open addressing over flat 40-octet entries.
///
/// It grows by doubling up to a capacity. When it is full, a new flow takes the place of the least recently seen of the
/// entries near its own place, metered flows spared while there is another (policy *evict-oldest-nearby*).
struct FlowTable: ~Copyable {
  /// What is known of a flow.
  enum State: UInt8 {
    /// No flow here.
    case empty
    /// No payload yet; the entry holds the initial sequence numbers.
    case embryonic
    /// Payload seen, name not yet; `slot` leads to a `ProbingFlow`.
    case probing
    /// Ours; `slot` leads to a `MeteredFlow`.
    case metered
    /// Judged to be nothing of ours; `slot` holds what it still tells of itself, see ``ToldName``.
    case ignored
    /// Ignored until the rules changed; its next payload is looked at again. `slot` holds the judge's tag where its name
    /// has become one of ours, and ``Entry/askAgain`` where it told none.
    case recalled
    /// Datagrams of a tunnel: what is in them are flows of their own.
    case tunnel
    /// TCP: a hello without a name was seen, the server's certificate not yet; `slot` leads to a `MeteredFlow` that is
    /// not decided. UDP: part of a DTLS hello was seen; `slot` leads to a `DTLSProbe`.
    case waiting

    var isJudged: Bool { self == .ignored || self == .metered || self == .recalled }
  }

  struct Entry {
    var key = FlowKey(a: 0, b: 0)
    /// Seconds since the table's epoch.
    var lastSeen: UInt32 = 0
    /// Embryonic: the originator's initial sequence number. Kept after, to tell a new connection from a repeated SYN.
    /// UDP: ``knownConnection``.
    var originatorISN: UInt32 = 0
    /// Embryonic: the responder's initial sequence number. Probing, metered: where the flow's state is.
    var slot: UInt32 = 0
    /// IP octets before the flow is judged. UDP: both fields together are ``otherConnection`` of a QUIC flow; before its
    /// first hello, the octets of STUN.
    var upstreamBytes: UInt16 = 0
    var downstreamBytes: UInt16 = 0
    var state = State.empty
    var flags = Flags()
    /// UDP: keys derived since the flow was judged, see ``TrafficEngine/maximumReuseDerivations``.
    var derivationCount: UInt8 = 0
  }

  struct Flags: OptionSet {
    let rawValue: UInt16
    /// The originator is known (a SYN or ClientHello was seen).
    static let originatorKnown = Flags(rawValue: 1)
    /// The originator is the endpoint that sorts first.
    static let originatorIsLow = Flags(rawValue: 2)
    static let originatorISN = Flags(rawValue: 4)
    static let responderISN = Flags(rawValue: 8)
    /// Both ends have sent FIN, or one RST: the entry waits only for stragglers.
    static let closing = Flags(rawValue: 16)
    static let udp = Flags(rawValue: 32)
    /// A FIN came from the endpoint that sorts first, and from the other: one alone is a half-close.
    static let finFromLow = Flags(rawValue: 64)
    static let finFromHigh = Flags(rawValue: 128)
    /// Both ends sent a SYN of their own.
    static let simultaneousOpen = Flags(rawValue: 256)
    /// Of a UDP flow: QUIC was seen on it, or its port is QUIC's.
    static let quic = Flags(rawValue: 64)
  }

  private(set) var entries: ContiguousArray<Entry>
  private(set) var count = 0
  /// Flows that lost their place to a newer one.
  private(set) var evictedCount = 0
  private let maximumSlots: Int
  private let seed: UInt64
  private var mask: Int
  private var cursor = 0

  private static let initialSlots = 16_384

  /// - Parameter maximumSlots: rounded down to a power of two; at most three quarters are filled.
  init(maximumSlots: Int, seed: UInt64) {
    var slots = 64
    while slots * 2 <= min(maximumSlots, 1 << 31) { slots *= 2 }
    self.maximumSlots = slots
    self.seed = seed
    let initial = min(slots, Self.initialSlots)
    entries = ContiguousArray(repeating: Entry(), count: initial)
    mask = initial - 1
  }

  subscript(index: Int) -> Entry {
    @inline(__always) get { entries[index] }
    @inline(__always) _modify { yield &entries[index] }
  }

  /// The index of `key`, or where it would stand.
  @inline(__always)
  func find(_ key: FlowKey) -> (index: Int, found: Bool) {
    find(key, hash: UInt32(truncatingIfNeeded: key.hash(seed: seed)))
  }

  /// - Parameter hash: the lower half of the key's; a table has at most 2^31 places.
  @inline(__always)
  func find(_ key: FlowKey, hash: UInt32) -> (index: Int, found: Bool) {
    var index = Int(hash) & mask
    while true {
      if entries[index].state == .empty { return (index, false) }
      if entries[index].key == key { return (index, true) }
      index = (index + 1) & mask
    }
  }

  /// Asks the processor for the place where ``find(_:hash:)`` will look first.
  @inline(__always)
  func prefetch(hash: UInt32) {
    let index = Int(hash) & mask
    // Safe: the address is not read through, and lies within the table.
    unsafe entries.withUnsafeBufferPointer { places in
      guard let start = places.baseAddress else { return }
      unsafe gnomon_prefetch(start + index)
    }
  }

  /// Makes an entry for a key that is not there.
  ///
  /// - Returns: its index, and the entry that had to leave for it.
  mutating func insert(_ key: FlowKey, at now: UInt32) -> (index: Int, evicted: Entry?) {
    var evicted: Entry?
    if count >= (mask + 1) / 4 * 3 {
      if mask + 1 < maximumSlots {
        grow()
      } else {
        evicted = evictNear(key)
      }
    }
    let index = find(key).index
    entries[index] = Entry(key: key, lastSeen: now, state: .embryonic)
    count += 1
    return (index, evicted)
  }

  /// Takes an entry out; entries behind it move up, so indices held elsewhere are void.
  mutating func remove(at index: Int) {
    var hole = index
    var next = (hole + 1) & mask
    while entries[next].state != .empty {
      let home = Int(truncatingIfNeeded: entries[next].key.hash(seed: seed)) & mask
      // Move an entry into the hole unless its home lies cyclically behind the hole.
      if (next - home) & mask >= (next - hole) & mask {
        entries[hole] = entries[next]
        hole = next
      }
      next = (next + 1) & mask
    }
    entries[hole].state = .empty
    count -= 1
  }

  /// Takes all entries out; the table keeps its capacity and its counter.
  mutating func removeAll() {
    entries = ContiguousArray(repeating: Entry(), count: min(maximumSlots, Self.initialSlots))
    mask = entries.count - 1
    count = 0
    cursor = 0
  }

  /// Looks at the next `steps` places and takes out the first entry there that has expired, so that a caller that
  /// loops until nil has swept that stretch.
  mutating func nextExpired(steps: inout Int, at now: UInt32, timeouts: FlowTimeouts) -> Entry? {
    while steps > 0 {
      steps -= 1
      if entries[cursor].state != .empty, timeouts.isExpired(entries[cursor], at: now) {
        let entry = entries[cursor]
        remove(at: cursor)
        return entry
      }
      cursor = (cursor + 1) & mask
    }
    return nil
  }

  var slotCount: Int { mask + 1 }

  private mutating func grow() {
    let old = entries
    let slots = (mask + 1) * 2
    entries = ContiguousArray(repeating: Entry(), count: slots)
    mask = slots - 1
    for entry in old where entry.state != .empty {
      entries[find(entry.key).index] = entry
    }
    cursor = 0
  }

  private mutating func evictNear(_ key: FlowKey) -> Entry? {
    var index = Int(truncatingIfNeeded: key.hash(seed: seed)) & mask
    var victim: Int?
    var seen = 0
    // Most neighbours are occupied at three quarters full; 64 places hold an unmetered one but in contrived cases.
    for _ in 0..<64 where seen < 16 {
      let entry = entries[index]
      if entry.state != .empty {
        seen += 1
        if let old = victim {
          let current = entries[old]
          let better =
            current.state == .metered
            ? entry.state != .metered || entry.lastSeen < current.lastSeen
            : entry.state != .metered && entry.lastSeen < current.lastSeen
          if better { victim = index }
        } else {
          victim = index
        }
      }
      index = (index + 1) & mask
    }
    guard let victim else { return nil }
    let entry = entries[victim]
    remove(at: victim)
    evictedCount += 1
    return entry
  }
}

/// How long a flow without packets is remembered, in seconds.
struct FlowTimeouts {
  var embryonic: UInt32 = 30
  var probing: UInt32 = 60
  var meteredTCP: UInt32 = 600
  /// Longer than a response may pause, so that the pause does not end the flow.
  var meteredUDP: UInt32 = 360
  var ignoredTCP: UInt32 = 300
  var ignoredUDP: UInt32 = 60
  var closing: UInt32 = 5

  @inline(__always)
  func isExpired(_ entry: FlowTable.Entry, at now: UInt32) -> Bool {
    let idle = now &- entry.lastSeen
    // A clock that ran backwards makes `idle` huge as unsigned; such entries are not idle.
    guard idle < 1 << 31 else { return false }
    if entry.flags.contains(.closing) { return idle > closing }
    let isUDP = entry.flags.contains(.udp)
    return switch entry.state {
    case .empty: false
    case .embryonic: idle > embryonic
    case .probing, .waiting: idle > probing
    case .metered: idle > (isUDP ? meteredUDP : meteredTCP)
    case .ignored, .recalled, .tunnel: idle > (isUDP ? ignoredUDP : ignoredTCP)
    }
  }
}
