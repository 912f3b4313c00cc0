/// A text as the lines that a YAML parser counts: each ends in LF, CR LF or CR (YAML 1.2, section 5.4).
package enum TextLines {
  /// The octets of each line without its end. All rule files are looked at each time they are read, so no characters are
  /// made of them.
  package static func split(_ text: String) -> [Substring.UTF8View] {
    let octets = text.utf8
    var lines: [Substring.UTF8View] = []
    var start = octets.startIndex
    var index = start
    while index < octets.endIndex {
      let octet = octets[index]
      let next = octets.index(after: index)
      guard octet == UInt8(ascii: "\n") || octet == UInt8(ascii: "\r") else {
        index = next
        continue
      }
      lines.append(octets[start..<index])
      let isPair =
        octet == UInt8(ascii: "\r") && next < octets.endIndex
        && octets[next] == UInt8(ascii: "\n")
      index = isPair ? octets.index(after: next) : next
      start = index
    }
    lines.append(octets[start...])
    return lines
  }
}
