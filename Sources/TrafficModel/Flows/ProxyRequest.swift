import WireFormat

/// What a client has asked a proxy for on a flow: CONNECT (RFC 9110, section 9.3.6) or SOCKS (RFC 1928). What is inside is
/// judged by its own name if it tells one, else by this.
struct ProxyRequest {
  /// `.http` or `.socks`.
  var source: NameSighting.Source
  /// The name asked for; empty where it was an address.
  var host: [UInt8] = []
  var address: IPAddress?
  /// The client's side is the endpoint that sorts first.
  var isFromLow: Bool
  var time: Timestamp
}
