package import WireFormat

/// A flow whose name was read, or could not be: what the judge is asked about.
package struct NameSighting: Sendable {
  /// Where a name was read.
  package enum Source: String, Sendable {
    /// A TLS ClientHello over TCP.
    case tls
    /// A DTLS ClientHello.
    case dtls
    /// A ClientHello in QUIC Initial packets.
    case quic
    /// A hello of Google's QUIC Crypto (Q012 to Q050).
    case gquic
    /// The Host field, or the authority of an absolute or CONNECT target, of HTTP in the clear.
    case http
    /// The certificate that the server sent in the clear; the client named no server.
    case certificate
    /// The domain name in a request to a SOCKS proxy.
    case socks
    /// Inferred from a DNS answer that the client got for the server's address.
    case dns
    /// No name; only the server's address is known.
    case address
  }

  package var source: Source
  package var client: Endpoint
  package var server: Endpoint
  package var time: Timestamp
  /// Whether the name is the one the client goes to.
  package var ech = EncryptedHello.none
  /// What the hello offers by ALPN.
  package var protocols = ApplicationProtocols(rawValue: 0)
  /// What else the hello says, where the observer wants it: see ``TrafficObserver/wantsHelloFacts``.
  package var facts: HelloFacts?
  /// By which policies know the client beside its address: ``HostTable/Host/policyMAC``, else who sent the hello; nil or zero
  /// where neither is known.
  package var mac: MACAddress?
  /// The tunnel that the packet came in; nil outside of one.
  package var tunnel: Tunnel?

  /// How likely an inferred name is, by DNS answers or among a certificate's; 1 for one that was read.
  package var probability = 1.0

  package init(
    source: Source, client: Endpoint, server: Endpoint, time: Timestamp, tunnel: Tunnel? = nil
  ) {
    self.source = source
    self.client = client
    self.server = server
    self.time = time
    self.tunnel = tunnel
  }
}

/// What is to become of a flow.
package enum FlowInterest: Sendable, Equatable {
  /// Nothing of ours: forget it.
  case ignore
  /// To be metered; the tag is the judge's own. Below -1 it is nothing of ours, and metered to see what it looks like.
  case meter(tag: Int32)

  /// Whether it is one of ours.
  var isOurs: Bool {
    if case .meter(let tag) = self { tag >= 0 } else { false }
  }
}

/// Who judges names and receives what the traffic adds up to. Nothing here is called once per packet.
package protocol TrafficObserver: AnyObject {
  /// A name was read off a flow. The octets are as on the wire; they are gone after the call. Behind a real
  /// encrypted hello the name is not the destination's, and what is answered does not count.
  func named(_ name: RawSpan, _ sighting: NameSighting) -> FlowInterest
  /// A flow told no name; the candidates are the names that DNS answers gave its server's address, the
  /// likeliest first, none when there were none. Who meters it sets the sighting's probability.
  func unnamed(_ sighting: inout NameSighting, candidates: [NameCandidate]) -> FlowInterest
  /// A client asked a proxy (CONNECT or SOCKS) to be connected with `host`. What is inside is judged on its own, by its
  /// name or else by this one; a flow is asked about once.
  func proxied(to host: RawSpan, _ sighting: NameSighting)
  /// A flow hides which names its client goes to. The name is the server's, empty when it is not known.
  func hidesNames(_ name: RawSpan, _ sighting: NameSighting, how: HiddenNames)
  /// An HTTP request in the clear; `host` is empty when it named none.
  func httpRequest(path: RawSpan, host: RawSpan, _ sighting: NameSighting) -> FlowInterest
  /// A further request on a metered flow in the clear.
  func requested(path: RawSpan, host: RawSpan, on flow: MeteredFlow)
  /// Which of the judge's tags a name has; -1 when it is nothing of ours. Asked once per DNS response.
  func tag(forAnswered name: RawSpan) -> Int32
  /// Whether what a client was told may name the flows of others: not of one of whom nothing may be recorded.
  func mayTellOthers(_ client: IPAddress, mac: MACAddress?) -> Bool
  /// The number of the service that a name of a server's certificate belongs to; -1 when it is nothing of ours. Names of
  /// one service have one number. Nothing is accounted by it: the flow is asked about by ``named(_:_:)``.
  func service(ofCertified name: RawSpan) -> Int32
  /// A DNS question was asked, perhaps in a tunnel.
  func asked(
    _ name: RawSpan, client: Endpoint, server: Endpoint, at time: Timestamp, in tunnel: Tunnel?)
  /// A metered flow's turn has ended.
  func turnEnded(_ turn: Turn, on flow: MeteredFlow)
  /// A metered flow has ended; its last figures are in it.
  func flowEnded(_ flow: MeteredFlow)
  /// The rules have changed: whether a metered flow stays ours, and as what. Its figures have been taken; a flow that is
  /// ignored is not told of again.
  ///
  /// - Parameters:
  ///   - tag: what stands for the flow's own tag from now on; -1 for nothing.
  ///   - host: what is known of the client.
  func rejudged(_ flow: MeteredFlow, tag: Int32, host: HostTable.Host?, at time: Timestamp)
    -> FlowInterest
  /// The tag of a name that the rules did not know, and that an open flow was seen to have, or where it is not the whole
  /// name, one below it.
  func tag(forRecalled name: RawSpan, isWhole: Bool, source: NameSighting.Source) -> Int32
  /// A flow whose name has become ours shows a packet.
  func recalled(_ tag: Int32, _ sighting: NameSighting) -> FlowInterest
  /// A further name of a flow that is not judged by it: a hello names two, or a certificate is good for many.
  func alsoNamed(_ name: RawSpan, _ sighting: NameSighting)
  /// Whether sightings of hellos are to carry ``HelloFacts``, which cost two hashes each.
  var wantsHelloFacts: Bool { get }
}

extension TrafficObserver {
  package func alsoNamed(_ name: RawSpan, _ sighting: NameSighting) {}
  package var wantsHelloFacts: Bool { false }
  package func service(ofCertified name: RawSpan) -> Int32 { -1 }
  package func mayTellOthers(_ client: IPAddress, mac: MACAddress?) -> Bool { true }
  package func rejudged(
    _ flow: MeteredFlow, tag: Int32, host: HostTable.Host?, at time: Timestamp
  ) -> FlowInterest { tag >= 0 ? .meter(tag: tag) : .ignore }
  package func tag(
    forRecalled name: RawSpan, isWhole: Bool, source: NameSighting.Source
  ) -> Int32 { tag(forAnswered: name) }
  package func recalled(_ tag: Int32, _ sighting: NameSighting) -> FlowInterest {
    .meter(tag: tag)
  }
}
