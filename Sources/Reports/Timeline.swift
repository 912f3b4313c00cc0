package import ProviderRules
internal import RecordStore
package import WireFormat

/// Use over time: equal spans, each with an amount per verdict.
package struct Timeline: Sendable {
  /// What the bars measure.
  package enum Measure: String, Sendable {
    case turns
    /// IP octets on the wire; taken where no record has turns.
    case bytes
  }

  package struct Span: Sendable, Equatable {
    package var start: Timestamp
    package var amounts: [Verdict: Int]

    package var total: Int { amounts.values.reduce(0) { $0.addingSaturating($1) } }
  }

  package let measure: Measure
  /// Length of a span in seconds.
  package let spanSeconds: Int64
  /// In time order, without holes; at most ``maximumSpanCount``.
  package let spans: [Span]

  package static let maximumSpanCount = 96

  /// Spans from the first window's start to the last one's end. A record counts where its window begins, so a span is
  /// never shorter than the longest window.
  init(_ records: [UsageRecord], from start: Timestamp, to end: Timestamp) {
    measure = records.contains { $0.turnCount > 0 } ? .turns : .bytes
    let window = records.map { $0.windowEnd.since($0.windowStart) }.max() ?? 0
    let length = Self.spanLength(covering: end.since(start), window: window)
    spanSeconds = length / 1_000_000_000

    let first = Self.floor(start.nanoseconds, length)
    let count = Int(
      clamping: (end.nanoseconds.subtractingClamped(first)).dividedRoundingUp(by: length))
    var spans = (0..<max(0, min(count, Self.maximumSpanCount))).map { index in
      Span(
        start: Timestamp(nanoseconds: first).advanced(byNanoseconds: Int64(index) &* length),
        amounts: [:])
    }
    for record in records {
      let offset = record.windowStart.nanoseconds.subtractingClamped(first) / length
      guard offset >= 0, offset < spans.count else { continue }
      let amount = measure == .turns ? record.turnCount : record.wireBytes
      spans[Int(offset)].amounts[record.verdict, default: 0].addSaturating(amount)
    }
    self.spans = spans
  }

  /// The shortest of the usual lengths (a minute … a year) that needs at most ``maximumSpanCount`` spans.
  private static func spanLength(covering duration: Int64, window: Int64) -> Int64 {
    let seconds: [Int64] = [
      60, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
      2_592_000, 31_536_000,
    ]
    for length in seconds.map({ $0 * 1_000_000_000 }) {
      // One more, because the first span may begin before the period does.
      if length >= window, duration / length + 1 < Int64(maximumSpanCount) { return length }
    }
    return Int64.max / 64
  }

  private static func floor(_ value: Int64, _ step: Int64) -> Int64 {
    let remainder = value % step
    return value.subtractingClamped(remainder < 0 ? remainder + step : remainder)
  }
}

extension Int64 {
  fileprivate func subtractingClamped(_ other: Int64) -> Int64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (self < other ? .min : .max) : difference
  }

  fileprivate func dividedRoundingUp(by divisor: Int64) -> Int64 {
    self / divisor + (self % divisor > 0 ? 1 : 0)
  }
}
