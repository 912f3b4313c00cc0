import Testing

@testable import ProviderRules

@Suite("Why a name matched")
struct RuleExplanationTests {
  /// `text outcome` of each candidate, the weightiest first.
  private static func words(_ name: String) throws -> [String] {
    let set = try RuleSetTests.set()
    return set.explain(name).candidates.map { candidate in
      let outcome: String =
        switch candidate.outcome {
        case .wins: "wins"
        case .silenced(let trap): "silenced by \(set.traps[trap].name)"
        case .beaten(let rule): "beaten by \(set.rules[rule].text)"
        case .hasNoEffect: "no effect"
        case .silences: "silences"
        }
      switch candidate.source {
      case .rule(let rule, _): return "\(set.rules[rule].text): \(outcome)"
      case .trap(let trap): return "trap \(set.traps[trap].name): \(outcome)"
      }
    }
  }

  @Test func namesWinnerAndLosers() throws {
    #expect(
      try Self.words("www.API.alpha.test.") == [
        "exact www.api.alpha.test: wins",
        "suffix api.alpha.test: beaten by exact www.api.alpha.test",
        "suffix alpha.test: beaten by exact www.api.alpha.test",
      ])
    #expect(
      try Self.words("eu-1.alpha.test") == [
        "suffix alpha.test: wins",
        "regex ^eu-[a-z0-9-]+\\.alpha\\.test$: beaten by suffix alpha.test",
      ])
    #expect(
      try Self.words("www.ai.big.test") == [
        "trap www.ai.big.test: silences", "suffix ai.big.test: silenced by www.ai.big.test",
        "trap big.test: no effect",
      ])
    #expect(
      try Self.words("west-ai.big.test") == [
        "trap big.test: no effect", "regex ^[a-z]+-ai\\.big\\.test$: wins",
      ])
    #expect(try Self.words("nowhere.test").isEmpty)
    #expect(try Self.words("").isEmpty)
  }

  @Test(
    "the winner is what a lookup finds",
    arguments: [
      "alpha.test", "x.y.alpha.test", "a.www.ai.big.test", "x.ai.big.test", "ws.shared.test",
      "eu-1.alpha.test", "west-ai.big.test", "big.test", "é.alpha.test", "..alpha.test",
      "192.0.2.1",
      ":11434/api/chat", ":", ":/", String(repeating: "a.", count: 140) + "alpha.test",
    ])
  func agreesWithLookup(name: String) throws {
    let set = try RuleSetTests.set()
    let explanation = set.explain(name)
    #expect(explanation.match == set.match(example: name))
    let winners = explanation.candidates.compactMap { candidate -> RuleMatch? in
      guard candidate.outcome == .wins, case .rule(_, let match) = candidate.source else {
        return nil
      }
      return match
    }
    #expect(winners == (explanation.match.map { [$0] } ?? []))
  }
}
