import WireFormat

/// What tells that a connection has left HTTP/1.1 for WebSocket (RFC 6455), from the sizes of TLS records alone.
///
/// After the upgrade a client's messages have no head: six octets of frame, and pings and pongs of a few octets, which
/// nobody who speaks HTTP/1.1 sends. The upgrade itself is a small request with a small answer.
struct WebSocketSigns {
  /// Messages go to and fro.
  private(set) var areSeen = false
  /// Whether the connection's first exchange was seen and is none that could be an upgrade: then nothing is a sign.
  private var isRuledOut = false
  /// The connection began before the capture: its first exchange was not seen.
  var startIsCut = false

  /// Net octets of a frame of control that goes up: head and mask take six, and common clients put at most eight into it;
  /// up to what has been seen where that is more.
  private var mostControl = 14
  private static let leastControl = 6
  /// The smallest request of HTTP/1.1 is hardly larger, and nobody's who bears a key is. A chunk's end has five.
  private static let noHTTP = 6...40
  /// The same downstream, where frames have no mask. An event takes more even when it is deflated.
  static let controlDown = 2...8
  /// The least that a message with a request takes: deflated, it may be hardly more than a reference to the one before.
  static let leastRequest = 15
  /// What calls an API says so with a path, a host and a key.
  private static let leastHead = 120
  /// Net octets of an upgrade, and of the answer to it; some servers greet in a message right after it.
  private static let upgrade = 100...2_000
  private static let switching = 100...6_000

  /// Learns the first exchange of a connection, once it is over.
  mutating func note(first open: TurnBuilder.Open) {
    if open.isFirst, !startIsCut, !isUpgrade(open) { isRuledOut = true }
  }

  /// Judges a record that goes up on HTTP/1.1 while nothing is asked.
  ///
  /// - Parameter open: the exchange that goes on, or was the last.
  /// - Returns: whether it is a frame of control.
  mutating func judge(_ octets: Int, after open: TurnBuilder.Open?) -> Bool {
    if areSeen { return isControl(octets) }
    if let open { note(first: open) }
    if isRuledOut { return false }
    if Self.noHTTP.contains(octets) {
      mostControl = max(mostControl, octets)
      areSeen = true
      return true
    }
    areSeen = isFirstMessage(octets, after: open)
    return false
  }

  /// Judges a record that goes up while an answer is waited for.
  ///
  /// - Parameter isPaused: longer has passed since the one before than an upload pauses. A few octets are then no rest of a body.
  /// - Returns: whether it is a frame of control.
  mutating func judge(_ octets: Int, within open: TurnBuilder.Open, isPaused: Bool) -> Bool {
    if !areSeen, !isRuledOut, isPaused, !open.isFirst, octets >= Self.leastControl,
      octets <= mostControl
    {
      areSeen = true
    }
    return isControl(octets)
  }

  /// Whether a record that goes up is a frame of control.
  func isControl(_ octets: Int) -> Bool {
    areSeen && octets >= Self.leastControl && octets <= mostControl
  }

  /// A record after what may have been an upgrade that is smaller than any head with a key in it.
  private func isFirstMessage(_ octets: Int, after open: TurnBuilder.Open?) -> Bool {
    guard let open, octets < Self.leastHead else { return false }
    return isUpgrade(open) && open.turn.upstream.byteCount >= 2 * Self.leastHead
  }

  /// Whether an exchange may be an upgrade, as far as its form tells: the first of its connection, a record up, one or two
  /// down.
  func isUpgrade(_ open: TurnBuilder.Open) -> Bool {
    open.isFirst && open.turn.upstream.recordCount == 1 && open.turn.downstream.recordCount <= 2
      && Self.upgrade.contains(open.turn.upstream.byteCount)
      && Self.switching.contains(open.turn.downstream.byteCount)
  }
}
