import WireFormat

/// Nothing is learned of what came in a tunnel: anybody on the Internet may have sent it.
extension TrafficEngine {
  /// Learns from a DHCP message who a MAC and an address are (RFC 2131; options 12 and 81).
  mutating func dhcp(_ bytes: RawSpan, _ packet: PacketContext) {
    guard descent.tunnel == nil, let message = try? DHCPMessage(parsing: bytes),
      let mac = message.hardwareAddress
    else { return }
    // A reply assigns `yiaddr`; a client that renews states its own in `ciaddr`.
    let address = message.isReply ? message.yourAddress : message.clientAddress
    hosts.note(
      lease: address, mac: mac, name: message.isReply ? nil : message.clientName(in: bytes),
      at: packet.time)
  }

  /// Learns the same from DHCPv6 (RFC 8415; option 39).
  mutating func dhcpv6(_ bytes: RawSpan, isFromClient: Bool, _ packet: PacketContext) {
    guard descent.tunnel == nil, let message = try? DHCPv6Message(parsing: bytes) else { return }
    // A client on this link is its frames' sender; another is told by its identifier.
    let sender = isFromClient && !message.isRelayed ? packet.mac : nil
    let receiver = message.isReply && !message.isRelayed ? hosts[packet.destination]?.mac : nil
    guard let mac = sender ?? receiver ?? message.clientMAC, mac.value != 0 else { return }
    let name = message.isReply ? nil : message.hostName.map { bytes.lowercasedText($0) }
    hosts.note(lease: nil, mac: mac, name: name, source: .dhcpv6, at: packet.time)
    if isFromClient, sender != nil {
      hosts.note(packet.source, mac: mac, isOwnWord: true, at: packet.time)
    }
    // What a client asks for is not yet its own.
    guard message.isReply, message.messageType == 7 else { return }
    for index in 0..<message.addressCount {
      hosts.note(
        lease: message.address(index), mac: mac, name: nil, source: .dhcpv6, at: packet.time)
    }
  }

  /// Learns from ARP which MAC an address has; believed when the frame's sender says it of itself. Frames of
  /// other protocols that are not IP are none by their first octets.
  mutating func arp(_ bytes: RawSpan, sender: MACAddress, at time: Timestamp) {
    guard let message = try? ARPMessage(parsing: bytes), message.senderMAC == sender,
      let address = message.senderAddress
    else { return }
    hosts.note(address, mac: sender, isOwnWord: true, at: time)
  }

  /// Learns from neighbour discovery which MAC an address has, and which MACs route (RFC 4861).
  mutating func neighbor(_ segment: RawSpan, _ packet: PacketContext) {
    // A router would have lowered the hop limit: the message is of this link (section 7.1).
    guard descent.tunnel == nil, packet.hopLimit == 255, packet.mac.value != 0,
      let type = segment.octet(at: 0),
      (133...136).contains(type)
    else { return }
    guard let message = try? NeighborMessage(parsing: segment) else { return }
    switch message.kind {
    case .routerAdvertisement(let lifetime):
      // Only from a link-local address (section 6.1.2).
      guard lifetime > 0, packet.source.high >> 54 == 0x3fa,
        message.sourceMAC ?? packet.mac == packet.mac
      else { return }
      hosts.note(router: packet.mac, seconds: lifetime, at: packet.time)
      counters.routersRefused = hosts.refusedRouterCount
    case .routerSolicitation, .solicitation:
      if message.sourceMAC == packet.mac {
        hosts.note(packet.source, mac: packet.mac, isOwnWord: true, at: packet.time)
      }
    case .advertisement(let target, _):
      // Any host may set the R flag: it does not make the MAC a router's.
      if message.targetMAC == packet.mac {
        hosts.note(target, mac: packet.mac, isOwnWord: true, at: packet.time)
      }
    }
  }

  /// Learns a device's own name from what it says to all: mDNS and LLMNR responses.
  ///
  /// A name is believed of the sender when one of its addresses in the message is the one that it sends
  /// from; then its other addresses are its own too. Proxies speak for others and are passed over. It has to
  /// be of this link: sent to the mDNS group, which no router forwards, or with a hop limit that a router
  /// would have lowered (RFC 6762, section 11); LLMNR between addresses that are not of the Internet.
  mutating func learnOwnName(_ response: DNSMessage, _ datagram: NamingDatagram) {
    let packet = datagram.packet
    guard descent.tunnel == nil else { return }
    switch (datagram.kind, datagram.source.port) {
    case (.multicastDNS, 5353):
      guard packet.hopLimit == 255 || packet.destination.isMulticastDNS else { return }
    case (.linkLocal, 5355):
      guard packet.source.isOfThisSide, packet.destination.isOfThisSide else { return }
    default:
      return
    }
    var name = DNSName()
    var own = DNSName()
    var first = response
    var left = Self.maximumQuestions
    while left > 0, let record = try? first.nextRecord(into: &name) {
      left -= 1
      if record.address == packet.source {
        own = name
        break
      }
    }
    guard let text = Self.hostName(own, isMulticast: datagram.kind == .multicastDNS) else { return }
    let source: HostNameSource = datagram.kind == .multicastDNS ? .mdns : .llmnr
    hosts.note(lease: packet.source, mac: packet.mac, name: text, source: source, at: packet.time)
    let hash = own.bytes.hash(seed: seed)
    var second = response
    left = Self.maximumQuestions
    while left > 0, let record = try? second.nextRecord(into: &name) {
      left -= 1
      guard let address = record.address, record.timeToLive > 0 else { continue }
      if name.bytes.hash(seed: seed) == hash {
        hosts.note(address, mac: packet.mac, isOwnWord: true, at: packet.time)
      }
    }
  }

  /// The first label of `host.local`, or a name of one label.
  private static func hostName(_ name: DNSName, isMulticast: Bool) -> String? {
    let text = name.text
    guard isMulticast else { return text.isEmpty || text.contains(".") ? nil : text }
    guard text.hasSuffix(".local"), !text.dropLast(6).contains(".") else { return nil }
    return String(text.dropLast(6))
  }

  /// Learns a computer's own name from its NetBIOS registration, refresh or answer.
  ///
  ///     NB record: flags (2), highest bit = group; address (4)         RFC 1002, section 4.2.1.3
  mutating func learnNetBIOSName(
    _ name: NetBIOSName, _ flags: UInt16, _ address: IPAddress, _ packet: PacketContext
  ) {
    guard descent.tunnel == nil, name.suffix == .workstation || name.suffix == .fileServer,
      flags >> 15 == 0, address == packet.source, address.isOfThisSide,
      packet.destination.isOfThisSide
    else { return }
    hosts.note(lease: address, mac: packet.mac, name: name.text, source: .netbios, at: packet.time)
  }
}

extension IPAddress {
  /// 224.0.0.251 or ff02::fb (RFC 6762, section 3).
  fileprivate var isMulticastDNS: Bool {
    v4 == 0xe000_00fb || high == 0xff02_0000_0000_0000 && low == 0xfb
  }

  /// Private (RFC 1918, RFC 4193), link-local, or a group or broadcast address of the link: no address of
  /// the Internet.
  fileprivate var isOfThisSide: Bool {
    guard let v4 else {
      return high >> 57 == 0x7e || high >> 54 == 0x3fa || high >> 48 == 0xff02
    }
    return v4 >> 24 == 10 || v4 >> 20 == 0xac1 || v4 >> 16 == 0xc0a8 || v4 >> 16 == 0xa9fe
      || v4 >> 8 == 0xe00000 || v4 == .max
  }
}
