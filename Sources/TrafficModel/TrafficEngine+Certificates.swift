import WireFormat

/// Flows whose hello names no server: up to TLS 1.2 the server's certificate, in the clear, tells names.
///
/// Such a flow is metered from its start without telling anybody, until its certificate has come or will not come. Then
/// it is ours and goes on, or is forgotten. A hello with a name never waits.
extension TrafficEngine {
  /// Names that a certificate may be good for and still be judged by. One of a CDN lists the names of a hundred customers;
  /// those are told only.
  static let maximumJudgedNames = 24

  /// What else a hello says, for an observer that wants it.
  func facts(
    of hello: ClientHello, in message: RawSpan, _ transport: JA4.Transport
  ) -> HelloFacts? {
    observer.wantsHelloFacts ? HelloFacts(hello, in: message, transport) : nil
  }

  /// Asks about the names of a hello over TCP.
  ///
  /// - Returns: nil where the server's certificate is to decide.
  mutating func interest(
    in hello: ClientHello, _ message: RawSpan, _ sighting: inout NameSighting
  ) -> FlowInterest? {
    let name = message.part(hello.serverName)
    sighting.tunnel = descent.tunnel
    for further in hello.furtherServerNames {
      observer.alsoNamed(message.part(further), sighting)
    }
    if hello.serverName != nil {
      guard name.isAddressLiteral else {
        return interest(in: name, &sighting, isNamed: true)
      }
      // An address says no more than the packet's own: it is told, and the flow goes on as one without a name.
      noticeHiding(name, sighting)
      let interest = observer.named(name, sighting)
      if interest != .ignore {
        counters.flowsBySNI &+= 1
        counters.flowsMatched &+= 1
        return interest
      }
    }
    if hello.serverName == nil { noticeHiding(RawSpan(), sighting) }
    // What the client was told by DNS says more than what the server is good for.
    let (client, server) = (sighting.client.address, sighting.server.address)
    if isNamedByDNS(client: client, server: server, at: sighting.time) {
      return infer(&sighting)
    }
    guard waiting.count < waiting.capacity, heldBytes < maximumHeldBytes else {
      counters.certificateWaitsRefused &+= 1
      return infer(&sighting)
    }
    return nil
  }

  /// Whether DNS answers make it likely enough that the server is one of ours.
  func isNamedByDNS(client: IPAddress, server: IPAddress, at time: Timestamp) -> Bool {
    names.candidates(client: client, address: server, at: time).contains {
      $0.tag >= 0 && $0.probability >= NameCandidate.threshold
    }
  }

  /// Takes a segment of a flow whose certificate is waited for.
  mutating func takeWhileWaiting(_ payload: RawSpan, _ segment: TCPSegment, at index: Int) {
    let slot = flows[index].slot
    guard let flow = waiting[slot] else { return }
    meter(payload, segment, flow)
    let identity = flow.serverIdentity
    if case .awaited = identity { return }
    _ = waiting.remove(slot)
    // A certificate says more than what the client was told by DNS; without one that may be asked about again.
    if case .certificate = identity { ignore(index, .unkept) } else { ignore(index, .nothing) }
    var sighting = flow.sighting
    guard case .meter(let tag) = interest(in: identity, &sighting) else {
      heldBytes &-= flow.countedHeldBytes
      return
    }
    flow.decide(sighting, tag: tag)
    guard let place = metered.insert(flow) else {
      counters.probesRefused &+= 1
      heldBytes &-= flow.countedHeldBytes
      return
    }
    flows[index].state = .metered
    flows[index].slot = place
    if let mac = flow.clientMAC { hosts.note(sighting.client.address, mac: mac, at: now) }
  }

  /// Ends a flow of which no certificate has come, or a DTLS hello that has not come whole.
  mutating func releaseWaiting(_ entry: FlowTable.Entry, isCut: Bool) {
    if entry.flags.contains(.udp) {
      releaseDTLS(entry.slot)
      return
    }
    guard let flow = waiting.remove(entry.slot) else { return }
    heldBytes &-= flow.countedHeldBytes
    var sighting = flow.sighting
    guard case .meter(let tag) = infer(&sighting) else { return }
    flow.decide(sighting, tag: tag)
    if let mac = flow.clientMAC { hosts.note(sighting.client.address, mac: mac, at: now) }
    let observer = observer
    flow.finish(isCut: isCut, at: now) { observer.turnEnded($0, on: flow) }
    observer.flowEnded(flow)
  }

  /// Asks about a flow by its server's certificate, and where that is nothing of ours as about one without a name.
  private mutating func interest(
    in identity: TLSReading.ServerIdentity, _ sighting: inout NameSighting
  ) -> FlowInterest {
    guard case .certificate(let der) = identity else { return infer(&sighting) }
    let bytes = der.octets
    guard let certificate = try? CertificateNames(parsing: bytes), !certificate.names.isEmpty else {
      counters.certificatesWithoutName &+= 1
      return infer(&sighting)
    }
    var found = sighting
    found.source = .certificate
    let texts = certificate.names.map { name -> [UInt8] in
      var text: [UInt8] = []
      switch name {
      case .host(let range): bytes.appendLowercased(range, to: &text)
      case .address(let address): text = Array(address.description.utf8)
      }
      return text
    }
    let judged = judgedName(texts, sighting)
    var interest: FlowInterest?
    for (place, text) in texts.enumerated() {
      guard place == judged?.place else {
        observer.alsoNamed(text.octets, found)
        continue
      }
      found.probability = judged?.share ?? 0
      interest = observer.named(text.octets, found)
      found.probability = sighting.probability
    }
    guard let judged, let interest, interest != .ignore else {
      return infer(&sighting, hasCertificate: true)
    }
    sighting = found
    sighting.probability = judged.share
    counters.flowsByCertificate &+= 1
    counters.flowsMatched &+= 1
    return interest
  }

  /// The name of a certificate to judge by: the first of the service that has most of them, where that is at least half;
  /// and the service's share.
  ///
  /// A server is good for each name alike, so that the share is how likely a client goes to one of the service's. None
  /// where the client was told by DNS that it likely goes elsewhere, or where the names are too many.
  private func judgedName(
    _ names: [[UInt8]], _ sighting: NameSighting
  ) -> (place: Int, share: Double)? {
    guard names.count <= Self.maximumJudgedNames else { return nil }
    let told = self.names.candidates(
      client: sighting.client.address, address: sighting.server.address, isOwnOnly: true,
      at: sighting.time)
    guard !told.contains(where: { $0.tag < 0 && $0.probability >= NameCandidate.threshold }) else {
      return nil
    }
    let services = names.map { observer.service(ofCertified: $0.octets) }
    var best: (place: Int, share: Double)?
    for (place, service) in services.enumerated() where service >= 0 {
      let share = Double(services.count { $0 == service }) / Double(services.count)
      if share > best?.share ?? 0 { best = (place, share) }
    }
    guard let best, best.share >= NameCandidate.threshold else { return nil }
    return best
  }
}
