import WireFormat

/// Cuts what crosses one metered flow into turns: a burst upstream, the burst downstream that answers it.
///
/// Not every record is part of a burst. HTTP/2 and HTTP/3 control frames (WINDOW_UPDATE, PING, SETTINGS and their
/// acknowledgements) go both ways in small records of their own; TLS 1.3 session tickets come downstream, two of equal
/// size from the commonest servers, before the first response.
struct TurnBuilder {
  private enum State {
    case idle
    /// Octets went up, none of the answer has come.
    case requesting(Turn)
    case responding(Turn)
  }

  private var state = State.idle
  /// Whether there is room for the sizes of further records.
  var keepsSizes = true
  private var transport: Turn.Transport
  /// Known once ALPN or the first octets tell.
  var http: Turn.HTTPVersion
  /// Records of at most this many net octets are control frames.
  private let controlFrameOctets: Int
  /// A first record downstream that may be a session ticket, not yet believed either way.
  private var possibleTicket: (octets: Int, at: Timestamp)?
  private var ticketsArePossible: Bool
  /// Octets missing before the next record, for the turn that is open.
  private var missed = 0
  private let startIsCut: Bool
  private var emitted = 0
  /// When the last octet of the open request went up.
  private var requestEnd = Timestamp(nanoseconds: 0)

  /// Memory that the open turn's sizes take, about: arrays grow by doubling.
  var heldByteCount: Int {
    switch state {
    case .idle: 0
    case .requesting(let turn), .responding(let turn): 4 * turn.downstreamSizes.count
    }
  }

  /// Silence after the response began that ends a turn, in nanoseconds.
  /// Some models think for minutes after the head of the response.
  static let responseIdle: Int64 = 300_000_000_000
  /// Silence after which a response is taken to be whole though nothing closed it.
  static let silence: Int64 = 5_000_000_000
  /// Silence after a request that ends waiting for its answer: long, because a model may think.
  static let requestIdle: Int64 = 900_000_000_000
  /// A burst of fewer net octets upstream is no request: the smallest chat call in the clear is larger.
  static let minimumRequestOctets = 80
  /// An answer that is over sooner than this after the request is a page, a list or an acknowledgement, no model's work:
  /// one pass over a prompt and the way there and back take longer. In nanoseconds. Servers on the LAN, whose requests
  /// are in the clear and told by their path, are exempt.
  static let minimumResponseTime: Int64 = 150_000_000

  init(transport: Turn.Transport, http: Turn.HTTPVersion, startIsCut: Bool) {
    self.transport = transport
    self.http = http
    self.startIsCut = startIsCut
    controlFrameOctets = transport == .quic ? 100 : 64
    ticketsArePossible = transport == .tls13
  }

  /// Learns which version of TLS the server chose.
  mutating func become(_ transport: Turn.Transport) {
    self.transport = transport
    ticketsArePossible = transport == .tls13
  }

  /// Takes a record that went up.
  ///
  /// - Returns: the turn that it ended.
  mutating func upstream(_ octets: Int, at now: Timestamp) -> Turn? {
    let isControl = http != .http11 && octets <= controlFrameOctets
    switch state {
    case .idle:
      if !isControl { open(octets, at: now) }
      return nil
    case .requesting(var turn):
      // The state lets go of the turn before it is changed, or its array would be copied.
      state = .idle
      possibleTicket = nil
      turn.request(octets)
      turn.end = max(turn.end, now)
      requestEnd = turn.end
      state = .requesting(turn)
      return nil
    case .responding(let turn):
      if isControl { return nil }
      let ended = close(turn)
      open(octets, at: now)
      return ended
    }
  }

  /// Takes a record that came down.
  ///
  /// - Returns: the turn that had been silent for too long to go on; the record then belongs to none.
  mutating func downstream(_ octets: Int, at now: Timestamp) -> Turn? {
    if let expired = expire(at: now) { return expired }
    switch state {
    case .idle:
      return nil
    case .requesting(var turn):
      if http != .http11, octets <= controlFrameOctets { return nil }
      if ticketsArePossible, (100...400).contains(octets) {
        guard let first = possibleTicket else {
          possibleTicket = (octets, now)
          return nil
        }
        ticketsArePossible = false
        possibleTicket = nil
        if first.octets == octets { return nil }
        turn.respond(first.octets, at: first.at, keepsSize: keepsSizes)
      } else if let first = possibleTicket {
        ticketsArePossible = false
        possibleTicket = nil
        turn.respond(first.octets, at: first.at, keepsSize: keepsSizes)
      }
      turn.respond(octets, at: now, keepsSize: keepsSizes)
      state = .responding(turn)
    case .responding(var turn):
      state = .idle
      turn.respond(octets, at: now, keepsSize: keepsSizes)
      state = .responding(turn)
    }
    return nil
  }

  /// Notes octets that the capture has missed.
  mutating func gap(_ octets: Int) { missed += octets }

  /// Notes what a clear-text response says it cost.
  mutating func state(_ usage: Turn.StatedUsage) {
    if case .responding(var turn) = state {
      state = .idle
      turn.statedUsage = usage
      state = .responding(turn)
    }
  }

  /// Ends the open turn when nothing has moved for long.
  mutating func expire(at now: Timestamp) -> Turn? {
    switch state {
    case .idle: return nil
    case .requesting(let turn):
      return now.since(turn.end) > Self.requestIdle ? finish(isCut: false, at: now) : nil
    case .responding(let turn):
      return now.since(turn.end) > Self.responseIdle ? finish(isCut: false, at: now) : nil
    }
  }

  /// Ends the open turn because the flow ends.
  ///
  /// - Parameters:
  ///   - isCut: the flow may have gone on, but we do not see it. A turn that was silent before is whole all the same.
  ///   - now: when we stopped seeing it.
  mutating func finish(isCut: Bool, at now: Timestamp) -> Turn? {
    defer {
      state = .idle
      possibleTicket = nil
    }
    switch state {
    case .idle: return nil
    case .requesting(var turn):
      if let first = possibleTicket {
        turn.respond(first.octets, at: first.at, keepsSize: keepsSizes)
      }
      turn.endIsCut = isCut && now.since(turn.end) < Self.silence
      return close(turn)
    case .responding(var turn):
      turn.endIsCut = isCut && now.since(turn.end) < Self.silence
      return close(turn)
    }
  }

  private mutating func open(_ octets: Int, at now: Timestamp) {
    var turn = Turn(start: now, transport: transport, http: http)
    turn.startIsCut = startIsCut && emitted == 0
    turn.request(octets)
    requestEnd = now
    state = .requesting(turn)
  }

  /// The turn with what is known at its end; nil when it was no exchange.
  private mutating func close(_ turn: Turn) -> Turn? {
    var turn = turn
    turn.missedByteCount = missed
    turn.http = http
    missed = 0
    guard turn.upstream.byteCount >= Self.minimumRequestOctets, turn.downstream.byteCount > 0 else {
      return nil
    }
    let isTooQuick = turn.end.since(requestEnd) < Self.minimumResponseTime
    if isTooQuick, transport != .http, !turn.endIsCut { return nil }
    emitted += 1
    return turn
  }
}

extension Turn.Burst {
  mutating func add(_ octets: Int) {
    byteCount += octets
    recordCount += 1
  }
}

extension Turn {
  fileprivate mutating func request(_ octets: Int) {
    upstream.add(octets)
    if upstreamSizes.count < Self.maximumUpstreamSizes {
      upstreamSizes.append(UInt16(clamping: octets))
    }
  }

  fileprivate mutating func respond(_ octets: Int, at now: Timestamp, keepsSize: Bool) {
    downstream.add(octets)
    if firstResponse == nil { firstResponse = now }
    end = max(end, now)
    if keepsSize, downstreamSizes.count < Self.maximumRecordSizes {
      downstreamSizes.append(UInt16(clamping: octets))
    }
  }
}
