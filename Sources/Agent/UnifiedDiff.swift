/// The difference of two texts in the form that patch(1) reads, in one hunk.
enum UnifiedDiff {
  private static let contextLineCount = 3

  /// Empty where the texts are the same.
  static func text(from old: String, to new: String, path: String) -> String {
    guard old != new else { return "" }
    let (before, after) = (lines(old), lines(new))
    var start = 0
    while start < min(before.count, after.count), before[start] == after[start] { start += 1 }
    var end = 0
    while end < min(before.count, after.count) - start,
      before[before.count - 1 - end] == after[after.count - 1 - end]
    { end += 1 }
    let first = max(0, start - contextLineCount)
    let tail = max(0, end - contextLineCount)
    let removed = before[start..<(before.count - end)]
    let added = after[start..<(after.count - end)]
    let context = (before[first..<start], before[(before.count - end)..<(before.count - tail)])
    func span(_ count: Int) -> String { "\(count == 0 ? first : first + 1),\(count)" }
    return "--- \(path)\n+++ \(path)\n"
      + "@@ -\(span(before.count - tail - first)) +\(span(after.count - tail - first)) @@\n"
      + context.0.map { line(" ", $0) }.joined() + removed.map { line("-", $0) }.joined()
      + added.map { line("+", $0) }.joined() + context.1.map { line(" ", $0) }.joined()
  }

  /// Each with what ends it, which the last may lack.
  private static func lines(_ text: String) -> [Substring] {
    var lines: [Substring] = []
    var rest = text[...]
    while !rest.isEmpty {
      // In Swift `\r\n` is one character.
      let end =
        rest.firstIndex { $0 == "\n" || $0 == "\r\n" }.map(rest.index(after:)) ?? rest.endIndex
      lines.append(rest[..<end])
      rest = rest[end...]
    }
    return lines
  }

  private static func line(_ sign: String, _ text: Substring) -> String {
    text.last?.isNewline == true
      ? sign + text : "\(sign)\(text)\n\\ No newline at end of file\n"
  }
}
