import WireFormat

/// What names clients were told that addresses have: DNS answers, as address → tag, with the answer's lifetime.
///
/// A name that is nothing of ours is kept as "other" and not spelled out. Flat open addressing; when a bucket of eight
/// is full the entry that ends first leaves (policy *evict-nearest-expiry*).
struct NameCache {
  /// What a name means to us; ``other`` for names that are not AI services.
  typealias Tag = Int32
  static let other: Tag = -1

  private struct Entry {
    var client = IPAddress(high: 0, low: 0)
    var address = IPAddress(high: 0, low: 0)
    var tag: Tag = NameCache.other
    /// Seconds since 1970, saturated; zero is empty.
    var expires: UInt32 = 0
  }

  private var entries: ContiguousArray<Entry>
  private let mask: Int
  private let seed: UInt64
  private(set) var evictedCount = 0
  private(set) var answerCount = 0

  /// A name is still good this long after its TTL: clients hold connections and caches a while (seconds).
  static let grace: UInt32 = 600
  /// A TTL above a day is believed for a day.
  static let maximumTTL: UInt32 = 86_400

  /// - Parameter slots: a power of two.
  init(slots: Int, seed: UInt64) {
    entries = ContiguousArray(repeating: Entry(), count: slots)
    mask = slots - 1
    self.seed = seed
  }

  /// Remembers that `client` was told `address` for a name of `tag`. The newest answer wins.
  mutating func insert(
    client: IPAddress, address: IPAddress, tag: Tag, ttl: UInt32, at now: Timestamp
  ) {
    answerCount &+= 1
    let seconds = Self.seconds(now)
    let lifetime = min(ttl, Self.maximumTTL) + Self.grace
    let expires = seconds > .max - lifetime ? .max : seconds + lifetime
    let fresh = Entry(client: client, address: address, tag: tag, expires: expires)
    var free: Int?
    var nearest: Int?
    for index in bucket(client, address) {
      let entry = entries[index]
      if entry.expires != 0, entry.client == client, entry.address == address {
        entries[index] = fresh
        return
      }
      if entry.expires < seconds || entry.expires == 0 {
        free = free ?? index
      } else if nearest.map({ entry.expires < entries[$0].expires }) ?? true {
        nearest = index
      }
    }
    if let free {
      entries[free] = fresh
    } else if let nearest {
      evictedCount &+= 1
      entries[nearest] = fresh
    }
  }

  /// The tag of the name under which `client` knows `address`; nil when no answer is remembered.
  func tag(client: IPAddress, address: IPAddress, at now: Timestamp) -> Tag? {
    let seconds = Self.seconds(now)
    for index in bucket(client, address) {
      let entry = entries[index]
      if entry.expires >= seconds, entry.expires != 0, entry.address == address,
        entry.client == client
      {
        return entry.tag
      }
    }
    return nil
  }

  private static func seconds(_ now: Timestamp) -> UInt32 {
    UInt32(clamping: now.nanoseconds / 1_000_000_000)
  }

  private func bucket(_ client: IPAddress, _ address: IPAddress) -> Range<Int> {
    let first = FlowKey.mix(client.high ^ seed, client.low ^ 0x9e37_79b9_7f4a_7c15)
    let second = FlowKey.mix(address.high ^ first, address.low ^ 0xbf58_476d_1ce4_e5b9)
    let start = Int(truncatingIfNeeded: second) & mask & ~7
    return start..<start + 8
  }
}
