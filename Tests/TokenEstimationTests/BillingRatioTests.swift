import Foundation
import Testing
import TokenEstimation

@Suite("Bills over estimates")
struct BillingRatioTests {
  /// A stretch whose estimate has an interval of ± a share that all turns have in common.
  static func stretch(billed: Double, estimated: Double, half: Double) -> BillingRatio.Stretch {
    var sum = TokenSum()
    sum.add(
      TokenEstimate(
        low: estimated * (1 - half), likely: estimated, high: estimated * (1 + half),
        sharedVariance: 1))
    return .init(billed: billed, estimated: sum)
  }

  @Test func manyStretchesThatAgreeAreBelieved() throws {
    let stretches = (0..<24).map { index -> BillingRatio.Stretch in
      let estimated = Double(1_000 + 50 * index)
      let scatter = index % 2 == 0 ? 1.02 : 0.98
      return Self.stretch(billed: 1.3 * estimated * scatter, estimated: estimated, half: 0.5)
    }
    let found = try #require(BillingRatio(stretches))
    #expect((found.raw / 1.3 - 1).magnitude < 0.01)
    #expect((found.ratio / 1.3 - 1).magnitude < 0.02 && found.weight > 0.97)
    #expect(found.low < 1.3 && 1.3 < found.high && found.high / found.low < 1.06)
    #expect(found.stretchCount == 24)
  }

  @Test func oneStretchIsBelievedHalf() throws {
    let found = try #require(
      BillingRatio([Self.stretch(billed: 4_000, estimated: 1_000, half: 0.5)]))
    #expect((found.raw - 4).magnitude < 1e-9 && (found.ratio - 2).magnitude < 1e-6)
    #expect(found.low < 2 && found.high > 2)
  }

  @Test func anEstimateThatIsSureYieldsLittleToBillsThatScatter() throws {
    let bills = [500.0, 4_000, 900, 2_500]
    let found = try #require(
      BillingRatio(bills.map { Self.stretch(billed: $0, estimated: 1_000, half: 0.02) }))
    #expect(found.weight < 0.1 && (found.ratio - 1).magnitude < 0.1 && found.raw > 1.9)
  }

  @Test func withoutBothThereIsNoRatio() {
    #expect(BillingRatio([]) == nil)
    #expect(BillingRatio([Self.stretch(billed: 0, estimated: 5, half: 0.1)]) == nil)
    #expect(BillingRatio([.init(billed: 5, estimated: TokenSum())]) == nil)
    #expect(BillingRatio([Self.stretch(billed: .infinity, estimated: 5, half: 0.1)]) == nil)
  }
}
