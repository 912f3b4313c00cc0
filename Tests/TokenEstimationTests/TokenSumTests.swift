import Testing
import TokenEstimation

@Suite("Sums of estimates")
struct TokenSumTests {
  /// 100 tokens, ±10, a quarter of the variance shared.
  static let estimate = TokenEstimate(
    low: 90, likely: 100, high: 110, mean: 100, sharedVariance: 0.25)

  @Test func sharedHalfWidthsAddAndTheOthersAddInQuadrature() {
    var sum = TokenSum()
    for _ in 0..<100 { sum.add(Self.estimate) }
    // Shared: 100 × 10 × √¼ = 500. Independent: √(100 × ¾ × 10²) = 86.6.
    #expect(sum.likely == 10_000)
    #expect((sum.high - 10_586.6).magnitude < 0.1)
    #expect((sum.low - 9_413.4).magnitude < 0.1)
  }

  @Test func mergingWindowsEqualsAddingTheirTurns() {
    var whole = TokenSum()
    var first = TokenSum()
    var second = TokenSum()
    for index in 0..<10 {
      whole.add(Self.estimate)
      if index < 3 { first.add(Self.estimate) } else { second.add(Self.estimate) }
    }
    whole.addAbstention()
    second.addAbstention()
    #expect(first + second == whole)
    #expect(whole.estimatedTurnCount == 10 && whole.abstainedTurnCount == 1)
  }

  @Test func independentErrorsCancelAndSharedOnesDoNot() {
    var independent = TokenSum()
    var shared = TokenSum()
    for _ in 0..<100 {
      independent.add(TokenEstimate(low: 90, likely: 100, high: 110, sharedVariance: 0))
      shared.add(TokenEstimate(low: 90, likely: 100, high: 110, sharedVariance: 1))
    }
    #expect(independent.high - independent.likely == 100)
    #expect(shared.high - shared.likely == 1000)
  }

  @Test func theMeanIsSummedAndNotTheMedian() {
    var sum = TokenSum()
    sum.add(TokenEstimate(low: 50, likely: 100, high: 200, mean: 110))
    #expect(sum.likely == 110)
  }

  @Test func anExactCountHasNoWidth() {
    var sum = TokenSum()
    sum.add(TokenEstimate(exactly: 42))
    #expect(sum.low == 42 && sum.high == 42)
  }

  @Test func noSumIsBelowNothing() {
    var sum = TokenSum()
    sum.add(TokenEstimate(low: 0, likely: 1, high: 30, mean: 10, sharedVariance: 0.5))
    #expect(sum.low == 0)
  }
}
