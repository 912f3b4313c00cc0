package import WireFormat

/// List prices of providers, and what a number of tokens costs by them.
///
/// Ciphertext does not show the model, so a cost is an interval: from the cheapest family in force, its input read
/// from the provider's cache, to the dearest, with the family that the file assumes as the likely one.
package struct PriceTable: Sendable {
  /// 12 hexadecimal digits that change with the file.
  package let version: String
  let providers: [String: Provider]

  /// Tokens or money: from `low` to `high`, `likely` within.
  package struct Range: Sendable, Equatable {
    package var low: Double
    package var likely: Double
    package var high: Double

    package init(low: Double, likely: Double, high: Double) {
      self.low = low
      self.likely = likely
      self.high = high
    }
  }

  package struct Cost: Sendable, Equatable {
    /// In units of the currency.
    package let amount: Range
    /// ISO 4217.
    package let currency: String
    /// The latest `valid_from` among the prices used: `2025-08-07`.
    package let priceDate: String
    /// The family of the likely amount.
    package let assumedFamily: String
  }

  struct Provider: Sendable {
    let currency: String
    /// The likely family; the first that was in force counts.
    let assumedFamilies: [String]
    /// By family, then by `validFrom`.
    let prices: [Price]
  }

  /// Money per million tokens.
  struct Price: Sendable {
    let family: String
    let firstDay: Int
    /// The last day on which the family could be used.
    let lastDay: Int?
    let validFrom: String
    let input: Double
    /// Input that the provider had in its cache.
    let cached: Double?
    let output: Double

    func amount(_ promptTokens: Double, _ completionTokens: Double, isCached: Bool = false)
      -> Double
    {
      let input = isCached ? cached ?? input : input
      return (promptTokens * input + completionTokens * output) / 1e6
    }
  }

  /// What these tokens cost at the list prices in force on the UTC day of `time`.
  ///
  /// - Returns: nil when no price of the provider was in force, or none of the assumed families had one.
  package func cost(
    provider: String, promptTokens: Range, completionTokens: Range, on time: Timestamp
  ) -> Cost? {
    guard let provider = providers[provider] else { return nil }
    let day = time.daysSince1970
    var inForce: [String: Price] = [:]
    for price in provider.prices where price.firstDay <= day {
      inForce[price.family] = price
    }
    let prices = inForce.values.filter { $0.lastDay.map { day <= $0 } ?? true }
    let candidates = provider.assumedFamilies.lazy.compactMap { family in
      prices.first { $0.family == family }
    }
    guard let assumed = candidates.first else { return nil }
    let likely = assumed.amount(promptTokens.likely, completionTokens.likely)
    let low = prices.reduce(likely) {
      min($0, $1.amount(promptTokens.low, completionTokens.low, isCached: true))
    }
    let high = prices.reduce(likely) {
      max($0, $1.amount(promptTokens.high, completionTokens.high))
    }
    return Cost(
      amount: Range(low: low, likely: likely, high: high), currency: provider.currency,
      priceDate: prices.map(\.validFrom).max() ?? assumed.validFrom,
      assumedFamily: assumed.family)
  }
}
