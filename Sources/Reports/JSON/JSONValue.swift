/// A JSON document as it is to be written: members keep their order, numbers their decimals.
package indirect enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  /// Written with at most that many decimals; what is no finite number is written as null.
  case decimal(Double, places: Int)
  case string(String)
  case array([JSONValue])
  case object([(String, JSONValue)])

  package static func strings(_ values: some Sequence<String>) -> JSONValue {
    .array(values.map { .string($0) })
  }

  /// Members by name.
  package static func counts(_ values: [String: Int]) -> JSONValue {
    .object(values.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })
  }

  package static func optional(_ value: String?) -> JSONValue {
    value.map { .string($0) } ?? .null
  }

  /// RFC 8259 text: on one line, or indented by two spaces a level.
  package func text(isIndented: Bool = false) -> String {
    var output = ""
    write(to: &output, indent: isIndented ? 0 : nil)
    return output
  }

  package static func == (a: JSONValue, b: JSONValue) -> Bool { a.text() == b.text() }

  private func write(to output: inout String, indent: Int?) {
    switch self {
    case .null: output += "null"
    case .bool(let value): output += value ? "true" : "false"
    case .integer(let value): output += String(value)
    case .decimal(let value, let places): output += Self.number(value, places)
    case .string(let value): Self.writeQuoted(value, to: &output)
    case .array(let values):
      Self.writeList("[", values, "]", to: &output, indent: indent) { value, output, indent in
        value.write(to: &output, indent: indent)
      }
    case .object(let members):
      Self.writeList("{", members, "}", to: &output, indent: indent) { member, output, indent in
        Self.writeQuoted(member.0, to: &output)
        output += indent == nil ? ":" : ": "
        member.1.write(to: &output, indent: indent)
      }
    }
  }

  private static func writeList<Element>(
    _ open: String, _ elements: [Element], _ close: String, to output: inout String, indent: Int?,
    _ write: (Element, inout String, Int?) -> Void
  ) {
    output += open
    let inner = indent.map { $0 + 1 }
    for (index, element) in elements.enumerated() {
      if index > 0 { output += "," }
      if let inner { output += "\n" + String(repeating: "  ", count: inner) }
      write(element, &output, inner)
    }
    if let indent, !elements.isEmpty { output += "\n" + String(repeating: "  ", count: indent) }
    output += close
  }

  private static func number(_ value: Double, _ places: Int) -> String {
    guard value.isFinite else { return "null" }
    var text = Quantity.fixed(value, places)
    // Too large for so many decimals: Swift's own form is a JSON number too.
    if text == "?" { return "\(value)" }
    guard text.contains(".") else { return text }
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text
  }

  /// RFC 8259, section 7. Control characters and U+2028/2029 are escaped; the rest stands as UTF-8.
  private static func writeQuoted(_ value: String, to output: inout String) {
    output += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      case _ where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value),
        "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: output.unicodeScalars.append(scalar)
      }
    }
    output += "\""
  }
}
