import WireFormat

/// What DNS answers have announced besides addresses: names that exist, and the public names under which
/// servers take encrypted hellos. It tells a real encrypted hello from GREASE.
///
/// Per client and for all. Flat open addressing over hashes, kept for the answer's lifetime and ten
/// minutes; when a bucket of eight is full the entry that ends first leaves (policy
/// *evict-nearest-expiry*).
struct AnnouncementTable {
  /// What is announced.
  enum Announcement {
    /// A name was answered for: somebody goes there by it.
    case destination(name: UInt64)
    /// A configuration with this identifier bears this public name.
    case publicName(UInt64, configID: UInt8)
  }

  /// 16 octets, so that a bucket takes two lines of a processor's cache.
  private struct Entry {
    var a: UInt64 = 0
    var b: UInt32 = 0
    /// Seconds since 1970, saturated; zero is empty.
    var expires: UInt32 = 0
  }

  private var entries: ContiguousArray<Entry>
  /// The first entry of the first bucket, so that each begins a line of a processor's cache.
  private let start: Int
  private let mask: Int
  private let seed: UInt64
  private(set) var evictedCount = 0

  /// Configurations read of one record; real ones have one or two.
  static let maximumConfigs = 8

  /// Stands for any client.
  private static let anyone = IPAddress(high: 0, low: 0)

  /// - Parameter slots: a power of two.
  init(slots: Int, seed: UInt64) {
    entries = ContiguousArray(repeating: Entry(), count: slots + 3)
    start = entries.indexOfLine
    mask = slots - 1
    self.seed = seed
  }

  /// Asks for the place of what will be remembered of `client`.
  func prefetch(_ announcement: Announcement, client: IPAddress) {
    let first = bucket(Self.key(announcement, client, seed: seed).0).lowerBound
    entries.prefetch(first)
    entries.prefetch(first + 4)
  }

  /// Remembers an announcement to `client`.
  ///
  /// - Parameter isForAll: whether it is remembered for other clients as well.
  mutating func insert(
    _ announcement: Announcement, client: IPAddress, ttl: UInt32, isForAll: Bool,
    at now: Timestamp
  ) {
    let lifetime = min(ttl, NameCache.maximumTTL) + NameCache.grace
    let seconds = Self.seconds(now)
    let expires = seconds > .max - lifetime ? .max : seconds + lifetime
    insert(announcement, client, expires: expires, at: seconds)
    if isForAll { insert(announcement, Self.anyone, expires: expires, at: seconds) }
  }

  /// Whether it was announced to `client`, or to anybody.
  func holds(_ announcement: Announcement, client: IPAddress, at now: Timestamp) -> Bool {
    let seconds = Self.seconds(now)
    return find(announcement, client, at: seconds) || find(announcement, Self.anyone, at: seconds)
  }

  private func find(
    _ announcement: Announcement, _ client: IPAddress, at seconds: UInt32
  ) -> Bool {
    let (a, b) = Self.key(announcement, client, seed: seed)
    return bucket(a).contains { index in
      let entry = entries[index]
      return entry.expires >= seconds && entry.expires != 0 && entry.a == a && entry.b == b
    }
  }

  private mutating func insert(
    _ announcement: Announcement, _ client: IPAddress, expires: UInt32, at seconds: UInt32
  ) {
    let (a, b) = Self.key(announcement, client, seed: seed)
    let bucket = bucket(a)
    let now = max(seconds, 1)
    var free = -1
    // The one that ends first, and of several the first.
    var nearest = UInt64.max
    for index in bucket {
      let entry = entries[index]
      if entry.a == a, entry.b == b, entry.expires != 0 {
        entries[index].expires = max(entry.expires, expires)
        return
      }
      if entry.expires < now {
        if free < 0 { free = index }
      } else {
        nearest = min(nearest, UInt64(entry.expires) << 3 | UInt64(index - bucket.lowerBound))
      }
    }
    if free < 0 {
      evictedCount &+= 1
      free = bucket.lowerBound + Int(nearest & 7)
    }
    entries[free] = Entry(a: a, b: b, expires: expires)
  }

  private static func seconds(_ now: Timestamp) -> UInt32 {
    UInt32(clamping: now.nanoseconds / 1_000_000_000)
  }

  @inline(__always)
  private static func key(
    _ announcement: Announcement, _ client: IPAddress, seed: UInt64
  ) -> (UInt64, UInt32) {
    let (name, kind): (UInt64, UInt64) =
      switch announcement {
      case .destination(let name): (name, 0)
      case .publicName(let name, let configID): (name, 0x100 | UInt64(configID))
      }
    let first = FlowKey.mix(client.high ^ seed, client.low ^ FlowKey.secret(seed))
    let second = FlowKey.mix(name ^ first, kind ^ 0xbf58_476d_1ce4_e5b9)
    let third = FlowKey.mix(second ^ name, first ^ 0x94d0_49bb_1331_11eb)
    return (second, UInt32(truncatingIfNeeded: third))
  }

  @inline(__always)
  private func bucket(_ a: UInt64) -> Range<Int> {
    let first = start + (Int(truncatingIfNeeded: a) & mask & ~7)
    return first..<first + 8
  }
}
