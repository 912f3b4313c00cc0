import Foundation
import StrictYAML
import Testing
import WireFormat

@testable import TokenEstimation

@Suite("Calibrating")
struct CalibratingTests {
  static let prior = Calibration(
    offset: 0, perToken: 1, meanFactor: 1, sharedVariance: 0.5, mostTokens: 600,
    bands: [.init(upTo: 20, low: -0.4, high: 0.4), .init(upTo: .infinity, low: -0.2, high: 0.2)])

  /// Turns one second apart from a known line, with noise of so much on the log ratio.
  static func pairs(
    _ count: Int, offset: Double, perToken: Double, noise: Double, seed: UInt64 = 1,
    sources: Int = 5
  ) -> [CalibrationPair] {
    var random = Sequence(state: seed)
    return (0..<count).map { index in
      let tokens = 10 * exp(random.uniform() * 4)
      let statistic = max(0, (tokens - offset) * perToken) * exp(noise * random.normal())
      return CalibrationPair(
        statistic: statistic, tokens: tokens, time: Timestamp(seconds: Int64(index)),
        source: index % sources)
    }
  }

  @Test(
    "a site's own line is found, also far from the prior and below zero",
    arguments: [(-12.0, 3.0), (20.0, 0.5), (0.0, 1.0), (-4.0, 25.0)])
  func line(offset: Double, perToken: Double) {
    let line = PooledLine(
      Self.pairs(400, offset: offset, perToken: perToken, noise: 0.01), prior: Self.prior)
    #expect(line.weight > 0.95)
    for tokens in [60.0, 300, 500] {
      let statistic = (tokens - offset) * perToken
      // What is left of the prior's pull.
      let prior = statistic / 1 + 0
      let expected = line.weight * tokens + (1 - line.weight) * prior
      #expect((line.offset + statistic / line.perToken) / expected < 1.03)
      #expect((line.offset + statistic / line.perToken) / expected > 0.97)
    }
  }

  @Test func fewTurnsMoveLittleAndManyMoveAll() {
    let weights = [5, 20, 100, 500].map { count in
      PooledLine(Self.pairs(count, offset: 0, perToken: 2, noise: 0.3), prior: Self.prior).weight
    }
    #expect(weights == weights.sorted())
    #expect(weights[0] < 0.6 && weights[3] > 0.9)
  }

  @Test func honestIntervalsMayBeTooWideToBePrinted() {
    let wild = FigureCalibration(
      .byEvents, Self.pairs(400, offset: 0, perToken: 3, noise: 1.6), prior: Self.prior)
    #expect(wild.isTaken && wild.leadsToAbstentions)
    let tame = FigureCalibration(
      .byEvents, Self.pairs(400, offset: 0, perToken: 3, noise: 0.1), prior: Self.prior)
    #expect(tame.isTaken && !tame.leadsToAbstentions)
  }

  @Test func oneWildTurnInTenDoesNotMoveTheLine() {
    var pairs = Self.pairs(200, offset: 0, perToken: 4, noise: 0.02)
    for index in stride(from: 0, to: 200, by: 10) { pairs[index].tokens *= 30 }
    let line = PooledLine(pairs, prior: Self.prior)
    let free = PooledLine(Self.pairs(200, offset: 0, perToken: 4, noise: 0.02), prior: Self.prior)
    #expect((line.perToken / free.perToken - 1).magnitude < 0.03)
  }

  @Test func turnsAreDividedByTimeAndThoseOfOneMomentStayTogether() throws {
    var pairs = Self.pairs(200, offset: 0, perToken: 1, noise: 0.1).shuffled()
    for index in pairs.indices {
      pairs[index].time = Timestamp(seconds: pairs[index].time.nanoseconds / 40_000_000_000)
    }
    let split = TimeSplit(pairs)
    #expect(split.fit.count + split.bands.count + split.test.count == 200)
    #expect(!split.bands.isEmpty && !split.test.isEmpty)
    let lastFit = try #require(split.fit.map(\.time).max())
    #expect(split.bands.allSatisfy { lastFit < $0.time })
    #expect(split.bands.allSatisfy { one in split.test.allSatisfy { one.time < $0.time } })
  }

  @Test func bandsHoldNineInTenOfWhatComesLater() throws {
    var held = 0.0
    for seed in 1...20 {
      let result = FigureCalibration(
        .byOctets, Self.pairs(400, offset: 5, perToken: 6, noise: 0.25, seed: UInt64(seed)),
        prior: Self.prior)
      #expect(result.decision == .taken)
      held += try #require(result.after).coverage
    }
    #expect((0.87...0.95).contains(held / 20))
  }

  @Test func whatWasSeenNowhereKeepsThePriorsBandsWider() {
    // All turns are long: nothing is known of those below 20 tokens.
    let rows = (0..<200).map { index in (likely: 400 + Double(index), truth: 410 + Double(index)) }
    let bands = ConformalBands.bands(rows, prior: Self.prior)
    #expect(bands.fitted == 1)
    #expect(bands.bands.map(\.upTo) == ConformalBands.edges + [.infinity])
    #expect((bands.bands[0].low + 0.6).magnitude < 1e-9)
    #expect(bands.bands[5].high < 0.05)
  }

  @Test func tooFewTurnsChangeNothingAndFewKeepTheIntervals() throws {
    let few = FigureCalibration(
      .byEvents, Self.pairs(9, offset: 0, perToken: 2, noise: 0.1), prior: Self.prior)
    #expect(few.decision == .keptTooFew && few.line == Self.prior)
    let some = FigureCalibration(
      .byEvents, Self.pairs(50, offset: 0, perToken: 2, noise: 0.1), prior: Self.prior)
    #expect(some.decision == .takenWithPriorBands)
    #expect(some.line.bands.map(\.upTo) == Self.prior.bands.map(\.upTo))
    #expect((some.line.bands[0].high - 0.6).magnitude < 1e-9)
  }

  @Test func aLineThatWasRightIsKept() {
    let good = FigureCalibration(
      .byEvents, Self.pairs(60, offset: 0, perToken: 1, noise: 0.05), prior: Self.prior)
    #expect(good.decision == .keptAsGood && good.line == Self.prior)
  }

  @Test("a line that is nearer for most turns is not taken when it is further for the rest")
  func tailsAreMinded() throws {
    // Of the turns to test on, one in five follows the line of before, far from where the others lie.
    var pairs = Self.pairs(50, offset: 0, perToken: 1.3, noise: 0.02)
    for index in stride(from: 32, to: 50, by: 3) {
      pairs[index].statistic = pairs[index].tokens / 1.6
    }
    let result = FigureCalibration(.byEvents, pairs, prior: Self.prior)
    let (before, after) = (try #require(result.before), try #require(result.after))
    #expect(after.p90Error > before.p90Error)
    #expect(result.decision == .keptAsGood && result.line == Self.prior)
  }

  @Test func totalsAreSetRightByTheMean() throws {
    // A few long turns cost twice as much: the line that is best for most turns is low for the sum.
    var pairs = Self.pairs(400, offset: 0, perToken: 2, noise: 0.05)
    for index in stride(from: 0, to: 400, by: 4) { pairs[index].tokens *= 2 }
    let result = FigureCalibration(.byOctets, pairs, prior: Self.prior)
    #expect(result.line.meanFactor > 1.2)
    #expect(try #require(result.after).bias.magnitude < 0.1)
  }

  @Test func turnsThatErrTogetherShareTheirVariance() {
    func shared(_ spread: Double) -> Double {
      var pairs = Self.pairs(400, offset: 0, perToken: 2, noise: 0.1, sources: 10)
      for index in pairs.indices {
        pairs[index].tokens *= exp(spread * Double(pairs[index].source - 5))
      }
      return FigureCalibration(.byOctets, pairs, prior: Self.prior).line.sharedVariance
    }
    #expect(shared(0) < 0.15)
    #expect(shared(0.1) > 0.5)
  }

  @Test("hostile pairs change nothing", arguments: [Double.nan, .infinity, -1, 1e300, 0])
  func hostile(value: Double) {
    let pairs = (0..<100).map {
      CalibrationPair(
        statistic: value, tokens: $0 % 2 == 0 ? 1 : 1e8, time: Timestamp(seconds: Int64($0)))
    }
    let result = FigureCalibration(.byOctets, pairs, prior: Self.prior)
    let line = result.line
    #expect(line.offset.isFinite && line.perToken >= 0.01 && line.perToken.isFinite)
    #expect(line.bands.allSatisfy { $0.low <= 0 && $0.high >= 0 && $0.low >= -12 && $0.high <= 12 })
  }

  @Test func aFileReadsBackAsTheProfileThatWasWritten() throws {
    let shipped = try Samples.shippedProfiles().profiles
    let own = try ProfileSet(compiling: [("a.yaml", try Fixture.profile())]).profiles
    #expect(shipped.count > 5)
    for set in [shipped, own] {
      let files = set.map { ("\($0.id).yaml", $0.fileText(comment: "Made by a test.")) }
      #expect(try ProfileSet(compiling: files).profiles == set)
    }
  }

  @Test func wordsThatYAMLReadsOtherwiseAreQuoted() throws {
    var profile = try #require(
      try ProfileSet(compiling: [("a.yaml", try Fixture.profile())])["test-stream"])
    profile.card.data = "a: \"b\" # c, \\ \t — 7 {x}"
    profile.card.command = "true"
    profile.family = "2026-11-21"
    profile.hidden = ["- one", "null", " x "]
    profile.completion.byOctets.offset = -0.00001234
    profile.completion.byOctets.perToken = 99_999
    let text = profile.fileText(comment: "two\nlines")
    #expect(try ProfileSet(compiling: [("b.yaml", text)]).profiles == [profile])
  }

  @Test func aCalibratedProfileIsTheNextVersionAndItsCardSaysWhy() throws {
    let prior = try #require(
      try ProfileSet(compiling: [("a.yaml", try Fixture.profile())])["test-stream"])
    let date = try #require(CalendarDate("2026-11-22"))
    let calibrated = ProfileCalibration(
      of: prior,
      pairs: [
        .byOctets: Self.pairs(400, offset: 3, perToken: 200, noise: 0.1),
        .byText: Self.pairs(400, offset: 3, perToken: 200, noise: 0.1),
      ],
      evidence: .init(
        kind: .realCiphertext, data: "a site", date: date, command: "gnomon calibrate"))
    // The profile has no line for text.
    #expect(calibrated.figures.map(\.figure) == [.byOctets])
    #expect(calibrated.profile.versionedID == "test-stream@4")
    #expect(calibrated.profile.completion.byEvents == prior.completion.byEvents)
    let row = try #require(
      calibrated.profile.card.rows.first { $0.what == "completion, octets" })
    #expect(row.fittedTurns == 300 && row.testedTurns == 100)
    #expect(calibrated.profile.card.kind == .both)
    #expect(calibrated.profile.card.data == "a site; other rows as in test-stream@3")
    #expect(calibrated.profile.cardText.contains("test-stream@4\n  evidence  real ciphertext and"))
    let text = calibrated.profile.fileText(comment: "x")
    #expect(try ProfileSet(compiling: [("c.yaml", text)]).profiles == [calibrated.profile])
  }

  @Test func statisticsAreThoseThatTheEstimatorGoesBy() throws {
    let set = try ProfileSet(compiling: [("a.yaml", try Fixture.profile())])
    let turn = Samples.turn(Samples.chatStream(events: 80))
    let found = set.statistics(of: turn, profileID: "test-stream")
    let estimate = set.estimate(turn: turn, profileID: "test-stream")
    let completion = try #require(found.completion)
    #expect(completion.figure == .byEvents && completion.profileID == "test-stream")
    let line = try #require(set["test-stream"]?[completion.figure])
    #expect(line.likely(completion.value) == estimate.completion.estimate?.likely)
    #expect(found.prompt == .init(profileID: "test-stream", figure: .byBody, value: 1350))
    var cut = turn
    cut.endIsCut = true
    #expect(set.statistics(of: cut, profileID: "test-stream").completion == nil)
    cut.missedByteCount = 10_000
    #expect(set.statistics(of: cut, profileID: "test-stream") == TurnStatistics())
    #expect(set.statistics(of: turn, profileID: "nobody") == TurnStatistics())
  }
}

/// Numbers that look random and are the same each time (SplitMix64).
private struct Sequence {
  var state: UInt64

  mutating func uniform() -> Double {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return Double((z ^ z >> 31) >> 11) / Double(1 << 53)
  }

  mutating func normal() -> Double {
    (-2 * log(max(uniform(), 1e-12))).squareRoot() * cos(2 * .pi * uniform())
  }
}
