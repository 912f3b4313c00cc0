/// How much memory the tables may take.
extension TrafficEngine.Limits {
  /// Octets that the whole program may take unless somebody says otherwise.
  package static let defaultMemoryByteCount = 256_000_000
  /// The least that is worth running with.
  package static let minimumMemoryByteCount = 80_000_000

  /// What the program takes with empty tables: itself, its libraries, the rules, a batch of frames, fragments, the
  /// database's cache.
  static let baseByteCount = 56_000_000

  /// Limits with which the program stays below `memoryByteCount` though all tables are full at once.
  ///
  /// | table | octets of an entry | entries in 256 MB | octets |
  /// |---|---|---|---|
  /// | flows | 60: 40, and half as much again while the table doubles | 524,288 places | 31 M |
  /// | octets that wait | 1.3: what the allocator adds | 31 M | 41 M |
  /// | flows probed | 900 | 24,576 | 22 M |
  /// | QUIC probes | 512, and 1,024 for each of four attempts: among what waits | 6,144 | |
  /// | certificates waited for | 1,000 | 6,144 | 6 M |
  /// | DTLS probes | 1,024: among what waits | 2,048 | |
  /// | metered flows | 1,000 | 24,576 | 25 M |
  /// | names of addresses | 48 | 262,144 | 13 M |
  /// | announcements | 24 | 65,536 | 2 M |
  /// | hosts and their names | 500 | 24,576 | 12 M |
  ///
  /// That is 152 M; 48 M are left for accounts, records and names of services (`Agent`). All but the base grows with
  /// the memory; sizes that are powers of two are rounded down.
  package init(memoryByteCount: Int) {
    let tables = Swift.max(memoryByteCount, Self.minimumMemoryByteCount) - Self.baseByteCount
    func scaled(_ count: Int) -> Int {
      Int(Double(count) * Double(tables) / Double(Self.defaultMemoryByteCount - Self.baseByteCount))
    }
    func places(_ count: Int) -> Int {
      var places = 1_024
      while 2 * places <= scaled(count) { places *= 2 }
      return places
    }
    self.init()
    flowSlots = places(1 << 19)
    heldBytes = scaled(30 << 20)
    probingFlows = scaled(24_576)
    quicProbes = scaled(6_144)
    certificateWaits = scaled(6_144)
    dtlsProbes = scaled(2_048)
    meteredFlows = scaled(24_576)
    nameSlots = places(1 << 18)
    announcementSlots = places(1 << 16)
    hosts = scaled(24_576)
  }
}
