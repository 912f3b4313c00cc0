import WireFormat

/// One stretch of time that records are about; windows begin at multiples of their length since 1970.
///
/// A capture may state any time at all. The first and the last window end where timestamps do, and are shorter than
/// the others.
struct Window: Hashable {
  let start: Timestamp
  /// Just after the window.
  let end: Timestamp

  /// The window that holds `time`.
  ///
  /// - Parameter length: nanoseconds, at least two.
  init(holding time: Timestamp, length: Int64) {
    let (whole, rest) = time.nanoseconds.quotientAndRemainder(dividingBy: length)
    let number = rest < 0 ? whole - 1 : whole
    start = Self.multiple(number, length)
    end = Self.multiple(number + 1, length)
  }

  /// The last time within.
  var last: Timestamp { end.nanoseconds == .max ? end : end.advanced(byNanoseconds: -1) }

  func contains(_ time: Timestamp) -> Bool { time >= start && time <= last }

  private static func multiple(_ number: Int64, _ length: Int64) -> Timestamp {
    let (product, overflow) = number.multipliedReportingOverflow(by: length)
    return Timestamp(nanoseconds: overflow ? (number < 0 ? .min : .max) : product)
  }
}
