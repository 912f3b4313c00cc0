/// One header between the frame and the IP packet in it: how long it is and what follows.
@usableFromInline
package struct Wrapping: Sendable {
  package var next: Layer
  /// Octets up to what follows.
  package var headerLength: Int
  /// Octets of what follows as sent; nil where the header does not say: all that there are.
  package var payloadLength: Int?
  /// The sender on the link, where the header states one.
  package var sourceMAC: MACAddress?

  init(
    _ next: Layer, after reader: borrowing ByteReader, payloadLength: Int? = nil,
    from sourceMAC: MACAddress? = nil
  ) {
    self.next = next
    headerLength = reader.offset
    self.payloadLength = payloadLength
    self.sourceMAC = sourceMAC
  }

  /// Reads the header at the start of `octets`.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when the octets end within the header,
  ///   ``WireError/invalid(_:offset:)`` when a field of it holds what its standard does not allow.
  package init(parsing octets: RawSpan, as layer: Layer) throws(WireError) {
    var reader = ByteReader(octets)
    switch layer {
    case .ip, .nothing, .sealed, .unknown, .wifiAggregate: self.init(layer, after: reader)
    case .ethernet: try self.init(ethernet: &reader)
    case .vlan: try self.init(vlan: &reader)
    case .llc: try self.init(llc: &reader)
    case .ciscoMetaData: try self.init(ciscoMetaData: &reader)
    case .macSec: try self.init(macSec: &reader)
    case .backboneTag: try self.init(backboneTag: &reader)
    case .vnTag: try self.init(vnTag: &reader)
    case .redundancyTag: try self.init(redundancyTag: &reader)
    case .mpls: try self.init(mpls: &reader)
    case .pseudowire: try self.init(pseudowire: &reader)
    case .networkService: try self.init(networkService: &reader)
    case .ppp: try self.init(ppp: &reader)
    case .pppWithDirection: try self.init(pppWithDirection: &reader)
    case .pppoe: try self.init(pppoe: &reader)
    case .ciscoHDLC: try self.init(ciscoHDLC: &reader)
    case .frameRelay: try self.init(frameRelay: &reader)
    case .slip: try self.init(slip: &reader)
    case .wifi: try self.init(wifi: &reader)
    case .wifiPadded: try self.init(wifi: &reader, isPadded: true)
    case .wifiSwapped: try self.init(wifi: &reader, isSwapped: true)
    case .radiotap: try self.init(radiotap: &reader)
    case .prism: try self.init(prism: &reader)
    case .fddi: try self.init(fddi: &reader)
    case .tokenRing: try self.init(tokenRing: &reader)
    case .arcnet: try self.init(arcnet: &reader, isLinux: false)
    case .arcnetLinux: try self.init(arcnet: &reader, isLinux: true)
    case .firewire: try self.init(firewire: &reader)
    case .atm: try self.init(atm: &reader)
    case .nflog: try self.init(nflog: &reader)
    case .pktap: try self.init(pktap: &reader)
    case .perPacketInformation: try self.init(perPacketInformation: &reader)
    case .ipsecTap: try self.init(ipsecTap: &reader)
    case .packetFilterLog: try self.init(packetFilterLog: &reader)
    case .gre: try self.init(gre: &reader)
    case .erspan1: self.init(.ethernet, after: reader)
    case .erspan2: try self.init(erspan2: &reader)
    case .erspan3: try self.init(erspan3: &reader)
    case .wccp: try self.init(wccp: &reader)
    case .etherIP: try self.init(etherIP: &reader)
    case .l2tp3: try self.init(l2tp3: &reader)
    case .vxlan: try self.init(vxlan: &reader)
    case .vxlanGPE: try self.init(vxlanGPE: &reader)
    case .geneve: try self.init(geneve: &reader)
    case .gtp: try self.init(gtp: &reader)
    case .teredo: try self.init(teredo: &reader)
    case .l2tp: try self.init(l2tp: &reader)
    case .capwap: try self.init(capwap: &reader)
    case .tzsp: try self.init(tzsp: &reader)
    case .lisp: try self.init(lisp: &reader)
    }
  }
}

extension ByteReader {
  @_lifetime(self: copy self)
  mutating func readMACAddress() throws(WireError) -> MACAddress {
    let octets = try readSlice(6)
    var reader = octets
    return MACAddress(
      value: UInt64(try reader.readUInt16()) << 32 | UInt64(try reader.readUInt32()))
  }
}
