import WireFormat

/// What one frame tells without anything that is known of others: its headers as flat values, and the hash of its flow.
///
/// Preparing is a function of the frame alone, so that it can be done ahead and by another thread, and the results are the
/// same. Only the plain ways are prepared, which nearly all frames go; the engine reads every other one from its octets.
///
/// 64 octets, a line of a processor's cache: that is what goes from one processor to the other for most packets.
package struct PreparedPacket: Sendable {
  /// Which way the packet goes.
  enum Kind: UInt8 {
    /// Not prepared: the frame says what it is.
    case general
    case tcp
    case udp
  }

  var source = IPAddress(high: 0, low: 0)
  var destination = IPAddress(high: 0, low: 0)
  /// The lower half of the hash of the flow's key.
  private(set) var hash: UInt32 = 0
  var sequence: UInt32 = 0
  var acknowledgement: UInt32 = 0
  private var lowerMAC: UInt32 = 0
  private var upperMAC: UInt16 = 0
  var sourcePort: UInt16 = 0
  var destinationPort: UInt16 = 0
  /// Octets from the start of the frame to the payload.
  private var payloadOffset: UInt16 = 0
  /// Octets of the payload as sent, and of the IP packet.
  private var payloadLength: UInt16 = 0
  private var wireBytes: UInt16 = 0
  private(set) var kind = Kind.general
  var flags = TCPFlags()
  private var hopLimit: UInt8 = 0
  /// The packet's source is the endpoint that sorts first.
  private(set) var sourceIsLow = false

  /// A frame of which nothing is known yet.
  package init() {}

  /// Says what `frame` tells.
  ///
  /// - Parameters:
  ///   - frame: the octets captured.
  ///   - originalLength: octets of the frame on the wire.
  ///   - linkType: a LINKTYPE_ value.
  ///   - seed: the engine's.
  @inline(__always)
  fileprivate mutating func read(
    _ frame: RawSpan, originalLength: Int, linkType: UInt32, seed: UInt64
  ) {
    kind = .general
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
      header = tcp
    case 17:
      guard let udp = try? TransportHeader(udp: segment, length: length) else { return }
      header = udp
    default:
      return
    }
    let offset = link.byteCount + ip.headerLength + header.headerLength
    // A packet of 64 KiB and more is one that the network card has put together.
    guard let offset = UInt16(exactly: offset), let total = UInt16(exactly: ip.totalLength) else {
      return
    }
    kind = ip.transportProtocol == 6 ? .tcp : .udp
    (payloadOffset, wireBytes) = (offset, total)
    payloadLength = UInt16(clamping: header.payloadLength)
    (source, destination) = (ip.source, ip.destination)
    lowerMAC = UInt32(truncatingIfNeeded: link.sourceMAC.value)
    upperMAC = UInt16(truncatingIfNeeded: link.sourceMAC.value >> 32)
    (sourcePort, destinationPort) = (header.sourcePort, header.destinationPort)
    (sequence, acknowledgement) = (header.sequence, header.acknowledgement)
    (flags, hopLimit) = (header.flags, ip.hopLimit)
    sourceIsLow = FlowKey.isLow(from, to: to)
    hash = UInt32(truncatingIfNeeded: key(seed: seed).hash(seed: seed))
  }

  private var from: Endpoint { Endpoint(address: source, port: sourcePort) }
  private var to: Endpoint { Endpoint(address: destination, port: destinationPort) }

  /// The key of the flow; meaningless where ``kind`` is `.general`.
  @inline(__always)
  func key(seed: UInt64) -> FlowKey {
    FlowKey(
      low: sourceIsLow ? from : to, high: sourceIsLow ? to : from,
      transportProtocol: kind == .tcp ? 6 : 17, seed: seed)
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
      source: source, destination: destination,
      mac: MACAddress(value: UInt64(upperMAC) << 32 | UInt64(lowerMAC)),
      wireBytes: Int(wireBytes), time: time, hopLimit: hopLimit)
  }

  /// The payload in the frame that this was made of, as far as it was captured.
  @inline(__always)
  @_lifetime(copy frame)
  func payload(in frame: RawSpan) -> RawSpan {
    let start = min(Int(payloadOffset), frame.byteCount)
    return frame.extracting(start..<min(start + Int(payloadLength), frame.byteCount))
  }
}

/// Prepares packets; it may go to other threads.
package struct PacketPreparer: Sendable {
  let seed: UInt64

  /// Says in `packet` what `frame` tells; see ``PreparedPacket``.
  package func prepare(
    _ packet: inout PreparedPacket, from frame: RawSpan, originalLength: Int, linkType: UInt32
  ) {
    packet.read(frame, originalLength: originalLength, linkType: linkType, seed: seed)
  }
}
