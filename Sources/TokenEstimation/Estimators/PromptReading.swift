import TrafficModel

/// The octets of a turn's requests that bear text.
struct PromptReading {
  /// Of one request: where a turn holds several that could not be told apart, their mean.
  let octets: Double
  /// Records show the body; else an allowance stands for the headers.
  let isBody: Bool

  /// Octets that a message has more than the body of the same request: its frame, `"type":"response.create"` less
  /// `"stream":true`.
  private static let message = 20.0

  init(of turn: Turn, by model: Profile.Prompt) {
    let whole = Double(max(0, turn.upstream.byteCount))
    let head = RequestHead.allowance(turn, model)
    let requests = Double(min(max(1, turn.requestCount), Estimator.mostRequests))
    if turn.isWebSocket {
      // No head: a frame's, and the name of the event that the request stands in.
      octets = max(0, whole - Self.message - model.skeleton)
      isBody = true
    } else if requests > 1 {
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
