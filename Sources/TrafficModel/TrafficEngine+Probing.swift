import WireFormat

extension TrafficEngine {
  /// Takes the first payload of a TCP flow: most flows tell their name in it and need no probe.
  mutating func firstPayload(_ payload: RawSpan, _ segment: TCPSegment, at index: Int) {
    let entry = flows[index]
    let fromOriginator =
      !entry.flags.contains(.originatorKnown)
      || entry.flags.contains(.originatorIsLow) == segment.sourceIsLow
    let isnFlag: FlowTable.Flags = fromOriginator ? .originatorISN : .responderISN
    let isn = fromOriginator ? entry.originatorISN : entry.slot
    let isInOrder =
      !entry.flags.contains(isnFlag) || !entry.flags.contains(.originatorKnown)
      || segment.sequence == isn &+ 1

    // What the other end of a handshake says is no client's, unless both began.
    let mayBeClient = fromOriginator || entry.flags.contains(.simultaneousOpen)
    if isInOrder, mayBeClient, StreamOpening(payload) == .tlsHandshake,
      let (hello, message) = wholeHello(
        in: payload, isTruncated: payload.byteCount < segment.wireCount)
    {
      var up = StreamAssembler()
      _ = up.accept(sequence: segment.sequence, wireCount: segment.wireCount)
      let early = (up: Int(entry.upstreamBytes), down: Int(entry.downstreamBytes))
      let down = StreamAssembler(
        next: entry.flags.contains(.responderISN) ? entry.slot &+ 1 : nil)
      judge(
        hello, message: payload.extracting(message), segment: segment, up: up, down: down,
        meter: TLSRecordMeter(wantsHandshake: false), rest: payload,
        missing: segment.wireCount - payload.byteCount, early: early, at: index)
      return
    }
    startProbe(payload, segment, at: index)
  }

  /// A ClientHello that lies whole in one segment, or whose name does where the snaplen cut the rest.
  private mutating func wholeHello(
    in payload: RawSpan, isTruncated: Bool
  ) -> (hello: ClientHello, message: Range<Int>)? {
    guard payload.byteCount >= 9, let high = payload.octet(at: 3), let low = payload.octet(at: 4)
    else { return nil }
    let recordEnd = 5 + Int(high) << 8 + Int(low)
    let body = payload.extracting(5..<min(recordEnd, payload.byteCount))
    counters.probeOctetsExamined &+= body.byteCount
    guard let needed = try? ClientHello.announcedByteCount(body) else { return nil }
    if body.byteCount >= needed, let hello = try? ClientHello(parsing: body) {
      return (hello, 5..<5 + needed)
    }
    if isTruncated, let hello = try? ClientHello(parsingPrefix: body), hello.serverName != nil {
      return (hello, 5..<5 + body.byteCount)
    }
    return nil
  }

  private mutating func startProbe(_ payload: RawSpan, _ segment: TCPSegment, at index: Int) {
    let entry = flows[index]
    if !entry.flags.contains(.originatorKnown), segment.source.port != 53,
      segment.destination.port != 53, StreamOpening(payload) == .other,
      beginMidstream(payload, segment, at: index)
    {
      return
    }
    let flow = pool.popLast() ?? ProbingFlow()
    guard let slot = probing.insert(flow) else {
      counters.probesRefused &+= 1
      ignore(index, .nothing)
      return
    }
    if entry.flags.contains(.originatorKnown) {
      let originatorNext = entry.flags.contains(.originatorISN) ? entry.originatorISN &+ 1 : nil
      let responderNext = entry.flags.contains(.responderISN) ? entry.slot &+ 1 : nil
      let isLow = entry.flags.contains(.originatorIsLow)
      if !entry.flags.contains(.simultaneousOpen) { flow.originatorIsLow = isLow }
      flow.fromLow.stream = StreamAssembler(next: isLow ? originatorNext : responderNext)
      flow.fromHigh.stream = StreamAssembler(next: isLow ? responderNext : originatorNext)
      flow.wireFromLow = Int(isLow ? entry.upstreamBytes : entry.downstreamBytes)
      flow.wireFromHigh = Int(isLow ? entry.downstreamBytes : entry.upstreamBytes)
    }
    flow.low = segment.sourceIsLow ? segment.source : segment.destination
    flow.high = segment.sourceIsLow ? segment.destination : segment.source
    flow.tunnel = descent.tunnel
    flows[index].state = .probing
    flows[index].slot = slot
    probe(payload, segment, flow, at: index)
  }

  /// Takes a segment of a flow that is being probed.
  mutating func probe(
    _ payload: RawSpan, _ segment: TCPSegment, _ flow: ProbingFlow, at index: Int
  ) {
    let isLow = segment.sourceIsLow
    if isLow {
      flow.wireFromLow += segment.packet.wireBytes
      flow.macFromLow = segment.packet.mac
    } else {
      flow.wireFromHigh += segment.packet.wireBytes
      flow.macFromHigh = segment.packet.mac
    }
    guard segment.wireCount > 0 else { return }
    // The direction leaves the flow while it is changed, so that its arrays are not copied.
    var direction = isLow ? flow.fromLow : flow.fromHigh
    if isLow {
      flow.fromLow = ProbingFlow.Direction()
    } else {
      flow.fromHigh = ProbingFlow.Direction()
    }
    // A flow that has been judged is back in the pool: nothing of this one may go into it.
    if advance(payload, &direction, segment, flow, at: index) { return }
    if isLow { flow.fromLow = direction } else { flow.fromHigh = direction }
    if readHeldRequest(segment, flow, at: index) { return }
    let held = flow.heldByteCount
    heldBytes &+= held &- flow.countedHeldBytes
    flow.countedHeldBytes = held
    let isExhausted = !direction.isWaiting && flow.isExhausted
    if direction.isLost || isExhausted { giveUp(segment, flow, at: index) }
  }

  /// Puts a segment in order and looks at what it makes whole.
  ///
  /// - Returns: true when the flow has been judged and the probe is gone.
  private mutating func advance(
    _ payload: RawSpan, _ direction: inout ProbingFlow.Direction, _ segment: TCPSegment,
    _ flow: ProbingFlow, at index: Int
  ) -> Bool {
    direction.payloadSegments += 1
    let acceptance = direction.stream.accept(
      sequence: segment.sequence, wireCount: segment.wireCount)
    count(acceptance)
    if acceptance == .duplicate || acceptance == .outOfWindow { return false }
    direction.freshSegments += 1
    switch acceptance {
    case .duplicate, .outOfWindow:
      return false
    case .resynchronise:
      direction.content = .unknown
      let missing = segment.wireCount - payload.byteCount
      if examine(payload, missing: missing, &direction, segment, flow, at: index) { return true }
    case .early:
      guard heldBytes < maximumHeldBytes else {
        counters.waitsRefused &+= 1
        direction.isLost = true
        return false
      }
      let holding = direction.stream.hold(
        sequence: segment.sequence, bytes: payload.copied(), wireCount: segment.wireCount)
      if holding == .heldInConflict { counters.conflictingSegments &+= 1 }
      if holding == .noRoom { direction.isLost = true }
    case .deliver(let skip):
      let chunk = payload.extracting(min(skip, payload.byteCount)..<payload.byteCount)
      let missing = segment.wireCount - max(skip, payload.byteCount)
      if examine(chunk, missing: missing, &direction, segment, flow, at: index) { return true }
    }
    while !direction.isLost, let (held, skip) = direction.stream.popReady() {
      let bytes = held.bytes.octets
      let chunk = bytes.extracting(min(skip, bytes.byteCount)..<bytes.byteCount)
      let missing = held.wireCount - max(skip, bytes.byteCount)
      if examine(chunk, missing: missing, &direction, segment, flow, at: index) { return true }
    }
    return false
  }

  /// Looks at octets that are next in their direction; `missing` ones after them were not captured.
  ///
  /// - Returns: true when the flow has been judged and the probe is gone.
  private mutating func examine(
    _ chunk: RawSpan, missing: Int, _ direction: inout ProbingFlow.Direction,
    _ segment: TCPSegment, _ flow: ProbingFlow, at index: Int
  ) -> Bool {
    if read(chunk, missing: missing, &direction, segment, flow, at: index) { return true }
    // What comes after a cut is not joined to what stood before it; and nothing more is gathered where there is no room.
    // What there is of it may hold the name: see `lastName`.
    if direction.isGathering, missing > 0 || heldBytes >= maximumHeldBytes {
      if missing == 0 { counters.waitsRefused &+= 1 }
      direction.isLost = true
    }
    return false
  }

  func otherStream(_ flow: ProbingFlow, _ segment: TCPSegment) -> StreamAssembler {
    segment.sourceIsLow ? flow.fromHigh.stream : flow.fromLow.stream
  }

  /// Octets on the wire before this segment, upstream and downstream, the segment's source being upstream.
  func earlyBytes(_ flow: ProbingFlow, _ segment: TCPSegment) -> (up: Int, down: Int) {
    let up = segment.sourceIsLow ? flow.wireFromLow : flow.wireFromHigh
    let down = segment.sourceIsLow ? flow.wireFromHigh : flow.wireFromLow
    // The segment itself is counted when the flow begins.
    return (max(0, up - segment.packet.wireBytes), down)
  }
}
