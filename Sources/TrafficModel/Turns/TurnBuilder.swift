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
    case requesting(Open)
    case responding(Open)
    /// A request went up while an answer came or just after: that answer may go on.
    /// Rare and large, so it lives beside the flow, not in it.
    indirect case overlapping(Overlap)
  }

  private var state = State.idle
  /// Whether there is room for the sizes of further records.
  var keepsSizes = true
  /// How long the way to the server and back takes, in nanoseconds; zero where it is not known.
  var roundTrip: Int64 = 0 {
    didSet { roundTrip = min(max(0, roundTrip), Self.maximumRoundTrip) }
  }
  private var transport: Turn.Transport
  /// Known once ALPN or the first octets tell.
  var http: Turn.HTTPVersion
  /// Records of at most this many net octets are control frames.
  private let controlFrameOctets: Int
  private var tickets: Tickets
  /// Octets missing before the next record, for the turn that is open.
  private var missed = 0
  private var sideBySide = SideBySide()
  private var settings = SettingsSigns()
  private let startIsCut: Bool
  private var emitted = 0
  /// The last record that went up.
  private var lastUp: Record?
  private var hasOpened = false
  private var growth = RequestGrowth()
  private var webSocket = WebSocketSigns()
  /// A turn that may have been an upgrade to WebSocket: what comes after it tells.
  private var heldBack: [Turn] = []

  /// An upload pauses for a round trip at most, unless packets are lost. In nanoseconds.
  private var uploadPause: Int64 {
    roundTrip > 0 ? max(60_000_000, 2 * roundTrip) : Self.streamPause
  }

  /// Memory that the sizes of what is open take, about: arrays grow by doubling.
  var heldByteCount: Int {
    switch state {
    case .idle: 0
    case .requesting(let open), .responding(let open): 4 * open.turn.downstreamSizes.count
    case .overlapping(let overlap): MemoryLayout<Overlap>.size + 4 * overlap.sizeCount
    }
  }

  /// A body of more may have small records in its midst, where frames of 16 KiB end.
  private static let mostFrameOctets = 16_000
  /// A client's first record with less holds its settings and no request (RFC 9113, section 3.4).
  private static let leastFirstRequest = 300
  /// A server's SETTINGS of eight values, their acknowledgement and a WINDOW_UPDATE (RFC 9113, sections 6.5 and 6.9).
  private static let settingsOctets = 80
  /// A lost datagram that is sent again has the same frames in it, about.
  private static let resentSlack = 16

  /// The frames of SETTINGS acknowledgement, WINDOW_UPDATE and PING take fewer octets than these, or as many as two window
  /// updates (RFC 9113, sections 6.5, 6.7 and 6.9); headers that are all in HPACK's table take more.
  private static let leastHeaderOctets = 18
  /// A body follows its headers within this, in nanoseconds.
  private static let headerPause: Int64 = 5_000_000

  init(transport: Turn.Transport, http: Turn.HTTPVersion, startIsCut: Bool) {
    self.transport = transport
    self.http = http
    self.startIsCut = startIsCut
    webSocket.startIsCut = startIsCut
    controlFrameOctets = transport == .quic ? 100 : 64
    tickets = Tickets(arePossible: transport == .tls13)
  }

  /// Learns which version of TLS the server chose.
  mutating func become(_ transport: Turn.Transport) {
    self.transport = transport
    tickets = Tickets(arePossible: transport == .tls13)
  }

  /// Takes a record that went up.
  ///
  /// - Returns: the turns that it ended.
  mutating func upstream(_ octets: Int, at now: Timestamp) -> [Turn] {
    if http == .http11, transport != .http {
      takeLateAnswer(at: now)
      if isWebSocketControl(octets, at: now) { return [] }
    }
    let isControl = http != .http11 && octets <= controlFrameOctets
    defer { lastUp = Record(octets: octets, at: now) }
    switch state {
    case .idle:
      if lastUp == nil, !startIsCut { settings.note(firstUp: octets) }
      if !isControl {
        sideBySide.begin(1)
        state = .requesting(opened(octets, at: now))
      }
      return []
    case .requesting(var open):
      // The state lets go of the turn before it is changed, or its array would be copied.
      state = .idle
      tickets.forget()
      let isResent = transport == .quic && open.holds(about: octets, slack: Self.resentSlack)
      let before = open.turn.upstream.byteCount
      open.turn.request(octets)
      if isControl {
        // Counted, as ever, but not a request.
        noteSent(octets, &open)
      } else if startsAnother(octets, of: open, at: now) {
        joinAnother(&open, at: now)
      } else if http == .http11 || now.since(open.requestEnd) <= uploadPause {
        open.requestEnd = max(open.requestEnd, now)
      } else if open.smallOctets > Self.plainControlOctets,
        !open.isFirst || open.isAnsweredSmall, before <= Self.maximumPostOctets
      {
        // No upload pauses so long: another request. What went before has been answered and was no turn, unless what
        // came down were the settings of a new connection, or window updates.
        sideBySide.begin(1)
        state = .requesting(opened(octets, at: now))
        return []
      } else if isResent
        || open.smallOctets > Self.plainControlOctets
          && (!open.isFirst || open.smallOctets > Self.settingsOctets
            || !(Self.leastFirstRequest...Self.maximumPostOctets).contains(before))
      {
        // The settings that a client waited for, or the window for a long upload.
        open.requestEnd = max(open.requestEnd, now)
      } else {
        joinAnother(&open, at: now)
      }
      if octets > Self.mostHeaderOctets { open.bodyOctets += octets }
      open.turn.end = max(open.turn.end, now)
      state = .requesting(open)
      return []
    case .responding(let open):
      if isControl { return [] }
      let silence = now.since(open.turn.end)
      if !sideBySide.isOver(after: silence), http != .http11, transport != .http,
        silence <= sideBySide.pause
      {
        sideBySide.add()
        state = .overlapping(Overlap(earlier: open, next: opened(octets, at: now)))
        return []
      }
      sideBySide.forget()
      let ended = close(open)
      sideBySide.begin(1)
      state = .requesting(opened(octets, at: now))
      return ended
    case .overlapping(var overlap):
      if isControl {
        state = .idle
        if overlap.held.isEmpty { noteSent(octets, &overlap.next) }
        state = .overlapping(overlap)
        return []
      }
      if !sideBySide.isLikely, overlap.hasBeenSilent(at: now, roundTrip: roundTrip) {
        let ended = close(overlap.earlier)
        sideBySide.begin(overlap.next.turn.requestCount)
        state = .requesting(overlap.next)
        return ended + upstream(octets, at: now)
      }
      state = .idle
      if !overlap.held.isEmpty {
        sideBySide.add()
      } else if startsAnother(octets, of: overlap.next, at: now)
        || http != .http11 && now.since(overlap.next.requestEnd) > uploadPause
          && !(transport == .quic && overlap.next.holds(about: octets, slack: Self.resentSlack))
      {
        joinAnother(&overlap.next, at: now)
      }
      overlap.request(octets, opened(octets, at: now), keepsSizes: keepsSizes, at: now)
      state = .overlapping(overlap)
      return []
    }
  }

  /// Takes a record that came down.
  ///
  /// - Returns: turns that were over before it: the one that had been silent for too long to go on, whereupon the record
  ///   belongs to none, or the one before the request that it answers.
  mutating func downstream(_ octets: Int, at now: Timestamp) -> [Turn] {
    settings.noteDown()
    let expired = expire(at: now)
    if !expired.isEmpty { return expired }
    if webSocket.areSeen, WebSocketSigns.controlDown.contains(octets) { return [] }
    switch state {
    case .idle:
      return []
    case .requesting(var open):
      if http != .http11, octets <= controlFrameOctets {
        if transport != .quic { open.note(smallRecord: octets) }
        if octets == StreamEnds.octets { _ = settings.takeAcknowledgementDown() }
        state = .requesting(open)
        return []
      }
      let early = open.turn.start.advanced(byNanoseconds: roundTrip + Tickets.delay)
      guard let answer = tickets.answer(in: octets, at: now, early: early) else { return [] }
      state = .idle
      for record in answer {
        open.turn.respond(record.octets, at: record.at, keepsSize: keepsSizes)
      }
      state = .responding(open)
      return []
    case .responding(var open):
      state = .idle
      noteEnd(octets, open, at: now)
      open.turn.respond(octets, at: now, keepsSize: keepsSizes)
      state = .responding(open)
      return []
    case .overlapping(var overlap):
      state = .idle
      noteEnd(octets, overlap.earlier, at: now)
      let isControl = octets <= controlFrameOctets
      if !isControl, overlap.held.isEmpty {
        sideBySide.noteRound(
          isQuiet: overlap.next.turn.requestCount == 1
            && overlap.hasBeenSilent(at: now, roundTrip: roundTrip))
      }
      switch overlap.judge(
        octets, isControl: isControl, at: now, roundTrip: roundTrip, isExpected: sideBySide.isLikely
      )
      {
      case .undecided:
        state = .overlapping(overlap)
        return []
      case .goesOn:
        if !isQuick(overlap.earlier) { sideBySide.confirm() }
        state = .responding(overlap.joined(keepsSizes: keepsSizes))
        return []
      case .isOver:
        let ended = close(overlap.earlier)
        sideBySide.begin(overlap.next.turn.requestCount)
        state = .requesting(overlap.next)
        guard !overlap.held.isEmpty else { return ended + downstream(octets, at: now) }
        var next = overlap.next
        state = .idle
        for record in overlap.held + [Record(octets: octets, at: now)] {
          next.turn.respond(record.octets, at: record.at, keepsSize: keepsSizes)
        }
        state = .responding(next)
        return ended
      }
    }
  }

  /// Notes octets that the capture has missed.
  mutating func gap(_ octets: Int) { missed += octets }

  /// Notes what a clear-text response says it cost.
  mutating func state(_ usage: Turn.StatedUsage) {
    if case .responding(var open) = state {
      state = .idle
      open.turn.statedUsage = usage
      state = .responding(open)
    }
  }

  /// Ends the open turn when nothing has moved for long.
  mutating func expire(at now: Timestamp) -> [Turn] {
    switch state {
    case .idle: return []
    case .requesting(let open):
      return now.since(open.turn.end) > Self.requestIdle ? finish(isCut: false, at: now) : []
    case .responding(let open):
      return now.since(open.turn.end) > Self.responseIdle ? finish(isCut: false, at: now) : []
    case .overlapping(let overlap):
      return now.since(overlap.next.turn.end) > Self.requestIdle
        ? finish(isCut: false, at: now) : []
    }
  }

  /// Ends what is open because the flow ends.
  ///
  /// - Parameters:
  ///   - isCut: the flow may have gone on, but we do not see it. A turn that was silent before is whole all the same.
  ///   - now: when we stopped seeing it.
  mutating func finish(isCut: Bool, at now: Timestamp) -> [Turn] {
    defer {
      state = .idle
      tickets.forget()
    }
    switch state {
    case .idle: return takeHeldBack()
    case .requesting(var open):
      let early = open.turn.start.advanced(byNanoseconds: roundTrip + Tickets.delay)
      for record in tickets.rest(early: early) {
        open.turn.respond(record.octets, at: record.at, keepsSize: keepsSizes)
      }
      open.turn.endIsCut = isCut && now.since(open.turn.end) < Self.silence
      return close(open) + takeHeldBack()
    case .responding(var open):
      open.turn.endIsCut = isCut && now.since(open.turn.end) < Self.silence
      return close(open) + takeHeldBack()
    case .overlapping(var overlap):
      for record in overlap.held {
        overlap.next.turn.respond(record.octets, at: record.at, keepsSize: keepsSizes)
      }
      overlap.next.turn.endIsCut = isCut && now.since(overlap.next.turn.end) < Self.silence
      return close(overlap.earlier) + close(overlap.next)
    }
  }

  private mutating func opened(_ octets: Int, at now: Timestamp) -> Open {
    var turn = Turn(start: now, transport: transport, http: http)
    turn.startIsCut = startIsCut && emitted == 0
    turn.isFirstOnConnection = !hasOpened && !startIsCut
    // The first request's headers are in no table yet; before them go a preface and SETTINGS.
    turn.followsSmallRecord =
      hasOpened && (lastUp?.octets ?? .max) <= controlFrameOctets
      && mayBeHeaders(lastUp, before: now)
    turn.request(octets)
    defer { hasOpened = true }
    let body = octets > Self.mostHeaderOctets ? octets : 0
    return Open(turn: turn, requestEnd: now, isFirst: !hasOpened, bodyOctets: body)
  }

  /// What was held back as a ticket and came too late for one was the answer, when the client goes on after a pause.
  private mutating func takeLateAnswer(at now: Timestamp) {
    guard case .requesting(var open) = state, now.since(open.requestEnd) > Self.streamPause
    else { return }
    let early = open.turn.start.advanced(byNanoseconds: roundTrip + Tickets.delay)
    guard tickets.isLate(after: early) else { return }
    state = .idle
    for record in tickets.rest(early: early) {
      open.turn.respond(record.octets, at: record.at, keepsSize: keepsSizes)
    }
    state = .responding(open)
  }

  /// Whether a record that goes up is a ping or a pong of WebSocket: neither a request nor the end of an answer.
  private mutating func isWebSocketControl(_ octets: Int, at now: Timestamp) -> Bool {
    switch state {
    case .idle: hasOpened && webSocket.judge(octets, after: nil)
    case .responding(let open): webSocket.judge(octets, after: open)
    case .requesting(let open):
      webSocket.judge(octets, within: open, isPaused: now.since(open.requestEnd) > uploadPause)
    case .overlapping: webSocket.isControl(octets)
    }
  }

  private func mayBeHeaders(_ record: Record?, before now: Timestamp) -> Bool {
    guard let record, transport != .quic else { return false }
    return record.octets >= Self.leastHeaderOctets && record.octets != Self.plainControlOctets
      && now.since(record.at) <= Self.headerPause
  }

  /// Whether this record begins another request for sure, however short the pause: the one before has been ended by the
  /// client, or this is a body right behind headers that are behind another body. Clients of HTTP/2 write headers and body
  /// in records of their own, and requests that start at one time one after the other.
  private func startsAnother(_ octets: Int, of open: Open, at now: Timestamp) -> Bool {
    guard http != .http11, transport != .quic else { return false }
    if open.isSent { return !open.isAnsweredSmall }
    guard settings.areFirst, now.since(open.requestEnd) <= uploadPause, let lastUp,
      lastUp.octets <= Self.mostHeaderOctets
    else { return false }
    return octets > Self.mostHeaderOctets && (1...Self.mostFrameOctets).contains(open.bodyOctets)
      && mayBeHeaders(lastUp, before: now)
  }

  /// Another request has gone up before any answer.
  private mutating func joinAnother(_ open: inout Open, at now: Timestamp) {
    open.turn.requestCount += 1
    open.requestEnd = max(open.requestEnd, now)
    open.bodyOctets = 0
    open.isSent = false
    sideBySide.join()
  }

  /// Some clients too end a stream with an empty DATA frame in a record of its own. The acknowledgement of a new server's
  /// settings is as long.
  private mutating func noteSent(_ octets: Int, _ open: inout Open) {
    // A whole frame is longer than a record can be, by the length of its header.
    guard octets == StreamEnds.octets, (lastUp?.octets ?? 0) < StreamEnds.wholeRecord else {
      return
    }
    if !open.isFirst || !settings.takeAcknowledgementUp() { open.isSent = true }
  }

  /// - Parameter open: the turn whose answer the record may be of.
  private mutating func noteEnd(_ octets: Int, _ open: Open, at now: Timestamp) {
    guard http != .http11, transport != .quic, transport != .http else { return }
    // Sooner than any answer of a model.
    if octets == StreamEnds.octets, open.isFirst, settings.takeAcknowledgementDown(),
      now.since(open.turn.start) <= Self.minimumResponseTime + roundTrip
    {
      return
    }
    sideBySide.takeAnswer(octets)
  }

  private func isQuick(_ open: Open) -> Bool {
    open.turn.end.since(open.requestEnd) < Self.minimumResponseTime + roundTrip
  }

  private mutating func takeHeldBack() -> [Turn] {
    defer { heldBack = [] }
    return webSocket.areSeen ? [] : heldBack
  }

  /// The turn with what is known at its end, after one that was held back; none when it was no exchange.
  private mutating func close(_ open: Open) -> [Turn] {
    webSocket.note(first: open)
    let before = takeHeldBack()
    var turn = open.turn
    turn.missedByteCount = missed
    turn.http = http
    missed = 0
    turn.isWebSocket = webSocket.areSeen
    let least = turn.isWebSocket ? WebSocketSigns.leastRequest : Self.minimumRequestOctets
    guard turn.upstream.byteCount >= least, turn.downstream.byteCount > 0 else { return before }
    if turn.requestCount == 1, isQuick(open), transport != .http, !turn.endIsCut { return before }
    emitted += 1
    turn.grownOctets = growth.next(
      octets: turn.upstream.byteCount, isOne: turn.requestCount == 1)
    if http == .http11, transport != .http, webSocket.isUpgrade(open) {
      heldBack = [turn]
      return before
    }
    return before + [turn]
  }
}
