/// The name of evidence, taken apart where it is not the seen name alone.
struct EvidenceName {
  /// What rules can be asked about again: the seen name, or that of the rule where only the rule is known.
  let subject: String
  /// Whether it is the seen name.
  let isSeen: Bool
  /// The name that the rule of a shared host needed beside it.
  let secondName: String?

  /// A shared host's name and the one that its rule needed.
  static func text(_ name: String, beside other: String) -> String { "\(name) (beside \(other))" }

  /// nil where a pattern alone is known.
  init?(_ text: String) {
    var rest = text[...]
    if rest.last == ")", let range = rest.firstRange(of: " (beside ") {
      secondName = String(rest[range.upperBound...].dropLast())
      rest = rest[..<range.lowerBound]
    } else {
      secondName = nil
    }
    let words = rest.split(separator: " ", maxSplits: 1)
    isSeen = words.count < 2
    guard isSeen || words[0] == "suffix" || words[0] == "exact" else { return nil }
    subject = String(words.last ?? "")
  }
}
