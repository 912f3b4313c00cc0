import WireFormat

/// What names clients were told that addresses have: DNS answers, as address → names, each with the
/// answer's lifetime.
///
/// An address may have many names: servers are shared. Of each pair of client and address, and of each
/// address whoever asked, the four names told last are kept, as hashes; what was pushed out is counted.
/// Flat open addressing; when a bucket of eight is full the entry that ends first leaves (policy
/// *evict-nearest-expiry*).
///
/// The probability of a name is its weight by the sum of weights of all names of the address:
///
///     weight = f / (1 + age / lifetime)     age: seconds since the answer; lifetime: its TTL, at least 60 s
///     f      = 4 within two seconds of the answer, when a client connects to what it asked for; else 1
///
/// Each name that was pushed out weighs as much as the least of those kept. Where the client itself was
/// told nothing of the address but others were, the probability is multiplied by 0.8.
struct NameCache {
  /// What a name means to us; ``other`` for names that are not AI services.
  typealias Tag = Int32
  static let other: Tag = -1

  /// 24 octets, so that a bucket takes three lines of a processor's cache.
  private struct Entry {
    private var bits: UInt64 = 0
    /// Of the name as asked for.
    var name: UInt32 = 0
    var tag: Tag = NameCache.other
    /// Seconds since 1970, saturated.
    var told: UInt32 = 0
    /// Seconds since 1970, saturated; zero is empty.
    var expires: UInt32 = 0

    var key: UInt64 {
      get { bits & Key.mask }
      set { bits = newValue & Key.mask | bits & ~Key.mask }
    }

    /// Names of the same key that have been pushed out, saturated.
    var displaced: UInt8 {
      get { UInt8(truncatingIfNeeded: bits) }
      set { bits = bits & Key.mask | UInt64(newValue) }
    }
  }

  /// Client and address, mixed under the seed: where their bucket is, and what tells them from others in it.
  private struct Key {
    var bucket: UInt64
    var bits: UInt64

    static let mask: UInt64 = ~0xff
  }

  private var entries: ContiguousArray<Entry>
  private let mask: Int
  private let seed: UInt64
  private(set) var evictedCount = 0
  /// Names that left for another of the same address.
  private(set) var displacedCount = 0
  private(set) var answerCount = 0

  /// A name is still good this long after its TTL: clients hold connections and caches a while (seconds).
  static let grace: UInt32 = 600
  /// A TTL above a day is believed for a day.
  static let maximumTTL: UInt32 = 86_400
  /// Names kept of one client and address.
  static let namesPerAddress = 4
  /// What is known from others' answers only counts so much.
  static let othersAnswer = 0.8
  /// A connection this soon after an answer is most likely its consequence (seconds).
  static let consequence: UInt32 = 2
  static let consequenceWeight = 4.0
  /// Shorter lifetimes are those of load balancers; clients go on using the address (seconds).
  static let minimumLifetime = 60.0

  /// Stands for any client.
  private static let anyone = IPAddress(high: 0, low: 0)

  /// - Parameter slots: a power of two.
  init(slots: Int, seed: UInt64) {
    entries = ContiguousArray(repeating: Entry(), count: slots)
    mask = slots - 1
    self.seed = seed
  }

  /// Remembers that `client` was told `address` for a name.
  ///
  /// - Parameters:
  ///   - name: a hash of the name.
  ///   - isForAll: whether it is remembered for other clients as well.
  mutating func insert(
    client: IPAddress, address: IPAddress, name: UInt64, tag: Tag, ttl: UInt32,
    isForAll: Bool = true, at now: Timestamp
  ) {
    answerCount &+= 1
    let seconds = Self.seconds(now)
    let lifetime = min(ttl, Self.maximumTTL) + Self.grace
    var fresh = Entry()
    fresh.name = UInt32(truncatingIfNeeded: name)
    fresh.tag = tag
    fresh.told = seconds
    fresh.expires = seconds > .max - lifetime ? .max : seconds + lifetime
    insert(fresh, for: key(client, address), at: seconds)
    guard isForAll else { return }
    insert(fresh, for: key(Self.anyone, address), at: seconds)
  }

  private mutating func insert(_ entry: Entry, for key: Key, at seconds: UInt32) {
    var fresh = entry
    fresh.key = key.bits
    var free: Int?
    var nearest: Int?
    var oldest: Int?
    var count = 0
    for index in bucket(key) {
      let entry = entries[index]
      if entry.expires < seconds || entry.expires == 0 {
        free = free ?? index
        continue
      }
      if nearest.map({ entry.expires < entries[$0].expires }) ?? true { nearest = index }
      guard entry.key == fresh.key else { continue }
      if entry.name == fresh.name {
        fresh.displaced = entry.displaced
        entries[index] = fresh
        return
      }
      count += 1
      fresh.displaced = max(fresh.displaced, entry.displaced)
      if oldest.map({ entry.told < entries[$0].told }) ?? true { oldest = index }
    }
    if count >= Self.namesPerAddress, let oldest {
      displacedCount &+= 1
      fresh.displaced += fresh.displaced == .max ? 0 : 1
      entries[oldest] = fresh
    } else if let free {
      entries[free] = fresh
    } else if let nearest {
      evictedCount &+= 1
      if entries[nearest].key == fresh.key { fresh.displaced += fresh.displaced == .max ? 0 : 1 }
      entries[nearest] = fresh
    }
  }

  /// Gives each answer the tag that `body` returns for its tag and its name's hash.
  mutating func retag(_ body: (Tag, UInt32) -> Tag) {
    for index in entries.indices where entries[index].expires != 0 {
      entries[index].tag = body(entries[index].tag, entries[index].name)
    }
  }

  /// The names that `address` may have for `client`, the likeliest first, at most four, those that are
  /// nothing of ours as one; none when no answer is remembered.
  ///
  /// - Parameter isOwnOnly: what only other clients were told does not count.
  func candidates(
    client: IPAddress, address: IPAddress, isOwnOnly: Bool = false, at now: Timestamp
  ) -> [NameCandidate] {
    let seconds = Self.seconds(now)
    let own = candidates(key(client, address), scale: 1, at: seconds)
    return own.isEmpty && !isOwnOnly
      ? candidates(key(Self.anyone, address), scale: Self.othersAnswer, at: seconds) : own
  }

  /// Whether `client`, or if it was told nothing of `address`, anybody, was told that it has this name.
  func isTold(
    name: UInt64, client: IPAddress, address: IPAddress, at now: Timestamp
  ) -> Bool {
    let (seconds, name) = (Self.seconds(now), UInt32(truncatingIfNeeded: name))
    return [key(client, address), key(Self.anyone, address)].contains { key in
      bucket(key).contains { index in
        let entry = entries[index]
        return entry.key == key.bits && entry.name == name && Self.isLive(entry, at: seconds)
      }
    }
  }

  private func candidates(_ key: Key, scale: Double, at seconds: UInt32) -> [NameCandidate] {
    var found: [NameCandidate] = []
    var (sum, least, displaced) = (0.0, Double.infinity, 0.0)
    for index in bucket(key) {
      let entry = entries[index]
      guard entry.key == key.bits, Self.isLive(entry, at: seconds) else { continue }
      let weight = Self.weight(entry, at: seconds)
      sum += weight
      least = min(least, weight)
      displaced = max(displaced, Double(entry.displaced))
      if let place = found.firstIndex(where: { $0.tag == entry.tag }) {
        found[place].probability += weight
      } else {
        found.append(NameCandidate(tag: entry.tag, probability: weight))
      }
    }
    guard !found.isEmpty else { return [] }
    sum += displaced * least
    for index in found.indices { found[index].probability *= scale / sum }
    found.sort { $0.probability > $1.probability }
    return found
  }

  private static func isLive(_ entry: Entry, at seconds: UInt32) -> Bool {
    entry.expires >= seconds && entry.expires != 0
  }

  private static func weight(_ entry: Entry, at seconds: UInt32) -> Double {
    // A clock that ran backwards makes an answer new.
    let age = seconds > entry.told ? seconds - entry.told : 0
    let span = entry.expires > entry.told ? entry.expires - entry.told : 0
    let lifetime = max(Double(span) - Double(grace), minimumLifetime)
    return (age <= consequence ? consequenceWeight : 1) / (1 + Double(age) / lifetime)
  }

  private static func seconds(_ now: Timestamp) -> UInt32 {
    UInt32(clamping: now.nanoseconds / 1_000_000_000)
  }

  private func key(_ client: IPAddress, _ address: IPAddress) -> Key {
    let first = FlowKey.mix(client.high ^ seed, client.low ^ 0x9e37_79b9_7f4a_7c15)
    let second = FlowKey.mix(address.high ^ first, address.low ^ 0xbf58_476d_1ce4_e5b9)
    let third = FlowKey.mix(second ^ address.low, first ^ seed ^ 0x94d0_49bb_1331_11eb)
    return Key(bucket: second, bits: third & Key.mask)
  }

  private func bucket(_ key: Key) -> Range<Int> {
    let start = Int(truncatingIfNeeded: key.bucket) & mask & ~7
    return start..<start + 8
  }
}
