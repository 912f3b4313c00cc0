import WireFormat

extension TrafficEngine {
  /// Takes a TCP segment.
  mutating func tcp(_ payload: RawSpan, _ header: TransportHeader, _ packet: PacketContext) {
    let (key, sourceIsLow) = FlowKey.make(
      source: Endpoint(address: packet.source, port: header.sourcePort),
      destination: Endpoint(address: packet.destination, port: header.destinationPort),
      transportProtocol: 6, seed: seed)
    let place = flows.find(key)
    if place.found, flows[place.index].state == .ignored, !header.flags.changeConnection {
      flows[place.index].lastSeen = Self.seconds(packet.time)
      return
    }
    tcp(payload, header, packet, key, sourceIsLow: sourceIsLow, at: place)
  }

  /// Takes a TCP segment that may tell something: its flow is not ignored, or changes.
  ///
  /// - Parameter place: what ``FlowTable/find(_:)`` says of `key`.
  mutating func tcp(
    _ payload: RawSpan, _ header: TransportHeader, _ packet: PacketContext, _ key: FlowKey,
    sourceIsLow: Bool, at place: (index: Int, found: Bool)
  ) {
    let source = Endpoint(address: packet.source, port: header.sourcePort)
    let destination = Endpoint(address: packet.destination, port: header.destinationPort)
    let seconds = Self.seconds(packet.time)
    var (index, found) = place
    let payloadLength = streamPayloadLength(payload, header, wireBytes: packet.wireBytes)
    if !found {
      // A bare acknowledgement of a flow that is not known tells nothing.
      guard header.flags.contains(.syn) || payloadLength > 0 else { return }
      index = insert(key, at: seconds)
    }
    flows[index].lastSeen = seconds

    if header.flags.contains(.syn) {
      synchronise(index, header, sourceIsLow: sourceIsLow)
    }
    let segment = TCPSegment(
      source: source, destination: destination, sequence: firstSequence(header),
      acknowledgement: header.flags.contains(.ack) ? header.acknowledgement : nil,
      wireCount: payloadLength, packet: packet,
      isTruncated: payload.byteCount < payloadLength, sourceIsLow: sourceIsLow)
    switch flows[index].state {
    case .ignored, .empty, .tunnel:
      break
    case .embryonic:
      if payloadLength > 0 {
        firstPayload(payload, segment, at: index)
      } else {
        countEarly(packet.wireBytes, sourceIsLow: sourceIsLow, at: index)
      }
    case .probing:
      if let flow = probing[flows[index].slot] { probe(payload, segment, flow, at: index) }
    case .metered:
      guard let flow = metered[flows[index].slot] else { break }
      meter(payload, segment, flow)
    case .waiting:
      takeWhileWaiting(payload, segment, at: index)
    case .recalled:
      if payloadLength > 0 { takeUp(payload, segment, at: index) }
    }
    if header.flags.contains(.rst) || header.flags.contains(.fin) {
      close(index, segment, isReset: header.flags.contains(.rst))
    }
  }

  /// Octets of payload that belong to the stream.
  ///
  /// Not those of a RST, which say why it was sent (RFC 9293, section 3.5.3), and not the zeros that fill an Ethernet frame up to
  /// its 46 octets, or 42 behind a VLAN tag: some middleboxes count them into the IP total length, and the stream's own
  /// octets follow at the same sequence number.
  @inline(__always)
  private mutating func streamPayloadLength(
    _ payload: RawSpan, _ header: TransportHeader, wireBytes: Int
  ) -> Int {
    if header.flags.contains(.rst) { return 0 }
    if wireBytes == 46 || wireBytes == 42, isPadding(payload, header) {
      counters.paddingSegments &+= 1
      return 0
    }
    return header.payloadLength
  }

  private func isPadding(_ payload: RawSpan, _ header: TransportHeader) -> Bool {
    guard (1...6).contains(header.payloadLength), payload.byteCount == header.payloadLength,
      !header.flags.contains(.psh)
    else { return false }
    for index in 0..<payload.byteCount where payload.octet(at: index) != 0 { return false }
    return true
  }

  /// Notes a FIN or RST.
  private mutating func close(_ index: Int, _ segment: TCPSegment, isReset: Bool) {
    let flow = flows[index].state == .metered ? metered[flows[index].slot] : nil
    let observer = observer
    if isReset {
      let isBelieved = flow.map { flow in
        flow.reset(segment) { observer.turnEnded($0, on: flow) }
      }
      if isBelieved ?? isNearby(segment, at: index) { flows[index].flags.insert(.closing) }
      return
    }
    if let flow { flow.finished(segment) { observer.turnEnded($0, on: flow) } }
    flows[index].flags.insert(segment.sourceIsLow ? .finFromLow : .finFromHigh)
    if flows[index].flags.isSuperset(of: [.finFromLow, .finFromHigh]) {
      flows[index].flags.insert(.closing)
    }
  }

  /// Whether a RST on a flow that is being probed is about where its direction stands (RFC 5961, section 3). Nothing is known
  /// of where others stand.
  private func isNearby(_ segment: TCPSegment, at index: Int) -> Bool {
    guard flows[index].state == .probing, let flow = probing[flows[index].slot],
      let next = (segment.sourceIsLow ? flow.fromLow : flow.fromHigh).stream.next
    else { return true }
    return Int32(bitPattern: segment.sequence &- next).magnitude <= 65_535
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
    case .empty, .ignored, .recalled, .tunnel:
      break
    case .embryonic:
      // A UDP flow that stays so carries STUN, or DNS on a port not its own.
      if !entry.flags.contains(.udp) {
        counters.flowsWithoutPayload &+= 1
      } else if entry.upstreamBytes > 0 || entry.downstreamBytes > 0 {
        counters.flowsUnnamed &+= 1
      }
    case .probing where entry.flags.contains(.udp):
      counters.flowsUnnamed &+= 1
      removeQUICProbe(entry.slot)
    case .probing:
      endProbe(entry.slot, isCut: isCut)
    case .waiting:
      releaseWaiting(entry, isCut: isCut)
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
      // Both ends may begin at once (RFC 9293, section 3.5): the second SYN is then the responder's.
      if entry.state == .embryonic, entry.flags.contains(.originatorISN),
        entry.flags.contains(.originatorIsLow) != sourceIsLow
      {
        flows[index].slot = header.sequence
        flows[index].flags.formUnion([.responderISN, .simultaneousOpen])
        return
      }
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
    flows[index].flags.subtract([.closing, .finFromLow, .finFromHigh])
    guard flows[index].state == .embryonic else { return }
    // Each end of a simultaneous open acknowledges the other's SYN: who began is known already.
    if isResponse, flows[index].flags.contains(.originatorISN),
      flows[index].flags.contains(.originatorIsLow) == sourceIsLow
    {
      return
    }
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

  mutating func countEarly(_ bytes: Int, sourceIsLow: Bool, at index: Int) {
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
    if isUp, flow.isClearHTTP, StreamOpening.beginsRequest(payload),
      let head = try? HTTPRequestHead(parsing: payload)
    {
      observer.requested(
        path: payload.part(head.path), host: payload.part(head.hostName(in: payload)), on: flow)
    }
    flow.mayHold = heldBytes < maximumHeldBytes
    let acceptance = flow.segment(
      payload, wireCount: segment.wireCount, sequence: segment.sequence, isUp: isUp,
      mayWait: flow.mayHold, at: time
    ) { observer.turnEnded($0, on: flow) }
    countHeldBytes(of: flow)
    if acceptance == .early, !flow.mayHold { counters.waitsRefused &+= 1 }
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
    case .deliver(let skip): if skip > 0 { counters.overlappingSegments &+= 1 }
    case .duplicate: counters.duplicateSegments &+= 1
    case .early: counters.earlySegments &+= 1
    case .outOfWindow: counters.outOfWindowSegments &+= 1
    case .resynchronise: counters.resynchronisedStreams &+= 1
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
  var packet: PacketContext
  /// The snaplen cut the payload.
  var isTruncated: Bool
  var sourceIsLow: Bool
}
