import Testing
import TrafficModel

@testable import TokenEstimation

/// Requests that may be large because of a file or an image.
@Suite("Attachments beside text")
struct AttachmentTests {
  static let model = AttachmentModel(
    most: 0.5, even: 7_000, steepness: 6, perToken: 0.2793, power: 0.5, low: -3.25, meanFactor: 0.9,
    named: AttachmentModel.Named(from: 170, upTo: 560, tokens: 85))

  static func text(_ tokens: Double) -> TokenEstimate {
    TokenEstimate(low: tokens / 2, likely: tokens, high: 2 * tokens, sharedVariance: 0.4)
  }

  @Test("half of the most is reached at the even octets, and it grows with them")
  func shares() {
    #expect((Self.model.share(of: 7_000) - 0.25).magnitude < 1e-12)
    #expect(Self.model.share(of: 500) < 1e-6)
    #expect(Self.model.share(of: 1_000_000) > 0.4999)
    let sizes = [0, 1, 800, 3_000, 7_000, 9_000, 40_000, 150_000].map { Double($0) }
    let shares = sizes.map { Self.model.share(of: $0) }
    #expect(shares == shares.sorted())
    #expect(shares[0] == 0)
  }

  @Test("a request of a few hundred octets may name an image")
  func named() {
    #expect(Self.model.mixed(Self.text(40), octets: 300).estimate.high == 125)
    #expect(Self.model.mixed(Self.text(120), octets: 500).estimate.high == 240)
    #expect(Self.model.mixed(Self.text(20), octets: 150).estimate.high == 40)
  }

  @Test("a short request is text")
  func short() {
    let (estimate, isOpen) = Self.model.mixed(Self.text(100), octets: 500)
    #expect(!isOpen)
    #expect(estimate.low == 50 && estimate.likely == 100 && estimate.high == 200)
    #expect((estimate.mean - 100).magnitude < 1e-3)
  }

  @Test("a long one is both: the interval holds the image's tokens and the text's")
  func long() {
    let (estimate, isOpen) = Self.model.mixed(Self.text(4_300), octets: 20_000)
    #expect(isOpen)
    #expect(estimate.likely == 4_300)
    #expect(estimate.high == 8_600)
    // An image of some 500 tokens, an icon of 20.
    #expect(estimate.low > 15 && estimate.low < 25)
    #expect(estimate.mean > 2_200 && estimate.mean < 2_500)
    #expect(estimate.sharedVariance == 0.4)
  }

  @Test("what a conversation has grown by in small steps is text in either reading")
  func grown() {
    let whole = Self.model.mixed(Self.text(21_700), octets: 100_000).estimate
    let (loop, isOpen) = Self.model.mixed(Self.text(21_700), octets: 100_000, grown: 70_000)
    #expect(isOpen)
    #expect(loop.mean > 0.8 * loop.likely && whole.mean < 0.6 * whole.likely)
    #expect(loop.low > 0.69 * 21_700 / 2 && whole.low < 100)
    let (talk, mayBe) = Self.model.mixed(Self.text(21_700), octets: 100_000, grown: 99_000)
    #expect(!mayBe)
    #expect(talk.low == 21_700 / 2 && (talk.mean - 21_700).magnitude < 1)
    // No more is believed than there is.
    let absurd = Self.model.mixed(Self.text(50), octets: 200, grown: 1e12).estimate
    #expect(absurd.mean == 50)
  }

  @Test("where an attachment is the likelier, its tokens are the likely ones")
  func likelier() {
    var model = Self.model
    model.most = 0.9
    let estimate = model.mixed(Self.text(4_300), octets: 20_000).estimate
    #expect((estimate.likely - 141.421 / 0.2793).magnitude < 1)
    #expect(estimate.low < estimate.likely && estimate.likely < estimate.high)
  }

  @Test(
    "whatever the octets, the ends are in order and finite",
    arguments: [-5, 0, 1e-9, 1, 30_000, 1e18, .infinity, .nan] as [Double])
  func odd(octets: Double) {
    let estimate = Self.model.mixed(Self.text(50), octets: octets).estimate
    #expect(estimate.low > 0 && estimate.low <= estimate.likely)
    #expect(estimate.likely <= estimate.high && estimate.high.isFinite)
    #expect(estimate.mean.isFinite)
  }

  @Test("the estimate says when both readings are open, and only then")
  func said() throws {
    let profiles = try Samples.shippedProfiles()
    func estimate(_ octets: Int, _ profile: String) -> TurnEstimate {
      let turn = Samples.turn(
        Samples.chatStream(events: 50), upstream: [650, octets], http: .http11)
      return profiles.estimate(turn: turn, profileID: profile)
    }
    for profile in ["openai-chat-stream", "gemini-stream", "code-assistant"] {
      let long = estimate(16_000, profile)
      #expect(long.mayBeAttachment, "\(profile)")
      let figure = try #require(long.prompt.estimate)
      #expect(figure.low < 100 && figure.high > 2_500, "\(profile)")
      #expect(figure.mean < figure.likely, "\(profile)")
      #expect(!estimate(900, profile).mayBeAttachment, "\(profile)")
    }
    // The programs of developers send long texts.
    let agent = try #require(estimate(16_000, "anthropic-messages").prompt.estimate)
    #expect(agent.mean > 0.6 * agent.likely)
  }

  @Test("a profile without the model reads octets as text")
  func absent() throws {
    let profiles = try ProfileSet(compiling: [(path: "p.yaml", text: Fixture.profile())])
    let turn = Samples.turn(
      Samples.chatStream(events: 50), upstream: [650, 16_000], http: .http11)
    #expect(!profiles.estimate(turn: turn, profileID: "test-stream").mayBeAttachment)
  }

  @Test("read from a profile, checked, and written again")
  func parsed() throws {
    let yaml =
      "  attachment: {most: 0.5, even: 7000, steepness: 6, perToken: 0.2793, power: 0.5, low: -3.25, meanFactor: 0.9, named: {from: 170, upTo: 560, tokens: 85}}\n"
    let source = try Fixture.profile().replacing("  byBody:", with: yaml + "  byBody:")
    let profile = try #require(
      try ProfileSet(compiling: [(path: "p.yaml", text: source)])["test-stream"])
    #expect(profile.prompt?.attachment == Self.model)
    let again = try ProfileSet(compiling: [
      (path: "p.yaml", text: profile.fileText(comment: "a test"))
    ])
    #expect(again["test-stream"]?.prompt?.attachment == Self.model)
    let wrong = source.replacing("most: 0.5", with: "most: 1.5")
    #expect(throws: ProfileErrors.self) {
      try ProfileSet(compiling: [(path: "p.yaml", text: wrong)])
    }
  }
}
