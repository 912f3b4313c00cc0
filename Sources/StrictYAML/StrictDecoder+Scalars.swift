extension StrictDecoder {
  /// A string. Plain `true`, `false`, numbers and nothing must be quoted to be one.
  package func string(_ node: YAMLNode) -> String? {
    guard case .scalar(let scalar) = node.content, !scalar.isNull else {
      return expected("a string", node)
    }
    if scalar.isPlain {
      if scalar.text == "true" || scalar.text == "false" || Self.isNumber(scalar.text) {
        return expected("a string (put it in quotes)", node)
      }
    }
    guard !scalar.text.isEmpty else { return expected("a string that is not empty", node) }
    return scalar.text
  }

  /// A whole number in decimal digits within `range`.
  package func int(_ node: YAMLNode, in range: ClosedRange<Int> = .min ... .max) -> Int? {
    let isBounded = range != .min ... .max
    let what =
      "a whole number" + (isBounded ? " from \(range.lowerBound) to \(range.upperBound)" : "")
    guard let text = plain(node), text.first != "+", let value = Int(text), range.contains(value)
    else { return expected(what, node) }
    return value
  }

  /// A finite decimal number within `range`.
  package func double(
    _ node: YAMLNode,
    in range: ClosedRange<Double> = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
  ) -> Double? {
    let isBounded = range.upperBound < Double.greatestFiniteMagnitude
    let what = "a number" + (isBounded ? " from \(range.lowerBound) to \(range.upperBound)" : "")
    guard let text = plain(node), text.utf8.allSatisfy(Self.isDecimalOctet),
      let value = Double(text), value.isFinite, range.contains(value)
    else { return expected(what, node) }
    return value
  }

  /// `true` or `false`, nothing else.
  package func bool(_ node: YAMLNode) -> Bool? {
    switch plain(node) {
    case "true": true
    case "false": false
    default: expected("true or false", node)
    }
  }

  /// A day, `2026-11-01`.
  package func date(_ node: YAMLNode) -> CalendarDate? {
    guard case .scalar(let scalar) = node.content, let date = CalendarDate(scalar.text) else {
      return expected("a date as YYYY-MM-DD", node)
    }
    return date
  }

  /// One of the raw values of `type`; a near miss is suggested.
  package func choice<Choice>(_ node: YAMLNode, as type: Choice.Type) -> Choice?
  where Choice: RawRepresentable<String> & CaseIterable {
    if case .scalar(let scalar) = node.content, let choice = Choice(rawValue: scalar.text) {
      return choice
    }
    return choice(node, among: Choice.allCases.map(\.rawValue)).flatMap(Choice.init(rawValue:))
  }

  /// One of `words`; a near miss is suggested.
  package func choice(_ node: YAMLNode, among words: [String]) -> String? {
    guard case .scalar(let scalar) = node.content, words.contains(scalar.text) else {
      var what = words.count == 1 ? words[0] : "one of \(words.joined(separator: ", "))"
      if case .scalar(let scalar) = node.content,
        let near = NearMiss.suggestion(for: scalar.text, among: words)
      {
        what += " (did you mean `\(near)`?)"
      }
      return expected(what, node)
    }
    return scalar.text
  }

  /// What `Double` reads begins with a sign, a point, a digit or the first letter of `inf` or `nan`: most texts do not.
  private static func isNumber(_ text: String) -> Bool {
    switch text.utf8.first ?? 0 {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
      UInt8(ascii: "."), UInt8(ascii: "i"), UInt8(ascii: "I"), UInt8(ascii: "n"),
      UInt8(ascii: "N"):
      Double(text) != nil
    default: false
    }
  }

  private func plain(_ node: YAMLNode) -> String? {
    guard case .scalar(let scalar) = node.content, scalar.isPlain else { return nil }
    return scalar.text
  }

  private func expected<Value>(_ what: String, _ node: YAMLNode) -> Value? {
    report(node.location, "expected \(what), found \(node.summary)")
    return nil
  }

  /// Digits, sign, point and exponent: not `inf`, `nan` or `0x1p4`, which `Double` would read too.
  private static func isDecimalOctet(_ octet: UInt8) -> Bool {
    switch octet {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"):
      true
    default: false
    }
  }
}
