/// What one turn cost in tokens, as far as its ciphertext tells.
package struct TurnEstimate: Sendable {
  /// One of the figures: a number with an interval, or the reason why there is none.
  package enum Figure: Sendable, Equatable {
    /// Read in the clear, not estimated.
    case stated(Int)
    case estimated(TokenEstimate)
    case abstained(AbstentionReason)
  }

  /// Input tokens that crossed the wire, and those that a provider is seen to have added. What it keeps or adds unseen is in
  /// the interval as far as it was as frequent in the recordings.
  package var prompt: Figure
  /// Output tokens that crossed the wire; reasoning tokens do not.
  package var completion: Figure
  /// The profile and its version, `openai-chat-stream@1`; empty when no profile applies.
  package var profile: String
  /// What the wire cannot show for this service: `reasoning`, `server-side history`, `hidden prompt`.
  package var hidden: [String]
  /// The events are of another size than the profile was calibrated on: the interval is wider, and someone should
  /// calibrate again.
  package var isDrifting = false
  /// The prompt may be large because of a file or an image: its interval holds both readings.
  package var mayBeAttachment = false

  package init(prompt: Figure, completion: Figure, profile: String, hidden: [String] = []) {
    self.prompt = prompt
    self.completion = completion
    self.profile = profile
    self.hidden = hidden
  }
}

/// Why there is no figure. The raw value is what reports and exports say.
package enum AbstentionReason: String, Sendable, CaseIterable {
  case noProfile = "no profile for this service"
  case cutTurn = "capture began or ended within the turn"
  case captureLoss = "too much of the turn is missing from the capture"
  case tooSmall = "too few bytes to tell"
  case attachment = "upload looks like files or images"
  case serverSideHistory = "the provider keeps the history"
  case providerTools = "the provider's tools added to the prompt"
  case unseenDialect = "bytes do not look like this profile's dialect"
  case webSocket = "messages over WebSocket that no profile reads"
  case notCalibrated = "nothing is known of this service's replies"
  case outOfRange = "outside the range the profile was calibrated on"
}
