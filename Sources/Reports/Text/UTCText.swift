package import WireFormat

/// Times as reports and exports write them, always UTC.
package struct UTCText: Sendable {
  let year: Int64
  let month, day, hour, minute, second, millisecond: Int64

  package init(_ time: Timestamp) {
    let milliseconds = Self.floorDivide(time.nanoseconds, 1_000_000)
    let seconds = Self.floorDivide(milliseconds, 1_000)
    let days = Self.floorDivide(seconds, 86_400)
    millisecond = milliseconds - seconds * 1_000
    let clock = seconds - days * 86_400
    hour = clock / 3_600
    minute = clock / 60 % 60
    second = clock % 60

    // Days since 0000-03-01, in eras of 400 years (146,097 days), so that the leap day ends a year.
    let shifted = days + 719_468
    let era = Self.floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// `2026-11-02T09:00:00.000Z` (RFC 3339).
  package var rfc3339: String {
    "\(date)T\(clock):\(Self.digits(second, 2)).\(Self.digits(millisecond, 3))Z"
  }

  /// `2026-11-02 09:00`
  package var dateAndMinute: String { "\(date) \(clock)" }

  /// `2026-11-02`
  package var date: String {
    "\(Self.digits(year, 4))-\(Self.digits(month, 2))-\(Self.digits(day, 2))"
  }

  /// `09:00`
  package var clock: String { "\(Self.digits(hour, 2)):\(Self.digits(minute, 2))" }

  /// `2026-11-02 09:00 – 17:30 UTC`, the second date only where it differs.
  package static func period(_ period: Range<Timestamp>) -> String {
    let start = UTCText(period.lowerBound)
    let end = UTCText(period.upperBound)
    return "\(start.dateAndMinute) – \(start.date == end.date ? end.clock : end.dateAndMinute) UTC"
  }

  private static func digits(_ value: Int64, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }

  private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
    a / b - (a % b < 0 ? 1 : 0)
  }
}
