import WireFormat

extension TrafficEngine {
  /// Keys derived to see whether a judged flow is followed by another on its five-tuple; afterwards it is no longer
  /// looked at.
  static let maximumReuseDerivations: UInt8 = 8

  /// Begins to look for a hello in a flow's first datagram.
  ///
  /// - Returns: false when it is no QUIC that can be read.
  mutating func beginsQUIC(_ payload: RawSpan, _ datagram: Datagram, at index: Int) -> Bool {
    guard QUICProbe.mayBegin(payload) else {
      // Its middle may have been seen, or the server's part first: a client's Initial is still looked for.
      if datagram.source.port == 443 || datagram.destination.port == 443
        || QUICLongHeader.begins(at: 0, in: payload)
      {
        flows[index].flags.insert(.quic)
      }
      return false
    }
    flows[index].flags.insert(.quic)
    let probe = QUICProbe()
    guard let slot = quicProbes.insert(probe) else {
      counters.probesRefused &+= 1
      ignore(index, .nothing)
      return true
    }
    flows[index].state = .probing
    flows[index].slot = slot
    probeQUIC(payload, datagram, probe, at: index)
    return true
  }

  /// Whether a datagram of a known flow begins another on the same five-tuple.
  ///
  /// A flow that has been silent for longer than the table remembers it is another. So is a connection whose client's
  /// Initial opens under keys of a connection ID that is neither that of the hello nor one that the server gave itself.
  /// After a Version Negotiation such a packet belongs to the same connection; of what is metered only a connection
  /// that the server has answered with 1-RTT packets is followed by another.
  @inline(__always)
  mutating func isReused(
    _ payload: RawSpan, sourceIsLow: Bool, at seconds: UInt32, _ index: Int
  ) -> Bool {
    if seconds &- flows[index].lastSeen > timeouts.ignoredUDP,
      timeouts.isExpired(flows[index], at: seconds)
    {
      return true
    }
    guard flows[index].flags.contains(.quic), QUICLongHeader.begins(at: 0, in: payload) else {
      return false
    }
    return beginsConnection(payload, sourceIsLow: sourceIsLow, at: index)
  }

  private mutating func beginsConnection(
    _ payload: RawSpan, sourceIsLow: Bool, at index: Int
  ) -> Bool {
    let entry = flows[index]
    guard entry.state.isJudged, let opener,
      let header = try? QUICLongHeader(parsing: payload), header.version.isReadable
    else { return false }
    if entry.knownConnection != 0, entry.flags.contains(.originatorIsLow) != sourceIsLow {
      // The server says how it is to be addressed from now on; no keys come from that.
      let given = QUICConnectionID(payload.extracting(header.sourceConnectionID))
      if let given { flows[index].otherConnection = given.hash(seed: seed) }
      return false
    }
    guard header.type == .initial, header.destinationConnectionID.count >= 8,
      let connectionID = QUICConnectionID(payload.extracting(header.destinationConnectionID))
    else { return false }
    let hash = connectionID.hash(seed: seed)
    guard hash != entry.knownConnection, hash != entry.otherConnection else { return false }
    if entry.state == .metered, metered[entry.slot]?.hasAnsweredDatagrams != true { return false }
    guard entry.derivationCount < Self.maximumReuseDerivations else {
      flows[index].flags.remove(.quic)
      counters.quicFlowsUnwatched &+= 1
      return false
    }
    flows[index].derivationCount = entry.derivationCount + 1
    let keys = connectionID.withOctets {
      try? opener.keys(for: header.version, destinationConnectionID: $0, sender: .client)
    }
    if let keys, (try? opener.open(payload, header, keys: keys, into: &scratch)) != nil {
      return true
    }
    counters.quicInitialsRefused &+= 1
    flows[index].otherConnection = hash
    return false
  }

  /// Ends a flow and begins another in its place.
  mutating func reuse(sourceIsLow: Bool, at index: Int) {
    let entry = flows[index]
    release(entry, isCut: true)
    counters.flows &+= 1
    var flags: FlowTable.Flags = [.udp, .originatorKnown]
    if sourceIsLow { flags.insert(.originatorIsLow) }
    flows[index] = FlowTable.Entry(
      key: entry.key, lastSeen: entry.lastSeen, state: .embryonic, flags: flags)
  }

  /// Takes a datagram of a flow that is being probed.
  mutating func probeQUIC(
    _ payload: RawSpan, _ datagram: Datagram, _ probe: QUICProbe, at index: Int
  ) {
    guard let opener else {
      removeQUICProbe(flows[index].slot)
      ignore(index, .nothing)
      return
    }
    var outcome = probe.datagram(
      payload, sourceIsLow: datagram.sourceIsLow, opener: opener, scratch: &scratch)
    let counts = probe.takeCounts()
    counters.quicInitialsOpened &+= counts.opened
    counters.quicInitialsRefused &+= counts.refused
    heldBytes &+= probe.heldByteCount &- probe.countedHeldBytes
    probe.countedHeldBytes = probe.heldByteCount
    if case .needMore = outcome, heldBytes >= maximumHeldBytes {
      counters.waitsRefused &+= 1
      outcome = .hopeless
    }
    let isOriginator = flows[index].flags.contains(.originatorIsLow) == datagram.sourceIsLow
    if case .needMore = outcome {
      probe.count(datagram.packet.wireBytes, fromOriginator: isOriginator)
      return
    }
    removeQUICProbe(flows[index].slot)
    if let connectionID = probe.connectionID {
      // Who says a hello is the client, whoever was seen first.
      flows[index].knownConnection = connectionID.hash(seed: seed)
      flows[index].flags.remove(.originatorIsLow)
      if probe.clientIsLow ?? datagram.sourceIsLow { flows[index].flags.insert(.originatorIsLow) }
    }
    if case .hello(let hello) = outcome {
      let early = probe.earlyBytes(clientIsOriginator: isOriginator)
      judge(hello, message: probe.message, payload, datagram, early: early, at: index)
    } else {
      var sighting = datagram.unnamedSighting()
      if case .meter(let tag) = inferredInterest(&sighting) {
        let clientIsOriginator = (sighting.client == datagram.source) == isOriginator
        let early = probe.earlyBytes(clientIsOriginator: clientIsOriginator)
        begin(sighting, tag, startIsCut: true, payload, datagram, early: early, at: index)
      } else {
        ignore(index, .nothing)
      }
    }
  }

  /// Asks about a hello and does as told.
  private mutating func judge(
    _ hello: QUICHello, message: [UInt8], _ payload: RawSpan, _ datagram: Datagram,
    early: (up: Int, down: Int), at index: Int
  ) {
    var sighting = datagram.sighting(hello.source)
    let name = message.octets.part(hello.serverName)
    if let clientHello = hello.clientHello {
      sighting.protocols = clientHello.applicationProtocols
      sighting.ech = encryptedHello(of: clientHello, name: name, sighting)
      sighting.facts = facts(of: clientHello, in: message.octets, .quic)
    }
    switch interest(in: name, &sighting, isNamed: hello.serverName != nil) {
    case .ignore:
      ignore(index, toldName(name, sighting, isNamed: hello.serverName != nil))
    case .meter(let tag):
      begin(sighting, tag, startIsCut: false, payload, datagram, early: early, at: index)
    }
  }

  mutating func removeQUICProbe(_ slot: UInt32) {
    if let probe = quicProbes.remove(slot) { heldBytes &-= probe.countedHeldBytes }
  }
}

extension FlowTable.Entry {
  /// Of a UDP flow, a hash of the connection ID by which its hello was read; zero without one.
  var knownConnection: UInt32 {
    get { originatorISN }
    set { originatorISN = newValue }
  }

  /// Of a UDP flow, a hash of the connection ID that the server gave itself last, or of the last one whose keys did not
  /// open an Initial; zero without one.
  var otherConnection: UInt32 {
    get { UInt32(upstreamBytes) << 16 | UInt32(downstreamBytes) }
    set {
      upstreamBytes = UInt16(truncatingIfNeeded: newValue >> 16)
      downstreamBytes = UInt16(truncatingIfNeeded: newValue)
    }
  }
}
