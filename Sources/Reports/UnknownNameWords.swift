internal import RecordStore
internal import WireFormat

/// What all forms of the report say of names that look like AI and that no rule knows.
enum UnknownNameWords {
  static let heading = "Unknown, looks like AI"

  static let caption =
    "No rule knows these names. They only look like AI: no verdict and no figure of this report rests on them, and no host is named."

  static let advice =
    "To settle one, say what it is with `gnomon rules add NAME --provider …`, or name it in traps.yaml. "
    + "`unknown_names_days: 0` in the policy ends the list."

  /// Names shown by the forms for people; the JSON form has all.
  static let maximumShown = 20

  /// Those whose traffic looks like a model's first, then strong signs, then by name.
  static func ordered(_ names: [UnknownName]) -> [UnknownName] {
    names.sorted { rank($0) < rank($1) }
  }

  private static func rank(_ name: UnknownName) -> (Int, Int, String) {
    (name.hasShapeOfModel ? 0 : 1, name.isWeak ? 1 : 0, name.name)
  }

  /// What the name is listed for.
  static func basis(_ name: UnknownName) -> String {
    if name.hasShapeOfModel { return "name and traffic" }
    return name.isWeak ? "name only, weak" : "name only"
  }

  static func traffic(_ name: UnknownName) -> String {
    "\(Quantity.bytes(name.wireBytesUp)) up, \(Quantity.bytes(name.wireBytesDown)) down, "
      + (name.turnCount == 0
        ? "no answers told apart"
        : "\(Quantity.grouped(name.streamedTurnCount)) of "
          + "\(Quantity.counted(name.turnCount, "answer")) streamed")
  }

  static func extent(_ name: UnknownName) -> String {
    // A day's hosts are told apart up to so many.
    "\(Quantity.counted(name.flowCount, "flow")), \(name.hostCount >= 256 ? "at least " : "")"
      + "\(Quantity.counted(name.hostCount, "host")) a day"
  }

  /// What is not shown, and what was not kept; nil where all is.
  static func rest(_ report: Report) -> String? {
    var sentences: [String] = []
    let notShown = report.unknownNames.count - maximumShown
    if notShown > 0 {
      sentences.append("\(Quantity.counted(notShown, "more name")): `--format json` has all.")
    }
    let lost = report.lostUnknownNameCount
    if lost > 0 {
      sentences.append(
        "The list was cut: \(Quantity.counted(lost, "further name")) found no place, where a name that came in several windows counts in each. "
          + "A day of one sensor or capture has \(Quantity.grouped(RecordStore.maximumUnknownNames)) places."
      )
    }
    return sentences.isEmpty ? nil : sentences.joined(separator: " ")
  }
}
