import Testing

@testable import ProviderRules

@Suite("Damaged rule files")
struct RandomRulesTests {
  /// A linear congruence, so that a failure comes again.
  struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 29
    }
  }

  /// Cuts, doubles or overwrites pieces of `text`.
  static func damage(_ text: String, _ generator: inout Generator) -> String {
    var octets = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let start = Int.random(in: 0..<octets.count, using: &generator)
      let end = min(octets.count, start + Int.random(in: 1...12, using: &generator))
      switch Int.random(in: 0..<3, using: &generator) {
      case 0 where octets.count > 40: octets.removeSubrange(start..<end)
      case 1: octets.insert(contentsOf: Array(octets[start..<end]), at: start)
      default: octets[start] = UInt8.random(in: 32...126, using: &generator)
      }
    }
    return String(decoding: octets, as: UTF8.self)
  }

  @Test("compile or are refused with a place", arguments: [1, 2, 3, 4])
  func compileOrAreRefused(seed: UInt64) {
    var generator = Generator(state: seed)
    let provider = RuleText.provider(
      "p",
      match: """
        domains: [{suffix: a.test, evidence: usage}, {regex: '^eu-[a-z0-9-]+\\.b\\.test$', evidence: cdn,
        examples: [eu-1.b.test]}], ips: [{cidr: 192.0.2.0/24, direction: ingress, exclusive: true,
        source: https://a.test}], http: [{path_prefix: /api/chat, port: 11434}]
        """, hit: "a.test")
    for _ in 0..<300 {
      let source = RuleSource(path: provider.path, text: Self.damage(provider.text, &generator))
      check { _ = try RuleSet(compiling: [source]) }
      let policy = RuleSource(path: "p", text: Self.damage(PolicyTests.text, &generator))
      check { _ = try Policy(compiling: policy) }
      let prices = RuleSource(path: "p", text: Self.damage(PriceTableTests.text, &generator))
      check { _ = try PriceTable(compiling: prices) }
    }
  }

  private func check(_ compile: () throws -> Void) {
    do {
      try compile()
    } catch {
      let diagnostics = (error as? RuleErrors)?.diagnostics ?? []
      #expect(!diagnostics.isEmpty, "\(error)")
      #expect(diagnostics.allSatisfy { $0.line >= 1 && $0.column >= 1 }, "\(error)")
    }
  }
}
