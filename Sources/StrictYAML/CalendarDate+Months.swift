extension CalendarDate {
  /// The day so many days after 1970-01-01; nil before it and after year 9999.
  package init?(daysSince1970 days: Int) {
    guard (0...2_932_896).contains(days) else { return nil }
    // Days since 0000-03-01, in eras of 400 years (146,097 days), so that the leap day ends a year.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    self.init(Self.text(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day))
  }

  /// The first days of its month and of the month after, in days since 1970-01-01.
  package var month: Range<Int> {
    let parts = description.split(separator: "-").compactMap { Int($0) }
    guard parts.count == 3 else { return daysSince1970..<daysSince1970 + 1 }
    let isLast = parts[1] == 12
    let first = CalendarDate(Self.text(parts[0], parts[1], 1))?.daysSince1970 ?? daysSince1970
    let next = CalendarDate(
      Self.text(parts[0] + (isLast ? 1 : 0), isLast ? 1 : parts[1] + 1, 1))?.daysSince1970
    return first..<(next ?? first + 31)
  }

  private static func text(_ year: Int, _ month: Int, _ day: Int) -> String {
    func digits(_ value: Int, _ width: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))"
  }
}
