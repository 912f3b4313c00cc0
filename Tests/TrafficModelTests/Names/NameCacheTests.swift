import Testing
import WireFormat

@testable import TrafficModel

@Suite("Remembered DNS answers")
struct NameCacheTests {
  static let client = IPAddress(v4: 0x0a00_0005)
  static let other = IPAddress(v4: 0x0a00_0006)

  static func address(_ number: Int) -> IPAddress { IPAddress(v4: 0xc000_0000 + UInt32(number)) }

  static func time(_ seconds: Int64) -> Timestamp { Timestamp(seconds: seconds) }

  @Test("an answer is good until its lifetime and the grace are over")
  func expires() {
    var cache = NameCache(slots: 64, seed: 1)
    cache.insert(client: Self.client, address: Self.address(1), tag: 3, ttl: 60, at: Self.time(0))
    #expect(cache.tag(client: Self.client, address: Self.address(1), at: Self.time(660)) == 3)
    #expect(cache.tag(client: Self.client, address: Self.address(1), at: Self.time(661)) == nil)
    #expect(cache.tag(client: Self.other, address: Self.address(1), at: Self.time(0)) == nil)
    #expect(cache.tag(client: Self.client, address: Self.address(2), at: Self.time(0)) == nil)
  }

  @Test("a lifetime above a day is believed for a day")
  func boundsLifetimes() {
    var cache = NameCache(slots: 64, seed: 1)
    cache.insert(client: Self.client, address: Self.address(1), tag: 3, ttl: .max, at: Self.time(0))
    let last = Int64(NameCache.maximumTTL + NameCache.grace)
    #expect(cache.tag(client: Self.client, address: Self.address(1), at: Self.time(last)) == 3)
    #expect(
      cache.tag(client: Self.client, address: Self.address(1), at: Self.time(last + 1)) == nil)
  }

  @Test("the newest answer wins, also one that is nothing of ours and one that is short-lived")
  func takesTheNewest() {
    var cache = NameCache(slots: 64, seed: 1)
    for tag in [NameCache.Tag(5), 6, NameCache.other] {
      cache.insert(
        client: Self.client, address: Self.address(1), tag: tag, ttl: 60, at: Self.time(0))
      #expect(cache.tag(client: Self.client, address: Self.address(1), at: Self.time(1)) == tag)
    }
  }

  @Test("what the newest answer replaced does not come back when it ends")
  func forgetsWhatWasReplaced() {
    // One bucket, its places filled in turn; the first ends while the second is good.
    var cache = NameCache(slots: 8, seed: 1)
    cache.insert(client: Self.other, address: Self.address(9), tag: 0, ttl: 0, at: Self.time(0))
    cache.insert(
      client: Self.client, address: Self.address(1), tag: 5, ttl: 80_000, at: Self.time(0))
    cache.insert(client: Self.client, address: Self.address(1), tag: 6, ttl: 0, at: Self.time(700))
    #expect(cache.tag(client: Self.client, address: Self.address(1), at: Self.time(1_300)) == 6)
    #expect(cache.tag(client: Self.client, address: Self.address(1), at: Self.time(1_400)) == nil)
  }

  @Test("of a full bucket the answer that ends first leaves")
  func evictsTheNearestEnd() {
    var cache = NameCache(slots: 8, seed: 1)
    for number in 0..<8 {
      cache.insert(
        client: Self.client, address: Self.address(number), tag: NameCache.Tag(number),
        ttl: UInt32(1_000 - 100 * number), at: Self.time(0))
    }
    #expect(cache.evictedCount == 0)
    cache.insert(client: Self.client, address: Self.address(8), tag: 8, ttl: 500, at: Self.time(1))
    #expect(cache.evictedCount == 1)
    let kept = (0..<9).filter {
      cache.tag(client: Self.client, address: Self.address($0), at: Self.time(2)) != nil
    }
    #expect(kept == [0, 1, 2, 3, 4, 5, 6, 8])
  }

  @Test("a hundred thousand answers keep the cache its size, and the last ones are there")
  func staysBounded() {
    var cache = NameCache(slots: 4_096, seed: 7)
    for number in 0..<100_000 {
      cache.insert(
        client: Self.client, address: Self.address(number), tag: 1, ttl: 60,
        at: Self.time(Int64(number)))
    }
    #expect(cache.answerCount == 100_000)
    let recent = (99_800..<100_000).filter {
      cache.tag(client: Self.client, address: Self.address($0), at: Self.time(100_000)) == 1
    }
    #expect(recent.count == 200)
  }

  @Test("times before 1970 and past 2106 do not stop it", arguments: [Int64.min, -1, .max])
  func survivesTimes(nanoseconds: Int64) {
    var cache = NameCache(slots: 64, seed: 1)
    let time = Timestamp(nanoseconds: nanoseconds)
    cache.insert(client: Self.client, address: Self.address(1), tag: 3, ttl: .max, at: time)
    #expect(cache.tag(client: Self.client, address: Self.address(1), at: time) == 3)
  }
}
