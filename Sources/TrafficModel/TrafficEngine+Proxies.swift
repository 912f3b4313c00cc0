import WireFormat

extension TrafficEngine {
  /// Notes what a client has asked a proxy for. Judged is what is inside; see ``ProxyRequest``.
  mutating func note(
    _ host: RawSpan, address: IPAddress? = nil, _ source: NameSighting.Source,
    _ segment: TCPSegment, _ flow: ProbingFlow
  ) {
    counters.proxyRequests &+= 1
    flow.proxyRequest = ProxyRequest(
      source: source, host: host.copied(), address: address, isFromLow: segment.sourceIsLow,
      time: segment.packet.time)
    if source == .http { flow.proxyAnswer = .toConnect(clientIsLow: segment.sourceIsLow) }
    guard !host.isEmpty else { return }
    let sighting = NameSighting(
      source: source, client: segment.source, server: segment.destination,
      time: segment.packet.time, tunnel: descent.tunnel)
    observer.proxied(to: host, sighting)
  }

  /// Asks about a flow behind a proxy: by the name of the hello inside where that is the destination's, by the one asked
  /// for, or by the DNS answer in which the client got the address asked for.
  mutating func interest(
    in name: RawSpan, _ sighting: inout NameSighting, isNamed: Bool, behind request: ProxyRequest
  ) -> FlowInterest {
    if isNamed {
      guard sighting.ech == .real || name.isAddressLiteral else {
        return interest(in: name, &sighting, isNamed: true)
      }
      // The hello's name is not where it goes to; what was asked for is.
      sighting.tunnel = descent.tunnel
      observer.alsoNamed(name, sighting)
      sighting.ech = .none
    }
    if !request.host.isEmpty {
      sighting.source = request.source
      return interest(in: request.host.octets, &sighting, isNamed: true)
    }
    guard let address = request.address else { return inferredInterest(&sighting) }
    return inferredInterest(&sighting, at: address)
  }

  func sighting(
    of request: ProxyRequest, _ flow: ProbingFlow, as source: NameSighting.Source? = nil
  ) -> NameSighting {
    NameSighting(
      source: source ?? request.source, client: request.isFromLow ? flow.low : flow.high,
      server: request.isFromLow ? flow.high : flow.low, time: request.time, tunnel: flow.tunnel)
  }

  /// Reads a client's words to a SOCKS proxy at the start of a stream.
  ///
  /// - Returns: how many octets they take; nil when they are none, `truncated` thrown when more can make them so.
  mutating func readSOCKS(
    _ bytes: RawSpan, _ direction: inout ProbingFlow.Direction, _ segment: TCPSegment,
    _ flow: ProbingFlow
  ) throws(WireError) -> Int? {
    guard let first = bytes.octet(at: 0) else { return nil }
    if direction.hasGreetedSOCKS, first == 1 {
      return try SOCKSNegotiation.passwordByteCount(bytes)
    }
    // Who asks a proxy speaks first; what a server says in answer to something else may look the same.
    let other = segment.sourceIsLow ? flow.fromHigh : flow.fromLow
    guard direction.hasGreetedSOCKS || other.takenByteCount == 0 else { return nil }
    if first == 5, !direction.hasGreetedSOCKS {
      let count = try SOCKSNegotiation.greetingByteCount(bytes)
      direction.hasGreetedSOCKS = true
      flow.proxyAnswer = .toSOCKS5(clientIsLow: segment.sourceIsLow)
      direction.shape = .negotiation
      return count
    }
    guard first == 4 || first == 5 else { return nil }
    let request = try SOCKSRequest(parsing: bytes)
    guard request.port != 0, request.isConnect else { return request.byteCount }
    if first == 4 { flow.proxyAnswer = .toSOCKS4(clientIsLow: segment.sourceIsLow) }
    switch request.destination {
    case .name(let name): note(bytes.part(name), .socks, segment, flow)
    case .address(let address):
      note(RawSpan(), address: address, .socks, segment, flow)
    }
    direction.shape = .negotiation
    return request.byteCount
  }

  /// Takes octets of a proxy that has been greeted or asked.
  ///
  /// - Returns: whether they are its own, and no octets of the far end.
  mutating func readProxyAnswer(
    _ bytes: RawSpan, _ segment: TCPSegment, _ flow: ProbingFlow
  ) -> Bool {
    guard var answer = flow.proxyAnswer, answer.clientIsLow != segment.sourceIsLow,
      answer.state == .waiting
    else { return false }
    counters.probeOctetsExamined &+= bytes.byteCount
    // It leaves the flow while it is changed, so that its array is not copied.
    flow.proxyAnswer = nil
    answer.append(bytes)
    // What began like SOCKS and is answered otherwise is something else.
    if answer.state == .refused, flow.proxyRequest == nil { return false }
    flow.proxyAnswer = answer
    return true
  }

  /// Keeps what a client says to the far end until its proxy has answered.
  ///
  /// - Returns: false where it is to be read at once: a proxy for HTTP that has refused may be asked again.
  mutating func hold(
    _ rest: RawSpan, behind request: ProxyRequest, _ direction: inout ProbingFlow.Direction,
    _ flow: ProbingFlow
  ) -> Bool {
    guard flow.proxyAnswer?.state == .waiting else {
      guard request.source == .socks else { return false }
      tellNames(behindRefusal: rest, of: flow)
      return true
    }
    var octets: [UInt8] = []
    if case .behindRequest(let earlier) = direction.content {
      octets = earlier
      direction.content = .unknown
    }
    guard octets.count + rest.byteCount <= ProbingFlow.maximumBehindRequest else {
      direction.content = .behindRequest(octets)
      direction.isLost = true
      return true
    }
    octets.append(contentsOf: rest.copied())
    direction.content = .behindRequest(octets)
    return true
  }

  /// Goes on with what the client said before its proxy had answered, now that it has.
  ///
  /// - Parameter segment: of the proxy.
  /// - Returns: true when the flow has been judged and the probe is gone.
  mutating func readHeldRequest(
    _ segment: TCPSegment, _ flow: ProbingFlow, at index: Int
  ) -> Bool {
    guard let answer = flow.proxyAnswer, answer.clientIsLow != segment.sourceIsLow,
      answer.state != .waiting
    else { return false }
    var direction = answer.clientIsLow ? flow.fromLow : flow.fromHigh
    guard case .behindRequest(let octets) = direction.content else { return false }
    if answer.state == .refused {
      tellNames(behindRefusal: octets.octets, of: flow)
      direction.content = .unknown
    } else {
      if answer.clientIsLow {
        flow.fromLow = ProbingFlow.Direction()
      } else {
        flow.fromHigh = ProbingFlow.Direction()
      }
      direction.content = .unknown
      direction.takenByteCount &-= octets.count
      var client = segment
      swap(&client.source, &client.destination)
      swap(&client.packet.source, &client.packet.destination)
      client.sourceIsLow = answer.clientIsLow
      // Its own packets have been counted.
      client.packet.wireBytes = 0
      client.packet.mac =
        (answer.clientIsLow ? flow.macFromLow : flow.macFromHigh) ?? segment.packet.mac
      if read(octets.octets, missing: 0, &direction, client, flow, at: index) { return true }
    }
    if answer.clientIsLow { flow.fromLow = direction } else { flow.fromHigh = direction }
    return false
  }

  /// Tells the name of a hello that a client sent to a proxy that did not connect it. Nothing is judged by it.
  mutating func tellNames(behindRefusal octets: RawSpan, of flow: ProbingFlow) {
    guard let request = flow.proxyRequest, StreamOpening(octets) == .tlsHandshake else { return }
    var collector = HelloCollector()
    var offset = 0
    _ = collector.append(octets, from: &offset)
    counters.probeOctetsExamined &+= octets.byteCount
    tellName(of: collector, sighting(of: request, flow, as: .tls))
  }

  /// Tells the name of a hello by which nobody is judged.
  mutating func tellName(of collector: HelloCollector, _ earlier: NameSighting) {
    let message = collector.message
    let hello = collector.clientHello ?? (try? ClientHello(parsingPrefix: message.octets))
    guard let hello, hello.serverName != nil else { return }
    var sighting = earlier
    sighting.protocols = hello.applicationProtocols
    sighting.facts = facts(of: hello, in: message.octets, .tcp)
    observer.alsoNamed(message.octets.part(hello.serverName), sighting)
  }
}
