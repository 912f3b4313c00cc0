/// A point in time as a capture states it: nanoseconds since 1970-01-01 00:00:00 UTC, leap seconds not counted.
@frozen
@usableFromInline
package struct Timestamp: Hashable, Comparable, Sendable {
  @usableFromInline package var nanoseconds: Int64

  @inlinable
  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Saturates where the seconds do not fit (years past 2262).
  @inlinable
  package init(seconds: Int64, nanoseconds: Int64 = 0) {
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, sumOverflow) = whole.addingReportingOverflow(nanoseconds)
    self.nanoseconds = overflow || sumOverflow ? (seconds < 0 ? .min : .max) : sum
  }

  @inlinable package var seconds: Double { Double(nanoseconds) / 1e9 }
  @inlinable package var milliseconds: Int64 { nanoseconds / 1_000_000 }

  @inlinable
  package static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }

  /// Nanoseconds from `earlier` to here; saturates instead of trapping.
  @inlinable
  package func since(_ earlier: Timestamp) -> Int64 {
    let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
    return overflow ? (nanoseconds < earlier.nanoseconds ? .min : .max) : difference
  }

  /// This time plus `delta` nanoseconds; saturates instead of trapping.
  @inlinable
  package func advanced(byNanoseconds delta: Int64) -> Timestamp {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(delta)
    return Timestamp(nanoseconds: overflow ? (delta < 0 ? .min : .max) : sum)
  }
}
