import Testing
import TokenEstimation
import TrafficModel

@Suite("Turns that no provider would send")
struct HostileTurnTests {
  let profiles: ProfileSet
  init() throws { profiles = try Samples.shippedProfiles() }

  /// Every figure is an abstention or a finite interval in order.
  func check(_ turn: Turn, sourceLocation: SourceLocation = #_sourceLocation) {
    for profile in profiles.profiles {
      let estimate = profiles.estimate(turn: turn, profileID: profile.id)
      for figure in [estimate.prompt, estimate.completion] {
        guard let tokens = figure.estimate else { continue }
        #expect(
          tokens.low >= 0 && tokens.low <= tokens.likely && tokens.likely <= tokens.high
            && tokens.high.isFinite && tokens.mean.isFinite, sourceLocation: sourceLocation)
      }
    }
  }

  @Test func nothingAtAll() {
    check(Samples.turn([], upstream: []))
  }

  @Test("one record of any size", arguments: [0, 1, 6, 7, 23, 24, 1900, 1901, 65535])
  func oneRecord(size: Int) {
    for http in [Turn.HTTPVersion.http11, .http2, .http3, .unknown] {
      check(Samples.turn([size], upstream: [size], http: http))
    }
  }

  @Test("many records of one size", arguments: [0, 1, 7, 8, 40, 64, 313, 1300, 65535])
  func manyRecords(size: Int) {
    for http in [Turn.HTTPVersion.http11, .http2] {
      check(Samples.turn(Array(repeating: size, count: Turn.maximumRecordSizes), http: http))
    }
  }

  @Test func countsThatTheSizesDoNotBearOut() {
    for count in [Int.max, Int.min, -1, 0] {
      var turn = Samples.turn(Samples.chatStream(events: 40))
      turn.downstream = Turn.Burst(byteCount: count, recordCount: count)
      turn.upstream = Turn.Burst(byteCount: count, recordCount: count)
      turn.missedByteCount = count
      check(turn)
      turn.downstreamSizes = []
      turn.upstreamSizes = []
      turn.transport = .quic
      check(turn)
    }
  }

  @Test func statedUsageOfAnySign() {
    var turn = Samples.turn([])
    turn.statedUsage = Turn.StatedUsage(promptTokens: -5, completionTokens: Int.max)
    let estimate = profiles.estimate(turn: turn, profileID: nil)
    #expect(estimate.prompt == .stated(0))
    #expect(estimate.completion == .stated(Int.max))
  }

  @Test func randomSizes() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      let count = Int.random(in: 0...120, using: &generator)
      let most = [20, 400, 2000, 65535].randomElement(using: &generator) ?? 400
      let sizes = (0..<count).map { _ in Int.random(in: 0...most, using: &generator) }
      check(Samples.turn(sizes, upstream: Array(sizes.prefix(5))))
    }
  }

  @Test func aTurnLongerThanItsKeptSizesIsCountedWhole() throws {
    let sizes = Samples.chatStream(events: 2 * Turn.maximumRecordSizes, perRecord: 2)
    var turn = Samples.turn(Array(sizes.prefix(Turn.maximumRecordSizes / 2)))
    turn.downstream = Turn.Burst(byteCount: sizes.reduce(0, +), recordCount: sizes.count)
    let tokens = try #require(
      profiles.estimate(turn: turn, profileID: "openai-chat-stream").completion.estimate)
    #expect((tokens.likely / Double(2 * Turn.maximumRecordSizes) - 1).magnitude < 0.01)
  }
}
