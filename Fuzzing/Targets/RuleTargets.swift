import Foundation
import StrictYAML
import TokenEstimation
import WireFormat

@testable import Agent
@testable import ProviderRules

extension FuzzTargets {
  static var rules: [any FuzzTarget.Type] {
    [RuleFileInput.self, RuleMatchInput.self, ListLineInput.self, RuleBundleInput.self]
  }

  /// The shipped rules.
  static let rulesFolder =
    String(#filePath.dropLast("Fuzzing/Targets/RuleTargets.swift".count)) + "rules"
}

/// One octet for the kind of file, then its text.
struct RuleFileInput: FuzzTarget {
  static let name = "rule-file"
  static let maximumByteCount = 4_096

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let kind = choices.octet()
    let octets = choices.rest.copied()
    do throws(Diagnostic) {
      _ = try YAMLNode.parse(bytes: octets, path: "a.yaml")
    } catch {
      try hold(error.line >= 1 && error.column >= 1, "a mistake has a place")
      return
    }
    guard let text = String(validating: octets, as: UTF8.self) else { return }
    let source = RuleSource(path: "a.yaml", text: text, isLocal: kind & 8 != 0)
    switch kind & 3 {
    case 0 where source.isLocal: try addTo(source)
    case 0: _ = try? RuleSet(compiling: [source])
    case 1: _ = try? Policy(compiling: source)
    case 2: _ = try? PriceTable(compiling: source)
    default: _ = try? ProfileSet(compiling: [(path: "a.yaml", text: text)])
    }
  }
}

extension RuleFileInput {
  /// What a local file may add to.
  private static let shipped = RuleSource(
    path: "providers/p.yaml",
    text: """
      schema: 1
      id: p
      name: P
      vendor: {name: P}
      status: active
      services:
        - id: s
          name: S
          category: api
          data_egress: prompt
          match: {domains: [{suffix: p.test, evidence: usage}]}
          verified: {date: 2026-11-01, by: maintainer}
          confidence: low
          sources: [maintainer]
          examples: {hit: [p.test]}
      """)

  /// Reads a local file beside a shipped one, and adds a rule to it as `gnomon rules add` does.
  private func addTo(_ source: RuleSource) throws(Broken) {
    guard (try? RuleSet(compiling: [Self.shipped, source])) != nil else { return }
    let rules = LocalRules(
      target: .service(id: "s"),
      rules: [.init(name: "added.test", isExact: false, evidence: .usage)], hits: ["added.test"],
      misses: [], date: .epoch, method: .maintainer, sources: ["maintainer"], comments: ["why"])
    guard let edited = try? rules.text(addedTo: source.text) else { return }
    var rest = edited.utf8[...]
    for line in TextLines.split(source.text) {
      guard let range = rest.firstRange(of: line) else {
        throw Broken(property: "every line of a local file stays")
      }
      rest = rest[range.upperBound...]
    }
  }
}

/// One octet for the form of a list, then its lines.
struct ListLineInput: FuzzTarget {
  static let name = "list-line"
  static let maximumByteCount = 4_096

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let kind = choices.octet()
    let text = String(decoding: choices.rest.copied(), as: UTF8.self)
    let lines = TextLines.split(text).map { String(Substring($0)) }
    _ = ListLine.Format(guessedFrom: Array(lines.prefix(20)))
    let formats = ListLine.Format.allCases
    for line in lines {
      switch ListLine(line, as: formats[kind % formats.count], bareIsExact: kind & 128 != 0) {
      case .blank: break
      case .names(let names, _):
        try hold(!names.isEmpty && names.count <= line.utf8.count, "names lie in the line")
        for name in names {
          try hold(HostNameText.objection(to: name.text) == nil, "what is taken is a name")
          try hold(
            ListLine(name.text, as: .plain, bareIsExact: name.isExact)
              == .names([name], leftOut: []), "a name read again is the same")
        }
      case .unusable(let what):
        try hold(
          what.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control },
          "a message bears no control characters")
      }
    }
  }
}

/// A name or path that is looked up in the shipped rules.
struct RuleMatchInput: FuzzTarget {
  static let name = "rule-match"
  static let maximumByteCount = 300

  private let rules = (try? RuleBook(directory: FuzzTargets.rulesFolder))?.rules

  mutating func take(_ input: RawSpan) throws(Broken) {
    guard let rules else { throw Broken(property: "the shipped rules are read") }
    let match = rules.match(name: input)
    if let match {
      try hold(rules.rules.indices.contains(match.rule), "a match leads to a rule")
      try hold(rules.services.indices.contains(match.service), "a match leads to a service")
    }
    var upper = input.copied()
    for index in upper.indices where (0x61...0x7a).contains(upper[index]) { upper[index] &= 0xdf }
    try hold(rules.match(name: upper.octets)?.rule == match?.rule, "case changes no match")
    _ = rules.matchHTTP(path: input, port: 11_434)
    if input.byteCount >= 16, let high = try? Self.word(input, 0),
      let low = try? Self.word(input, 8)
    {
      _ = rules.match(address: IPAddress(high: high, low: low))
    }
  }

  private static func word(_ input: RawSpan, _ offset: Int) throws(WireError) -> UInt64 {
    var reader = ByteReader(input)
    try reader.skip(offset)
    return try reader.readUInt64()
  }
}
