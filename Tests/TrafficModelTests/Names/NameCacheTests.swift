import Testing
import WireFormat

@testable import TrafficModel

@Suite("Remembered DNS answers")
struct NameCacheTests {
  static let client = IPAddress(v4: 0x0a00_0005)
  static let other = IPAddress(v4: 0x0a00_0006)

  static func address(_ number: Int) -> IPAddress { IPAddress(v4: 0xc000_0000 + UInt32(number)) }

  static func time(_ seconds: Int64) -> Timestamp { Timestamp(seconds: seconds) }

  /// A cache of `slots`, with what it says without its numbers.
  private struct Cache {
    var names: NameCache

    init(slots: Int = 64, seed: UInt64 = 1) { names = NameCache(slots: slots, seed: seed) }

    mutating func insert(
      _ name: UInt64, _ tag: NameCache.Tag, at seconds: Int64, ttl: UInt32 = 60, address: Int = 1,
      client: IPAddress = NameCacheTests.client, isForAll: Bool = false
    ) {
      names.insert(
        client: client, address: NameCacheTests.address(address), name: name, tag: tag, ttl: ttl,
        isForAll: isForAll, at: NameCacheTests.time(seconds))
    }

    func candidates(
      at seconds: Int64, address: Int = 1, client: IPAddress = NameCacheTests.client
    ) -> [NameCandidate] {
      names.candidates(
        client: client, address: NameCacheTests.address(address), at: NameCacheTests.time(seconds))
    }

    func tags(at seconds: Int64, address: Int = 1) -> [Int32] {
      candidates(at: seconds, address: address).map(\.tag)
    }
  }

  private func isNear(_ candidate: NameCandidate?, _ tag: Int32, _ probability: Double) -> Bool {
    candidate?.tag == tag && abs((candidate?.probability ?? 9) - probability) < 1e-9
  }

  @Test("an answer is good until its lifetime and the grace are over")
  func expires() {
    var cache = Cache()
    cache.insert(7, 3, at: 0)
    #expect(cache.tags(at: 660) == [3])
    #expect(cache.tags(at: 661).isEmpty)
    #expect(cache.candidates(at: 0, client: Self.other).isEmpty)
    #expect(cache.tags(at: 0, address: 2).isEmpty)
  }

  @Test("a lifetime above a day is believed for a day")
  func boundsLifetimes() {
    var cache = Cache()
    cache.insert(7, 3, at: 0, ttl: .max)
    let last = Int64(NameCache.maximumTTL + NameCache.grace)
    #expect(cache.tags(at: last) == [3])
    #expect(cache.tags(at: last + 1).isEmpty)
  }

  @Test("one name is certain, also when it was told long ago")
  func isCertainOfOneName() {
    var cache = Cache()
    cache.insert(7, 3, at: 0)
    #expect(cache.candidates(at: 600) == [NameCandidate(tag: 3, probability: 1)])
  }

  @Test("names of an address share by how long ago they were told")
  func sharesByAge() {
    var cache = Cache()
    cache.insert(7, 3, at: 0)
    cache.insert(8, -1, at: 60)
    // Ages 120 and 60 by a lifetime of 60: weights 1/3 and 1/2.
    let found = cache.candidates(at: 120)
    #expect(isNear(found.first, -1, 0.6) && isNear(found.last, 3, 0.4))
  }

  @Test("a name that has just been told is four times as likely")
  func prefersWhatWasJustTold() {
    var cache = Cache()
    cache.insert(8, -1, at: 0)
    cache.insert(7, 3, at: 58)
    // Weights 1/2 and 4 / (1 + 2/60).
    let (old, new) = (0.5, 4 / (1 + 2.0 / 60))
    #expect(isNear(cache.candidates(at: 60).first, 3, new / (new + old)))
  }

  @Test("the same name told again is one name; names that are nothing of ours are one candidate")
  func joinsNames() {
    var cache = Cache()
    for (name, tag) in [(7, 3), (7, 3), (8, -1), (9, -1)] as [(UInt64, Int32)] {
      cache.insert(name, tag, at: 0)
    }
    let found = cache.candidates(at: 60)
    #expect(found.count == 2)
    #expect(isNear(found.first, -1, 2 / 3.0) && isNear(found.last, 3, 1 / 3.0))
  }

  @Test("of many names four are kept, and the others still weigh")
  func countsDisplacedNames() {
    var cache = Cache()
    for name in 0..<20 { cache.insert(UInt64(name), -1, at: Int64(name)) }
    cache.insert(99, 3, at: 20)
    let found = cache.candidates(at: 30)
    #expect(found.last.map { $0.tag == 3 && $0.probability < 0.1 } == true)
  }

  @Test("what others were told counts where the client was told nothing")
  func fallsBackToOthers() {
    var cache = Cache()
    cache.insert(7, 3, at: 0, isForAll: true)
    #expect(cache.candidates(at: 1) == [NameCandidate(tag: 3, probability: 1)])
    #expect(
      cache.candidates(at: 1, client: Self.other) == [NameCandidate(tag: 3, probability: 0.8)])
    cache.insert(8, -1, at: 0, client: Self.other, isForAll: true)
    #expect(
      cache.candidates(at: 1, client: Self.other) == [NameCandidate(tag: -1, probability: 1)])
  }

  @Test("a name is told by its hash, to the client or to others")
  func tellsNames() {
    var cache = Cache()
    cache.insert(7, 3, at: 0, isForAll: true)
    let known = [7, 8].map { name in
      cache.names.isTold(
        name: UInt64(name), client: Self.other, address: Self.address(1), at: Self.time(1))
    }
    #expect(known == [true, false])
  }

  @Test("of a full bucket the answer that ends first leaves")
  func evictsTheNearestEnd() {
    var cache = Cache(slots: 8)
    for number in 0..<8 {
      cache.insert(
        1, NameCache.Tag(number), at: 0, ttl: UInt32(1_000 - 100 * number), address: number)
    }
    #expect(cache.names.evictedCount == 0)
    cache.insert(1, 8, at: 1, ttl: 500, address: 8)
    #expect(cache.names.evictedCount == 1)
    let kept = (0..<9).filter { !cache.tags(at: 2, address: $0).isEmpty }
    #expect(kept == [0, 1, 2, 3, 4, 5, 6, 8])
  }

  @Test("a hundred thousand answers keep the cache its size, and the last ones are there")
  func staysBounded() {
    var cache = Cache(slots: 4_096, seed: 7)
    for number in 0..<100_000 { cache.insert(1, 1, at: Int64(number), address: number) }
    #expect(cache.names.answerCount == 100_000)
    let recent = (99_800..<100_000).filter { cache.tags(at: 100_000, address: $0) == [1] }
    #expect(recent.count == 200)
  }

  @Test("times before 1970 and past 2106 do not stop it", arguments: [Int64.min, -1, .max])
  func survivesTimes(nanoseconds: Int64) {
    var cache = NameCache(slots: 64, seed: 1)
    let time = Timestamp(nanoseconds: nanoseconds)
    cache.insert(
      client: Self.client, address: Self.address(1), name: 7, tag: 3, ttl: .max, at: time)
    let found = cache.candidates(client: Self.client, address: Self.address(1), at: time)
    #expect(found == [NameCandidate(tag: 3, probability: 1)])
  }
}
