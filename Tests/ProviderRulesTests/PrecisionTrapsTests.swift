import Foundation
import Testing
import WireFormat

@testable import ProviderRules

/// Every row of the shared list of names that are wrongly taken for AI, where the list is at hand.
@Suite("Precision traps")
struct PrecisionTrapsTests {
  static let table = ShippedRulesTests.root.appending(path: "../shared/rules/precision_traps.csv")
  static var isAtHand: Bool { FileManager.default.fileExists(atPath: table.path) }

  struct Row {
    let what: String
    let kind: String
    let advice: String
  }

  @Test(
    "no row fires that must not",
    .enabled(if: isAtHand, "../shared/rules/precision_traps.csv is not there"))
  func noRowFires() throws {
    let rules = try ShippedRulesTests.rules()
    let rows = try Self.rows()
    #expect(rows.count == 381)
    var checked = 0
    for row in rows {
      switch row.kind {
      case "suffix", "tld":
        let name = row.kind == "tld" ? "example.ai" : row.what
        for name in [name, "www7." + name] {
          let match = rules.match(name: name)
          let service = match.map { rules.services[$0.service].id } ?? ""
          if row.advice.hasPrefix("valid for its own provider") {
            // Groq is not Grok: the name must lead to whom it belongs, if to anybody.
            #expect(!Self.confused.contains("\(row.what) \(service)"), "\(name)")
          } else if row.advice.hasPrefix("log as interest") {
            #expect(match?.evidence != .usage, "\(name) is use of \(service)")
          } else {
            #expect(match == nil, "\(name) is \(service)")
          }
          checked += 1
        }
      case "port":
        let port = try #require(UInt16(row.what.prefix { $0.isNumber }))
        #expect(rules.matchHTTP(path: "/", port: port) == nil)
        #expect(rules.matchHTTP(path: "/index.html", port: port) == nil)
        checked += 1
      case "ip":
        // Only one row gives a block; the last address of it is egress alone.
        guard row.what.hasPrefix("160.79.104.0/21") else { continue }
        #expect(rules.match(address: try #require(IPAddress("160.79.111.255"))) == nil)
        checked += 1
      default: break
      }
    }
    #expect(checked > 700)
  }

  static let confused: Set<String> = [
    "groq.com grok-web", "grok.com groq-api", "grok.com groq-console", "pi.dev pi",
  ]

  /// Domain, kind and advice of each row (columns 1, 2 and 6; fields may be quoted).
  static func rows() throws -> [Row] {
    let text = try String(contentsOf: table, encoding: .utf8)
    return text.split(whereSeparator: \.isNewline).dropFirst().compactMap { line in
      var fields = [""]
      var isQuoted = false
      for character in line {
        switch character {
        case "\"": isQuoted.toggle()
        case "," where !isQuoted: fields.append("")
        default: fields[fields.count - 1].append(character)
        }
      }
      guard fields.count >= 6 else { return nil }
      return Row(what: fields[0], kind: fields[1], advice: fields[5])
    }
  }
}
