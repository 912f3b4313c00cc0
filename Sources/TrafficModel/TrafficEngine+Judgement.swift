import WireFormat

extension TrafficEngine {
  /// Asks about a ClientHello over TCP and does as told.
  ///
  /// - Parameters:
  ///   - message: the handshake message that `hello` was read from.
  ///   - meter: the client's record meter, at the start of `rest`.
  ///   - rest: octets in order that have not been metered.
  ///   - missing: octets after `rest` that the snaplen cut.
  mutating func judge(
    _ hello: ClientHello, message: RawSpan, segment: TCPSegment, up: StreamAssembler,
    down: StreamAssembler, meter: TLSRecordMeter, rest: RawSpan, missing: Int,
    early: (up: Int, down: Int), at index: Int
  ) {
    var sighting = NameSighting(
      source: .tls, client: segment.source, server: segment.destination,
      time: segment.packet.time, hasECH: hello.hasEncryptedClientHello)
    if hello.hasEncryptedClientHello { counters.flowsWithECH &+= 1 }
    let interest = interest(
      in: message.part(hello.serverName), &sighting,
      isNamed: hello.serverName != nil)
    let wasProbing = flows[index].state == .probing
    let slot = flows[index].slot
    switch interest {
    case .ignore:
      flows[index].state = .ignored
    case .meter(let tag):
      let http: Turn.HTTPVersion = hello.applicationProtocols.contains(.http2) ? .unknown : .http11
      let reading = TLSReading(up: meter, http: http, isMidstream: false)
      let flow = MeteredFlow(
        sighting: sighting, tag: tag, up: up, down: down, reading: .tls(reading),
        at: segment.packet.time)
      begin(flow, segment, rest: rest, missing: missing, early: early, at: index)
    }
    if wasProbing { returnProbe(slot) }
  }

  /// Asks about a name, or about a flow without one, and counts how it was known.
  mutating func interest(
    in name: RawSpan, _ sighting: inout NameSighting, isNamed: Bool
  ) -> FlowInterest {
    if isNamed {
      switch sighting.source {
      case .tls, .dtls: counters.flowsBySNI &+= 1
      case .quic: counters.flowsByQUIC &+= 1
      case .http: counters.flowsByHTTP &+= 1
      case .dns, .address: break
      }
      let interest = observer.named(name, sighting)
      if interest != .ignore { counters.flowsMatched &+= 1 }
      return interest
    }
    return inferredInterest(&sighting)
  }

  /// Asks about a flow whose name nothing on it tells.
  mutating func inferredInterest(_ sighting: inout NameSighting) -> FlowInterest {
    let tag = names.tag(
      client: sighting.client.address, address: sighting.server.address, at: sighting.time)
    sighting.source = tag == nil ? .address : .dns
    let interest = observer.unnamed(sighting, inferred: tag)
    if tag != nil {
      counters.flowsByDNS &+= 1
    } else if interest != .ignore {
      counters.flowsByAddress &+= 1
    } else {
      counters.flowsUnnamed &+= 1
    }
    if interest != .ignore { counters.flowsMatched &+= 1 }
    return interest
  }

  /// Begins to meter a flow.
  private mutating func begin(
    _ flow: MeteredFlow, _ segment: TCPSegment, rest: RawSpan, missing: Int,
    early: (up: Int, down: Int), at index: Int
  ) {
    guard let slot = metered.insert(flow) else {
      counters.probesRefused &+= 1
      flows[index].state = .ignored
      return
    }
    flows[index].state = .metered
    flows[index].slot = slot
    let time = segment.packet.time
    hosts.note(flow.sighting.client.address, mac: segment.packet.mac)
    flow.count(earlierUp: early.up, earlierDown: early.down)
    flow.count(
      wireBytes: segment.packet.wireBytes, isUp: true,
      isTruncated: segment.isTruncated, at: time)
    let observer = observer
    flow.begin(rest, missing: missing, at: time) { observer.turnEnded($0, on: flow) }
    countHeldBytes(of: flow)
  }

  /// Begins to meter a flow in the middle, when its server's address is known to be one of ours.
  ///
  /// - Parameter probe: what has been put in order and counted of the flow, this segment included.
  /// - Returns: whether it is.
  mutating func beginMidstream(
    _ payload: RawSpan, _ segment: TCPSegment, after probe: ProbingFlow? = nil, at index: Int
  ) -> Bool {
    // Without a SYN the lower port is taken for the server's.
    let known = flows[index].flags.contains(.originatorKnown)
    let originatorIsLow = flows[index].flags.contains(.originatorIsLow)
    let isUp =
      known
      ? originatorIsLow == segment.sourceIsLow : segment.source.port > segment.destination.port
    var sighting = NameSighting(
      source: .address, client: isUp ? segment.source : segment.destination,
      server: isUp ? segment.destination : segment.source, time: segment.packet.time)
    guard
      case .some(let tag) = names.tag(
        client: sighting.client.address, address: sighting.server.address, at: sighting.time),
      tag >= 0, case .meter(let own) = inferredInterest(&sighting)
    else { return false }
    let clientIsLow = isUp == segment.sourceIsLow
    let fromClient = clientIsLow ? probe?.fromLow : probe?.fromHigh
    let fromServer = clientIsLow ? probe?.fromHigh : probe?.fromLow
    let flow = MeteredFlow(
      sighting: sighting, tag: own, up: fromClient?.stream ?? StreamAssembler(),
      down: fromServer?.stream ?? StreamAssembler(),
      reading: .tls(TLSReading(up: .midstream(), http: .unknown, isMidstream: true)),
      at: segment.packet.time)
    guard let slot = metered.insert(flow) else { return false }
    flows[index].state = .metered
    flows[index].slot = slot
    if let probe {
      flow.count(
        earlierUp: clientIsLow ? probe.wireFromLow : probe.wireFromHigh,
        earlierDown: clientIsLow ? probe.wireFromHigh : probe.wireFromLow)
      countHeldBytes(of: flow)
    } else {
      meter(payload, segment, flow)
    }
    return true
  }

  /// Reads the head of an HTTP request in the clear.
  ///
  /// - Returns: nil when the head is not whole; whether the flow has been judged otherwise.
  mutating func judgeHTTP(
    _ bytes: RawSpan, missing: Int, _ direction: ProbingFlow.Direction, _ segment: TCPSegment,
    _ flow: ProbingFlow, at index: Int
  ) -> Bool? {
    let head: HTTPRequestHead
    do throws(WireError) {
      head = try HTTPRequestHead(parsing: bytes)
    } catch {
      if case .truncated = error { return nil }
      return false
    }
    guard head.isComplete else { return nil }
    let sighting = NameSighting(
      source: .http, client: segment.source, server: segment.destination,
      time: segment.packet.time)
    let host = head.hostName(in: bytes)
    if host != nil { counters.flowsByHTTP &+= 1 }
    let interest = observer.httpRequest(
      path: bytes.part(head.path), host: bytes.part(host), sighting)
    // Behind a CONNECT the real exchange begins: go on looking.
    if head.method == .connect { return false }
    let slot = flows[index].slot
    switch interest {
    case .ignore:
      flows[index].state = .ignored
    case .meter(let tag):
      counters.flowsMatched &+= 1
      let metered = MeteredFlow(
        sighting: sighting, tag: tag, up: direction.stream, down: otherStream(flow, segment),
        reading: .clearHTTP(ClearHTTPReading()), at: segment.packet.time)
      begin(
        metered, segment, rest: bytes, missing: missing, early: earlyBytes(flow, segment),
        at: index)
    }
    returnProbe(slot)
    return true
  }
}
