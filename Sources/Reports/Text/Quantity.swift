package import TokenEstimation

/// Numbers as people read them.
package enum Quantity {
  /// At most four characters below 10¹⁵: `7`, `182`, `9.9k`, `41k`, `1.2M`.
  package static func compact(_ value: Double) -> String {
    guard value.isFinite, value.magnitude < 1e18 else { return "?" }
    if value < 0 { return "-" + compact(-value) }
    if value.rounded() < 1_000 { return String(Int(value.rounded())) }
    var scaled = value
    for unit in ["k", "M", "G", "T", "P"] {
      scaled /= 1_000
      if (scaled * 10).rounded() < 100 { return fixed(scaled, 1) + unit }
      if scaled.rounded() < 1_000 { return String(Int(scaled.rounded())) + unit }
    }
    return String(Int(scaled.rounded())) + "P"
  }

  package static func compact(_ value: Int) -> String { compact(Double(value)) }

  /// `1.2 MB`, in powers of 1,000.
  package static func bytes(_ count: Int) -> String {
    let text = compact(count)
    guard let unit = text.last, unit.isLetter else { return "\(text) B" }
    return "\(text.dropLast()) \(unit)B"
  }

  /// `1,234,567`
  package static func grouped(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }

  /// `12.3 %`; `< 0.1 %` for what would round to nothing; `–` of nothing.
  package static func share(_ part: Int, of whole: Int) -> String {
    guard whole > 0 else { return "–" }
    let percent = Double(part) / Double(whole) * 100
    if part > 0, percent < 0.05 { return "< 0.1 %" }
    if part < whole, percent >= 99.95 { return "> 99.9 %" }
    return "\(fixed(percent, 1)) %"
  }

  /// `182k (160k–204k)`, or `7.7k exact` where every turn stated its count; nil where no turn was estimated.
  package static func interval(_ sum: TokenSum) -> String? {
    guard sum.estimatedTurnCount > 0 else { return nil }
    if sum.low == sum.high { return compact(sum.likely) + " exact" }
    return "\(compact(sum.likely)) (\(compact(sum.low))–\(compact(sum.high)))"
  }

  /// A sum of money: `0.42`, `12.30`, `1,240`; `<0.01` for what would round to nothing and is something.
  package static func money(_ amount: Double) -> String {
    guard amount.isFinite, amount.magnitude < 1e15 else { return "?" }
    if amount > 0, amount < 0.005 { return "<0.01" }
    return amount.magnitude < 100 ? fixed(amount, 2) : grouped(Int(amount.rounded()))
  }

  /// `1 h 12 min`, `45 s`
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "?" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3_600 { return "\(whole / 60) min" }
    if whole < 172_800 { return "\(whole / 3_600) h \(whole / 60 % 60) min" }
    return "\(whole / 86_400) d \(whole / 3_600 % 24) h"
  }

  /// A decimal number with exactly that many decimals (0…6), rounded half up; `?` for what is no number.
  package static func fixed(_ value: Double, _ decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    guard value.isFinite, value.magnitude < 9e15 / scale else { return "?" }
    let scaled = Int((value.magnitude * scale).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + String(scaled) }
    let digits = String(scaled)
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
  }

  /// `1 turn`, `2 turns`
  package static func counted(_ count: Int, _ noun: String, plural: String? = nil) -> String {
    "\(grouped(count)) \(count == 1 ? noun : plural ?? noun + "s")"
  }
}
