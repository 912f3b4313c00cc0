import WireFormat

extension TrafficEngine {
  /// Judges whether a hello's name is the one its client goes to, and counts hellos by that.
  ///
  /// - Parameter name: the hello's server name; empty when it has none.
  mutating func encryptedHello(
    of hello: ClientHello, name: RawSpan, _ sighting: NameSighting
  ) -> EncryptedHello {
    guard hello.hasEncryptedClientHello, hello.encryptedClientHello != .inner else { return .none }
    let kind = kind(of: hello.encryptedClientHello, name: name, sighting)
    switch kind {
    case .none: break
    case .grease: counters.flowsWithECHGrease &+= 1
    case .real: counters.flowsWithECHReal &+= 1
    case .unknown: counters.flowsWithECHUnknown &+= 1
    }
    return kind
  }

  private func kind(
    of hello: EncryptedClientHello?, name: RawSpan, _ sighting: NameSighting
  ) -> EncryptedHello {
    guard case .outer(let outer)? = hello, !name.isEmpty else { return .unknown }
    if KnownHosts.shared.isPublicName(name) { return .real }
    let hash = Self.hash(of: name, seed: seed)
    let (client, time) = (sighting.client.address, sighting.time)
    if announcements.holds(
      .publicName(hash, configID: outer.configID), client: client, at: time)
    {
      return .real
    }
    // Nobody asks for a public name: what was asked for is where the client goes.
    if announcements.holds(.destination(name: hash), client: client, at: time) { return .grease }
    return .unknown
  }

  /// The hash of a name as it is written in a hello; a dot at the end is none of it.
  static func hash(of name: RawSpan, seed: UInt64) -> UInt64 {
    let hasDot = name.octet(at: name.byteCount - 1) == UInt8(ascii: ".")
    return name.extracting(0..<name.byteCount - (hasDot ? 1 : 0)).hash(seed: seed)
  }

  /// Notices a flow that hides which names its client goes to, and tells it.
  ///
  /// - Parameter name: the server's; empty when it is not known.
  mutating func noticeHiding(_ name: RawSpan, _ sighting: NameSighting) {
    guard let how = hiding(name, sighting) else { return }
    if how == .privateRelay {
      counters.flowsPrivateRelay &+= 1
    } else {
      counters.encryptedDNSFlows &+= 1
    }
    observer.hidesNames(name, sighting, how: how)
  }

  private func hiding(_ name: RawSpan, _ sighting: NameSighting) -> HiddenNames? {
    if sighting.protocols.contains(.dnsOverQUIC) { return .doq }
    if sighting.protocols.contains(.dnsOverTLS) { return .dot }
    if sighting.server.port == 853, sighting.source != .http {
      return sighting.source == .quic ? .doq : .dot
    }
    return name.isEmpty ? nil : KnownHosts.shared.hiddenNames(at: name)
  }
}
