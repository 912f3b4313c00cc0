import WireFormat

extension TrafficEngine {
  /// Reads a DNS message (RFC 1035, section 4.1): its questions are told, its answers remembered as address → name.
  mutating func dns(
    _ bytes: RawSpan, source: Endpoint, destination: Endpoint, _ packet: PacketContext
  ) {
    counters.dnsMessages &+= 1
    do throws(WireError) {
      try readDNS(bytes, source: source, destination: destination, packet)
    } catch {
      counters.dnsMalformed &+= 1
    }
  }

  private mutating func readDNS(
    _ bytes: RawSpan, source: Endpoint, destination: Endpoint, _ packet: PacketContext
  ) throws(WireError) {
    var message = try DNSMessage(parsing: bytes)
    guard message.header.isPlausible(messageByteCount: bytes.byteCount) else {
      throw .invalid(.dnsCount, offset: 4)
    }
    let isResponse = message.header.isResponse
    let client = isResponse ? destination : source
    let server = isResponse ? source : destination
    if !isResponse { hosts.note(client.address, mac: packet.mac) }
    var name = DNSName()
    var tag = NameCache.other
    var isFirst = true
    while try message.nextQuestion(into: &name) != nil {
      observer.asked(name.bytes, client: client, server: server, at: packet.time)
      // An answer belongs to the first question; real servers see no other.
      if isFirst, isResponse { tag = observer.tag(forAnswered: name.bytes) }
      isFirst = false
    }
    guard isResponse, !isFirst, message.header.responseCode == 0 else { return }
    // Multicast answers are said to all and asked by none; they name devices on the LAN.
    guard server.port == 53 else { return }
    while let record = try message.nextRecord(into: &name) {
      guard record.section == .answer else { break }
      if let address = record.address {
        names.insert(
          client: client.address, address: address, tag: tag, ttl: record.timeToLive,
          at: packet.time)
      }
    }
  }

  /// Gathers DNS messages from a TCP stream: each has its length before it (RFC 1035, section 4.2.2).
  mutating func collectDNS(
    _ chunk: RawSpan, _ direction: inout ProbingFlow.Direction, _ segment: TCPSegment
  ) {
    var octets: [UInt8] = []
    if case .dns(let earlier) = direction.content {
      octets = earlier
      direction.content = .unknown
    }
    octets.append(contentsOf: chunk.copied())
    var start = 0
    while octets.count - start >= 2 {
      let length = Int(octets[start]) << 8 | Int(octets[start + 1])
      guard octets.count - start - 2 >= length else { break }
      let message = octets.octets.extracting(start + 2..<start + 2 + length)
      if length > 0 {
        dns(
          message, source: segment.source, destination: segment.destination, segment.packet)
      }
      start += 2 + length
    }
    octets.removeFirst(start)
    direction.content = .dns(octets)
  }

  /// Learns from a DHCP message who a MAC and an address are (RFC 2131; options 12 and 81).
  mutating func dhcp(_ bytes: RawSpan, _ packet: PacketContext) {
    guard let message = try? DHCPMessage(parsing: bytes), let mac = message.hardwareAddress else {
      return
    }
    // A reply assigns `yiaddr`; a client that renews states its own in `ciaddr`.
    let address = message.isReply ? message.yourAddress : message.clientAddress
    hosts.note(
      lease: address, mac: mac, name: message.isReply ? nil : message.clientName(in: bytes),
      at: packet.time)
  }
}
