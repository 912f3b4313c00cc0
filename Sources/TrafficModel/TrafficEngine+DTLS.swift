import WireFormat

/// DTLS hellos: in the first datagram of a flow, in pieces over several, or after STUN on a flow of WebRTC.
extension TrafficEngine {
  /// IP octets of STUN messages, both directions, after which a flow is judged without waiting for its DTLS hello.
  static let maximumSTUNBytes = 16_384

  /// Takes a datagram of a flow that has told nothing yet.
  ///
  /// - Returns: whether it is DTLS or STUN; the flow has then been judged, or waits for more.
  mutating func beginsDTLS(_ payload: RawSpan, _ datagram: Datagram, at index: Int) -> Bool {
    let isAfterSTUN = flows[index].upstreamBytes > 0 || flows[index].downstreamBytes > 0
    let (range, isSTUN) = Self.dtlsContent(of: payload, isAfterSTUN: isAfterSTUN)
    let content = payload.part(range)
    if DTLSProbe.canBegin(content) {
      return probeDTLS(content, DTLSProbe(datagram.sighting(.dtls)), datagram, at: index)
    }
    // The client will say hello again behind a HelloVerifyRequest that is seen first.
    guard isSTUN || DTLSProbe.isHandshake(content) else { return false }
    let entry = flows[index]
    // A name that DNS told is not waited for.
    let (client, server) = (datagram.source.address, datagram.destination.address)
    if isNamedByDNS(client: client, server: server, at: datagram.packet.time) { return false }
    let seen = Int(entry.upstreamBytes) + Int(entry.downstreamBytes)
    guard seen < Self.maximumSTUNBytes else { return false }
    countEarly(datagram.packet.wireBytes, sourceIsLow: datagram.sourceIsLow, at: index)
    return true
  }

  /// Where in a datagram DTLS may stand: in all of it, in the data that STUN brings, or in a TURN channel's.
  private static func dtlsContent(
    of payload: RawSpan, isAfterSTUN: Bool
  ) -> (range: Range<Int>, isSTUN: Bool) {
    if let stun = try? STUNMessage(parsing: payload) { return (stun.data, true) }
    if isAfterSTUN, let data = ChannelData.range(in: payload) { return (data, false) }
    return (0..<payload.byteCount, false)
  }

  /// Takes a datagram of a flow of whose DTLS hello a part has come.
  mutating func takeDTLS(_ payload: RawSpan, _ datagram: Datagram, at index: Int) {
    let slot = flows[index].slot
    guard let probe = dtlsProbes[slot] else { return }
    let range = Self.dtlsContent(of: payload, isAfterSTUN: true).range
    switch advance(probe, payload.part(range)) {
    case .needMore:
      break
    case .hello(let hello):
      removeDTLSProbe(slot)
      ignore(index, .unkept)
      judge(hello, probe)
    case .hopeless:
      removeDTLSProbe(slot)
      ignore(index, .unkept)
      judge(probe.readPrefix(), probe)
    }
  }

  /// Takes the first datagram with a part of a DTLS hello.
  private mutating func probeDTLS(
    _ content: RawSpan, _ probe: DTLSProbe, _ datagram: Datagram, at index: Int
  ) -> Bool {
    switch advance(probe, content) {
    case .hello(let hello):
      ignore(index, .unkept)
      judge(hello, probe)
      return true
    case .hopeless:
      return false
    case .needMore:
      guard let slot = dtlsProbes.insert(probe) else {
        counters.probesRefused &+= 1
        ignore(index, .unkept)
        return true
      }
      flows[index].state = .waiting
      flows[index].slot = slot
      probe.isCounted = true
      countHeldBytes(of: probe)
      return true
    }
  }

  private mutating func advance(_ probe: DTLSProbe, _ content: RawSpan) -> DTLSProbe.Outcome {
    let outcome = probe.datagram(content)
    counters.dtlsOctetsMoved &+= probe.takeWorkCount()
    // A probe that has no place yet is not counted.
    if probe.isCounted { countHeldBytes(of: probe) }
    if case .needMore = outcome, heldBytes >= maximumHeldBytes {
      counters.waitsRefused &+= 1
      return .hopeless
    }
    return outcome
  }

  private mutating func countHeldBytes(of probe: DTLSProbe) {
    let held = probe.heldByteCount
    heldBytes &+= held &- probe.countedHeldBytes
    probe.countedHeldBytes = held
  }

  /// Tells a hello's name, or what was read of it before no more came.
  ///
  /// A DTLS flow carries media or a tunnel, no exchange that we meter: only its name is told.
  private mutating func judge(_ hello: ClientHello?, _ probe: DTLSProbe) {
    var sighting = probe.sighting
    let message = probe.message
    let bytes = message.octets
    guard let hello else {
      _ = inferredInterest(&sighting)
      return
    }
    let name = bytes.part(hello.serverName)
    sighting.protocols = hello.applicationProtocols
    sighting.ech = encryptedHello(of: hello, name: name, sighting)
    sighting.facts = facts(of: hello, in: bytes, .dtls)
    for further in hello.furtherServerNames { observer.alsoNamed(bytes.part(further), sighting) }
    _ = interest(in: name, &sighting, isNamed: hello.serverName != nil)
  }

  mutating func removeDTLSProbe(_ slot: UInt32) {
    if let probe = dtlsProbes.remove(slot) { heldBytes &-= probe.countedHeldBytes }
  }

  /// Ends a flow of whose DTLS hello only a part has come.
  mutating func releaseDTLS(_ slot: UInt32) {
    guard let probe = dtlsProbes[slot] else { return }
    removeDTLSProbe(slot)
    judge(probe.readPrefix(), probe)
  }
}
