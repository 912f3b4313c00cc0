import Testing
import TokenEstimation
import TrafficModel
import WireFormat

/// Figures worked out by hand from a few invented turns.
@Suite("scores of an evaluation")
struct EvaluationScoreTests {
  private typealias Sample = EvaluationSamples
  private static let day = 86_400.0

  private func evaluate(
    _ truths: [TrueTurn], _ found: [EstimatedTurn], by split: Evaluation.Split? = nil,
    facts: ServiceFacts = ServiceFacts(profile: "p@1")
  ) -> Evaluation {
    let matches = TurnMatch.all(truths: truths, estimates: found, nonTurns: [])
    let set = EvaluatedSet(name: "set", kind: .synthetic, recipe: "by hand", matches: matches)
    return Evaluation(sets: [set], by: split) { _ in facts }
  }

  private func near(_ a: Double?, _ b: Double) -> Bool {
    a.map { ($0 - b).magnitude <= 1e-9 } ?? false
  }

  /// Truths of 100, 200 and 50 tokens; the third on the next day.
  private static let truths = [
    Sample.truth(0, 1, completion: 100), Sample.truth(2, 3, completion: 200),
    Sample.truth(day, day + 1, completion: 50),
  ]
  private static let found = [
    Sample.found(0, 1, completion: Sample.figure(90, 110, 120, mean: 112), bytesDown: 480),
    Sample.found(2, 3, completion: Sample.figure(205, 210, 220, mean: 190), bytesDown: 800),
    Sample.found(
      day, day + 1, completion: Sample.figure(40, 50, 60, mean: 49), bytesDown: 100),
  ]

  @Test func errorsCoverageAndWidth() throws {
    let score = try #require(
      evaluate(Self.truths, Self.found).groups.first?.rows.first
    ).completion
    // Errors 0.1, 0.05 and 0; the 90th percentile lies 0.8 of the way from 0.05 to 0.1.
    #expect(near(score.medianError, 0.05) && near(score.p90Error, 0.09))
    #expect(score.coveredCount == 2 && score.estimatedCount == 3)
    // 120/90, 220/205 and 60/40.
    #expect(near(score.medianWidth, 120.0 / 90))
    #expect(score.abstainedCount == 0 && score.points.count == 3)
    #expect(score.errors.count == 3 && near(score.errors.last, 0.1))
  }

  @Test func totalsOverHostDays() throws {
    let score = try #require(
      evaluate(Self.truths, Self.found).groups.first?.rows.first
    ).completion
    #expect(near(score.bias, 351.0 / 350 - 1))
    // 302/300 on the first day, 49/50 on the second.
    #expect(score.hostDayCount == 2)
    #expect(near(score.medianHostDayBias, (2.0 / 300 + 0.02) / 2))
    #expect(near(score.worstHostDayBias, -0.02))
  }

  @Test func predictorsOnTheSameTurns() throws {
    let score = try #require(
      evaluate(Self.truths, Self.found).groups.first?.rows.first
    ).completion
    // 120, 200 and 25 for 100, 200 and 50.
    #expect(near(score.predictor(.wireBytes)?.medianError, 0.2))
    // 100 for all.
    #expect(near(score.predictor(.constant)?.medianError, 0.5))
    #expect(near(score.predictor(.constant)?.bias, 300.0 / 350 - 1))
    // Three turns have no halves to fit.
    #expect(score.predictor(.plainBytes) == nil)
  }

  @Test("the plaintext line is fitted on the other half in time")
  func plaintextLine() throws {
    // Octets 10 a token in the first half, 20 in the second.
    let truths = (1...8).map { index in
      var truth = Sample.truth(Double(index) * 2, Double(index) * 2 + 1, completion: index * 10)
      truth.responseBodyBytes = index * 10 * (index <= 4 ? 10 : 20)
      return truth
    }
    let found = truths.map { truth in
      Sample.found(
        truth.start.seconds, truth.end.seconds, completion: Sample.figure(1, 10, 100, mean: 10))
    }
    let score = try #require(evaluate(truths, found).groups.first?.rows.first).completion
    let plain = try #require(score.predictor(.plainBytes))
    // The first half gets half its tokens, the second twice: errors 0.5 and 1, four each.
    #expect(plain.turnCount == 8)
    #expect(near(plain.medianError, 0.75) && near(plain.p90Error, 1))
    #expect(near(plain.bias, (100.0 / 2 + 260 * 2) / 360 - 1))
  }

  @Test("missed turns lower the total, invented ones raise it, abstentions do neither")
  func totalsOfWhatWentWrong() throws {
    let truths =
      Self.truths + [
        Sample.truth(10, 11, completion: 100), Sample.truth(20, 21, completion: 1_000),
      ]
    let found =
      Self.found + [
        Sample.found(15, 16, completion: Sample.figure(1, 9, 10, mean: 9)), Sample.found(20, 21),
      ]
    let row = try #require(evaluate(truths, found).groups.first?.rows.first)
    #expect(near(row.completion.bias, 360.0 / 450 - 1))
    #expect(row.completion.abstentions == [AbstentionReason.tooSmall.rawValue: 1])
    #expect(row.completion.turnCount == 4 && near(row.completion.abstainedShare, 0.25))
    #expect(row.segmentation.missed == 1 && row.segmentation.invented == 1)
  }

  @Test("pooled streams are one turn with the sum of their tokens")
  func pooledStreams() throws {
    let truths = [
      Sample.truth(0, 3, http: .http2, completion: 60),
      Sample.truth(1, 4, http: .http2, completion: 40),
    ]
    let found = [Sample.found(0, 4, completion: Sample.figure(95, 100, 105, mean: 100))]
    let row = try #require(evaluate(truths, found).groups.first?.rows.first)
    #expect(row.completion.estimatedCount == 1 && row.completion.medianError == 0)
    #expect(row.segmentation.pooled == 2)
  }

  @Test("a truth of nothing has no relative error, and counts in all else")
  func zeroTruth() throws {
    let row = try #require(
      evaluate(
        [Sample.truth(0, 1, completion: 0)],
        [Sample.found(0, 1, completion: Sample.figure(0, 1, 4, mean: 1))]
      ).groups.first?.rows.first)
    #expect(row.completion.zeroTruthCount == 1 && row.completion.medianError == nil)
    #expect(row.completion.coveredCount == 1 && row.completion.bias == nil)
  }

  @Test("turns of models and providers that no calibration knew stand in rows of their own as well")
  func neverSeen() throws {
    var truths = Self.truths
    truths[0].model = "vendor/GPT-9-2026-01-31"
    truths[1].model = "gpt-8"
    func group(_ models: Set<String>, isBorrowed: Bool = false) throws -> Evaluation.Group {
      let matches = TurnMatch.all(truths: truths, estimates: Self.found, nonTurns: [])
      let set = EvaluatedSet(name: "a", kind: .recorded, recipe: "", matches: matches)
      var facts = ServiceFacts(profile: "p@1")
      facts.models = models
      facts.isBorrowed = isBorrowed
      return try #require(Evaluation(sets: [set]) { _ in facts }.groups.first)
    }
    // The third turn names no model.
    let eight = try group(["gpt-9"])
    #expect(eight.unseen.map(\.kind) == [.model])
    #expect(eight.unseen.map(\.row.segmentation.trueTurns) == [1])
    #expect(eight.rows.map(\.segmentation.trueTurns) == [3])
    #expect(try group(["gpt-9", "gpt-8"]).unseen.isEmpty)
    // Nothing is known of what was calibrated on.
    #expect(try group([]).unseen.isEmpty)
    let borrowed = try group(["gpt-9"], isBorrowed: true)
    #expect(borrowed.unseen.map(\.kind) == [.provider])
    #expect(borrowed.unseen.map(\.row.completion.turnCount) == [3])
  }

  @Test(
    "a model has one name, however it is written",
    arguments: [
      ("openai/GPT-4o-2024-08-06", "gpt-4o"), ("gpt-4", "gpt-4"),
      ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
      ("claude-3-5-haiku-latest", "claude-3-5-haiku"), ("davinci-002", "davinci-002"),
      ("models/gemini-2.5-flash", "gemini-2.5-flash"), ("command-r-08-2024", "command-r"), ("", ""),
      ("/", ""), ("-latest", ""),
    ])
  func modelNames(name: String, plain: String) {
    #expect(ModelName.plain(name) == plain)
  }

  @Test("a figure whose truth nobody knows is not scored")
  func unknownTruth() throws {
    let row = try #require(evaluate(Self.truths, Self.found).groups.first?.rows.first)
    #expect(row.prompt.turnCount == 0 && row.prompt.bias == nil)
  }

  @Test func rowsWithoutAProfileAndReadInTheClearStandApart() throws {
    let found = [
      Sample.found(0, 1, completion: .stated(100), prompt: .stated(7), profile: ""),
      Sample.found(
        2, 3, completion: .abstained(.noProfile), prompt: .abstained(.noProfile), profile: ""),
      Self.found[2],
    ]
    let group = try #require(evaluate(Self.truths, found).groups.first)
    #expect(group.rows.map(\.profile) == ["p@1", Evaluation.inTheClear, Evaluation.noProfile])
    #expect(group.rows[1].completion.medianError == 0)
    // What was read is no estimate, and no case of the bar.
    #expect(!group.bars.contains { $0.profile == Evaluation.inTheClear })
  }

  @Test("kinds of evidence are never put together")
  func kinds() {
    let matches = TurnMatch.all(truths: Self.truths, estimates: Self.found, nonTurns: [])
    let sets = [TruthSet.Kind.synthetic, .real, .synthetic].map {
      EvaluatedSet(name: $0.rawValue, kind: $0, recipe: "", matches: matches)
    }
    let groups = Evaluation(sets: sets) { _ in ServiceFacts(profile: "p@1") }.groups
    #expect(groups.map(\.kind) == [.real, .synthetic])
    #expect(groups.map(\.segmentation.right) == [3, 6])
    // Days of two sets are not one day.
    #expect(groups[1].rows[0].completion.hostDayCount == 4)
  }

  @Test func splitsAndTheirBound() {
    var truths: [TrueTurn] = []
    for index in 0..<300 {
      var truth = Sample.truth(Double(index) * 2, Double(index) * 2 + 1)
      truth.model = "m\(index)"
      truths.append(truth)
    }
    let groups = evaluate(truths, [], by: .model).groups
    #expect(groups.count == 201)
    #expect(groups.reduce(0) { $0 + $1.segmentation.missed } == 300)
  }

  // MARK: the bar

  private func bar(_ evaluation: Evaluation, _ id: String, _ profile: String? = "p@1") -> BarRow? {
    evaluation.groups.first?.bars.first { $0.id == id && $0.profile == profile }
  }

  @Test("a stream of 100 and one of 200 tokens, told within 0.5 %, meet the bar")
  func theBarIsMet() throws {
    let found = [
      Sample.found(0, 1, completion: Sample.figure(99, 100, 101, mean: 100)),
      Sample.found(2, 3, completion: Sample.figure(199, 201, 202, mean: 201)),
    ]
    let evaluation = evaluate(Array(Self.truths.prefix(2)), found)
    let row = try #require(bar(evaluation, "openai-stream-text"))
    #expect(row.outcome == .met && row.turnCount == 2)
    #expect(row.readings.map(\.measure) == [.median, .p90, .total])
    #expect(near(row.readings.last?.value, 1.0 / 300))
    #expect(bar(evaluation, "segmentation", nil)?.outcome == .met)
    #expect(bar(evaluation, "anthropic-stream-text", nil)?.outcome == .noData)
    #expect(evaluation.missedCount == 0)
  }

  @Test("a total off by more misses, though each turn is near")
  func theTotalMisses() throws {
    let found = [
      Sample.found(0, 1, completion: Sample.figure(99, 100, 101, mean: 104)),
      Sample.found(2, 3, completion: Sample.figure(199, 201, 202, mean: 206)),
    ]
    let evaluation = evaluate(Array(Self.truths.prefix(2)), found)
    #expect(bar(evaluation, "openai-stream-text")?.outcome == .missed)
    #expect(bar(evaluation, "openai-stream-text")?.readings.map(\.isMet) == [true, true, false])
    #expect(evaluation.missedCount == 1)
  }

  @Test("abstaining on every turn does not meet a bar that asks for figures")
  func abstentionsDoNotHide() {
    let evaluation = evaluate([Self.truths[0]], [Sample.found(0, 1)])
    #expect(bar(evaluation, "openai-stream-text")?.outcome == .missed)
    let chat = evaluate(
      [Self.truths[0]], [Sample.found(0, 1)],
      facts: ServiceFacts(profile: "p@1", isWebChat: true))
    #expect(bar(chat, "web-chat-completion")?.outcome == .met)
    #expect(bar(chat, "openai-stream-text", nil)?.outcome == .noData)
  }

  @Test("which case a turn belongs to")
  func cases() {
    let api = ServiceFacts(profile: "p@1")
    var turn = Sample.truth(0, 1, prompt: 600, completion: 50)
    turn.requestBodyBytes = 900
    func cases(_ facts: ServiceFacts = ServiceFacts(profile: "p@1")) -> [BarCase] {
      BarCase.allCases.filter { $0.holds(turn, facts) }
    }
    #expect(cases() == [.openAIText, .promptText])
    turn.requestBodyBytes = 899
    #expect(cases() == [.openAIText, .promptHidden])
    turn.requestBodyBytes = nil
    turn.offersTools = true
    #expect(cases() == [.openAITools])
    turn.usage.completionVisible = 49
    #expect(cases() == [])
    turn.offersTools = false
    turn.path = "/v1/messages?beta=true"
    #expect(cases() == [.anthropicText])
    turn.path = "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
    turn.usage.reasoning = 9
    #expect(cases() == [.geminiVisible, .reasoning])
    turn.hasImages = true
    turn.usage.reasoning = 0
    #expect(cases(api) == [.images])
  }

  @Test("coverage is missed only where the turns are enough to tell")
  func coverage() throws {
    func coverage(held: Int, of count: Int) throws -> BarRow.Outcome {
      let truths = (0..<count).map { Sample.truth(Double($0) * 2, Double($0) * 2 + 1) }
      let found = (0..<count).map { index in
        Sample.found(
          Double(index) * 2, Double(index) * 2 + 1,
          completion: index < held
            ? Sample.figure(9, 10, 11, mean: 10) : Sample.figure(20, 21, 22, mean: 21))
      }
      return try #require(bar(evaluate(truths, found), "coverage")).outcome
    }
    #expect(try coverage(held: 9, of: 10) == .met)
    #expect(try coverage(held: 10, of: 10) == .tooFew)
    #expect(try coverage(held: 100, of: 100) == .missed)
    #expect(try coverage(held: 5, of: 20) == .missed)
  }
}
