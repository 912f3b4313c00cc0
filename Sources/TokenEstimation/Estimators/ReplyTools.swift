import TrafficModel

/// What a reply's records show of tools, which weigh on the prompt without crossing the wire.
///
/// In a stream of content blocks (Anthropic messages) `content_block_start` of a call bears its name and identifier and is
/// half as large again as that of text. What tools of the provider's found follows as one event of many thousand octets.
enum ReplyTools {
  /// No call is seen; there may be one all the same, in a record of several events or compressed.
  case unseen
  case called
  /// Tools ran at the provider, and what they found was put into the prompt.
  case ranAtProvider

  /// An event of more octets is no text.
  private static let mostText = 3_900.0

  /// - Parameter profile: that the reply was read with; only one with content blocks shows calls.
  init(of turn: Turn, _ profile: Profile) {
    self = .unseen
    guard turn.transport != .quic, turn.requestCount == 1, let blocks = profile.completion.blocks
    else { return }
    let head = turn.http == .http11 ? profile.completion.head.http11 : profile.completion.head.http2
    let contents = RecordSizes(of: turn).bodyContents(headAllowance: head)
    guard let place = Self.callStart(contents, blocks) else { return }
    self = contents[place...].contains { $0 > Self.mostText } ? .ranAtProvider : .called
  }

  /// Where the first call begins: right after the message's start, or after a block's end. The message's own end, as large
  /// as a call's start, has but one event after it.
  private static func callStart(_ contents: [Double], _ blocks: BlockShape) -> Int? {
    guard contents.count >= 4 else { return nil }
    let start = 0.74 * blocks.start...1.19 * blocks.start
    let stop = 0.85 * blocks.stop...1.15 * blocks.stop
    let call = 1.44 * blocks.block...1.76 * blocks.block
    return (1..<contents.count - 2).first { place in
      let before = contents[place - 1]
      return call.contains(contents[place])
        && (stop.contains(before) || place == 1 && start.contains(before))
    }
  }
}
