import WireFormat

/// The end of a probe that has told no name: what it has gathered is looked at once more.
extension TrafficEngine {
  /// Gives up on a flow that has shown enough without telling a name, or of which octets were lost that would tell it.
  mutating func giveUp(_ segment: TCPSegment, _ flow: ProbingFlow, at index: Int) {
    let slot = flows[index].slot
    if let (sighting, interest) = lastName(of: flow) {
      ignore(index, .unkept)
      if case .meter(let tag) = interest {
        let metered = meteredFlow(sighting, tag, flow)
        if let place = self.metered.insert(metered) {
          flows[index].state = .metered
          flows[index].slot = place
          countHeldBytes(of: metered)
        } else {
          counters.probesRefused &+= 1
        }
      }
    } else if flow.isUnconnected || !beginMidstream(RawSpan(), segment, after: flow, at: index) {
      counters.flowsUnnamed &+= 1
      ignore(index, flow.isUnconnected ? .unkept : .nothing)
    }
    returnProbe(slot)
  }

  /// Ends the probe of a flow that leaves the table.
  mutating func endProbe(_ slot: UInt32, isCut: Bool) {
    if let flow = probing[slot] {
      // The packet that is being read, if any, is another flow's.
      let outside = descent
      descent.tunnel = flow.tunnel
      defer { descent = outside }
      if let (sighting, interest) = lastName(of: flow) {
        if case .meter(let tag) = interest {
          let metered = meteredFlow(sighting, tag, flow)
          let observer = observer
          metered.finish(isCut: isCut, at: now) { observer.turnEnded($0, on: metered) }
          observer.flowEnded(metered)
        }
      } else {
        counters.flowsUnnamed &+= 1
      }
    }
    returnProbe(slot)
  }

  /// What can still be read of a flow: a name in the part of a hello or head that there is, in a segment behind a gap, or
  /// in what was asked of a proxy.
  ///
  /// - Returns: the judge's answer; nil when there is no name.
  private mutating func lastName(
    of flow: ProbingFlow
  ) -> (sighting: NameSighting, interest: FlowInterest)? {
    if flow.isUnconnected {
      tellLastNames(of: flow)
      return nil
    }
    for isLow in [true, false] where flow.mayBeClient(isLow: isLow) {
      var direction = isLow ? flow.fromLow : flow.fromHigh
      let (client, server) = isLow ? (flow.low, flow.high) : (flow.high, flow.low)
      let sighting = NameSighting(
        source: .tls, client: client, server: server, time: now, tunnel: flow.tunnel)
      if let found = nameInPart(direction.content, sighting, flow.proxyRequest) { return found }
      while direction.stream.skipGap() != nil {
        while let (held, skip) = direction.stream.popReady() {
          let bytes = held.bytes.octets
          let chunk = bytes.extracting(min(skip, bytes.byteCount)..<bytes.byteCount)
          if let found = name(inSegment: chunk, sighting, flow.proxyRequest) { return found }
        }
      }
    }
    guard let request = flow.proxyRequest else { return nil }
    var sighting = sighting(of: request, flow)
    let interest = interest(in: RawSpan(), &sighting, isNamed: false, behind: request)
    return (sighting, interest)
  }

  /// Tells the name in what a client said to a proxy that did not connect it.
  private mutating func tellLastNames(of flow: ProbingFlow) {
    guard let request = flow.proxyRequest else { return }
    switch (request.isFromLow ? flow.fromLow : flow.fromHigh).content {
    case .behindRequest(let octets): tellNames(behindRefusal: octets.octets, of: flow)
    case .hello(let collector):
      tellName(of: collector, sighting(of: request, flow, as: .tls))
    default: break
    }
  }

  private mutating func nameInPart(
    _ content: ProbingFlow.Content, _ sighting: NameSighting, _ request: ProxyRequest?
  ) -> (NameSighting, FlowInterest)? {
    switch content {
    case .hello(let collector):
      let message = collector.message
      counters.probeOctetsExamined &+= message.count
      guard let hello = try? ClientHello(parsingPrefix: message.octets) else { return nil }
      return judge(partOf: hello, message.octets, sighting, request)
    case .httpHead(let collector):
      counters.probeOctetsExamined &+= collector.octets.count
      return judge(requestIn: collector.octets.octets, sighting, request)
    case .unknown, .http2, .preamble, .passingOver, .behindRequest, .dns:
      return nil
    }
  }

  /// A hello or request that begins with a segment.
  private mutating func name(
    inSegment chunk: RawSpan, _ sighting: NameSighting, _ request: ProxyRequest?
  ) -> (NameSighting, FlowInterest)? {
    switch StreamOpening(chunk) {
    case .tlsHandshake:
      var collector = HelloCollector()
      var offset = 0
      _ = collector.append(chunk, from: &offset)
      return nameInPart(.hello(collector), sighting, request)
    case .httpRequest:
      counters.probeOctetsExamined &+= chunk.byteCount
      return judge(requestIn: chunk, sighting, request)
    case .http2, .other:
      return nil
    }
  }

  private mutating func judge(
    partOf hello: ClientHello, _ message: RawSpan, _ earlier: NameSighting,
    _ request: ProxyRequest?
  ) -> (NameSighting, FlowInterest)? {
    guard hello.serverName != nil else { return nil }
    var sighting = earlier
    let name = message.part(hello.serverName)
    sighting.protocols = hello.applicationProtocols
    sighting.ech = encryptedHello(of: hello, name: name, sighting)
    sighting.facts = facts(of: hello, in: message, .tcp)
    let interest =
      request.map { self.interest(in: name, &sighting, isNamed: true, behind: $0) }
      ?? self.interest(in: name, &sighting, isNamed: true)
    return (sighting, interest)
  }

  private mutating func judge(
    requestIn octets: RawSpan, _ earlier: NameSighting, _ request: ProxyRequest?
  ) -> (NameSighting, FlowInterest)? {
    let part = octets.extracting(0..<min(HTTPHeadCollector.maximumHead - 1, octets.byteCount))
    guard let head = try? HTTPRequestHead(parsing: part), let host = head.hostName(in: octets),
      head.method != .connect
    else { return nil }
    var sighting = earlier
    sighting.source = .http
    counters.flowsByHTTP &+= 1
    let interest = observer.httpRequest(
      path: octets.part(head.path), host: octets.part(host), sighting)
    if interest != .ignore { counters.flowsMatched &+= 1 }
    return (sighting, interest)
  }

  /// A flow of which only the volume can be told: what is in it is no TLS from its start.
  private mutating func meteredFlow(_ sighting: NameSighting, _ tag: Int32, _ flow: ProbingFlow)
    -> MeteredFlow
  {
    let clientIsLow = sighting.client == flow.low
    let metered = MeteredFlow(
      midstream: sighting, tag: tag, up: clientIsLow ? flow.fromLow.stream : flow.fromHigh.stream,
      down: clientIsLow ? flow.fromHigh.stream : flow.fromLow.stream, at: sighting.time)
    if let mac = clientIsLow ? flow.macFromLow : flow.macFromHigh {
      hosts.note(sighting.client.address, mac: mac, at: now)
    }
    metered.count(
      earlierUp: clientIsLow ? flow.wireFromLow : flow.wireFromHigh,
      earlierDown: clientIsLow ? flow.wireFromHigh : flow.wireFromLow)
    return metered
  }
}
