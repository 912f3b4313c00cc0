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

  /// What an answer is found by, apart from the rest: a bucket of these is one line of a processor's cache.
  private struct Head {
    /// Half of the key.
    var mark: UInt32 = 0
    /// Seconds since 1970, saturated; zero is empty.
    var expires: UInt32 = 0
  }

  private struct Body {
    /// 24 bits of the key, and 8 of ``displaced``.
    private var bits: UInt32 = 0
    /// Of the name as asked for.
    var name: UInt32 = 0
    var tag: Tag = NameCache.other
    /// Seconds since 1970, saturated.
    var told: UInt32 = 0

    init() {}

    init(_ key: Key, name: UInt32, tag: Tag, told: UInt32) {
      (bits, self.name, self.tag, self.told) = (key.rest, name, tag, told)
    }

    func isOf(_ key: Key) -> Bool { bits & Key.restMask == key.rest }

    /// Names of the same key that have been pushed out, saturated.
    var displaced: UInt8 {
      get { UInt8(truncatingIfNeeded: bits) }
      set { bits = bits & Key.restMask | UInt32(newValue) }
    }
  }

  /// Client and address, mixed under the seed: where their bucket is, and what tells them from others in it.
  private struct Key {
    var bucket: UInt64
    var mark: UInt32
    var rest: UInt32

    static let restMask: UInt32 = ~0xff
  }

  private var heads: ContiguousArray<Head>
  private var bodies: ContiguousArray<Body>
  /// The first head of the first bucket, so that each begins a line of a processor's cache.
  private let start: Int
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
    heads = ContiguousArray(repeating: Head(), count: slots + 7)
    bodies = ContiguousArray(repeating: Body(), count: slots)
    start = heads.indexOfLine
    mask = slots - 1
    self.seed = seed
  }

  /// Asks for the places of what will be remembered with ``insert(client:address:name:tag:ttl:isForAll:at:)``.
  func prefetch(client: IPAddress, address: IPAddress) {
    prefetch(Self.key(client, address, seed: seed))
    prefetch(Self.key(Self.anyone, address, seed: seed))
  }

  @inline(__always)
  private func prefetch(_ key: Key) {
    let first = Self.bucket(key, mask)
    heads.prefetch(start + first)
    bodies.prefetch(first)
    bodies.prefetch(first + 4)
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
    let expires = seconds > .max - lifetime ? .max : seconds + lifetime
    let name = UInt32(truncatingIfNeeded: name)
    let own = Self.key(client, address, seed: seed)
    insert(Body(own, name: name, tag: tag, told: seconds), expires, for: own)
    guard isForAll else { return }
    let all = Self.key(Self.anyone, address, seed: seed)
    insert(Body(all, name: name, tag: tag, told: seconds), expires, for: all)
  }

  private mutating func insert(_ body: Body, _ expires: UInt32, for key: Key) {
    let first = Self.bucket(key, mask)
    let firstHead = start + first
    // A bit for each place: no answer that is still good, and one with this mark.
    var (ended, marked): (UInt32, UInt32) = (0, 0)
    let now = max(body.told, 1)
    for place in 0..<8 {
      let head = heads[firstHead + place]
      ended |= (head.expires < now ? 1 : 0) << UInt32(place)
      marked |= (head.mark == key.mark ? 1 : 0) << UInt32(place)
    }
    var fresh = body
    var count = 0
    var oldest = -1
    var same: UInt32 = 0
    marked &= ~ended
    while marked != 0 {
      let place = marked.trailingZeroBitCount
      marked &= marked - 1
      let body = bodies[first + place]
      guard body.isOf(key) else { continue }
      if body.name == fresh.name {
        fresh.displaced = body.displaced
        heads[firstHead + place].expires = expires
        bodies[first + place] = fresh
        return
      }
      count += 1
      same |= 1 << UInt32(place)
      fresh.displaced = max(fresh.displaced, body.displaced)
      if oldest < 0 || body.told < bodies[first + oldest].told { oldest = place }
    }
    var place = ended.trailingZeroBitCount
    if count >= Self.namesPerAddress {
      displacedCount &+= 1
      fresh.displaced += fresh.displaced == .max ? 0 : 1
      place = oldest
    } else if ended == 0 {
      evictedCount &+= 1
      // The one that ends first, and of several the first.
      var nearest = UInt64.max
      for place in 0..<8 {
        nearest = min(nearest, UInt64(heads[firstHead + place].expires) << 3 | UInt64(place))
      }
      place = Int(nearest & 7)
      if same >> UInt32(place) & 1 == 1 { fresh.displaced += fresh.displaced == .max ? 0 : 1 }
    }
    heads[firstHead + place] = Head(mark: key.mark, expires: expires)
    bodies[first + place] = fresh
  }

  /// Gives each answer the tag that `body` returns for its tag and its name's hash.
  mutating func retag(_ body: (Tag, UInt32) -> Tag) {
    for index in bodies.indices where heads[start + index].expires != 0 {
      bodies[index].tag = body(bodies[index].tag, bodies[index].name)
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
    let own = candidates(Self.key(client, address, seed: seed), scale: 1, at: seconds)
    return own.isEmpty && !isOwnOnly
      ? candidates(
        Self.key(Self.anyone, address, seed: seed), scale: Self.othersAnswer, at: seconds) : own
  }

  /// Whether `client`, or if it was told nothing of `address`, anybody, was told that it has this name.
  func isTold(
    name: UInt64, client: IPAddress, address: IPAddress, at now: Timestamp
  ) -> Bool {
    let (seconds, name) = (Self.seconds(now), UInt32(truncatingIfNeeded: name))
    let keys = [client, Self.anyone].map { Self.key($0, address, seed: seed) }
    return keys.contains { key in
      let first = Self.bucket(key, mask)
      return (first..<first + 8).contains { index in
        isLive(index, key, at: seconds) && bodies[index].name == name
      }
    }
  }

  private func candidates(_ key: Key, scale: Double, at seconds: UInt32) -> [NameCandidate] {
    var found: [NameCandidate] = []
    var (sum, least, displaced) = (0.0, Double.infinity, 0.0)
    let first = Self.bucket(key, mask)
    for index in first..<first + 8 where isLive(index, key, at: seconds) {
      let entry = bodies[index]
      let weight = Self.weight(told: entry.told, expires: heads[start + index].expires, at: seconds)
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

  /// Whether a good answer of this key stands at `index`.
  private func isLive(_ index: Int, _ key: Key, at seconds: UInt32) -> Bool {
    let head = heads[start + index]
    return head.mark == key.mark && head.expires >= seconds && head.expires != 0
      && bodies[index].isOf(key)
  }

  private static func weight(told: UInt32, expires: UInt32, at seconds: UInt32) -> Double {
    // A clock that ran backwards makes an answer new.
    let age = seconds > told ? seconds - told : 0
    let span = expires > told ? expires - told : 0
    let lifetime = max(Double(span) - Double(grace), minimumLifetime)
    return (age <= consequence ? consequenceWeight : 1) / (1 + Double(age) / lifetime)
  }

  private static func seconds(_ now: Timestamp) -> UInt32 {
    UInt32(clamping: now.nanoseconds / 1_000_000_000)
  }

  /// Static, because a method would copy the whole of the cache's fields each time.
  @inline(__always)
  private static func key(_ client: IPAddress, _ address: IPAddress, seed: UInt64) -> Key {
    let first = FlowKey.mix(client.high ^ seed, client.low ^ FlowKey.secret(seed))
    let second = FlowKey.mix(address.high ^ first, address.low ^ ~FlowKey.secret(seed))
    let third = FlowKey.mix(second ^ address.low, first ^ seed ^ 0x94d0_49bb_1331_11eb)
    return Key(
      bucket: second, mark: UInt32(truncatingIfNeeded: third >> 32),
      rest: UInt32(truncatingIfNeeded: third) & Key.restMask)
  }

  /// The first of eight places.
  @inline(__always)
  private static func bucket(_ key: Key, _ mask: Int) -> Int {
    Int(truncatingIfNeeded: key.bucket) & mask & ~7
  }
}
