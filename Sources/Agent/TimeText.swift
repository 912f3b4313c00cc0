package import WireFormat

/// Times as a person writes them on the command line, always UTC.
package enum TimeText {
  /// Reads `2026-11-20`, `2026-11-20T09:00`, `2026-11-20T09:00:30Z`, or a span before `now`: `90m`, `24h`, `7d`, `4w`.
  ///
  /// - Returns: nil when it is none of these.
  package static func parse(_ text: String, now: Timestamp) -> Timestamp? {
    if let seconds = span(text) {
      // 99999w is before all times that there are.
      return now.advanced(byNanoseconds: Timestamp(seconds: -seconds).nanoseconds)
    }
    let parts = text.split(separator: "T", omittingEmptySubsequences: false)
    guard parts.count <= 2, let days = day(parts[0]) else { return nil }
    var seconds: Int64 = 0
    if parts.count == 2 {
      var clock = parts[1]
      if clock.last == "Z" { clock.removeLast() }
      guard let time = clockSeconds(clock) else { return nil }
      seconds = time
    }
    return Timestamp(seconds: days * 86_400 + seconds)
  }

  private static func span(_ text: String) -> Int64? {
    let units: [Character: Int64] = ["m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
    guard let last = text.last, let unit = units[last], let count = digits(text.dropLast(), 1...5)
    else { return nil }
    return count * unit
  }

  /// Days since 1970-01-01 in the Gregorian calendar.
  private static func day(_ text: Substring) -> Int64? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, let year = digits(parts[0], 4...4), let month = digits(parts[1], 2...2),
      let day = digits(parts[2], 2...2), (1...12).contains(month)
    else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard year >= 1970, (1...lengths[Int(month) - 1]).contains(day) else { return nil }
    let before = year - 1
    let leapDays = before / 4 - before / 100 + before / 400 - 477
    return (year - 1970) * 365 + leapDays + lengths.prefix(Int(month) - 1).reduce(0, +) + day - 1
  }

  private static func clockSeconds(_ text: Substring) -> Int64? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count) else { return nil }
    let values = parts.compactMap { digits($0, 2...2) }
    guard values.count == parts.count, values[0] < 24, values[1] < 60 else { return nil }
    let seconds = values.count == 3 ? values[2] : 0
    guard seconds < 60 else { return nil }
    return values[0] * 3_600 + values[1] * 60 + seconds
  }

  private static func digits(_ text: Substring, _ length: ClosedRange<Int>) -> Int64? {
    guard length.contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else {
      return nil
    }
    return Int64(text)
  }
}
