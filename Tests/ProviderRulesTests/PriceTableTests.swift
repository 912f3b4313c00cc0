import Testing
import WireFormat

@testable import ProviderRules

@Suite("Prices")
struct PriceTableTests {
  static let text = """
    schema: 1
    providers:
      - provider: acme
        currency: USD
        assumed: [large, mid]
        source: https://acme.test/pricing
        families:
          - {id: small, valid_from: 2026-01-01, input: 1, cached: 0.5, output: 2}
          - {id: mid, valid_from: 2026-01-01, input: 2, output: 10}
          - {id: mid, valid_from: 2026-07-01, input: 4, output: 20}
          - {id: large, valid_from: 2026-01-01, valid_until: 2026-06-30, input: 10, output: 50}
    """

  static func cost(_ provider: String, day: Int) throws -> PriceTable.Cost? {
    try PriceTable(compiling: RuleSource(path: "prices.yaml", text: text)).cost(
      provider: provider,
      promptTokens: .init(low: 1_000_000, likely: 2_000_000, high: 3_000_000),
      completionTokens: .init(low: 100_000, likely: 200_000, high: 300_000),
      on: Timestamp(seconds: Int64(day) * 86_400))
  }

  @Test func aCostRunsFromTheCheapestToTheDearestFamily() throws {
    // 2026-06-30: small from its cache 0.5 + 0.2; large, which is assumed first, 20 + 10 and at most 30 + 15.
    let cost = try #require(try Self.cost("acme", day: 20_634))
    #expect(cost.amount == PriceTable.Range(low: 0.7, likely: 30, high: 45))
    #expect(cost.currency == "USD")
    #expect(cost.priceDate == "2026-01-01")
    #expect(cost.assumedFamily == "large")
  }

  @Test func aNewPriceTakesOverOnItsDayAndAnOldFamilyGoes() throws {
    // 2026-07-01: large is gone, and mid, assumed next, costs 8 + 4, at most 12 + 6.
    let cost = try #require(try Self.cost("acme", day: 20_635))
    #expect(cost.amount == PriceTable.Range(low: 0.7, likely: 12, high: 18))
    #expect(cost.priceDate == "2026-07-01")
    #expect(cost.assumedFamily == "mid")
  }

  @Test func withoutAPriceInForceThereIsNoCost() throws {
    #expect(try Self.cost("acme", day: 20_000) == nil)
    #expect(try Self.cost("other", day: 20_634) == nil)
  }

  @Test(
    "mistakes are named with their place",
    arguments: [
      ("currency: USD", "currency: dollars", "4:15: expected a currency code"),
      ("[large, mid]", "[large, mild]", "5:22: expected the id of a family"),
      ("input: 1,", "input: -1,", "8:52: expected a number from 0.0"),
      ("cached: 0.5", "cached: 5", "8:63: expected a price not above"),
      ("valid_until: 2026-06-30", "valid_until: 2025-06-30", "11:58: expected a day after"),
      ("valid_from: 2026-07-01", "valid_from: 2026-01-01", "10:14: expected one price per family"),
    ])
  func refuses(good: String, bad: String, start: String) throws {
    let range = try #require(Self.text.firstRange(of: good))
    let text = Self.text.replacingCharacters(in: range, with: bad)
    let errors = #expect(throws: RuleErrors.self) {
      try PriceTable(compiling: RuleSource(path: "prices.yaml", text: text))
    }
    let found = errors?.diagnostics.map { "\($0.line):\($0.column): \($0.message)" } ?? []
    #expect(found.contains { $0.hasPrefix(start) }, "\(found)")
  }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
    String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
  }
}
