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

    if isInOrder, StreamOpening(payload) == .tlsHandshake,
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
  private func wholeHello(
    in payload: RawSpan, isTruncated: Bool
  ) -> (hello: ClientHello, message: Range<Int>)? {
    guard payload.byteCount >= 9, let high = payload.octet(at: 3), let low = payload.octet(at: 4)
    else { return nil }
    let recordEnd = 5 + Int(high) << 8 + Int(low)
    let body = payload.extracting(5..<min(recordEnd, payload.byteCount))
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
      flows[index].state = .ignored
      return
    }
    if entry.flags.contains(.originatorKnown) {
      let originatorNext = entry.flags.contains(.originatorISN) ? entry.originatorISN &+ 1 : nil
      let responderNext = entry.flags.contains(.responderISN) ? entry.slot &+ 1 : nil
      let isLow = entry.flags.contains(.originatorIsLow)
      flow.fromLow.stream = StreamAssembler(next: isLow ? originatorNext : responderNext)
      flow.fromHigh.stream = StreamAssembler(next: isLow ? responderNext : originatorNext)
      flow.wireFromLow = Int(isLow ? entry.upstreamBytes : entry.downstreamBytes)
      flow.wireFromHigh = Int(isLow ? entry.downstreamBytes : entry.upstreamBytes)
    }
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
    } else {
      flow.wireFromHigh += segment.packet.wireBytes
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
    let held = flow.heldByteCount
    heldBytes &+= held &- flow.countedHeldBytes
    flow.countedHeldBytes = held
    giveUpIfHopeless(direction.isLost, direction.isWaiting, segment, flow, at: index)
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
    switch acceptance {
    case .duplicate, .outOfWindow:
      return false
    case .early:
      let isHeld =
        heldBytes < maximumHeldBytes
        && direction.stream.hold(
          sequence: segment.sequence, bytes: payload.copied(), wireCount: segment.wireCount)
      if !isHeld { direction.isLost = true }
    case .deliver(let skip):
      let chunk = payload.extracting(min(skip, payload.byteCount)..<payload.byteCount)
      let missing = segment.wireCount - max(skip, payload.byteCount)
      if examine(chunk, missing: missing, &direction, segment, flow, at: index) { return true }
    }
    while let (held, skip) = direction.stream.popReady() {
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
    if direction.isGathering, missing > 0 || heldBytes >= maximumHeldBytes {
      direction.content = .unknown
      direction.isLost = true
    }
    return false
  }

  private mutating func read(
    _ chunk: RawSpan, missing: Int, _ direction: inout ProbingFlow.Direction,
    _ segment: TCPSegment, _ flow: ProbingFlow, at index: Int
  ) -> Bool {
    if segment.source.port == 53 || segment.destination.port == 53 {
      collectDNS(chunk, &direction, segment)
      return false
    }
    switch direction.content {
    case .unknown:
      switch StreamOpening(chunk) {
      case .tlsHandshake:
        direction.content = .hello(HelloCollector())
        return read(chunk, missing: missing, &direction, segment, flow, at: index)
      case .httpRequest:
        direction.content = .httpHead([])
        return read(chunk, missing: missing, &direction, segment, flow, at: index)
      case .other:
        return false
      }
    case .hello(var collector):
      direction.content = .unknown
      var offset = 0
      switch collector.append(chunk, from: &offset) {
      case .needMore:
        direction.content = .hello(collector)
        return false
      case .notAHello:
        return false
      case .complete:
        let message = collector.message
        guard let hello = try? ClientHello(parsing: message.octets) else { return false }
        judge(
          hello, message: message.octets, segment: segment, up: direction.stream,
          down: otherStream(flow, segment),
          meter: TLSRecordMeter(withinRecord: 22, remaining: collector.recordRemaining),
          rest: chunk.extracting(offset..<chunk.byteCount), missing: missing,
          early: earlyBytes(flow, segment), at: index)
        return true
      }
    case .httpHead(var head):
      direction.content = .unknown
      if head.isEmpty,
        let judged = judgeHTTP(chunk, missing: missing, direction, segment, flow, at: index)
      {
        return judged
      }
      head.append(contentsOf: chunk.copied())
      if chunk.byteCount != head.count,
        let judged = judgeHTTP(
          head.octets, missing: missing, direction, segment, flow, at: index)
      {
        return judged
      }
      if head.count <= ProbingFlow.maximumHead { direction.content = .httpHead(head) }
      return false
    case .dns:
      return false
    }
  }

  /// Gives up on a flow that has shown enough without telling a name, or of which octets were lost that would tell it.
  private mutating func giveUpIfHopeless(
    _ isLost: Bool, _ isWaiting: Bool, _ segment: TCPSegment, _ flow: ProbingFlow, at index: Int
  ) {
    let count = flow.fromLow.payloadSegments + flow.fromHigh.payloadSegments
    guard isLost || (!isWaiting && count >= ProbingFlow.maximumPayloadSegments) else { return }
    let slot = flows[index].slot
    if !beginMidstream(RawSpan(), segment, after: flow, at: index) {
      counters.flowsUnnamed &+= 1
      flows[index].state = .ignored
    }
    returnProbe(slot)
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

/// What the first octets of a stream look like.
enum StreamOpening {
  case tlsHandshake, httpRequest, other

  init(_ bytes: RawSpan) {
    guard let first = bytes.octet(at: 0) else {
      self = .other
      return
    }
    if first == 22 {
      // A record of type handshake, version 3.x, in it a ClientHello, as far as the octets go.
      let isHello =
        bytes.octet(at: 1) ?? 3 == 3 && bytes.octet(at: 2) ?? 0 <= 4 && bytes.octet(at: 5) ?? 1 == 1
      self = isHello ? .tlsHandshake : .other
    } else {
      self = Self.beginsWithMethod(bytes) ? .httpRequest : .other
    }
  }

  /// The first four octets of the methods of RFC 9110 (section 9), RFC 5789 and the HTTP/2 preface.
  static func beginsWithMethod(_ bytes: RawSpan) -> Bool {
    guard let first = bytes.octet(at: 0), let second = bytes.octet(at: 1),
      let third = bytes.octet(at: 2), let fourth = bytes.octet(at: 3)
    else { return false }
    let word = UInt32(first) << 24 | UInt32(second) << 16 | UInt32(third) << 8 | UInt32(fourth)
    return switch word {
    // GET_, PUT_, PRI_, POST, HEAD, DELE, OPTI, PATC, CONN
    case 0x4745_5420, 0x5055_5420, 0x5052_4920, 0x504f_5354, 0x4845_4144, 0x4445_4c45, 0x4f50_5449,
      0x5041_5443, 0x434f_4e4e:
      true
    default: false
    }
  }
}
