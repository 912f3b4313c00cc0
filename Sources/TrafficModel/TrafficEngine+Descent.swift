import WireFormat

/// How far a frame has been unwrapped on the way to the packet at hand; untouched by frames that hold a packet as it is.
struct Descent {
  /// The innermost tunnel.
  var tunnel: Tunnel?
  /// IP headers passed, and wrappings taken off.
  var packets: UInt8 = 0
  var wrappings: UInt8 = 0

  /// IP headers in one another.
  static let maximumPackets = 8
  /// Headers between those, in one frame.
  static let maximumWrappings = 32
}

extension Layer {
  /// Whether this says more of a tunnel than the layer before it did.
  fileprivate var refinesTunnel: Bool {
    switch self {
    case .erspan1, .erspan2, .erspan3, .wccp: true
    default: false
    }
  }
}

extension TrafficEngine {
  /// Takes wrappings off until there is a packet.
  ///
  /// - Parameters:
  ///   - octets: from the first of the wrapping to the last captured.
  ///   - originalLength: octets from there as sent.
  ///   - mac: the sender on the link so far; zero where that is not known.
  mutating func unwrap(
    _ octets: RawSpan, originalLength: Int, as layer: Layer, from mac: MACAddress,
    at time: Timestamp
  ) throws(WireError) {
    var (layer, rest, length, mac) = (layer, octets, originalLength, mac)
    while true {
      switch layer {
      case .ip:
        return try packet(rest, originalLength: length, from: mac, at: time)
      case .nothing, .unknown:
        counters.nonIPPackets &+= 1
        return
      case .sealed:
        counters.sealedPackets &+= 1
        return
      case .wifiAggregate:
        return unwrapAggregate(rest, at: time)
      default:
        break
      }
      descent.wrappings += 1
      guard descent.wrappings <= Descent.maximumWrappings else {
        throw .invalid(.wrappingDepth, offset: 0)
      }
      let wrapping = try Wrapping(parsing: rest, as: layer)
      layer = wrapping.next
      // What stands below a tunnel was said by whoever sent to its end, perhaps from far away.
      if descent.tunnel == nil { mac = wrapping.sourceMAC ?? mac }
      if layer.refinesTunnel, let kind = Tunnel.Kind(layer) { descent.tunnel?.kind = kind }
      length -= wrapping.headerLength
      var end = rest.byteCount
      if let stated = wrapping.payloadLength {
        length = min(length, stated)
        end = min(end, wrapping.headerLength + stated)
      }
      rest = rest.extracting(wrapping.headerLength..<max(end, wrapping.headerLength))
    }
  }

  /// Takes each frame of an A-MSDU (IEEE 802.11-2020, section 9.3.2.2.2): one that is malformed is counted, and the next is
  /// taken.
  private mutating func unwrapAggregate(_ octets: RawSpan, at time: Timestamp) {
    var frames = AggregatedFrames(octets)
    let start = descent
    while let frame = frames.next() {
      descent = start
      counters.aggregatedFrames &+= 1
      do throws(WireError) {
        try unwrap(
          octets.extracting(frame.octets), originalLength: frame.originalLength, as: .llc,
          from: descent.tunnel == nil ? frame.sourceMAC : MACAddress(value: 0), at: time)
      } catch {
        count(error)
      }
    }
  }

  /// Counts a packet, or a frame of an aggregate, that could not be read.
  mutating func count(_ error: WireError) {
    if case .invalid(.wrappingDepth, _) = error {
      counters.packetsTooDeep &+= 1
    } else {
      counters.malformedPackets &+= 1
    }
  }

  /// Takes an IP packet.
  mutating func packet(
    _ octets: RawSpan, originalLength: Int, from mac: MACAddress, at time: Timestamp
  ) throws(WireError) {
    let ip =
      if let plain = IPHeader(plainV4: octets) { plain } else {
        try IPHeader(parsing: octets, originalLength: originalLength)
      }
    guard ip.headerLength <= ip.capturedEnd else {
      throw .truncated(offset: 0, needed: ip.headerLength, available: ip.capturedEnd)
    }
    let segment = octets.extracting(ip.headerLength..<ip.capturedEnd)
    var context = PacketContext(
      source: ip.source, destination: ip.destination, mac: mac, wireBytes: ip.totalLength,
      time: time, hopLimit: ip.hopLimit)
    guard let fragment = ip.fragment else {
      try transport(
        segment, wireLength: ip.totalLength - ip.headerLength, ip.transportProtocol, context)
      return
    }
    try takeFragment(segment, ip, fragment, &context)
  }

  private mutating func takeFragment(
    _ segment: RawSpan, _ ip: IPHeader, _ fragment: IPHeader.Fragment,
    _ context: inout PacketContext
  ) throws(WireError) {
    counters.fragments &+= 1
    let whole = fragments.accept(segment, header: ip, fragment: fragment, at: context.time)
    counters.droppedFragments = fragments.droppedCount
    guard let whole else { return }
    counters.reassembledDatagrams &+= 1
    context.wireBytes = whole.wireBytes
    // Further headers of IPv6, or an authentication header, were put together with what is behind them.
    let payload = whole.octets.octets
    let rest = try IPHeader.Remainder(
      parsing: payload, after: whole.transportProtocol, isIPv6: !ip.source.isIPv4)
    try transport(
      payload.extracting(rest.headerLength..<payload.byteCount),
      wireLength: payload.byteCount - rest.headerLength, rest.transportProtocol, context)
  }

  private mutating func transport(
    _ segment: RawSpan, wireLength: Int, _ transportProtocol: UInt8,
    _ context: PacketContext
  ) throws(WireError) {
    switch transportProtocol {
    case 6:
      let header = try TransportHeader(tcp: segment, length: wireLength)
      tcp(Self.payload(of: segment, header), header, context)
    case 17:
      let header = try TransportHeader(udp: segment, length: wireLength)
      try udp(Self.payload(of: segment, header), header, context)
    case 1, 58:
      counters.otherTransportPackets &+= 1
      quotedPacket(in: segment, isIPv6: transportProtocol == 58, context)
      if transportProtocol == 58 { neighbor(segment, context) }
    default:
      guard let layer = Layer(ipProtocol: transportProtocol) else {
        counters.otherTransportPackets &+= 1
        return
      }
      try enter(segment, originalLength: wireLength, as: layer, context)
    }
  }

  /// Takes what a packet carries in place of a transport segment.
  private mutating func enter(
    _ octets: RawSpan, originalLength: Int, as layer: Layer, _ packet: PacketContext
  ) throws(WireError) {
    let outside = descent
    defer { descent = outside }
    if let kind = Tunnel.Kind(layer) {
      counters.tunnelledPackets &+= 1
      descent.packets += 1
      guard descent.packets < Descent.maximumPackets else {
        throw .invalid(.wrappingDepth, offset: 0)
      }
      descent.tunnel = Tunnel(kind: kind, source: packet.source, destination: packet.destination)
    }
    // The sender on this link is not that of the inner packet.
    try unwrap(
      octets, originalLength: originalLength, as: layer, from: MACAddress(value: 0),
      at: packet.time)
  }

  /// Takes a datagram on a port of a tunnel, where its octets are those of one.
  ///
  /// - Returns: false when they are not.
  mutating func unwrapDatagram(_ payload: RawSpan, _ datagram: Datagram) throws(WireError) -> Bool {
    guard let layer = Layer(udpPorts: datagram.source.port, datagram.destination.port),
      let wrapping = try? Wrapping(parsing: payload, as: layer), wrapping.next != .unknown
    else { return false }
    let rest = payload.extracting(wrapping.headerLength..<payload.byteCount)
    let length = datagram.wireCount - wrapping.headerLength
    // GRE's keep-alive is two octets of zero, too little to go by.
    guard layer != .gre || wrapping.next != .nothing, wrapping.payloadLength ?? 0 <= length,
      wrapping.next.isPlausible(rest, originalLength: length)
    else { return false }
    try enter(payload, originalLength: datagram.wireCount, as: layer, datagram.packet)
    return true
  }

  @_lifetime(copy segment)
  private static func payload(of segment: RawSpan, _ header: TransportHeader) -> RawSpan {
    let start = min(header.headerLength, segment.byteCount)
    let end = min(header.headerLength + header.payloadLength, segment.byteCount)
    return segment.extracting(start..<end)
  }
}

/// What the layers below transport say of a packet.
struct PacketContext {
  var source: IPAddress
  var destination: IPAddress
  var mac: MACAddress
  /// IP total length.
  var wireBytes: Int
  var time: Timestamp
  /// Hop limit or time to live.
  var hopLimit: UInt8
}
