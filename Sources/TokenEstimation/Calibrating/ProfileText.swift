extension Profile {
  /// The profile as a file of `rules/profiles/`, which ``ProfileSet`` reads back to the same value.
  ///
  /// - Parameter comment: the first line, without its `#`.
  package func fileText(comment: String) -> String {
    var text = YAMLLines()
    text.add("# " + comment.filter { !$0.isNewline })
    text.add("schema: \(Self.schema)")
    text.add("id", id)
    text.add("version: \(version)")
    text.add("family", family)
    if let parent { text.add("parent", parent) }
    if !siblings.isEmpty { text.add("siblings", siblings) }
    if let unary { text.add("unary", unary) }
    if !hidden.isEmpty { text.add("hidden", hidden) }
    if keepsHistory { text.add("serverSideHistory: true") }
    text.nest("completion") { completion.write(to: &$0) }
    if let prompt { text.nest("prompt") { prompt.write(to: &$0) } }
    text.nest("card") { card.write(to: &$0) }
    return text.text
  }
}

/// Lines of YAML in the order in which they are added.
private struct YAMLLines {
  private(set) var text = ""
  private var indent = ""

  mutating func add(_ line: String) { text += indent + line + "\n" }

  mutating func add(_ key: String, _ value: Double) { add("\(key): \(Self.number(value))") }

  mutating func add(_ key: String, _ value: String) { add("\(key): \(Self.quoted(value))") }

  mutating func add(_ key: String, _ values: [String]) {
    add("\(key): [\(values.map(Self.quoted).joined(separator: ", "))]")
  }

  mutating func nest(_ key: String, _ body: (inout YAMLLines) -> Void) {
    add(key + ":")
    let outer = indent
    indent += "  "
    body(&self)
    indent = outer
  }

  /// The items of a list, each of several lines.
  mutating func items<Item>(_ list: [Item], _ body: (Item, inout YAMLLines) -> Void) {
    let outer = indent
    for item in list {
      var lines = YAMLLines()
      body(item, &lines)
      for (index, line) in lines.text.split(separator: "\n").enumerated() {
        text += outer + (index == 0 ? "  - " : "    ") + line + "\n"
      }
    }
  }

  /// A plain scalar where that reads back as the same text, else in double quotes.
  private static func quoted(_ text: String) -> String {
    let isPlain =
      text.utf8.allSatisfy {
        (0x61...0x7a).contains($0) || (0x41...0x5a).contains($0) || (0x30...0x39).contains($0)
          || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "/")
      }
      && (text.utf8.first.map { (0x61...0x7a).contains($0) } ?? false) && text.utf8.last != 0x20
      && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text)
    if isPlain { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7f {
          let digits = String(scalar.value, radix: 16)
          quoted += "\\x" + (digits.count < 2 ? "0" : "") + digits
        } else {
          quoted.unicodeScalars.append(scalar)
        }
      }
    }
    return quoted + "\""
  }

  /// The shortest decimal that is the same number, without an exponent.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let text = "\(value)"
    guard text.contains("e") else { return text.hasSuffix(".0") ? String(text.dropLast(2)) : text }
    let sign = value < 0 ? "-" : ""
    let whole = value.magnitude.rounded(.down)
    guard whole < 1e15 else { return sign + "1000000000000000" }
    var rest = value.magnitude - whole
    var digits = ""
    for _ in 0..<16 {
      rest *= 10
      let digit = rest.rounded(.down)
      digits += "\(Int(digit))"
      rest -= digit
    }
    return "\(sign)\(Int(whole)).\(digits)"
  }
}

extension Profile.Completion {
  fileprivate func write(to text: inout YAMLLines) {
    text.add("method", method.rawValue)
    head.write(to: &text)
    if isUnknown { text.add("unknown: true") }
    text.add("leastRecords: \(leastRecords)")
    if let mostRecords { text.add("mostRecords: \(mostRecords)") }
    if let reply { text.add("reply", reply.rawValue) }
    if let reasoningFrom { text.add("reasoningFrom", reasoningFrom) }
    if let lattice { text.nest("lattice") { lattice.write(to: &$0) } }
    if let shape = self.text { text.nest("text") { shape.write(to: &$0) } }
    if let blocks { text.nest("blocks") { blocks.write(to: &$0) } }
    if let compressed { text.nest("compressed") { compressed.write(to: &$0) } }
    for (key, line) in [
      ("byReply", byReply), ("byReasoning", byReasoning), ("byEvents", byEvents),
      ("byText", byText), ("byCompressedOctets", byCompressedOctets),
      ("byOctets", byOctets),
    ] {
      if let line { text.nest(key) { line.write(to: &$0) } }
    }
  }
}

extension Profile.Prompt {
  fileprivate func write(to text: inout YAMLLines) {
    let (first, second) = (YAMLLines.number(head.http11), YAMLLines.number(head.http2))
    let later = YAMLLines.number(head.http2Later)
    text.add("head: {http11: \(first), http2: \(second), http2Later: \(later)}")
    if skeleton != 0 { text.add("skeleton", skeleton) }
    text.add("attachmentAbove: \(attachmentAbove)")
    if let attachment { text.nest("attachment") { attachment.write(to: &$0) } }
    if let opening {
      let (least, growth) = (YAMLLines.number(opening.least), YAMLLines.number(opening.growth))
      text.add("opening: {least: \(least), growth: \(growth)}")
    }
    text.nest("byBody") { byBody.write(to: &$0) }
    text.nest("byBurst") { byBurst.write(to: &$0) }
    if let byCall { text.nest("byCall") { byCall.write(to: &$0) } }
  }
}

extension AttachmentModel {
  fileprivate func write(to text: inout YAMLLines) {
    text.add("most", most)
    text.add("even", even)
    text.add("steepness", steepness)
    text.add("perToken", perToken)
    text.add("power", power)
    text.add("low", low)
    text.add("meanFactor", meanFactor)
    if let named {
      let values = [("from", named.from), ("upTo", named.upTo), ("tokens", named.tokens)].map {
        "\($0): \(YAMLLines.number($1))"
      }
      text.add("named: {\(values.joined(separator: ", "))}")
    }
  }
}

extension Profile.HeadAllowance {
  fileprivate func write(to text: inout YAMLLines) {
    text.add("head: {http11: \(YAMLLines.number(http11)), http2: \(YAMLLines.number(http2))}")
  }
}

extension LatticeShape {
  fileprivate func write(to text: inout YAMLLines) {
    text.add("least", least)
    text.add("usual", usual)
    text.add("most", most)
    text.add("tight", tight)
    text.add("slack", slack)
    text.add("burst", burst)
    if let closing { text.add("closing", closing) }
  }
}

extension TextShape {
  fileprivate func write(to text: inout YAMLLines) {
    text.add("usual", usual)
    text.add("overhead", overhead)
    text.add("mostText", mostText)
    if let leastText { text.add("leastText", leastText) }
    if skipsLast { text.add("skipsLast: true") }
    if perEvent != 0 { text.add("perEvent", perEvent) }
    if let closing { text.add("closing", closing) }
    if let rated { text.add("rated", rated) }
  }
}

extension BlockShape {
  fileprivate func write(to text: inout YAMLLines) {
    text.add("start", start)
    text.add("block", block)
    text.add("ping", ping)
    text.add("stop", stop)
    text.add("delta", delta)
    text.add("end", end)
    text.add("text", self.text)
    text.add("tool", tool)
  }
}

extension CompressedShape {
  fileprivate func write(to text: inout YAMLLines) {
    text.add("opening", opening)
    text.add("closing", closing)
    text.add("usual", usual)
    text.add("overhead", overhead)
    text.add("perEvent", perEvent)
  }
}

extension Calibration {
  fileprivate func write(to text: inout YAMLLines) {
    text.add("offset", offset)
    text.add("perToken", perToken)
    if power != 1 { text.add("power", power) }
    if least != 1 { text.add("least", least) }
    if let densest { text.add("densest", densest) }
    text.add("meanFactor", meanFactor)
    text.add("sharedVariance", sharedVariance)
    text.add("mostTokens", mostTokens)
    if !steps.isEmpty { text.add("steps:") }
    for step in steps {
      let values = [
        ("upTo", step.upTo), ("likely", step.likely), ("low", step.low), ("high", step.high),
        ("mean", step.mean),
      ].map { "\($0): \(YAMLLines.number($1))" }
      text.add("  - {\(values.joined(separator: ", "))}")
    }
    text.add("bands:")
    for band in bands {
      let edge = band.upTo.isFinite ? "upTo: \(YAMLLines.number(band.upTo)), " : ""
      text.add(
        "  - {\(edge)low: \(YAMLLines.number(band.low)), high: \(YAMLLines.number(band.high))}")
    }
  }
}

extension CalibrationCard {
  fileprivate func write(to text: inout YAMLLines) {
    text.add("kind", kind.rawValue)
    text.add("data", data)
    text.add("date: \(date)")
    text.add("command", command)
    if !models.isEmpty { text.add("models", models.sorted()) }
    text.add("rows:")
    text.items(rows) { row, text in
      text.add("what", row.what)
      text.add("fitted: \(row.fittedTurns)")
      text.add("tested: \(row.testedTurns)")
      text.add("median", row.medianError)
      text.add("p90", row.p90Error)
      text.add("coverage", row.coverage)
      text.add("width", row.width)
      text.add("bias", row.bias)
      if let bar = row.bar { text.add("bar", bar.rawValue) }
    }
  }
}
