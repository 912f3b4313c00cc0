/// Text that is safe to put on a terminal, measured in columns.
///
/// Host names come from DHCP and server names from the wire, so they may hold escape sequences or marks that turn the
/// reading direction.
package enum DisplayText {
  /// `text` with control characters and invisible formatting marks replaced by `·`.
  package static func clean(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
    var cleaned = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { cleaned.append(isUnsafe(scalar) ? "·" : scalar) }
    return String(cleaned)
  }

  /// Terminal columns that the text takes.
  package static func width(_ text: String) -> Int {
    text.reduce(0) { $0 + width($1) }
  }

  /// The text in exactly `columns` columns: padded, or cut with `…`.
  package static func fit(_ text: String, _ columns: Int, alignRight: Bool = false) -> String {
    var text = text
    if width(text) > columns {
      var kept = ""
      var used = 0
      for character in text {
        guard used + width(character) <= columns - 1 else { break }
        used += width(character)
        kept.append(character)
      }
      text = columns > 0 ? kept + "…" : ""
    }
    let padding = String(repeating: " ", count: max(0, columns - width(text)))
    return alignRight ? padding + text : text + padding
  }

  /// `text` broken at spaces into lines of at most `columns` columns, each after the first begun with `indent`.
  package static func wrap(_ text: String, _ columns: Int, indent: String = "") -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ").map(String.init) {
      let candidate = line.isEmpty ? word : line + " " + word
      let isOnlyIndent = line == indent && !lines.isEmpty
      if width(candidate) <= columns || line.isEmpty || isOnlyIndent {
        line = isOnlyIndent ? indent + word : candidate
      } else {
        lines.append(line)
        line = indent + word
      }
      if width(line) > columns { line = trimmed(fit(line, columns)) }
    }
    return lines + [line]
  }

  /// A bar of eighth blocks, `columns` wide for a fraction of one. What is more than nothing shows at least a sliver.
  package static func bar(_ fraction: Double, _ columns: Int) -> String {
    guard fraction > 0, columns > 0 else { return "" }
    let eighths = max(1, Int((min(1, fraction) * Double(columns * 8)).rounded()))
    let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    return String(repeating: "█", count: eighths / 8) + partial
  }

  static func trimmed(_ line: String) -> String {
    var line = line[...]
    while line.last == " " { line.removeLast() }
    return String(line)
  }

  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
      .unassigned:
      true
    default: false
    }
  }

  /// Two for East Asian wide characters and emoji, one for the rest.
  private static func width(_ character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff,
      0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
      return 2
    default: return 1
    }
  }
}
