import Foundation

/// Figures over many turns. Where there are no values there is no figure.
package enum Statistics {
  /// The middle value, or the mean of the two in the middle.
  package static func median(_ values: [Double]) -> Double? { quantile(values, 0.5) }

  /// The value below which that share lies: between two values in proportion (type 7 of Hyndman and Fan, The American
  /// Statistician 50, 1996; what spreadsheets and numpy do).
  package static func quantile(_ values: [Double], _ share: Double) -> Double? {
    let sorted = values.filter { !$0.isNaN }.sorted()
    guard let last = sorted.last else { return nil }
    let place = min(1, max(0, share)) * Double(sorted.count - 1)
    let index = Int(place.rounded(.down))
    guard index + 1 < sorted.count else { return last }
    let (low, high) = (sorted[index], sorted[index + 1])
    return low == high ? low : low + (high - low) * (place - Double(index))
  }

  /// The 95 % interval of a share that `hits` of `count` show (Wilson, JASA 22, 1927).
  package static func wilson(_ hits: Int, of count: Int) -> ClosedRange<Double>? {
    guard count > 0, (0...count).contains(hits) else { return nil }
    let z = 1.959_963_984_540_054
    let n = Double(count)
    let share = Double(hits) / n
    let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    let half =
      z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    return max(0, middle - half)...min(1, middle + half)
  }

  /// How likely at most `hits` of `count` are, where each comes true with `share`: the lower tail of the binomial
  /// distribution. 1 where the question makes no sense.
  package static func probability(ofAtMost hits: Int, of count: Int, each share: Double) -> Double {
    guard count > 0, (0..<count).contains(hits), share > 0, share < 1 else { return 1 }
    // The term of `hits` by its logarithm; the ones below it, each smaller than the one before once past the mean.
    var logarithm = Double(hits) * log(share) + Double(count - hits) * log(1 - share)
    for step in 0..<min(hits, count - hits) {
      logarithm += log(Double(count - step)) - log(Double(step + 1))
    }
    var relative = 1.0
    var sum = 1.0
    for below in stride(from: hits, to: 0, by: -1) {
      relative *= Double(below) / Double(count - below + 1) * (1 - share) / share
      sum += relative
      guard relative > sum * 1e-17 else { break }
    }
    return min(1, sum * exp(logarithm))
  }

  /// Whether so many hits are told, at 95 %, from every share in the range: below it or above it.
  package static func isOutside(
    _ range: ClosedRange<Double>, hits: Int, of count: Int
  ) -> Bool {
    probability(ofAtMost: hits, of: count, each: range.lowerBound) < 0.025
      || probability(ofAtMost: count - hits, of: count, each: 1 - range.upperBound) < 0.025
  }

  /// A line through points that a few far ones do not turn: the median of the slopes between two points each (Theil 1950,
  /// Sen, JASA 63, 1968), and the median of what it leaves. Of many points, `most` evenly spread ones.
  package static func robustLine(
    _ points: [(x: Double, y: Double)], most: Int = 300
  ) -> (offset: Double, slope: Double)? {
    let step = max(1, (points.count + most - 1) / max(1, most))
    let used = stride(from: 0, to: points.count, by: step).map { points[$0] }
    var slopes: [Double] = []
    for (index, a) in used.enumerated() {
      for b in used[(index + 1)...] where a.x != b.x { slopes.append((b.y - a.y) / (b.x - a.x)) }
    }
    guard let slope = median(slopes), slope.isFinite,
      let offset = median(used.map { $0.y - slope * $0.x }), offset.isFinite
    else { return nil }
    return (offset, slope)
  }
}
