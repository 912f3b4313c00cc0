package import WireFormat

extension TrafficEngine {
  /// What prepares packets for this engine.
  package var preparer: PacketPreparer { PacketPreparer(seed: seed) }

  /// Asks the processor for what ``process(_:_:originalLength:linkType:at:)`` will need of a packet some packets later.
  @inline(__always)
  package func anticipate(_ packet: borrowing PreparedPacket) {
    if packet.kind != .general { flows.prefetch(packet.key) }
  }

  /// Takes one frame that has been prepared.
  ///
  /// - Parameters:
  ///   - frame: the octets captured.
  ///   - packet: what ``preparer`` has made of them.
  ///   - originalLength: octets of the frame on the wire.
  ///   - linkType: a LINKTYPE_ value; frames of types that are not read are counted.
  @inline(__always)
  package mutating func process(
    _ frame: RawSpan, _ packet: borrowing PreparedPacket, originalLength: Int, linkType: UInt32,
    at time: Timestamp
  ) {
    guard packet.kind != .general else {
      return process(frame, originalLength: originalLength, linkType: linkType, at: time)
    }
    counters.packets &+= 1
    counters.bytes &+= originalLength
    if frame.byteCount < originalLength { counters.truncatedPackets &+= 1 }
    now = time
    if packet.kind == .tcp {
      let place = flows.find(packet.key)
      if place.found, flows[place.index].state == .ignored, !packet.flags.changeConnection {
        // Most packets belong to flows that are nothing of ours.
        flows[place.index].lastSeen = Self.seconds(time)
        return
      }
      let payload = packet.payload(in: frame)
      tcp(payload, packet, place, at: time)
    } else {
      let payload = packet.payload(in: frame)
      do throws(WireError) {
        try udp(payload, packet, at: time)
      } catch {
        count(error)
      }
    }
  }

  @inline(never)
  private mutating func tcp(
    _ payload: RawSpan, _ packet: borrowing PreparedPacket, _ place: (index: Int, found: Bool),
    at time: Timestamp
  ) {
    let context = packet.context(at: time)
    tcp(
      payload, packet.header, context, packet.key, sourceIsLow: packet.sourceIsLow, at: place)
  }

  @inline(never)
  private mutating func udp(
    _ payload: RawSpan, _ packet: borrowing PreparedPacket, at time: Timestamp
  ) throws(WireError) {
    let context = packet.context(at: time)
    try udp(payload, packet.header, context, packet.key, sourceIsLow: packet.sourceIsLow)
  }
}
