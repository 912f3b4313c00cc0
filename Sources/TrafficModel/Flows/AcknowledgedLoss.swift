import WireFormat

/// Octets that the far end has acknowledged and that have not been captured, so far.
struct AcknowledgedLoss {
  /// The sequence number after the last of them.
  var upTo: UInt32
  var since: Timestamp

  /// Nanoseconds for which an acknowledgement may be ahead of its data in a capture.
  static let patience: Int64 = 200_000_000
  /// The same where the far end has gone on to send: it has what it waited for.
  static let patienceBeforeData: Int64 = 20_000_000

  func isDue(at now: Timestamp, patience: Int64 = patience) -> Bool {
    // A clock that ran backwards must not hold the loss back for ever.
    !(0..<patience).contains(now.since(since))
  }
}
