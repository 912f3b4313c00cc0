import Foundation
import Testing
import TokenEstimation

@Suite("Bills over estimates")
struct BillingRatioTests {
  /// A stretch of so many turns, which together are estimated at so many tokens, to a hundredth.
  static func stretch(
    billed: Double, estimated: Double, turns: Int = 200
  ) -> BillingRatio.Stretch {
    var sum = TokenSum()
    for _ in 0..<turns {
      let one = estimated / Double(turns)
      sum.add(
        TokenEstimate(low: one * 0.99, likely: one, high: one * 1.01, sharedVariance: 1))
    }
    return .init(billed: billed, estimated: sum)
  }

  @Test(
    "the interval holds what was billed, and narrows as stretches add up",
    arguments: [0.05, 0.5, 1, 5, 20])
  func holdsWhatWasBilled(truth: Double) throws {
    var widths: [Double] = []
    for count in [1, 3, 30] {
      let stretches = (0..<count).map { index -> BillingRatio.Stretch in
        let estimated = Double(1_000 + 10 * index)
        return Self.stretch(billed: truth * estimated, estimated: estimated)
      }
      let found = try #require(BillingRatio(stretches))
      #expect((found.raw / truth - 1).magnitude < 1e-6 && found.stretchCount == count)
      #expect(found.low < truth && truth < found.high, "\(count) stretches")
      // Drawn towards 1, never beyond it, and never past what was billed.
      #expect(min(1, truth) <= found.ratio + 1e-9 && found.ratio <= max(1, truth) + 1e-9)
      widths.append(found.high / found.low)
    }
    #expect(widths[0] > widths[1] && widths[1] > widths[2])
    #expect(widths[0] > 2 && widths[2] < 1.1)
  }

  @Test func oneStretchOfOneTurnTellsLittle() throws {
    let found = try #require(
      BillingRatio([Self.stretch(billed: 5_000, estimated: 1_000, turns: 1)]))
    #expect(found.ratio < 3 && found.weight < 0.6)
    #expect(found.low < 1 && found.high > 5)
  }

  @Test func manyStretchesThatAgreeAreBelieved() throws {
    let stretches = (0..<24).map { index -> BillingRatio.Stretch in
      let estimated = Double(1_000 + 50 * index)
      let scatter = index % 2 == 0 ? 1.02 : 0.98
      return Self.stretch(billed: 1.3 * estimated * scatter, estimated: estimated)
    }
    let found = try #require(BillingRatio(stretches))
    #expect((found.raw / 1.3 - 1).magnitude < 0.01)
    #expect((found.ratio / 1.3 - 1).magnitude < 0.01 && found.weight > 0.99)
    #expect(found.low < 1.3 && 1.3 < found.high && found.high / found.low < 1.1)
  }

  @Test func stretchesThatDisagreeWidenTheInterval() throws {
    func width(_ bills: [Double]) throws -> Double {
      let found = try #require(
        BillingRatio(bills.map { Self.stretch(billed: $0, estimated: 1_000) }))
      #expect(found.low < found.raw && found.raw < found.high)
      return found.high / found.low
    }
    let alike = try width([1_900, 2_000, 2_100, 2_000, 1_950, 2_050])
    let unlike = try width([500, 4_000, 900, 2_500, 3_600, 500])
    #expect(unlike > 1.5 * alike)
  }

  @Test func aStretchCountsByWhatWasBilledInIt() throws {
    let large = Self.stretch(billed: 2_000_000, estimated: 1_000_000, turns: 2_000)
    let small = (0..<20).map { _ in Self.stretch(billed: 100, estimated: 1_000, turns: 1) }
    let found = try #require(BillingRatio([large] + small))
    let alone = try #require(BillingRatio([large]))
    #expect(found.raw > 1.9 && (found.weight - alone.weight).magnitude < 0.05)
    // Twenty small stretches tell no more of the large one's ratio than it does.
    #expect(found.high / found.low > 0.8 * (alone.high / alone.low))
  }

  @Test func withoutBothThereIsNoRatio() {
    #expect(BillingRatio([]) == nil)
    #expect(BillingRatio([Self.stretch(billed: 0, estimated: 5)]) == nil)
    #expect(BillingRatio([.init(billed: 5, estimated: TokenSum())]) == nil)
    #expect(BillingRatio([Self.stretch(billed: .infinity, estimated: 5)]) == nil)
  }

  @Test func hostileFiguresGiveFiniteRatios() throws {
    for (billed, estimated) in [(1e15, 1e-3), (1e-3, 1e15), (Double.leastNonzeroMagnitude, 1.0)] {
      let found = try #require(
        BillingRatio([Self.stretch(billed: billed, estimated: estimated, turns: 1)]))
      #expect(found.low > 0 && found.low <= found.ratio)
      #expect(found.ratio <= found.high && found.high.isFinite)
    }
  }
}
