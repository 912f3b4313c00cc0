package import WireFormat

/// Who an address on our side is: its MAC as last seen, and the name it gave in DHCP.
///
/// At most 65,536 addresses; a new one is not remembered when the table is full (policy *refuse-new*).
package struct HostTable: Sendable {
  package struct Host: Sendable, Equatable {
    package var mac: MACAddress?
    package var name: String?
    /// When the name was given.
    package var nameSince: Timestamp?
  }

  private var hosts: [IPAddress: Host] = [:]
  private var names: [MACAddress: (name: String, since: Timestamp)] = [:]
  package private(set) var refusedCount = 0

  package static let maximumHosts = 65_536

  package init() {}

  package subscript(address: IPAddress) -> Host? { hosts[address] }

  /// Notes the MAC from which `address` sends. A router's MAC stands before many addresses; the caller asks only for
  /// hosts on our side.
  package mutating func note(_ address: IPAddress, mac: MACAddress) {
    guard mac.value != 0, !mac.isGroup, !address.isMulticastOrUnspecified else { return }
    if hosts[address] == nil, hosts.count >= Self.maximumHosts {
      refusedCount &+= 1
      return
    }
    var host = hosts[address] ?? Host()
    if host.mac == mac, host.name != nil { return }
    host.become(mac, named: names[mac])
    hosts[address] = host
  }

  /// Notes what a DHCP exchange says: the client's MAC, its address when it has one, its name when it gave one.
  package mutating func note(
    lease address: IPAddress?, mac: MACAddress, name: String?, at now: Timestamp
  ) {
    if let name, names.count < Self.maximumHosts || names[mac] != nil {
      names[mac] = (name, now)
    }
    guard let address, !address.isMulticastOrUnspecified else { return }
    if hosts[address] == nil, hosts.count >= Self.maximumHosts {
      refusedCount &+= 1
      return
    }
    var host = hosts[address] ?? Host()
    host.become(mac, named: names[mac])
    hosts[address] = host
  }
}

extension HostTable.Host {
  /// Notes the owner; the name of another one is not his.
  fileprivate mutating func become(
    _ mac: MACAddress, named known: (name: String, since: Timestamp)?
  ) {
    if self.mac != mac {
      name = nil
      nameSince = nil
    }
    self.mac = mac
    if let known {
      name = known.name
      nameSince = known.since
    }
  }
}
