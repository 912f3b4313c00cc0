import TrafficModel

/// The octets of a turn's requests that bear text.
struct PromptReading {
  /// Of one request: where a turn holds several that could not be told apart, their mean.
  let octets: Double
  /// Records show the body; else an allowance stands for the headers.
  let isBody: Bool

  init(of turn: Turn, by model: Profile.Prompt) {
    let whole = Double(max(0, turn.upstream.byteCount))
    let head = RequestHead.allowance(turn, model)
    let requests = Double(max(1, turn.requestCount))
    if requests > 1 {
      // The heads after the first are in HPACK's table for the most part.
      let heads = head + (requests - 1) * model.head.http2Later
      octets = max(0, (whole - heads) / requests - model.skeleton)
      isBody = false
    } else if let body = RequestHead.bodyOctets(of: turn) {
      octets = max(0, Double(body) - model.skeleton)
      isBody = true
    } else {
      octets = max(0, whole - head - model.skeleton)
      isBody = false
    }
  }
}
