import WireFormat

/// What one frame tells without anything that is known of others: its headers as flat values, and the key of its flow.
///
/// Preparing is a function of the frame alone, so that it can be done ahead and by another thread, and the results are the
/// same. Only the plain ways are prepared, which nearly all frames go; the engine reads every other one from its octets.
///
/// 96 octets, flat, so that what is prepared of a batch is one run of memory.
package struct PreparedPacket: Sendable {
  /// Which way the packet goes.
  enum Kind: UInt8 {
    /// Not prepared: the frame says what it is.
    case general
    case tcp
    case udp
  }

  /// Of the flow; zero where ``kind`` is `.general`.
  var key = FlowKey(a: 0, b: 0)
  var source = IPAddress(high: 0, low: 0)
  var destination = IPAddress(high: 0, low: 0)
  var mac = MACAddress(value: 0)
  var sequence: UInt32 = 0
  var acknowledgement: UInt32 = 0
  var sourcePort: UInt16 = 0
  var destinationPort: UInt16 = 0
  /// Octets from the start of the frame to the payload, and of the payload as captured.
  var payloadOffset: UInt32 = 0
  var payloadCount: UInt32 = 0
  /// Octets of the payload as sent, and of the IP packet.
  var payloadLength: UInt32 = 0
  var wireBytes: UInt32 = 0
  var kind = Kind.general
  var flags = TCPFlags()
  var hopLimit: UInt8 = 0
  /// The packet's source is the endpoint that sorts first.
  var sourceIsLow = false

  /// A frame of which nothing is known yet.
  package init() {}

  /// - Parameters:
  ///   - frame: the octets captured.
  ///   - originalLength: octets of the frame on the wire.
  ///   - linkType: a LINKTYPE_ value.
  ///   - seed: the engine's.
  @inline(__always)
  init(preparing frame: RawSpan, originalLength: Int, linkType: UInt32, seed: UInt64) {
    guard linkType == LinkType.ethernet.rawValue, let link = LinkHeader(plainEthernet: frame)
    else { return }
    let packet = frame.extracting(link.byteCount..<frame.byteCount)
    guard let ip = Self.plainHeader(packet, originalLength: originalLength - link.byteCount)
    else { return }
    let segment = packet.extracting(ip.headerLength..<ip.capturedEnd)
    let length = ip.totalLength - ip.headerLength
    let header: TransportHeader
    switch ip.transportProtocol {
    case 6:
      guard let tcp = try? TransportHeader(tcp: segment, length: length) else { return }
      (header, kind) = (tcp, .tcp)
    case 17:
      guard let udp = try? TransportHeader(udp: segment, length: length) else { return }
      (header, kind) = (udp, .udp)
    default:
      return
    }
    let start = min(header.headerLength, segment.byteCount)
    let end = min(header.headerLength + header.payloadLength, segment.byteCount)
    payloadOffset = UInt32(truncatingIfNeeded: link.byteCount + ip.headerLength + start)
    payloadCount = UInt32(truncatingIfNeeded: end - start)
    payloadLength = UInt32(clamping: header.payloadLength)
    wireBytes = UInt32(clamping: ip.totalLength)
    (source, destination, mac) = (ip.source, ip.destination, link.sourceMAC)
    (sourcePort, destinationPort) = (header.sourcePort, header.destinationPort)
    (sequence, acknowledgement) = (header.sequence, header.acknowledgement)
    (flags, hopLimit) = (header.flags, ip.hopLimit)
    (key, sourceIsLow) = FlowKey.make(
      source: Endpoint(address: source, port: sourcePort),
      destination: Endpoint(address: destination, port: destinationPort),
      transportProtocol: ip.transportProtocol, seed: seed)
  }

  @inline(__always)
  private static func plainHeader(_ packet: RawSpan, originalLength: Int) -> IPHeader? {
    if let plain = IPHeader(plainV4: packet) { return plain }
    guard let ip = try? IPHeader(parsing: packet, originalLength: originalLength),
      ip.fragment == nil, ip.headerLength <= ip.capturedEnd
    else { return nil }
    return ip
  }

  /// The transport header; the length of the header itself is not kept.
  var header: TransportHeader {
    TransportHeader(
      sourcePort: sourcePort, destinationPort: destinationPort, payloadLength: Int(payloadLength),
      sequence: sequence, acknowledgement: acknowledgement, flags: flags)
  }

  func context(at time: Timestamp) -> PacketContext {
    PacketContext(
      source: source, destination: destination, mac: mac, wireBytes: Int(wireBytes), time: time,
      hopLimit: hopLimit)
  }

  /// The payload in the frame that this was made of.
  @inline(__always)
  @_lifetime(copy frame)
  func payload(in frame: RawSpan) -> RawSpan {
    let start = min(Int(payloadOffset), frame.byteCount)
    return frame.extracting(start..<min(start + Int(payloadCount), frame.byteCount))
  }
}

/// Prepares packets; it may go to other threads.
package struct PacketPreparer: Sendable {
  let seed: UInt64

  /// See ``PreparedPacket``.
  @inline(__always)
  package func prepare(
    _ frame: RawSpan, originalLength: Int, linkType: UInt32
  ) -> PreparedPacket {
    PreparedPacket(
      preparing: frame, originalLength: originalLength, linkType: linkType, seed: seed)
  }
}
