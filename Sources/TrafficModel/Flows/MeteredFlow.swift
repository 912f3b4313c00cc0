package import WireFormat

/// One flow that is ours: its streams put in order, its records metered, its turns cut.
///
/// Holds no payload beyond early segments that wait for their turn, and those are dropped once metered.
package final class MeteredFlow {
  /// What the payload is read as.
  enum Reading {
    case tls(TLSReading)
    case clearHTTP(ClearHTTPReading)
    case datagrams(QUICReading)
  }

  package private(set) var sighting: NameSighting
  /// The judge's own.
  package private(set) var tag: Int32
  /// Whether it is known to be ours; until then it is metered without telling anybody.
  private(set) var isDecided: Bool
  /// The MAC that sent the hello, while it is not decided.
  var clientMAC: MACAddress?
  package private(set) var lastSeen: Timestamp
  /// Figures since the last ``takeFigures()``.
  private var figures = Figures()

  /// Volume of a flow over some stretch of time.
  package struct Figures: Sendable, Equatable {
    /// IP octets on the wire.
    package var wireBytesUp = 0
    package var wireBytesDown = 0
    /// Net application octets.
    package var applicationBytesUp = 0
    package var applicationBytesDown = 0
    /// TCP octets that were acknowledged or passed over but never captured.
    package var missedBytes = 0
    /// Packets that the snaplen cut.
    package var truncatedPackets = 0
    package var isEmpty: Bool { self == Figures() }

    package init() {}
  }

  /// What the engine counts for this flow as held.
  var countedHeldBytes = 0
  private var up: StreamAssembler
  private var down: StreamAssembler
  private var reading: Reading
  /// The client has sent FIN: whatever ends the flow after that does not cut its turn.
  private var clientHasFinished = false
  private var upLoss: AcknowledgedLoss?
  private var downLoss: AcknowledgedLoss?

  init(
    sighting: NameSighting, tag: Int32, up: StreamAssembler, down: StreamAssembler,
    reading: Reading, isDecided: Bool = true, at now: Timestamp
  ) {
    self.sighting = sighting
    self.tag = tag
    self.isDecided = isDecided
    self.up = up
    self.down = down
    self.reading = reading
    lastSeen = now
  }

  /// A TCP flow of which the beginning was not read: its records are found where they can be.
  convenience init(
    midstream sighting: NameSighting, tag: Int32, up: StreamAssembler = StreamAssembler(),
    down: StreamAssembler = StreamAssembler(), at now: Timestamp
  ) {
    self.init(
      sighting: sighting, tag: tag, up: up, down: down,
      reading: .tls(TLSReading(up: .midstream(), http: .unknown, isMidstream: true)), at: now)
  }

  /// Whether requests can be read, and told to the judge one by one.
  var isClearHTTP: Bool {
    if case .clearHTTP = reading { true } else { false }
  }

  /// Whether this is a QUIC connection whose handshake is over.
  var hasAnsweredDatagrams: Bool {
    if case .datagrams(let quic) = reading { quic.hasAnswer } else { false }
  }

  /// Whether there is room for more of what ``heldByteCount`` counts: without it the sizes of a turn's further records
  /// are not kept, and a server's hello that is not whole is not waited for.
  var mayHold = true
  /// What the reading holds: the server's handshake, and the sizes of the open turn's records.
  private var readingHeldByteCount = 0

  /// Memory that early segments and the reading take, about.
  var heldByteCount: Int { up.heldByteCount + down.heldByteCount + readingHeldByteCount }

  /// Notes that the flow is ours, and by what.
  func decide(_ sighting: NameSighting, tag: Int32) {
    self.sighting = sighting
    self.tag = tag
    isDecided = true
  }

  /// What the server's certificate is, as far as it was waited for.
  var serverIdentity: TLSReading.ServerIdentity {
    guard case .tls(let tls) = reading else { return .unknown }
    return tls.serverIdentity
  }

  /// The figures since the last call, which go back to zero.
  package func takeFigures() -> Figures {
    defer { figures = Figures() }
    return figures
  }

  /// Octets seen before the flow was known to be ours.
  func count(earlierUp: Int, earlierDown: Int) {
    figures.wireBytesUp += earlierUp
    figures.wireBytesDown += earlierDown
  }

  /// Notes a packet's volume.
  func count(wireBytes: Int, isUp: Bool, isTruncated: Bool, at now: Timestamp) {
    if isUp { figures.wireBytesUp += wireBytes } else { figures.wireBytesDown += wireBytes }
    if isTruncated { figures.truncatedPackets += 1 }
    lastSeen = max(lastSeen, now)
  }

  /// Takes a TCP segment's payload.
  ///
  /// - Parameters:
  ///   - wireCount: octets of payload as sent.
  ///   - mayWait: there is room for early segments; without it gaps are given up at once.
  /// - Returns: what became of it.
  func segment(
    _ payload: RawSpan, wireCount: Int, sequence: UInt32, isUp: Bool, mayWait: Bool = true,
    at now: Timestamp, turnEnded: (Turn) -> Void
  ) -> StreamAssembler.Acceptance {
    if isUp, wireCount > 0 {
      // What is missing of an answer belongs to the turn before this request.
      settleLoss(
        isUp: false, patience: AcknowledgedLoss.patienceBeforeData, at: now, turnEnded: turnEnded)
    }
    var assembler = isUp ? up : down
    if isUp { up = StreamAssembler() } else { down = StreamAssembler() }
    defer { if isUp { up = assembler } else { down = assembler } }
    let acceptance = assembler.accept(sequence: sequence, wireCount: wireCount)
    switch acceptance {
    case .deliver(let skip):
      feed(payload, skip: skip, wireCount: wireCount, isUp: isUp, at: now, turnEnded: turnEnded)
    case .duplicate, .outOfWindow:
      return acceptance
    case .resynchronise:
      if case .tls(var tls) = reading {
        reading = .datagrams(QUICReading.empty)
        tls.lose(isUp: isUp)
        reading = .tls(tls)
      }
      feed(payload, skip: 0, wireCount: wireCount, isUp: isUp, at: now, turnEnded: turnEnded)
      return acceptance
    case .early:
      let bytes = payload.copied()
      if assembler.hold(sequence: sequence, bytes: bytes, wireCount: wireCount, at: now) == .noRoom
      {
        if let missing = assembler.skipGap() {
          gap(missing, isUp: isUp, at: now, turnEnded: turnEnded)
        }
        drain(&assembler, isUp: isUp, at: now, turnEnded: turnEnded)
        _ = assembler.hold(sequence: sequence, bytes: bytes, wireCount: wireCount, at: now)
      }
      while !mayWait, let missing = assembler.skipGap() {
        gap(missing, isUp: isUp, at: now, turnEnded: turnEnded)
        drain(&assembler, isUp: isUp, at: now, turnEnded: turnEnded)
      }
    }
    drain(&assembler, isUp: isUp, at: now, turnEnded: turnEnded)
    return acceptance
  }

  /// Takes octets that were put in order before the flow was known to be ours.
  func begin(_ bytes: RawSpan, missing: Int, at now: Timestamp, turnEnded: (Turn) -> Void) {
    read(bytes, isUp: true, at: now, turnEnded: turnEnded)
    if missing > 0 { gap(missing, isUp: true, at: now, turnEnded: turnEnded) }
  }

  /// Notes that the far end has acknowledged octets up to `sequence`.
  ///
  /// Mirrored traffic shows an acknowledgement before its data now and then; only what has not come a while after is
  /// lost to us.
  func acknowledged(
    _ sequence: UInt32, ofUpstream isUp: Bool, at now: Timestamp, turnEnded: (Turn) -> Void
  ) {
    settleLoss(isUp: isUp, at: now, turnEnded: turnEnded)
    guard let next = isUp ? up.next : down.next else { return }
    let ahead = Int32(bitPattern: sequence &- next)
    // FIN takes a sequence number of its own; one octet is no loss.
    guard ahead > 1, ahead <= StreamAssembler.window else { return }
    if isUp {
      if upLoss == nil { upLoss = AcknowledgedLoss(upTo: sequence, since: now) }
    } else {
      if downLoss == nil { downLoss = AcknowledgedLoss(upTo: sequence, since: now) }
    }
  }

  /// Gives up on octets that were acknowledged and have not come since.
  private func settleLoss(
    isUp: Bool, isLast: Bool = false, patience: Int64 = AcknowledgedLoss.patience,
    at now: Timestamp, turnEnded: (Turn) -> Void
  ) {
    guard let loss = isUp ? upLoss : downLoss, isLast || loss.isDue(at: now, patience: patience)
    else { return }
    if isUp { upLoss = nil } else { downLoss = nil }
    var assembler = isUp ? up : down
    if isUp { up = StreamAssembler() } else { down = StreamAssembler() }
    defer { if isUp { up = assembler } else { down = assembler } }
    while let first = assembler.pending.first, Int32(bitPattern: loss.upTo &- first.sequence) >= 0,
      let missing = assembler.skipGap()
    {
      let time = first.time ?? now
      gap(missing, isUp: isUp, at: time, turnEnded: turnEnded)
      drain(&assembler, isUp: isUp, haveOwnTimes: true, at: now, turnEnded: turnEnded)
    }
    let missing = assembler.skip(to: loss.upTo)
    if missing > 0 { gap(missing, isUp: isUp, at: now, turnEnded: turnEnded) }
  }

  /// Takes a UDP payload.
  func datagram(
    _ payload: RawSpan, wireCount: Int, isUp: Bool, at now: Timestamp, turnEnded: (Turn) -> Void
  ) {
    guard case .datagrams(var quic) = reading else { return }
    reading = .datagrams(QUICReading.empty)
    quic.turns.keepsSizes = mayHold
    let (octets, turns) = quic.datagram(payload, wireCount: wireCount, isUp: isUp, at: now)
    readingHeldByteCount = quic.turns.heldByteCount
    reading = .datagrams(quic)
    count(applicationBytes: octets, isUp: isUp)
    emit(turns, turnEnded)
  }

  /// Ends a turn that has been silent for long.
  func expireTurn(at now: Timestamp, turnEnded: (Turn) -> Void) {
    settleLoss(isUp: true, at: now, turnEnded: turnEnded)
    settleLoss(isUp: false, at: now, turnEnded: turnEnded)
    emit(withTurns { $0.expire(at: now) }, turnEnded)
  }

  /// Notes a FIN: when it is the server's and all before it has come, the turn is over. A client that has sent its
  /// request may close its half and still wait.
  func finished(_ segment: TCPSegment, turnEnded: (Turn) -> Void) {
    let end = segment.sequence &+ UInt32(truncatingIfNeeded: segment.wireCount)
    if segment.source == sighting.client { clientHasFinished = true }
    guard segment.source != sighting.client, down.next == end else { return }
    emit(withTurns { $0.finish(isCut: false, at: segment.packet.time) }, turnEnded)
  }

  /// Notes a RST: one whose sequence number is not about where its direction stands was sent by somebody else
  /// (RFC 5961, section 3).
  ///
  /// - Returns: whether it is believed.
  func reset(_ segment: TCPSegment, turnEnded: (Turn) -> Void) -> Bool {
    guard let next = segment.source == sighting.client ? up.next : down.next,
      Int32(bitPattern: segment.sequence &- next).magnitude <= 65_535
    else { return false }
    emit(withTurns { $0.finish(isCut: false, at: segment.packet.time) }, turnEnded)
    return true
  }

  /// Ends the flow.
  ///
  /// - Parameter isCut: the flow was not seen to close.
  func finish(isCut: Bool, at now: Timestamp, turnEnded: (Turn) -> Void) {
    for isUp in [true, false] {
      settleLoss(isUp: isUp, isLast: true, at: now, turnEnded: turnEnded)
      var assembler = isUp ? up : down
      while let missing = assembler.skipGap() {
        gap(missing, isUp: isUp, at: now, turnEnded: turnEnded)
        drain(&assembler, isUp: isUp, at: now, turnEnded: turnEnded)
      }
      if isUp { up = assembler } else { down = assembler }
    }
    emit(withTurns { $0.finish(isCut: isCut && !clientHasFinished, at: now) }, turnEnded)
  }

  private func withTurns(_ body: (inout TurnBuilder) -> [Turn]) -> [Turn] {
    switch reading {
    case .tls(var tls):
      reading = .datagrams(QUICReading.empty)
      defer { reading = .tls(tls) }
      return body(&tls.turns)
    case .clearHTTP(var http):
      reading = .datagrams(QUICReading.empty)
      defer { reading = .clearHTTP(http) }
      return body(&http.turns)
    case .datagrams(var quic):
      reading = .datagrams(QUICReading.empty)
      defer { reading = .datagrams(quic) }
      return body(&quic.turns)
    }
  }

  private func emit(_ turns: [Turn], _ turnEnded: (Turn) -> Void) {
    guard isDecided else { return }
    for turn in turns { turnEnded(turn) }
  }

  /// Reads what waits and is next.
  ///
  /// - Parameter haveOwnTimes: it counts as come when it came, not now: nothing that it waited for has come since.
  private func drain(
    _ assembler: inout StreamAssembler, isUp: Bool, haveOwnTimes: Bool = false, at now: Timestamp,
    turnEnded: (Turn) -> Void
  ) {
    while let (segment, skip) = assembler.popReady() {
      feed(
        segment.bytes.octets, skip: skip, wireCount: segment.wireCount, isUp: isUp,
        at: haveOwnTimes ? segment.time ?? now : now, turnEnded: turnEnded)
    }
  }

  /// Octets of a segment from `skip` on, in order; those that the snaplen cut are a gap.
  private func feed(
    _ payload: RawSpan, skip: Int, wireCount: Int, isUp: Bool, at now: Timestamp,
    turnEnded: (Turn) -> Void
  ) {
    if skip < payload.byteCount {
      let fresh = payload.extracting(skip..<payload.byteCount)
      read(fresh, isUp: isUp, at: now, turnEnded: turnEnded)
    }
    let missing = wireCount - max(skip, payload.byteCount)
    if missing > 0 { gap(missing, isUp: isUp, at: now, turnEnded: turnEnded) }
  }

  private func read(
    _ bytes: RawSpan, isUp: Bool, at now: Timestamp, turnEnded: (Turn) -> Void
  ) {
    // The reading leaves the flow while it is changed, so that its arrays are not copied.
    switch reading {
    case .tls(var tls):
      reading = .datagrams(QUICReading.empty)
      tls.mayHold = mayHold
      let octets = tls.read(bytes, isUp: isUp, at: now) { emit([$0], turnEnded) }
      readingHeldByteCount = tls.heldByteCount
      reading = .tls(tls)
      count(applicationBytes: octets, isUp: isUp)
    case .clearHTTP(var http):
      reading = .datagrams(QUICReading.empty)
      http.turns.keepsSizes = mayHold
      let turns = http.read(bytes, isUp: isUp, at: now)
      readingHeldByteCount = http.turns.heldByteCount
      reading = .clearHTTP(http)
      count(applicationBytes: bytes.byteCount, isUp: isUp)
      emit(turns, turnEnded)
    case .datagrams:
      return
    }
  }

  private func count(applicationBytes: Int, isUp: Bool) {
    if isUp {
      figures.applicationBytesUp += applicationBytes
    } else {
      figures.applicationBytesDown += applicationBytes
    }
  }

  private func gap(_ missing: Int, isUp: Bool, at now: Timestamp, turnEnded: (Turn) -> Void) {
    figures.missedBytes += missing
    switch reading {
    case .tls(var tls):
      reading = .datagrams(QUICReading.empty)
      let octets = tls.gap(missing, isUp: isUp, at: now) { emit([$0], turnEnded) }
      reading = .tls(tls)
      count(applicationBytes: octets, isUp: isUp)
    case .clearHTTP(var http):
      reading = .datagrams(QUICReading.empty)
      http.turns.gap(missing)
      reading = .clearHTTP(http)
    case .datagrams:
      return
    }
  }
}
