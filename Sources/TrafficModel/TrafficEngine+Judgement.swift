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
    early: (up: Int, down: Int), after proxyRequest: ProxyRequest? = nil, at index: Int
  ) {
    var sighting = NameSighting(
      source: .tls, client: segment.source, server: segment.destination,
      time: segment.packet.time)
    let name = message.part(hello.serverName)
    sighting.mac = segment.packet.mac
    sighting.protocols = hello.applicationProtocols
    sighting.ech = encryptedHello(of: hello, name: name, sighting)
    sighting.facts = facts(of: hello, in: message, .tcp)
    let interest: FlowInterest?
    if let proxyRequest {
      interest = self.interest(
        in: name, &sighting, isNamed: hello.serverName != nil, behind: proxyRequest)
    } else {
      interest = self.interest(in: hello, message, &sighting)
    }
    let wasProbing = flows[index].state == .probing
    let slot = flows[index].slot
    let isNamed = hello.serverName != nil
    ignore(
      index,
      proxyRequest != nil && !isNamed ? .unkept : toldName(name, sighting, isNamed: isNamed))
    if interest != .ignore {
      let http: Turn.HTTPVersion = hello.applicationProtocols.contains(.http2) ? .unknown : .http11
      let reading = TLSReading(
        up: meter, http: http, isMidstream: false, awaitsCertificate: interest == nil,
        helloTime: segment.packet.time)
      var tag: Int32 = -1
      if case .meter(let own) = interest { tag = own }
      let flow = MeteredFlow(
        sighting: sighting, tag: tag, up: up, down: down, reading: .tls(reading),
        isDecided: interest != nil, at: segment.packet.time)
      begin(flow, segment, rest: rest, missing: missing, early: early, at: index)
    }
    if wasProbing { returnProbe(slot) }
  }

  /// Asks about a name, or about a flow without one, and counts how it was known.
  mutating func interest(
    in name: RawSpan, _ sighting: inout NameSighting, isNamed: Bool
  ) -> FlowInterest {
    sighting.tunnel = descent.tunnel
    noticeHiding(name, sighting)
    if isNamed, sighting.ech == .real {
      // The name is told, but it is not the destination's.
      _ = observer.named(name, sighting)
      return infer(&sighting)
    }
    if isNamed {
      switch sighting.source {
      case .tls, .dtls: counters.flowsBySNI &+= 1
      case .quic, .gquic: counters.flowsByQUIC &+= 1
      case .http: counters.flowsByHTTP &+= 1
      case .socks: counters.flowsBySOCKS &+= 1
      case .certificate, .dns, .address: break
      }
      sighting.mac = hosts[sighting.client.address]?.policyMAC ?? sighting.mac
      let interest = observer.named(name, sighting)
      if interest.isOurs { counters.flowsMatched &+= 1 }
      return interest
    }
    return infer(&sighting)
  }

  /// Asks about a flow whose name nothing on it tells.
  ///
  /// - Parameter address: of the server, where it is not the flow's own: behind a proxy.
  mutating func inferredInterest(
    _ sighting: inout NameSighting, at address: IPAddress? = nil
  ) -> FlowInterest {
    noticeHiding(RawSpan(), sighting)
    sighting.tunnel = descent.tunnel
    return infer(&sighting, at: address)
  }

  /// The same of a flow whose hello was looked at before, and the certificate waited for.
  ///
  /// Where a public name, or a certificate of others, shows that the server is shared, what other clients asked for
  /// tells nothing of this one: only its own answers count.
  ///
  /// - Parameter hasCertificate: its server's certificate has told names, none of them ours.
  mutating func infer(
    _ sighting: inout NameSighting, at address: IPAddress? = nil, hasCertificate: Bool = false
  ) -> FlowInterest {
    let candidates = names.candidates(
      client: sighting.client.address, address: address ?? sighting.server.address,
      isOwnOnly: hasCertificate || sighting.ech == .real, at: sighting.time)
    sighting.source = candidates.isEmpty ? .address : .dns
    let interest = observer.unnamed(&sighting, candidates: candidates)
    if interest != .ignore {
      if candidates.isEmpty { counters.flowsByAddress &+= 1 } else { counters.flowsByDNS &+= 1 }
      counters.flowsMatched &+= 1
    } else if hasCertificate {
      counters.flowsByCertificate &+= 1
    } else if Self.isAmbiguous(candidates) {
      counters.flowsAmbiguous &+= 1
      counters.flowsUnnamed &+= 1
    } else if candidates.isEmpty {
      counters.flowsUnnamed &+= 1
    } else {
      counters.flowsByDNS &+= 1
    }
    return interest
  }

  /// Whether an AI service is among the candidates, but none is likely enough.
  static func isAmbiguous(_ candidates: [NameCandidate]) -> Bool {
    candidates.contains { $0.tag >= 0 }
      && !candidates.contains { $0.tag >= 0 && $0.probability >= NameCandidate.threshold }
  }

  /// Begins to meter a flow, or to wait for what decides about it.
  mutating func begin(
    _ flow: MeteredFlow, _ segment: TCPSegment, rest: RawSpan, missing: Int,
    early: (up: Int, down: Int), at index: Int
  ) {
    guard let slot = flow.isDecided ? metered.insert(flow) : waiting.insert(flow) else {
      counters.probesRefused &+= 1
      ignore(index, .unkept)
      return
    }
    flows[index].state = flow.isDecided ? .metered : .waiting
    flows[index].slot = slot
    let time = segment.packet.time
    if flow.isDecided {
      hosts.note(flow.sighting.client.address, mac: segment.packet.mac, at: time)
    } else {
      flow.clientMAC = segment.packet.mac
    }
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
    var sighting = midstreamSighting(segment, at: index)
    let candidates = names.candidates(
      client: sighting.client.address, address: sighting.server.address, at: sighting.time)
    let ours = candidates.reduce(0) { $1.tag >= 0 ? $0 + $1.probability : $0 }
    guard ours >= NameCandidate.threshold else {
      // The caller counts the flow as one without a name.
      if probe != nil, ours > 0 { counters.flowsAmbiguous &+= 1 }
      return false
    }
    guard case .meter(let own) = inferredInterest(&sighting) else { return false }
    let clientIsLow = (sighting.client == segment.source) == segment.sourceIsLow
    let fromClient = clientIsLow ? probe?.fromLow : probe?.fromHigh
    let fromServer = clientIsLow ? probe?.fromHigh : probe?.fromLow
    let flow = MeteredFlow(
      midstream: sighting, tag: own, up: fromClient?.stream ?? StreamAssembler(),
      down: fromServer?.stream ?? StreamAssembler(), at: segment.packet.time)
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

  /// Who talks to whom on a flow that is looked at in its middle. Without a SYN the lower port is taken for the server's.
  func midstreamSighting(_ segment: TCPSegment, at index: Int) -> NameSighting {
    let flags = flows[index].flags
    let isUp =
      flags.contains(.originatorKnown)
      ? flags.contains(.originatorIsLow) == segment.sourceIsLow
      : segment.source.port > segment.destination.port
    return NameSighting(
      source: .address, client: isUp ? segment.source : segment.destination,
      server: isUp ? segment.destination : segment.source, time: segment.packet.time,
      tunnel: descent.tunnel)
  }
}
