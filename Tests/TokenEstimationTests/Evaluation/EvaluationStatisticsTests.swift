import Testing
import TokenEstimation

@Suite("statistics of an evaluation")
struct EvaluationStatisticsTests {
  private func near(_ a: Double?, _ b: Double, within tolerance: Double = 1e-9) -> Bool {
    a.map { ($0 - b).magnitude <= tolerance } ?? false
  }

  @Test func medians() {
    #expect(Statistics.median([3, 1, 2]) == 2)
    #expect(Statistics.median([4, 1, 2, 3]) == 2.5)
    #expect(Statistics.median([]) == nil)
  }

  @Test("quantiles lie between two values in proportion")
  func quantiles() {
    // 0.9 × 3 = 2.7 steps from the first of four values.
    #expect(near(Statistics.quantile([4, 3, 2, 1], 0.9), 3.7))
    #expect(Statistics.quantile([7], 0.9) == 7)
    #expect(Statistics.quantile([1, 2], 1) == 2 && Statistics.quantile([1, 2], -4) == 1)
  }

  @Test("what is no number does not count, what is infinite does not trap")
  func oddNumbers() {
    #expect(Statistics.median([.nan, 5]) == 5)
    #expect(Statistics.median([.infinity, .infinity, 1]) == .infinity)
    #expect(Statistics.quantile([1, .infinity], 0.5) == .infinity)
  }

  @Test("Wilson's interval as in published tables")
  func wilson() throws {
    let nine = try #require(Statistics.wilson(9, of: 10))
    #expect(
      near(nine.lowerBound, 0.5958, within: 5e-5) && near(nine.upperBound, 0.9821, within: 5e-5))
    let none = try #require(Statistics.wilson(0, of: 5))
    #expect(near(none.lowerBound, 0) && near(none.upperBound, 0.4345, within: 5e-5))
    #expect(Statistics.wilson(0, of: 0) == nil && Statistics.wilson(3, of: 2) == nil)
  }

  @Test("tails of the binomial distribution")
  func tails() {
    func tail(_ hits: Int, _ count: Int, _ share: Double) -> Double {
      Statistics.probability(ofAtMost: hits, of: count, each: share)
    }
    // 0.5⁴ × (1 + 4); 0.1; 0.1³ + 3 × 0.9 × 0.1².
    #expect(near(tail(1, 4, 0.5), 5.0 / 16) && near(tail(0, 1, 0.9), 0.1))
    #expect(near(tail(1, 3, 0.9), 0.028))
    #expect(tail(3, 3, 0.9) == 1 && tail(0, 0, 0.9) == 1 && tail(-1, 5, 0.9) == 1)
    // Half of a million: the middle, and no underflow on the way.
    #expect(near(tail(500_000, 1_000_000, 0.5), 0.5, within: 1e-3))
    #expect(tail(10, 1_000_000, 0.9) == 0)
  }

  @Test("what so many turns can tell")
  func outside() {
    let asked = 0.88...0.92
    // One failure of one has a chance of one in eight; 37 of 37 one of 22; 100 of 100 one of 4,000.
    #expect(!Statistics.isOutside(asked, hits: 0, of: 1))
    #expect(!Statistics.isOutside(asked, hits: 37, of: 37))
    #expect(Statistics.isOutside(asked, hits: 100, of: 100))
    #expect(Statistics.isOutside(asked, hits: 5, of: 20))
    #expect(!Statistics.isOutside(asked, hits: 90, of: 100))
  }

  @Test("a far point does not turn the robust line")
  func robustLine() throws {
    var points = (0..<9).map { (x: Double($0), y: 2 * Double($0) + 1) }
    points[4].y = 1e6
    let line = try #require(Statistics.robustLine(points))
    #expect(near(line.slope, 2) && near(line.offset, 1))
  }

  @Test func noLineThroughOnePlace() {
    #expect(Statistics.robustLine([(x: 1, y: 2), (x: 1, y: 3)]) == nil)
    #expect(Statistics.robustLine([]) == nil)
    #expect(Statistics.robustLine([(x: 0, y: 1e308), (x: 1e-300, y: -1e308)]) == nil)
  }

  @Test("of many points evenly spread ones are enough")
  func manyPoints() throws {
    let points = (0..<100_000).map { (x: Double($0), y: 0.25 * Double($0) - 3) }
    let line = try #require(Statistics.robustLine(points))
    #expect(near(line.slope, 0.25) && near(line.offset, -3, within: 1e-6))
  }
}
