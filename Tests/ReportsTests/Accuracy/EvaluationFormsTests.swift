import Foundation
import Reports
import Testing
import TokenEstimation
import WireFormat

@Suite("the forms of an evaluation")
struct EvaluationFormsTests {
  /// Forty turns of two profiles, some abstained, one missed, one invented; every text from outside is `text`.
  static func report(_ text: String = "set") throws -> AccuracyReport {
    let turns = (0..<40).map { index in
      """
      {"start": \(index * 10), "end": \(index * 10 + 5), "client": ["10.0.0.\(index % 4 + 1)", 4000],
       "server": ["10.1.0.1", 443], "transport": "tls", "http": "1.1", "path": "/v1/chat/completions",
       "service": "s", "stream": true, "request_body_bytes": \(600 + index), "response_body_bytes": \(9000 + index * 90),
       "usage": {"prompt_total": \(100 + index), "completion_visible": \(60 + index * 10), "reasoning": 0}}
      """
    }
    let truth = try TruthSet(
      reading: JSONNode(
        parsing: Array(
          """
          {"schema": 2, "kind": "recorded", "capture": "a.pcap", "turns": [\(turns.joined(separator: ","))],
           "non_turns": [{"client": ["10.0.0.1", 4000], "server": ["10.1.0.1", 443], "start": 5000}]}
          """.utf8
        ).octets))
    var estimates = truth.turns.dropLast().enumerated().map { index, turn in
      let tokens = Double(60 + index * 10) * (index % 3 == 0 ? 1.02 : 1)
      let estimate = TurnEstimate(
        prompt: index % 5 == 0
          ? .abstained(.attachment)
          : .estimated(TokenEstimate(low: 80, likely: 110, high: 150, mean: 111)),
        completion: .estimated(
          TokenEstimate(low: tokens * 0.99, likely: tokens, high: tokens * 1.02, mean: tokens)),
        profile: index < 30 ? "openai-chat-stream@1" : text)
      return EstimatedTurn(
        client: turn.client, server: turn.server, start: turn.start, end: turn.end, serviceID: "s",
        estimate: estimate, bytesUp: 900, bytesDown: 12_000)
    }
    var invented = estimates[0]
    invented.start = Timestamp(seconds: 5_000)
    invented.end = Timestamp(seconds: 5_001)
    estimates.append(invented)
    var set = EvaluatedSet(
      name: text, kind: .recorded, recipe: text,
      matches: TurnMatch.all(
        truths: truth.turns, estimates: estimates, nonTurns: truth.nonTurns))
    set.excludedCount = 2
    return AccuracyReport(
      evaluation: Evaluation(sets: [set], by: .recipe) { _ in
        ServiceFacts(profile: "openai-chat-stream@1")
      }, generatedAt: Timestamp(seconds: 1_795_165_200), program: "gnomon test")
  }

  @Test func textFitsIn120Columns() throws {
    let text = AccuracyText.render(try Self.report())
    for line in text.split(separator: "\n") {
      #expect(DisplayText.width(String(line)) <= 120, "\(line)")
    }
  }

  @Test func textSaysTheKindInEveryHeading() throws {
    let text = AccuracyText.render(try Self.report())
    for heading in ["turns found", "completion tokens", "prompt tokens"] {
      #expect(text.contains("recorded: \(heading)"))
    }
    #expect(text.contains("recorded, recipe set: the bar"))
    #expect(text.contains("2 turns of hosts that the policy excludes left out"))
    #expect(text.contains("abstained on 6 turns: upload looks like files or images"))
  }

  @Test("texts from outside cannot steer a terminal")
  func textIsClean() throws {
    let text = AccuracyText.render(try Self.report("\u{1b}[31mred\u{202e}"))
    #expect(!text.contains("\u{1b}") && !text.contains("\u{202e}"))
  }

  @Test func jsonKeepsItsKeys() throws {
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(AccuracyJSON.render(try Self.report()).utf8))
        as? [String: Any])
    #expect(Set(object.keys) == ["schema", "program", "generated_at", "by", "missed", "groups"])
    #expect(object["schema"] as? Int == 1)
    let group = try #require((object["groups"] as? [[String: Any]])?.first)
    #expect(
      Set(group.keys) == ["kind", "label", "sets", "segmentation", "profiles", "never_seen", "bar"])
    let found = try #require(group["segmentation"] as? [String: Any])
    #expect(found["right"] as? Int == 39 && found["missed"] as? Int == 1)
    #expect(found["invented_from_non_turns"] as? Int == 1)
    let profiles = try #require(group["profiles"] as? [[String: Any]])
    let completion = try #require(profiles.first?["completion"] as? [String: Any])
    #expect(
      Set(completion.keys) == [
        "turns", "estimated", "abstained", "abstained_share", "zero_truth", "median_error",
        "p90_error", "covered", "coverage", "coverage_low", "coverage_high", "median_width",
        "total_bias", "host_days", "host_day_bias_median", "host_day_bias_worst", "predictors",
      ])
    let bar = try #require(group["bar"] as? [[String: Any]])
    #expect(
      Set(try #require(bar.first).keys) == [
        "id", "title", "profile", "figure", "turns", "estimated", "readings", "outcome",
      ])
  }

  @Test("the page loads nothing, runs nothing, and draws every turn")
  func page() throws {
    let page = AccuracyPage.render(try Self.report())
    for forbidden in ["<script", "http:", "https:", "src=", "href=", "url(http", "@import"] {
      #expect(!page.contains(forbidden), "\(forbidden)")
    }
    #expect(page.contains("default-src 'none'"))
    // Completions of 39 turns; prompts of the 31 that were not abstained on.
    let marks = page.components(separatedBy: "<circle class=\"held\"").count - 1
    let rings = page.components(separatedBy: "<circle class=\"out-mark\"").count - 1
    let coverageDots = 4
    #expect(marks + rings - coverageDots == 39 + 31)
    #expect(
      page.components(separatedBy: "<svg").count == page.components(separatedBy: "</svg>").count)
  }

  @Test(
    "text from outside stays text",
    arguments: ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</style><b>"])
  func pageEscapes(text: String) throws {
    let page = AccuracyPage.render(try Self.report(text))
    #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("</style><b>"))
  }

  @Test("numbers beyond reason are drawn and written without a trap")
  func extremes() throws {
    var report = try Self.report()
    let wild = [
      TokenEstimate(low: 0, likely: 1e308, high: .infinity, mean: .infinity),
      TokenEstimate(low: .nan, likely: .nan, high: .nan, mean: .nan),
      TokenEstimate(low: -1e308, likely: -5, high: 1e-300, mean: -1e308),
    ]
    let truth = try TruthSet(
      reading: JSONNode(
        parsing: Array(
          """
          {"schema": 2, "kind": "real", "capture": "a.pcap", "turns": [
          {"start": 1, "end": 2, "client": ["10.0.0.1", 1], "server": ["10.0.0.2", 443], "transport": "tls",
          "http": "1.1", "service": "s", "usage": {"prompt_total": 1000000000, "completion_visible": 1}}]}
          """.utf8
        ).octets)
    ).turns[0]
    let matches = wild.flatMap { estimate in
      TurnMatch.all(
        truths: [truth],
        estimates: [
          EstimatedTurn(
            client: truth.client, server: truth.server, start: truth.start, end: truth.end,
            serviceID: "s",
            estimate: TurnEstimate(
              prompt: .estimated(estimate), completion: .estimated(estimate), profile: "p@1"),
            bytesUp: .max, bytesDown: 0)
        ], nonTurns: [])
    }
    report.evaluation = Evaluation(
      sets: [EvaluatedSet(name: "s", kind: .real, recipe: "", matches: matches)]
    ) { _ in ServiceFacts(profile: nil) }
    #expect(AccuracyText.render(report).contains("p@1"))
    #expect(AccuracyPage.render(report).hasSuffix("</html>\n"))
    #expect(
      (try? JSONSerialization.jsonObject(with: Data(AccuracyJSON.render(report).utf8))) != nil)
  }
}
