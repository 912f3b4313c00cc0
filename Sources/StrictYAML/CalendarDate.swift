/// A day of the Gregorian calendar, UTC, from year 1970 to 9999.
package struct CalendarDate: Hashable, Sendable {
  /// Days since 1970-01-01.
  package let daysSince1970: Int
  private let text: String

  /// 1970-01-01.
  package static let epoch = CalendarDate(daysSince1970: 0, text: "1970-01-01")

  private init(daysSince1970: Int, text: String) {
    self.daysSince1970 = daysSince1970
    self.text = text
  }

  /// Reads `YYYY-MM-DD`; nil when it is not that, or no day of the calendar.
  package init?(_ text: String) {
    let octets = Array(text.utf8)
    guard octets.count == 10, octets[4] == UInt8(ascii: "-"), octets[7] == UInt8(ascii: "-"),
      let year = Self.number(octets[0..<4]), let month = Self.number(octets[5..<7]),
      let day = Self.number(octets[8..<10]),
      year >= 1970, (1...12).contains(month), day >= 1, day <= Self.dayCount(month, of: year)
    else { return nil }
    // Days of the civil calendar, counted in years that begin in March so that the leap day is the last.
    let marchYear = month > 2 ? year : year - 1
    let monthsSinceMarch = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * monthsSinceMarch + 2) / 5 + day - 1
    daysSince1970 =
      365 * marchYear + marchYear / 4 - marchYear / 100 + marchYear / 400
      + dayOfYear - 719_468
    self.text = text
  }

  private static func number(_ octets: ArraySlice<UInt8>) -> Int? {
    var value = 0
    for octet in octets {
      guard (48...57).contains(octet) else { return nil }
      value = value * 10 + Int(octet - 48)
    }
    return value
  }

  private static func dayCount(_ month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

extension CalendarDate: Comparable {
  package static func < (a: CalendarDate, b: CalendarDate) -> Bool {
    a.daysSince1970 < b.daysSince1970
  }
}

extension CalendarDate: CustomStringConvertible {
  package var description: String { text }
}
