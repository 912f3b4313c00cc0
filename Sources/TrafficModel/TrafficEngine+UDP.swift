import WireFormat

extension TrafficEngine {
  /// Takes a UDP datagram.
  mutating func udp(
    _ payload: RawSpan, _ header: TransportHeader, _ packet: PacketContext
  ) throws(WireError) {
    let (key, sourceIsLow) = FlowKey.make(
      source: Endpoint(address: packet.source, port: header.sourcePort),
      destination: Endpoint(address: packet.destination, port: header.destinationPort),
      transportProtocol: 17, seed: seed)
    try udp(payload, header, packet, key, sourceIsLow: sourceIsLow)
  }

  /// Takes a UDP datagram of the flow that `key` names.
  mutating func udp(
    _ payload: RawSpan, _ header: TransportHeader, _ packet: PacketContext, _ key: FlowKey,
    sourceIsLow: Bool
  ) throws(WireError) {
    let source = Endpoint(address: packet.source, port: header.sourcePort)
    let destination = Endpoint(address: packet.destination, port: header.destinationPort)
    if isNaming(payload, header, source: source, destination: destination, packet) { return }
    let seconds = Self.seconds(packet.time)
    var (index, found) = flows.find(key)
    if !found {
      index = insert(key, at: seconds)
      flows[index].flags = [.udp, .originatorKnown]
      if sourceIsLow { flows[index].flags.insert(.originatorIsLow) }
    }
    if found, isReused(payload, sourceIsLow: sourceIsLow, at: seconds, index) {
      reuse(sourceIsLow: sourceIsLow, at: index)
    }
    flows[index].lastSeen = seconds
    if flows[index].state == .ignored { return }
    let datagram = Datagram(
      source: source, destination: destination, sourceIsLow: sourceIsLow,
      wireCount: header.payloadLength, packet: packet)
    switch flows[index].state {
    case .empty, .ignored:
      return
    case .embryonic:
      // An empty datagram tells nothing.
      guard header.payloadLength > 0 else { return }
      if Layer(udpPorts: source.port, destination.port) != nil {
        try firstOnTunnelPort(payload, datagram, at: index)
      } else {
        firstDatagram(payload, datagram, at: index)
      }
    case .probing:
      if let probe = quicProbes[flows[index].slot] {
        probeQUIC(payload, datagram, probe, at: index)
      }
    case .waiting:
      takeDTLS(payload, datagram, at: index)
    case .metered:
      guard let flow = metered[flows[index].slot] else { return }
      meter(payload, datagram, flow)
    case .recalled:
      takeUp(payload, datagram, at: index)
    case .tunnel:
      _ = try unwrapDatagram(payload, datagram)
    }
  }

  /// Takes the first datagram of a flow on the port of a tunnel. The flow of a tunnel is known, but never metered; one
  /// that begins with something else, and is nothing of ours, is still looked into, datagram by datagram.
  private mutating func firstOnTunnelPort(
    _ payload: RawSpan, _ datagram: Datagram, at index: Int
  ) throws(WireError) {
    // What is inside may move the table's entries.
    flows[index].state = .tunnel
    if try unwrapDatagram(payload, datagram) { return }
    flows[index].state = .embryonic
    firstDatagram(payload, datagram, at: index)
    if flows[index].state == .ignored { flows[index].state = .tunnel }
  }

  private mutating func firstDatagram(_ payload: RawSpan, _ datagram: Datagram, at index: Int) {
    // An empty datagram opens a path and tells nothing.
    guard datagram.wireCount > 0 else { return }
    if beginsQUIC(payload, datagram, at: index) { return }
    if beginsDTLS(payload, datagram, at: index) { return }
    // The flow stays as it is: what it carries next is looked at in the same way.
    if dnsElsewhere(payload, datagram) { return }
    var sighting = datagram.unnamedSighting()
    // Elsewhere it is STUN, a trace of the path or anything else, and no use of a service: nobody is asked.
    guard datagram.source.port == 443 || datagram.destination.port == 443 else {
      noticeHiding(RawSpan(), sighting)
      counters.flowsUnnamed &+= 1
      ignore(index, .unkept)
      return
    }
    if case .meter(let tag) = inferredInterest(&sighting) {
      begin(sighting, tag, startIsCut: true, payload, datagram, at: index)
    } else {
      ignore(index, .nothing)
    }
  }

  mutating func begin(
    _ sighting: NameSighting, _ tag: Int32, startIsCut: Bool, _ payload: RawSpan,
    _ datagram: Datagram, early: (up: Int, down: Int) = (0, 0), at index: Int
  ) {
    let flow = MeteredFlow(
      sighting: sighting, tag: tag, up: StreamAssembler(), down: StreamAssembler(),
      reading: .datagrams(
        QUICReading(
          startIsCut: startIsCut,
          hasGoogleHeader: sighting.source == .gquic
            && !QUICLongHeader.begins(at: 0, in: payload))), at: datagram.packet.time)
    guard let slot = metered.insert(flow) else {
      counters.probesRefused &+= 1
      ignore(index, .unkept)
      return
    }
    flows[index].state = .metered
    flows[index].slot = slot
    if sighting.client == datagram.source {
      hosts.note(
        sighting.client.address, mac: datagram.packet.mac, at: datagram.packet.time)
    }
    flow.count(earlierUp: early.up, earlierDown: early.down)
    meter(payload, datagram, flow)
  }

  private mutating func meter(
    _ payload: RawSpan, _ datagram: Datagram, _ flow: MeteredFlow
  ) {
    let isUp = datagram.source == flow.sighting.client
    let time = datagram.packet.time
    let observer = observer
    flow.count(
      wireBytes: datagram.packet.wireBytes, isUp: isUp,
      isTruncated: payload.byteCount < datagram.wireCount, at: time)
    flow.mayHold = heldBytes < maximumHeldBytes
    flow.datagram(payload, wireCount: datagram.wireCount, isUp: isUp, at: time) {
      observer.turnEnded($0, on: flow)
    }
    countHeldBytes(of: flow)
  }
}

/// A UDP datagram without its octets.
struct Datagram {
  var source: Endpoint
  var destination: Endpoint
  var sourceIsLow: Bool
  /// Octets of payload as sent.
  var wireCount: Int
  var packet: PacketContext

  /// The sender taken for the client.
  func sighting(_ kind: NameSighting.Source) -> NameSighting {
    var sighting = NameSighting(
      source: kind, client: source, server: destination, time: packet.time)
    sighting.mac = packet.mac
    return sighting
  }

  /// The sender taken for the client, unless its port is the lower one: the flow may be seen from its middle.
  func unnamedSighting() -> NameSighting {
    let isDown = source.port < destination.port
    return NameSighting(
      source: .address, client: isDown ? destination : source,
      server: isDown ? source : destination, time: packet.time)
  }
}
