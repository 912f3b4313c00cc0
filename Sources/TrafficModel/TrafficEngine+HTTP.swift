import WireFormat

extension TrafficEngine {
  /// Judges a flow by the head of an HTTP request in the clear.
  ///
  /// - Parameters:
  ///   - bytes: the request from its start, and what follows it.
  ///   - isWhole: the end of the head is there; without it the octets before the cut must name the host.
  ///   - missing: octets after `bytes` that were not captured.
  mutating func judgeHTTP(
    _ bytes: RawSpan, isWhole: Bool, missing: Int, _ direction: ProbingFlow.Direction,
    _ segment: TCPSegment, _ flow: ProbingFlow, at index: Int
  ) -> StreamStep {
    let limit = HTTPHeadCollector.maximumHead - 1
    let part = isWhole ? bytes : bytes.extracting(0..<min(limit, bytes.byteCount))
    guard let head = try? HTTPRequestHead(parsing: part) else { return .done }
    let host = head.hostName(in: bytes)
    guard head.isComplete || host != nil else { return .done }
    if head.hasConflictingHosts { counters.conflictingHosts &+= 1 }
    // Behind a CONNECT the real exchange begins: go on looking.
    if head.method == .connect {
      guard let count = head.byteCount else { return .done }
      note(bytes.part(host), .http, segment, flow)
      return .advance(count)
    }
    return judgeRequest(
      path: bytes.part(head.path), host: bytes.part(host), rest: bytes, missing: missing, direction,
      segment, flow, at: index)
  }

  /// Judges a flow by the first request of HTTP/2 in the clear; its turns are not told apart.
  mutating func judgeHTTP2(
    _ request: HPACKRequest, _ rest: RawSpan, missing: Int,
    _ direction: ProbingFlow.Direction, _ segment: TCPSegment, _ flow: ProbingFlow, at index: Int
  ) -> StreamStep {
    let host = Array(request.hostName)
    return judgeRequest(
      path: request.path.octets, host: host.octets, rest: rest, missing: missing, direction,
      segment,
      flow, at: index)
  }

  private mutating func judgeRequest(
    path: RawSpan, host: RawSpan, rest: RawSpan, missing: Int,
    _ direction: ProbingFlow.Direction, _ segment: TCPSegment, _ flow: ProbingFlow, at index: Int
  ) -> StreamStep {
    guard flow.mayBeClient(isLow: segment.sourceIsLow) else { return .done }
    let sighting = NameSighting(
      source: .http, client: segment.source, server: segment.destination,
      time: segment.packet.time, tunnel: descent.tunnel)
    if !host.isEmpty { counters.flowsByHTTP &+= 1 }
    let interest = observer.httpRequest(path: path, host: host, sighting)
    let slot = flows[index].slot
    switch interest {
    case .ignore:
      ignore(index, .unkept)
    case .meter(let tag):
      counters.flowsMatched &+= 1
      let metered = MeteredFlow(
        sighting: sighting, tag: tag, up: direction.stream, down: otherStream(flow, segment),
        reading: .clearHTTP(ClearHTTPReading()), at: segment.packet.time)
      begin(
        metered, segment, rest: rest, missing: missing, early: earlyBytes(flow, segment),
        at: index)
    }
    returnProbe(slot)
    return .judged
  }
}
