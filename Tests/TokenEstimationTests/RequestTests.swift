import Foundation
import Testing
import TrafficModel

@testable import TokenEstimation

/// Where a request's body is among the records that went up.
@Suite("Bodies of requests")
struct RequestTests {
  /// A request that `scripts/fit-profiles --requests` made up, and what that side finds in it.
  struct Case: Decodable {
    /// Zero where nobody saw the choice.
    var http: Int
    var sizes: [Int]
    var octets: Int
    var first: Bool
    var followsSmall: Bool
    var body: Int?
    /// Which allowance stands for the headers.
    var place: Int
    /// The body's octets, or all, through a line.
    var tokens: Double
    /// Where some of the octets may be an attachment's.
    var mixedLow: Double
    var mixedHigh: Double
    var mixedMean: Double

    var turn: Turn {
      let http: Turn.HTTPVersion =
        switch http {
        case 1: .http11
        case 2: .http2
        default: .unknown
        }
      var turn = Samples.turn([900, 300], upstream: sizes, http: http)
      turn.upstream.byteCount = octets
      turn.isFirstOnConnection = first
      turn.followsSmallRecord = followsSmall
      return turn
    }
  }

  static let line = Calibration(
    offset: 7, perToken: 17.5, power: 1.15, least: 4, densest: 4.5, meanFactor: 1,
    sharedVariance: 0, mostTokens: 1000,
    bands: [Calibration.Band(upTo: .infinity, low: -1, high: 1)])

  static let model = Profile.Prompt(
    head: Profile.RequestAllowance(http11: 400, http2: 250, http2Later: 185), skeleton: 60,
    attachmentAbove: 150_000, byBody: line, byBurst: line)

  static func request(
    _ sizes: [Int], _ http: Turn.HTTPVersion = .unknown, first: Bool = false, small: Bool = false,
    requests: Int = 1
  ) -> Turn {
    var turn = Samples.turn([900, 300], upstream: sizes, http: http)
    turn.isFirstOnConnection = first
    turn.followsSmallRecord = small
    turn.requestCount = requests
    return turn
  }

  static func body(
    _ sizes: [Int], _ http: Turn.HTTPVersion = .unknown, first: Bool = false, small: Bool = false
  ) -> Int? {
    RequestHead.bodyOctets(of: request(sizes, http, first: first, small: small))
  }

  @Test func agreesWithTheFitter() throws {
    let file = Samples.root.appendingPathComponent("Tests/Fixtures/estimation/requests.ndjson")
    let cases = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Case.self, from: Data($0.utf8))
    }
    #expect(cases.count == 120)
    #expect(cases.contains { $0.body != nil } && cases.contains { $0.body == nil })
    for (number, example) in cases.enumerated() {
      let turn = example.turn
      let body = RequestHead.bodyOctets(of: turn)
      #expect(body == example.body, "\(number)")
      #expect(
        RequestHead.allowance(turn, Self.model) == [400, 250, 185][example.place], "\(number)")
      let octets = Double(body ?? example.octets)
      let tokens = Self.line.likely(octets)
      #expect((tokens - example.tokens).magnitude < 1e-6 * example.tokens, "\(number)")
      let text = TokenEstimate(low: tokens / 2, likely: tokens, high: 2 * tokens)
      let mixed = AttachmentTests.model.mixed(text, octets: octets).estimate
      #expect((mixed.low - example.mixedLow).magnitude < 1e-6 * example.tokens, "\(number)")
      #expect((mixed.high - example.mixedHigh).magnitude < 1e-6 * example.tokens, "\(number)")
      #expect((mixed.mean - example.mixedMean).magnitude < 1e-6 * example.tokens, "\(number)")
    }
  }

  @Test("HTTP/1.1: the first record is the headers")
  func headersFirst() {
    #expect(Self.body([690, 2400], .http11) == 2400)
    #expect(Self.body([690, 16384, 3000], .http11) == 19384)
    #expect(Self.body([3090], .http11) == nil)
    #expect(Self.body([1500, 900], .http11) == nil)
  }

  @Test("Go's first records are no headers")
  func young() {
    #expect(Self.body([1186, 393], .http11, first: true) == nil)
    #expect(Self.body([1186, 393], .http2) == nil)
  }

  @Test(
    "HTTP/2: a preface, HEADERS, DATA and the acknowledged SETTINGS, whether or not ALPN was seen")
  func newConnection() {
    for http in [Turn.HTTPVersion.http2, .unknown] {
      #expect(Self.body([82, 224, 120, 9, 9], http, first: true) == 111)
      #expect(Self.body([214, 1200, 9], http, first: true) == 1191)
      #expect(Self.body([162, 9, 7514], http, first: true) == 7505)
      #expect(Self.body([995, 9], http, first: true) == nil)
    }
  }

  @Test("HTTP/2, later: HEADERS that HPACK has shrunk to a small record come before the turn")
  func laterOnAConnection() {
    #expect(Self.body([336, 725, 9]) == 716)
    #expect(Self.body([721], small: true) == 712)
    #expect(Self.body([7116, 8302, 975, 3616], small: true) == 20009 - 18)
    #expect(Self.body([391]) == nil)
  }

  @Test("without acknowledged SETTINGS on a new connection it was HTTP/1.1")
  func unseenChoice() {
    #expect(Self.body([348, 653], first: true) == 653)
    #expect(Self.body([348, 653, 9], first: true) == 644)
  }

  @Test("what stands for the headers depends on where the request is")
  func allowances() {
    func reading(_ turn: Turn) -> PromptReading { PromptReading(of: turn, by: Self.model) }
    #expect(reading(Self.request([1000], .http11)).octets == 540)
    #expect(reading(Self.request([1000], .http2, first: true)).octets == 690)
    #expect(reading(Self.request([1000], .http2)).octets == 755)
    #expect(reading(Self.request([200], .http11)).octets == 0)
    #expect(reading(Self.request([690, 2400], .http11)).octets == 2340)
    #expect(reading(Self.request([690, 2400], .http11)).isBody)
  }

  @Test("several requests that cannot be told apart have several heads, and count one by one")
  func pooled() throws {
    let one = PromptReading(
      of: Self.request([250, 500, 185, 500], .http2, first: true, requests: 2), by: Self.model)
    #expect(one.octets == 440)
    #expect(!one.isBody)
    let profiles = try Samples.shippedProfiles()
    func prompt(_ turn: Turn) throws -> TokenEstimate {
      try #require(
        profiles.estimate(turn: turn, profileID: "openai-chat-stream").prompt.estimate)
    }
    let single = try prompt(Self.request([1185], .http2))
    let three = try prompt(Self.request([1185, 1185, 1185], .http2, requests: 3))
    #expect((three.likely - 3 * single.likely).magnitude < 1e-6 * three.likely)
    #expect(three.high / three.low > single.high / single.low)
    let absurd = try prompt(Self.request([100], .http2, requests: .max))
    #expect(absurd.high.isFinite)
  }

  @Test("what long texts come to bounds the power")
  func densest() {
    #expect((Self.line.likely(450_000) - 100_007).magnitude < 1)
    #expect(Self.line.likely(100) < 100 / 4.5 + 7)
  }
}
