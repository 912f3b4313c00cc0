import Testing
import WireFormat

@testable import Agent

@Suite("times on the command line")
struct TimeTextTests {
  /// 2026-11-20 12:00:00 UTC.
  static let now = Timestamp(seconds: 1_795_176_000)

  @Test(
    "days and UTC times",
    arguments: [
      ("1970-01-01", 0), ("2026-11-20", 1_795_132_800), ("2026-11-20T09:00", 1_795_165_200),
      ("2026-11-20T09:00:30Z", 1_795_165_230), ("2024-02-29", 1_709_164_800),
      ("2000-02-29T23:59:59Z", 951_868_799),
    ] as [(String, Int64)])
  func readsTimes(text: String, seconds: Int64) {
    #expect(TimeText.parse(text, now: Self.now) == Timestamp(seconds: seconds))
  }

  @Test(
    "spans before now",
    arguments: [("90m", 5_400), ("24h", 86_400), ("7d", 604_800), ("4w", 2_419_200)]
      as [(String, Int64)])
  func readsSpans(text: String, seconds: Int64) {
    let expected = Self.now.advanced(byNanoseconds: -seconds * 1_000_000_000)
    #expect(TimeText.parse(text, now: Self.now) == expected)
  }

  @Test("a span longer than time itself is all of it", arguments: ["99999w", "99999d"])
  func saturates(text: String) throws {
    #expect(try #require(TimeText.parse(text, now: Self.now)) < Timestamp(nanoseconds: 0))
  }

  @Test(
    "nothing else",
    arguments: [
      "", "now", "24", "h", "-1h", "24 h", "123456m", "2026-11", "2026-13-01", "2026-11-31",
      "2023-02-29", "1900-01-01", "1969-12-31", "2026-11-20T", "2026-11-20T24:00",
      "2026-11-20T9:00",
      "2026-11-20T09:60", "2026-11-20T09:00:60", "2026-11-20T09:00ZZ", "2026-11-20 09:00",
      "2026-11-20T09:00+01:00", "٢٠٢٦-11-20", "2026-11-20TT09:00",
    ])
  func refuses(text: String) {
    #expect(TimeText.parse(text, now: Self.now) == nil)
  }
}
