import WireFormat

extension TrafficEngine {
  /// Takes a UDP datagram.
  mutating func udp(_ payload: RawSpan, _ header: TransportHeader, _ packet: inout PacketContext) {
    let source = Endpoint(address: packet.source, port: header.sourcePort)
    let destination = Endpoint(address: packet.destination, port: header.destinationPort)
    switch (source.port, destination.port) {
    case (53, _), (_, 53), (5353, _), (_, 5353), (5355, _), (_, 5355):
      dns(payload, source: source, destination: destination, packet)
      return
    case (67, _), (68, _), (_, 67), (_, 68):
      dhcp(payload, packet)
      return
    default:
      break
    }
    let (key, sourceIsLow) = FlowKey.make(
      source: source, destination: destination, transportProtocol: 17, seed: seed)
    let seconds = Self.seconds(packet.time)
    var (index, found) = flows.find(key)
    if !found {
      index = insert(key, at: seconds)
      flows[index].flags = [.udp, .originatorKnown]
      if sourceIsLow { flows[index].flags.insert(.originatorIsLow) }
      if source.port == 853 || destination.port == 853 { counters.encryptedDNSFlows &+= 1 }
    }
    flows[index].lastSeen = seconds
    let datagram = Datagram(
      source: source, destination: destination, sourceIsLow: sourceIsLow,
      wireCount: header.payloadLength, packet: packet)
    switch flows[index].state {
    case .empty, .ignored:
      return
    case .embryonic:
      firstDatagram(payload, datagram, at: index)
    case .probing:
      if let probe = quicProbes[flows[index].slot] {
        probeQUIC(payload, datagram, probe, at: index)
      }
    case .metered:
      guard let flow = metered[flows[index].slot] else { return }
      meter(payload, datagram, flow)
    }
  }

  private mutating func firstDatagram(_ payload: RawSpan, _ datagram: Datagram, at index: Int) {
    if QUICLongHeader.begins(at: 0, in: payload),
      let header = try? QUICLongHeader(parsing: payload), header.version.isReadable
    {
      let probe = QUICProbe()
      guard let slot = quicProbes.insert(probe) else {
        counters.probesRefused &+= 1
        flows[index].state = .ignored
        return
      }
      flows[index].state = .probing
      flows[index].slot = slot
      probeQUIC(payload, datagram, probe, at: index)
      return
    }
    if let dtls = try? DTLSClientHello(parsing: payload) {
      var sighting = datagram.sighting(.dtls)
      // A DTLS flow carries media or a tunnel, no exchange that we meter: only its name is told.
      let name = payload.part(dtls.hello.serverName)
      _ = interest(in: name, &sighting, isNamed: dtls.hello.serverName != nil)
      flows[index].state = .ignored
      return
    }
    var sighting = datagram.unnamedSighting()
    if case .meter(let tag) = inferredInterest(&sighting),
      datagram.source.port == 443 || datagram.destination.port == 443
    {
      begin(sighting, tag, startIsCut: true, payload, datagram, at: index)
    } else {
      flows[index].state = .ignored
    }
  }

  private mutating func probeQUIC(
    _ payload: RawSpan, _ datagram: Datagram, _ probe: QUICProbe, at index: Int
  ) {
    guard let opener else {
      removeQUICProbe(flows[index].slot)
      flows[index].state = .ignored
      return
    }
    var outcome = probe.datagram(payload, opener: opener, scratch: &scratch)
    heldBytes &+= probe.heldByteCount &- probe.countedHeldBytes
    probe.countedHeldBytes = probe.heldByteCount
    if case .needMore = outcome, heldBytes >= maximumHeldBytes { outcome = .hopeless }
    switch outcome {
    case .needMore:
      let isFromClient = flows[index].flags.contains(.originatorIsLow) == datagram.sourceIsLow
      if isFromClient {
        probe.wireBytesFromClient += datagram.packet.wireBytes
      } else {
        probe.wireBytesFromServer += datagram.packet.wireBytes
      }
    case .hopeless:
      removeQUICProbe(flows[index].slot)
      var sighting = datagram.unnamedSighting()
      if case .meter(let tag) = inferredInterest(&sighting) {
        let clientIsSource = sighting.client == datagram.source
        let clientIsLow = clientIsSource == datagram.sourceIsLow
        let isOriginator = flows[index].flags.contains(.originatorIsLow) == clientIsLow
        let (first, second) = (probe.wireBytesFromClient, probe.wireBytesFromServer)
        let early = isOriginator ? (up: first, down: second) : (up: second, down: first)
        begin(sighting, tag, startIsCut: true, payload, datagram, early: early, at: index)
      } else {
        flows[index].state = .ignored
      }
    case .hello(let hello):
      removeQUICProbe(flows[index].slot)
      var sighting = datagram.sighting(.quic)
      sighting.hasECH = hello.hasEncryptedClientHello
      if hello.hasEncryptedClientHello { counters.flowsWithECH &+= 1 }
      let message = probe.message
      let name = message.octets.part(hello.serverName)
      switch interest(in: name, &sighting, isNamed: hello.serverName != nil) {
      case .ignore: flows[index].state = .ignored
      case .meter(let tag):
        let early = (up: probe.wireBytesFromClient, down: probe.wireBytesFromServer)
        begin(sighting, tag, startIsCut: false, payload, datagram, early: early, at: index)
      }
    }
  }

  mutating func removeQUICProbe(_ slot: UInt32) {
    if let probe = quicProbes.remove(slot) { heldBytes &-= probe.countedHeldBytes }
  }

  private mutating func begin(
    _ sighting: NameSighting, _ tag: Int32, startIsCut: Bool, _ payload: RawSpan,
    _ datagram: Datagram, early: (up: Int, down: Int) = (0, 0), at index: Int
  ) {
    let flow = MeteredFlow(
      sighting: sighting, tag: tag, up: StreamAssembler(), down: StreamAssembler(),
      reading: .datagrams(QUICReading(startIsCut: startIsCut)), at: datagram.packet.time)
    guard let slot = metered.insert(flow) else {
      counters.probesRefused &+= 1
      flows[index].state = .ignored
      return
    }
    flows[index].state = .metered
    flows[index].slot = slot
    if sighting.client == datagram.source {
      hosts.note(sighting.client.address, mac: datagram.packet.mac)
    }
    flow.count(earlierUp: early.up, earlierDown: early.down)
    meter(payload, datagram, flow)
  }

  private func meter(_ payload: RawSpan, _ datagram: Datagram, _ flow: MeteredFlow) {
    let isUp = datagram.source == flow.sighting.client
    let time = datagram.packet.time
    let observer = observer
    flow.count(
      wireBytes: datagram.packet.wireBytes, isUp: isUp,
      isTruncated: payload.byteCount < datagram.wireCount, at: time)
    flow.datagram(payload, wireCount: datagram.wireCount, isUp: isUp, at: time) {
      observer.turnEnded($0, on: flow)
    }
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
    NameSighting(source: kind, client: source, server: destination, time: packet.time)
  }

  /// The sender taken for the client, unless its port is the lower one: the flow may be seen from its middle.
  func unnamedSighting() -> NameSighting {
    let isDown = source.port < destination.port
    return NameSighting(
      source: .address, client: isDown ? destination : source,
      server: isDown ? source : destination, time: packet.time)
  }
}
