extension ProfileSet {
  /// Every profile's calibration card, for a terminal of 100 columns.
  package var cardsText: String {
    guard !profiles.isEmpty else { return "No profiles.\n" }
    return profiles.map(Self.card).joined(separator: "\n")
  }

  static func card(_ profile: Profile) -> String {
    let card = profile.card
    var lines = [
      profile.versionedID,
      "  evidence  \(card.kind.rawValue): \(card.data)",
      "  made      \(card.date), \(card.command)",
    ]
    if !profile.hidden.isEmpty {
      lines.append("  not seen  \(profile.hidden.joined(separator: ", "))")
    }
    lines.append(
      "  "
        + columns([
          "figure", "fitted", "tested", "median", "p90", "in 90 %", "high/low", "total", "bar",
        ]))
    for row in card.rows {
      lines.append(
        "  "
          + columns([
            row.what, "\(row.fittedTurns)", "\(row.testedTurns)",
            row.medianError.asPercent, row.p90Error.asPercent, row.coverage.asPercent,
            "×" + row.width.rounded(toPlaces: 1),
            (row.bias < 0 ? "−" : "+") + row.bias.magnitude.asPercent,
            row.bar?.rawValue ?? "",
          ]))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The first column to the left, the others to the right.
  private static func columns(_ cells: [String]) -> String {
    let widths = [29, 7, 7, 9, 9, 9, 9, 10, 8]
    var line = ""
    for (cell, width) in zip(cells, widths) {
      let padding = String(repeating: " ", count: max(0, width - cell.count))
      line += line.isEmpty ? cell + padding : padding + cell
    }
    while line.last == " " { line.removeLast() }
    return line
  }
}

extension Double {
  /// `12.3 %`.
  fileprivate var asPercent: String { (self * 100).rounded(toPlaces: 1) + " %" }

  /// Decimal digits without Foundation; for figures of a card, which are of modest size.
  fileprivate func rounded(toPlaces places: Int) -> String {
    var factor = 1.0
    for _ in 0..<places { factor *= 10 }
    let scaled = (self.magnitude * factor).rounded()
    guard scaled < 1e15 else { return "\(self)" }
    let whole = Int(scaled / factor)
    let rest = Int(scaled) - whole * Int(factor)
    let digits = String(rest)
    let fraction =
      places == 0
      ? "" : "." + String(repeating: "0", count: max(0, places - digits.count)) + digits
    return (self < 0 ? "−" : "") + "\(whole)" + fraction
  }
}
