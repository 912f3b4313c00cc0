import Foundation
import StrictYAML
import TokenEstimation
import WireFormat

@testable import Agent
@testable import ProviderRules

extension FuzzTargets {
  static var rules: [any FuzzTarget.Type] {
    [RuleFileInput.self, RuleMatchInput.self, RuleBundleInput.self]
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
    case 0: _ = try? RuleSet(compiling: [source])
    case 1: _ = try? Policy(compiling: source)
    case 2: _ = try? PriceTable(compiling: source)
    default: _ = try? ProfileSet(compiling: [(path: "a.yaml", text: text)])
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
