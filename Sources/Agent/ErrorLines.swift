import Foundation

/// A message as the lines that standard error shows.
package enum ErrorLines {
  /// Each line with `gnomon: ` before it, but `file:line:column: …`: editors and CI read such lines from their start.
  package static func text(_ message: String) -> String {
    message.split(separator: "\n").map { line in
      (isPlaced(line) ? "" : "gnomon: ") + printable(line) + "\n"
    }.joined()
  }

  /// Without control characters, which a file or a packet may bear and a terminal would obey.
  static func printable(_ text: some StringProtocol) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{fffd}" : $0 }))
  }

  /// Whether the line begins with a file and a place in it, both numbers from 1.
  private static func isPlaced(_ line: Substring) -> Bool {
    guard let end = line.range(of: ": ")?.lowerBound else { return false }
    let parts = line[..<end].split(separator: ":", omittingEmptySubsequences: false)
    return parts.count >= 3 && !parts[0].isEmpty
      && parts.suffix(2).allSatisfy { Int($0).map { $0 > 0 } ?? false }
  }
}
