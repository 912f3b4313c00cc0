import WireFormat

/// What to do after a look at octets of a stream.
enum StreamStep {
  /// The flow has been judged and its probe is gone.
  case judged
  /// So many octets have been read; what follows them is something new.
  case advance(Int)
  /// All octets have been taken, or tell nothing.
  case done
}

extension TrafficEngine {
  /// Reads octets that are next in their direction: what begins in them, and what has begun before.
  ///
  /// A hello, a request, or what leads to one is looked for at the start of each segment and where the thing before it
  /// ends, so that the work is linear in the octets.
  ///
  /// - Returns: true when the flow has been judged and the probe is gone.
  mutating func read(
    _ chunk: RawSpan, missing: Int, _ direction: inout ProbingFlow.Direction,
    _ segment: TCPSegment, _ flow: ProbingFlow, at index: Int
  ) -> Bool {
    if direction.shape == .unseen { noteShape(chunk, &direction) }
    defer { direction.takenByteCount &+= chunk.byteCount }
    if readProxyAnswer(chunk, segment, flow) { return false }
    var offset = 0
    // Each step takes octets; sixteen are more than any client needs in one segment.
    for _ in 0..<16 where offset < chunk.byteCount {
      let rest = chunk.extracting(offset..<chunk.byteCount)
      if let request = flow.proxyRequest, request.isFromLow == segment.sourceIsLow,
        flow.isUnconnected, hold(rest, behind: request, &direction, flow)
      {
        return false
      }
      let step = step(
        rest, missing: missing, isStart: direction.takenByteCount == 0 && offset == 0, &direction,
        segment, flow, at: index)
      switch step {
      case .judged: return true
      case .done: return false
      case .advance(let count): offset += count
      }
    }
    return false
  }

  private mutating func step(
    _ rest: RawSpan, missing: Int, isStart: Bool, _ direction: inout ProbingFlow.Direction,
    _ segment: TCPSegment, _ flow: ProbingFlow, at index: Int
  ) -> StreamStep {
    switch direction.content {
    case .unknown:
      switch StreamOpening(rest) {
      case .tlsHandshake: direction.content = .hello(HelloCollector())
      case .httpRequest: direction.content = .httpHead(HTTPHeadCollector())
      case .http2: direction.content = .http2(HTTP2Collector())
      case .other:
        if DNSStream.begins(rest, source: segment.source.port, segment.destination.port) {
          collectDNS(rest, missing: missing, DNSStream(), &direction, segment)
          return .done
        }
        if isStart, StreamOpening.mayBeginMethod(rest) {
          direction.content = .httpHead(HTTPHeadCollector())
        } else {
          return stepPreamble(rest, isStart: isStart, &direction, segment, flow)
        }
      }
      return step(
        rest, missing: missing, isStart: isStart, &direction, segment, flow, at: index)
    case .hello(let collector):
      direction.content = .unknown
      return stepHello(
        rest, missing: missing, collector, &direction, segment, flow, at: index)
    case .httpHead(let collector):
      direction.content = .unknown
      if collector.octets.count < 4, let other = opening(collector.octets, rest),
        other != .httpRequest
      {
        // The stream began with letters of a method, and goes on as something else.
        direction.content =
          other == .http2
          ? .http2(HTTP2Collector(begun: collector.octets)) : .preamble(collector.octets)
        return step(
          rest, missing: missing, isStart: false, &direction, segment, flow, at: index)
      }
      return stepHead(
        rest, missing: missing, collector, &direction, segment, flow, at: index)
    case .http2(var collector):
      direction.content = .unknown
      counters.probeOctetsExamined &+= rest.byteCount
      switch collector.append(rest) {
      case .needMore:
        direction.content = .http2(collector)
        return .done
      case .notHTTP2:
        return .done
      case .complete:
        counters.probeOctetsExamined &+= collector.block.count
        guard let request = try? HPACKRequest(parsing: collector.block.octets) else {
          return .done
        }
        return judgeHTTP2(
          request, rest, missing: missing, direction, segment, flow, at: index)
      }
    case .preamble(var octets):
      direction.content = .unknown
      let room = max(0, ProbingFlow.maximumPreamble - octets.count)
      let earlier = octets.count
      octets.append(contentsOf: rest.extracting(0..<min(room, rest.byteCount)).copied())
      let wasAtStart = direction.takenByteCount == earlier
      switch preamble(octets.octets, isStart: wasAtStart, &direction, segment, flow) {
      case .none:
        return .done
      case .whole(let byteCount):
        direction.shape = .negotiation
        return pass(over: byteCount - earlier, rest, &direction)
      case .partial:
        if octets.count < ProbingFlow.maximumPreamble { direction.content = .preamble(octets) }
        return .done
      }
    case .behindRequest:
      // The proxy has answered since, and what was held has been read.
      direction.content = .unknown
      return .done
    case .passingOver(let count):
      direction.content = .unknown
      return pass(over: count, rest, &direction)
    case .dns(let stream):
      collectDNS(rest, missing: missing, stream, &direction, segment)
      return .done
    }
  }

  /// What a stream begins with whose first octets came alone; nil while there are not four.
  private func opening(_ first: [UInt8], _ rest: RawSpan) -> StreamOpening? {
    guard !first.isEmpty, first.count + rest.byteCount >= 4 else { return nil }
    let octets = first + rest.extracting(0..<min(4, rest.byteCount)).copied()
    return StreamOpening(octets.octets)
  }

  private mutating func stepHello(
    _ rest: RawSpan, missing: Int, _ hello: HelloCollector,
    _ direction: inout ProbingFlow.Direction, _ segment: TCPSegment, _ flow: ProbingFlow,
    at index: Int
  ) -> StreamStep {
    var collector = hello
    var offset = 0
    let status = collector.append(rest, from: &offset)
    counters.probeOctetsExamined &+= offset
    switch status {
    case .needMore:
      direction.content = .hello(collector)
      return .done
    case .notAHello:
      return .done
    case .complete:
      let message = collector.message
      counters.probeOctetsExamined &+= message.count
      guard let hello = collector.clientHello else { return .done }
      guard !flow.isUnconnected, flow.mayBeClient(isLow: segment.sourceIsLow) else {
        let sighting = NameSighting(
          source: .tls, client: segment.source, server: segment.destination,
          time: segment.packet.time, tunnel: descent.tunnel)
        tellName(of: collector, sighting)
        return .done
      }
      judge(
        hello, message: message.octets, segment: segment, up: direction.stream,
        down: otherStream(flow, segment),
        meter: TLSRecordMeter(withinRecord: 22, remaining: collector.recordRemaining),
        rest: rest.extracting(offset..<rest.byteCount), missing: missing,
        early: earlyBytes(flow, segment), after: flow.proxyRequest, at: index)
      return .judged
    }
  }

  private mutating func stepHead(
    _ rest: RawSpan, missing: Int, _ head: HTTPHeadCollector,
    _ direction: inout ProbingFlow.Direction, _ segment: TCPSegment, _ flow: ProbingFlow,
    at index: Int
  ) -> StreamStep {
    var collector = head
    let earlier = collector.octets.count
    let status = collector.append(rest)
    counters.probeOctetsExamined &+= rest.byteCount
    var isWhole = true
    switch status {
    case .needMore:
      guard missing > 0 else {
        direction.content = .httpHead(collector)
        return .done
      }
      isWhole = false
    case .firstLine:
      isWhole = false
      if missing == 0 {
        counters.probeOctetsExamined &+= collector.octets.count
        guard (try? HTTPRequestHead(parsing: collector.octets.octets)) != nil else {
          return .done
        }
        direction.content = .httpHead(collector)
        return .done
      }
    case .complete:
      break
    case .overlong:
      isWhole = false
    }
    counters.probeOctetsExamined &+= collector.octets.count
    let step = judgeHTTP(
      collector.octets.octets, isWhole: isWhole, missing: missing, direction, segment, flow,
      at: index)
    // The octets of a CONNECT's head that came before are no part of this chunk.
    if case .advance(let count) = step { return .advance(count - earlier) }
    return step
  }

  /// What may stand before a hello: a proxy's header or request, a question for TLS.
  private mutating func stepPreamble(
    _ rest: RawSpan, isStart: Bool, _ direction: inout ProbingFlow.Direction,
    _ segment: TCPSegment, _ flow: ProbingFlow
  ) -> StreamStep {
    switch preamble(rest, isStart: isStart, &direction, segment, flow) {
    case .none:
      return .done
    case .whole(let byteCount):
      direction.shape = .negotiation
      return pass(over: byteCount, rest, &direction)
    case .partial:
      if rest.byteCount < ProbingFlow.maximumPreamble {
        direction.content = .preamble(rest.copied())
      }
      return .done
    }
  }

  private mutating func preamble(
    _ bytes: RawSpan, isStart: Bool, _ direction: inout ProbingFlow.Direction,
    _ segment: TCPSegment, _ flow: ProbingFlow
  ) -> TLSPreamble {
    counters.probeOctetsExamined &+= min(bytes.byteCount, TLSPreamble.maximumTextByteCount)
    guard isStart || direction.hasGreetedSOCKS else { return TLSPreamble(bytes) }
    do throws(WireError) {
      switch bytes.octet(at: 0) {
      case UInt8(ascii: "P"), UInt8(ascii: "\r"):
        return .whole(byteCount: try PROXYHeader(parsing: bytes).byteCount)
      case 1, 4, 5:
        if let count = try readSOCKS(bytes, &direction, segment, flow) {
          return .whole(byteCount: count)
        }
      default:
        break
      }
    } catch {
      if case .truncated = error { return .partial }
    }
    return TLSPreamble(bytes)
  }

  private func pass(
    over count: Int, _ rest: RawSpan, _ direction: inout ProbingFlow.Direction
  ) -> StreamStep {
    if count > rest.byteCount { direction.content = .passingOver(count - rest.byteCount) }
    return .advance(max(1, count))
  }

  private mutating func noteShape(_ bytes: RawSpan, _ direction: inout ProbingFlow.Direction) {
    guard let first = bytes.octet(at: 0) else { return }
    if ClearGreeting.mayLeadToTLS(bytes) {
      direction.shape = .negotiation
    } else {
      direction.shape = (0x20...0x7e).contains(first) || first == 13 ? .text : .binary
    }
  }
}
