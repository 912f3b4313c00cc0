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
    /// The Host field, or the authority of an absolute or CONNECT target, of HTTP in the clear.
    case http
    /// Inferred from a DNS answer that the client got for the server's address.
    case dns
    /// No name; only the server's address is known.
    case address
  }

  package var source: Source
  package var client: Endpoint
  package var server: Endpoint
  package var time: Timestamp
  /// The hello carried encrypted_client_hello, real or GREASE: its name is the outer one.
  package var hasECH = false

  package init(
    source: Source, client: Endpoint, server: Endpoint, time: Timestamp, hasECH: Bool = false
  ) {
    self.source = source
    self.client = client
    self.server = server
    self.time = time
    self.hasECH = hasECH
  }
}

/// What is to become of a flow.
package enum FlowInterest: Sendable, Equatable {
  /// Nothing of ours: forget it.
  case ignore
  /// Ours; the tag is the judge's own.
  case meter(tag: Int32)
}

/// Who judges names and receives what the traffic adds up to. Nothing here is called once per packet.
package protocol TrafficObserver: AnyObject {
  /// A name was read off a flow. The octets are as on the wire; they are gone after the call.
  func named(_ name: RawSpan, _ sighting: NameSighting) -> FlowInterest
  /// A flow told no name; `tag` is that of the DNS name under which the client knows the server, nil when there is none.
  func unnamed(_ sighting: NameSighting, inferred tag: Int32?) -> FlowInterest
  /// An HTTP request in the clear; `host` is empty when it named none.
  func httpRequest(path: RawSpan, host: RawSpan, _ sighting: NameSighting) -> FlowInterest
  /// A further request on a metered flow in the clear.
  func requested(path: RawSpan, host: RawSpan, on flow: MeteredFlow)
  /// Which of the judge's tags a name has; -1 when it is nothing of ours. Asked once per DNS response.
  func tag(forAnswered name: RawSpan) -> Int32
  /// A DNS question was asked.
  func asked(_ name: RawSpan, client: Endpoint, server: Endpoint, at time: Timestamp)
  /// A metered flow's turn has ended.
  func turnEnded(_ turn: Turn, on flow: MeteredFlow)
  /// A metered flow has ended; its last figures are in it.
  func flowEnded(_ flow: MeteredFlow)
}
