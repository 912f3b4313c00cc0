import TokenEstimation
import TrafficModel
import WireFormat

/// Invented turns, with times in seconds.
enum EvaluationSamples {
  static func end(_ text: String, _ port: UInt16) -> Endpoint {
    Endpoint(address: IPAddress(text) ?? IPAddress(v4: 0), port: port)
  }

  static func time(_ seconds: Double) -> Timestamp {
    Timestamp(nanoseconds: Int64((seconds * 1e3).rounded()) * 1_000_000)
  }

  static func truth(
    _ start: Double, _ end: Double, http: TrueTurn.HTTPVersion = .http11, port: UInt16 = 40_000,
    prompt: Int? = nil, completion: Int? = 10
  ) -> TrueTurn {
    var turn = TrueTurn(
      client: Self.end("10.0.0.1", port), server: Self.end("203.0.113.1", 443),
      start: time(start), end: time(end), serviceID: "svc",
      usage: TrueTurn.Usage(promptTotal: prompt, completionVisible: completion))
    turn.http = http
    turn.path = "/v1/chat/completions"
    return turn
  }

  static func found(
    _ start: Double, _ end: Double, port: UInt16 = 40_000, isQUIC: Bool = false,
    completion: TurnEstimate.Figure = .abstained(.tooSmall),
    prompt: TurnEstimate.Figure = .abstained(.tooSmall), profile: String = "p@1", bytesDown: Int = 0
  ) -> EstimatedTurn {
    EstimatedTurn(
      client: Self.end("10.0.0.1", port), server: Self.end("203.0.113.1", 443), isQUIC: isQUIC,
      start: time(start), end: time(end), serviceID: "svc",
      estimate: TurnEstimate(prompt: prompt, completion: completion, profile: profile),
      bytesDown: bytesDown)
  }

  static func figure(
    _ low: Double, _ likely: Double, _ high: Double, mean: Double
  ) -> TurnEstimate.Figure {
    .estimated(TokenEstimate(low: low, likely: likely, high: high, mean: mean))
  }
}
