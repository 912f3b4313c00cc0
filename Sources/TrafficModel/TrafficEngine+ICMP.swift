import WireFormat

extension TrafficEngine {
  /// Looks at the packet that an ICMP error quotes.
  ///
  ///     type 1, code 1, checksum 2, unused or parameter 4, then the packet as far as it goes
  ///                                              RFC 792; RFC 4443, section 3
  ///
  /// A DNS message in it was sent by a host and could not be delivered: its question is told, as it would be had the
  /// message itself been captured. Nothing else is taken from a quotation, which anyone can make up: no flow, no
  /// volume, no answer, no address of a host.
  mutating func quotedPacket(in message: RawSpan, isIPv6: Bool, _ packet: PacketContext) {
    guard let type = message.octet(at: 0), message.byteCount > 8,
      Self.isError(type, isIPv6: isIPv6)
    else { return }
    let quoted = message.extracting(8..<message.byteCount)
    guard let ip = try? IPHeader(parsing: quoted, originalLength: quoted.byteCount),
      ip.source.isIPv4 == !isIPv6, ip.transportProtocol == 17, ip.fragment?.offset ?? 0 == 0,
      ip.headerLength <= ip.capturedEnd
    else { return }
    let datagram = quoted.extracting(ip.headerLength..<ip.capturedEnd)
    guard
      let header = try? TransportHeader(udp: datagram, length: ip.totalLength - ip.headerLength),
      header.sourcePort == 53 || header.destinationPort == 53
    else { return }
    quotedQuestion(
      datagram.extracting(8..<datagram.byteCount),
      source: Endpoint(address: ip.source, port: header.sourcePort),
      destination: Endpoint(address: ip.destination, port: header.destinationPort), packet)
  }

  /// Unreachable, too big, time exceeded, parameter problem; in IPv4 source quench and redirect too.
  private static func isError(_ type: UInt8, isIPv6: Bool) -> Bool {
    isIPv6 ? (1...4).contains(type) : (3...5).contains(type) || type == 11 || type == 12
  }

  private mutating func quotedQuestion(
    _ octets: RawSpan, source: Endpoint, destination: Endpoint, _ packet: PacketContext
  ) {
    guard var message = try? DNSMessage(parsing: octets) else { return }
    guard message.header.isPlausible(messageByteCount: max(octets.byteCount, 512)) else { return }
    let isResponse = message.header.isResponse
    var name = DNSName()
    var left = Self.maximumQuestions
    if message.header.questionCount > left { counters.dnsMessagesCut &+= 1 }
    while left > 0, (try? message.nextQuestion(into: &name)) != nil {
      left -= 1
      observer.asked(
        name.bytes, client: isResponse ? destination : source,
        server: isResponse ? source : destination, at: packet.time, in: descent.tunnel)
    }
  }
}
