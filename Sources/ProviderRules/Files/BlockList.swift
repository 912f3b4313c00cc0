/// A YAML file as lines, for whoever adds an item to a list of it and leaves every other octet as it is.
enum BlockList {
  /// The lines without their ends, and whether those are CR LF; nil where both forms occur in one file.
  static func lines(of text: String) -> (lines: [String], isCRLF: Bool)? {
    let octets = text.utf8
    let isCRLF = text.contains("\r\n")
    let lines = text.split(separator: isCRLF ? "\r\n" : "\n", omittingEmptySubsequences: false)
    let breaks = octets.count { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    guard breaks == (lines.count - 1) * (isCRLF ? 2 : 1) else { return nil }
    return (lines.map(String.init), isCRLF)
  }

  static func text(_ lines: [String], _ isCRLF: Bool) -> String {
    lines.joined(separator: isCRLF ? "\r\n" : "\n")
  }

  /// The lines of each item of the list below `start`, without the comments and empty lines behind it.
  static func items(in lines: [String], after start: Int) -> [Range<Int>] {
    var items: [Range<Int>] = []
    var indent: Int?
    for index in lines.indices.dropFirst(start + 1) {
      let content = lines[index].drop { $0 == " " }
      guard !content.isEmpty, content.first != "#" else { continue }
      let depth = lines[index].count - content.count
      if content.hasPrefix("- "), depth == indent ?? depth {
        indent = depth
        items.append(index..<(index + 1))
      } else if depth > indent ?? -1, let last = items.popLast() {
        items.append(last.lowerBound..<(index + 1))
      } else {
        break
      }
    }
    return items
  }

  /// A scalar in single quotes (YAML 1.2, section 7.3.2).
  static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
  }
}
