import Testing

@testable import TokenEstimation

@Suite("Text in streams of content blocks")
struct BlockStreamTests {
  static let stream = BlockStream(
    shape: TextShape(usual: 136.5, overhead: 122.5, mostText: 200, leastText: nil),
    blocks: BlockShape(
      start: 445, block: 124.5, ping: 36, stop: 80.5, delta: 225, end: 58, text: 14, tool: 150))

  /// message_start, content_block_start, ping; content_block_stop, message_delta, message_stop.
  static let opening = [444.0, 126, 36]
  static let closing = [79.0, 226, 58]

  /// Events of 12 octets of text, padding at its mean.
  static func deltas(_ count: Int) -> [Double] { Array(repeating: 134.5, count: count) }

  static func text(_ contents: [Double]) -> Double { stream.text(contents) }

  @Test func openingAndClosingEventsBearNone() {
    #expect(Self.text(Self.opening + Self.deltas(30) + Self.closing) == 360)
    #expect(Self.text(Self.opening + Self.closing) == 0)
  }

  @Test("however the closing events are flushed", arguments: [[79.0, 284], [305, 58], [363]])
  func closingTogether(_ closing: [Double]) {
    #expect(Self.text(Self.opening + Self.deltas(30) + closing) == 360)
  }

  @Test func whateverOfTheOpeningLeftWithTheHeaders() {
    #expect(Self.text([126, 36] + Self.deltas(30) + Self.closing) == 360)
    #expect(Self.text(Self.deltas(30) + Self.closing) == 348, "the first is taken for a start")
  }

  @Test func eventsInPairs() {
    let pairs = Array(repeating: 269.0, count: 15)
    #expect(Self.text([570, 36] + pairs + [305, 58]) == 360)
  }

  @Test func aCallCountsForItsNameAndMarkup() {
    let call = [79.0, 190] + Self.deltas(5)
    #expect(Self.text(Self.opening + Self.deltas(20) + call + Self.closing) == 25 * 12 + 150)
    #expect(Self.text([444, 190] + Self.deltas(5) + Self.closing) == 5 * 12 + 150)
  }

  @Test func searchResultsAreNoText() {
    let results = [79.0, 16_384, 9_000, 79, 126]
    #expect(
      Self.text(Self.opening + Self.deltas(20) + results + Self.deltas(10) + Self.closing) == 360)
  }

  @Test func eachEventMayCountForMore() {
    let stream = BlockStream(
      shape: TextShape(
        usual: 136.5, overhead: 122.5, mostText: 200, leastText: nil, perEvent: 4),
      blocks: Self.stream.blocks)
    #expect(stream.text(Self.opening + Self.deltas(30) + Self.closing) == 480)
  }

  @Test func nothingIsNothing() {
    #expect(Self.text([]) == 0)
    #expect(Self.text([58]) == 0)
    #expect(Self.text([444]) == 0)
  }
}
