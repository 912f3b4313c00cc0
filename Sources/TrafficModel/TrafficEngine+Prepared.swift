package import WireFormat

extension TrafficEngine {
  /// What prepares packets for this engine.
  package var preparer: PacketPreparer { PacketPreparer(seed: seed) }

  /// Asks the processor for what ``process(_:_:at:originalLength:linkType:time:)`` will need of a packet some packets
  /// later.
  // Mutating only in name: a value of this size that is lent to another module is copied first, two kilobytes a packet.
  package mutating func anticipate(_ packets: Span<PreparedPacket>, at index: Int) {
    if packets[index].kind != .general { flows.prefetch(hash: packets[index].hash) }
  }

  /// Takes one frame that has been prepared.
  ///
  /// - Parameters:
  ///   - frame: the octets captured.
  ///   - packets: what ``preparer`` has made of frames, of this one at `index`.
  ///   - originalLength: octets of the frame on the wire.
  ///   - linkType: a LINKTYPE_ value; frames of types that are not read are counted.
  package mutating func process(
    _ frame: RawSpan, _ packets: Span<PreparedPacket>, at index: Int, originalLength: Int,
    linkType: UInt32, time: Timestamp
  ) {
    let kind = packets[index].kind
    guard kind != .general else {
      return process(frame, originalLength: originalLength, linkType: linkType, at: time)
    }
    counters.packets &+= 1
    counters.bytes &+= originalLength
    if frame.byteCount < originalLength { counters.truncatedPackets &+= 1 }
    now = time
    let key = packets[index].key(seed: seed)
    if kind == .tcp {
      let place = flows.find(key, hash: packets[index].hash)
      if place.found, flows[place.index].state == .ignored, !packets[index].flags.changeConnection {
        // Most packets belong to flows that are nothing of ours.
        flows[place.index].lastSeen = Self.seconds(time)
        return
      }
      tcp(frame, packets, at: index, key, place, time: time)
    } else {
      do throws(WireError) {
        try udp(frame, packets, at: index, key, time: time)
      } catch {
        count(error)
      }
    }
  }

  @inline(never)
  private mutating func tcp(
    _ frame: RawSpan, _ packets: Span<PreparedPacket>, at index: Int, _ key: FlowKey,
    _ place: (index: Int, found: Bool), time: Timestamp
  ) {
    tcp(
      packets[index].payload(in: frame), packets[index].header, packets[index].context(at: time),
      key, sourceIsLow: packets[index].sourceIsLow, at: place)
  }

  @inline(never)
  private mutating func udp(
    _ frame: RawSpan, _ packets: Span<PreparedPacket>, at index: Int, _ key: FlowKey,
    time: Timestamp
  ) throws(WireError) {
    try udp(
      packets[index].payload(in: frame), packets[index].header, packets[index].context(at: time),
      key, sourceIsLow: packets[index].sourceIsLow)
  }
}
