import WireFormat

/// A metered HTTP/1.1 connection in the clear, as self-hosted model servers speak it: requests told by their first line,
/// the counts that the server itself states read from the response. No other octet of a body is looked at.
struct ClearHTTPReading {
  var turns = TurnBuilder(transport: .http, http: .http11, startIsCut: false)
  private var usage = StatedUsageScanner()
  private var isPost = false

  init() {}

  /// - Returns: the turns that these octets ended.
  mutating func read(_ bytes: RawSpan, isUp: Bool, at now: Timestamp) -> [Turn] {
    guard isUp else {
      guard isPost else { return [] }
      let ended = turns.downstream(bytes.byteCount, at: now)
      usage.scan(bytes)
      if let prompt = usage.promptTokens, let completion = usage.completionTokens {
        turns.state(.init(promptTokens: prompt, completionTokens: completion))
      }
      return ended
    }
    var ended: [Turn] = []
    if StreamOpening.beginsRequest(bytes) {
      // A new request ends the turn before it; only a POST carries a prompt.
      ended = turns.finish(isCut: false, at: now)
      isPost = bytes.octet(at: 0) == UInt8(ascii: "P") && bytes.octet(at: 1) == UInt8(ascii: "O")
      usage = StatedUsageScanner()
    }
    if isPost { _ = turns.upstream(bytes.byteCount, at: now) }
    return ended
  }
}
