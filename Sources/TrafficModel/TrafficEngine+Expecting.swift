import WireFormat

extension TrafficEngine {
  /// Frames between the one at hand and the one to ``expect(_:linkType:)``: long enough for memory to answer.
  package static let expectedDistance = 6

  /// Has the flow table's place for a coming frame brought into the cache, so that ``process(_:originalLength:linkType:at:)``
  /// need not wait for it. Changes nothing else; done for what is most of all traffic: IPv4 over Ethernet as it is.
  ///
  /// Mutating only in name: a borrow of the engine, which is large, would be a copy of it.
  package mutating func expect(_ frame: RawSpan, linkType: UInt32) {
    guard linkType == LinkType.ethernet.rawValue else { return }
    var reader = ByteReader(frame)
    do throws(WireError) {
      try reader.skip(12)
      // EtherType, version and header length.
      guard try reader.readUInt32() & 0xffff_ff00 == 0x0800_4500 else { return }
      try reader.skip(7)
      let transportProtocol = try reader.readUInt8()
      try reader.skip(2)
      let addresses = try reader.readUInt64()
      let ports = try reader.readUInt32()
      let (key, _) = FlowKey.make(
        source: Endpoint(
          address: IPAddress(v4: UInt32(truncatingIfNeeded: addresses >> 32)),
          port: UInt16(truncatingIfNeeded: ports >> 16)),
        destination: Endpoint(
          address: IPAddress(v4: UInt32(truncatingIfNeeded: addresses)),
          port: UInt16(truncatingIfNeeded: ports)),
        transportProtocol: transportProtocol, seed: seed)
      flows.prefetch(key)
    } catch {
      return
    }
  }
}
