import WireFormat

extension TrafficEngine {
  /// Takes a TCP segment.
  mutating func tcp(_ payload: RawSpan, _ header: TransportHeader, _ packet: inout PacketContext) {
    let source = Endpoint(address: packet.source, port: header.sourcePort)
    let destination = Endpoint(address: packet.destination, port: header.destinationPort)
    let (key, sourceIsLow) = FlowKey.make(
      source: source, destination: destination, transportProtocol: 6, seed: seed)
    let seconds = Self.seconds(packet.time)
    var (index, found) = flows.find(key)
    if !found {
      // A bare acknowledgement of a flow that is not known tells nothing.
      guard header.flags.contains(.syn) || header.payloadLength > 0 else { return }
      index = insert(key, at: seconds)
    }
    flows[index].lastSeen = seconds
    let isClosing = header.flags.contains(.rst) || header.flags.contains(.fin)

    if header.flags.contains(.syn) {
      synchronise(index, header, sourceIsLow: sourceIsLow)
    }
    let segment = TCPSegment(
      source: source, destination: destination, sequence: firstSequence(header),
      acknowledgement: header.flags.contains(.ack) ? header.acknowledgement : nil,
      wireCount: header.payloadLength, isTruncated: payload.byteCount < header.payloadLength,
      sourceIsLow: sourceIsLow, packet: packet)
    switch flows[index].state {
    case .ignored, .empty:
      break
    case .embryonic:
      if header.payloadLength > 0 {
        firstPayload(payload, segment, at: index)
      } else {
        countEarly(packet.wireBytes, sourceIsLow: sourceIsLow, at: index)
      }
    case .probing:
      if let flow = probing[flows[index].slot] { probe(payload, segment, flow, at: index) }
    case .metered:
      guard let flow = metered[flows[index].slot] else { break }
      meter(payload, segment, flow)
      if isClosing {
        let observer = observer
        flow.close(at: packet.time) { observer.turnEnded($0, on: flow) }
      }
    }
    if isClosing { flows[index].flags.insert(.closing) }
  }

  /// Makes a table entry; the flow that had to leave for it is ended.
  mutating func insert(_ key: FlowKey, at seconds: UInt32) -> Int {
    counters.flows &+= 1
    let (index, evicted) = flows.insert(key, at: seconds)
    if let evicted { release(evicted, isCut: true) }
    return index
  }

  /// Ends a flow that leaves the table.
  mutating func release(_ entry: FlowTable.Entry, isCut: Bool) {
    switch entry.state {
    case .empty, .ignored:
      break
    case .embryonic:
      counters.flowsWithoutPayload &+= 1
    case .probing:
      counters.flowsUnnamed &+= 1
      if entry.flags.contains(.udp) {
        removeQUICProbe(entry.slot)
      } else {
        returnProbe(entry.slot)
      }
    case .metered:
      guard let flow = metered.remove(entry.slot) else { return }
      heldBytes &-= flow.countedHeldBytes
      flow.finish(isCut: isCut, at: now) { observer.turnEnded($0, on: flow) }
      observer.flowEnded(flow)
    }
  }

  mutating func returnProbe(_ slot: UInt32) {
    guard let flow = probing.remove(slot) else { return }
    heldBytes &-= flow.countedHeldBytes
    flow.reset()
    if pool.count < 4096 { pool.append(flow) }
  }

  /// A SYN occupies one sequence number before its data (RFC 9293, section 3.4).
  private func firstSequence(_ header: TransportHeader) -> UInt32 {
    header.flags.contains(.syn) ? header.sequence &+ 1 : header.sequence
  }

  /// Learns from a SYN who began, and starts anew when the five-tuple is used again.
  private mutating func synchronise(
    _ index: Int, _ header: TransportHeader, sourceIsLow: Bool
  ) {
    let isResponse = header.flags.contains(.ack)
    if !isResponse {
      let entry = flows[index]
      let isNew =
        entry.flags.contains(.originatorISN)
        ? entry.originatorISN != header.sequence : entry.state != .embryonic
      if isNew, entry.state != .embryonic || entry.flags.contains(.originatorISN) {
        release(entry, isCut: !entry.flags.contains(.closing))
        counters.flows &+= 1
        flows[index] = FlowTable.Entry(
          key: entry.key, lastSeen: entry.lastSeen, state: .embryonic)
      }
    }
    flows[index].flags.remove(.closing)
    guard flows[index].state == .embryonic else { return }
    let originatorIsLow = isResponse ? !sourceIsLow : sourceIsLow
    flows[index].flags.insert(.originatorKnown)
    if originatorIsLow { flows[index].flags.insert(.originatorIsLow) }
    if isResponse {
      flows[index].slot = header.sequence
      flows[index].flags.insert(.responderISN)
    } else {
      flows[index].originatorISN = header.sequence
      flows[index].flags.insert(.originatorISN)
    }
  }

  private mutating func countEarly(_ bytes: Int, sourceIsLow: Bool, at index: Int) {
    let isUp = flows[index].flags.contains(.originatorIsLow) == sourceIsLow
    if isUp {
      flows[index].upstreamBytes = UInt16(clamping: Int(flows[index].upstreamBytes) + bytes)
    } else {
      flows[index].downstreamBytes = UInt16(clamping: Int(flows[index].downstreamBytes) + bytes)
    }
  }

  mutating func meter(_ payload: RawSpan, _ segment: TCPSegment, _ flow: MeteredFlow) {
    let isUp = segment.source == flow.sighting.client
    let time = segment.packet.time
    let observer = observer
    flow.count(
      wireBytes: segment.packet.wireBytes, isUp: isUp,
      isTruncated: payload.byteCount < segment.wireCount, at: time)
    if let acknowledgement = segment.acknowledgement {
      flow.acknowledged(acknowledgement, ofUpstream: !isUp, at: time) {
        observer.turnEnded($0, on: flow)
      }
    }
    guard segment.wireCount > 0 else {
      countHeldBytes(of: flow)
      return
    }
    if isUp, flow.isClearHTTP, StreamOpening.beginsWithMethod(payload),
      let head = try? HTTPRequestHead(parsing: payload)
    {
      observer.requested(
        path: payload.part(head.path), host: payload.part(head.hostName(in: payload)), on: flow)
    }
    let acceptance = flow.segment(
      payload, wireCount: segment.wireCount, sequence: segment.sequence, isUp: isUp,
      mayWait: heldBytes < maximumHeldBytes, at: time
    ) { observer.turnEnded($0, on: flow) }
    countHeldBytes(of: flow)
    count(acceptance)
  }

  /// Brings the sum of what is held up to date.
  mutating func countHeldBytes(of flow: MeteredFlow) {
    let held = flow.heldByteCount
    heldBytes &+= held &- flow.countedHeldBytes
    flow.countedHeldBytes = held
  }

  mutating func count(_ acceptance: StreamAssembler.Acceptance) {
    switch acceptance {
    case .deliver: break
    case .duplicate: counters.duplicateSegments &+= 1
    case .early: counters.earlySegments &+= 1
    case .outOfWindow: counters.outOfWindowSegments &+= 1
    }
  }
}

/// A TCP segment without its octets.
struct TCPSegment {
  var source: Endpoint
  var destination: Endpoint
  var sequence: UInt32
  var acknowledgement: UInt32?
  /// Octets of payload as sent.
  var wireCount: Int
  /// The snaplen cut the payload.
  var isTruncated: Bool
  var sourceIsLow: Bool
  var packet: PacketContext
}
