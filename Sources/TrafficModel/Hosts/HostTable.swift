package import WireFormat

/// Who an address on our side is: its MAC as last seen, and the name it gave.
///
/// At most so many addresses as its capacity says, and as many named MACs. When one is full, what was not seen for twelve hours
/// leaves, at most once a minute; a new one is not remembered when that makes no room (policy
/// *expire-then-refuse-new*). At most 256 routers, each for as long as it says, under the same policy.
package struct HostTable: Sendable {
  package struct Host: Sendable, Equatable {
    package var mac: MACAddress?
    /// The router's MAC from which it was seen to send, where it did not say that the MAC is its own. It
    /// tells nothing of who the host is, but what the policy says of that MAC holds.
    package var router: MACAddress?
    package var name: String?
    /// When the name was given.
    package var nameSince: Timestamp?
    /// How the name is known.
    package var nameSource: HostNameSource?
    /// When the address was seen last.
    var lastSeen = Timestamp(nanoseconds: 0)
    /// Whether it said itself which MAC it has, or its DHCP server did.
    fileprivate var spokeForItself = false

    /// What the policy knows the host by.
    package var policyMAC: MACAddress? { mac ?? router }
  }

  fileprivate struct Name: Sendable {
    var text: String
    var source: HostNameSource
    var since: Timestamp
  }

  /// The hosts in no order, and where each stands.
  private var hosts: ContiguousArray<(address: IPAddress, host: Host)> = []
  private var index: HostIndex
  private var names: [MACAddress: Name] = [:]
  /// Until when each MAC is a router's.
  private var routers: [MACAddress: Timestamp] = [:]
  /// The time of the last note.
  private var now = Timestamp(nanoseconds: .min)
  private var lastExpiry = Timestamp(nanoseconds: .min)
  package private(set) var refusedCount = 0
  package private(set) var refusedRouterCount = 0
  /// Addresses and names that left for being old.
  package private(set) var expiredCount = 0

  /// Addresses, and named MACs.
  private let capacity: Int
  package static let maximumRouters = 256
  /// Nanoseconds.
  static let lifetime: Int64 = 12 * 3_600_000_000_000
  /// A stronger name that is older than this may be replaced (nanoseconds).
  static let nameLifetime: Int64 = 24 * 3_600_000_000_000
  private static let expiryInterval: Int64 = 60_000_000_000

  /// - Parameter seed: unpredictable to senders of packets.
  package init(capacity: Int = 65_536, seed: UInt64 = .random(in: .min ... .max)) {
    self.capacity = capacity
    index = HostIndex(seed: seed)
  }

  /// Nanoseconds for which a router is one: 9,000 s (RFC 4861, section 6.2.1).
  private static let maximumRouterLifetime: Int64 = 9_000_000_000_000

  /// Who an address is. Behind a router's MAC stand others' addresses: it is that of a host only when the
  /// host said so.
  package subscript(address: IPAddress) -> Host? {
    guard let place = place(of: address) else { return nil }
    var host = hosts[place].host
    if !host.spokeForItself, let mac = host.mac, isRouter(mac) {
      host.router = mac
      (host.mac, host.name, host.nameSince, host.nameSource) = (nil, nil, nil, nil)
    }
    return host
  }

  /// What the policy knows an address by, as ``Host/policyMAC`` of its host.
  func policyMAC(of address: IPAddress) -> MACAddress? {
    place(of: address).flatMap { hosts[$0].host.mac ?? hosts[$0].host.router }
  }

  /// Asks for the place of an address that will be noted or looked for.
  func prefetch(_ address: IPAddress) { index.prefetch(index.hash(address)) }

  @inline(__always)
  private func place(of address: IPAddress) -> Int? {
    place(of: address, index.hash(address))
  }

  @inline(__always)
  private func place(of address: IPAddress, _ hash: UInt64) -> Int? {
    index.find(hash) { hosts[$0].address == address }
  }

  /// Notes the MAC from which `address` sends; the caller asks only for hosts on our side.
  ///
  /// - Parameter isOwnWord: the host says of itself that it has the MAC.
  package mutating func note(
    _ address: IPAddress, mac: MACAddress, isOwnWord: Bool = false, at now: Timestamp
  ) {
    guard mac.value != 0, !mac.isGroup, !address.isMulticastOrUnspecified else { return }
    self.now = now
    let hash = index.hash(address)
    let place = place(of: address, hash)
    if let place, hosts[place].host.spokeForItself || !isOwnWord {
      if hosts[place].host.mac == mac, hosts[place].host.name != nil {
        hosts[place].host.lastSeen = now
        return
      }
      // What a router forwards takes nothing from a host that spoke for itself.
      if !isOwnWord, hosts[place].host.spokeForItself, hosts[place].host.mac != mac, isRouter(mac) {
        return
      }
    }
    update(address, hash, at: place, mac: mac, isOwnWord: isOwnWord, at: now)
  }

  /// Notes what a host says of itself, or its DHCP server of it: its MAC, its address when it has one, its
  /// name when it gave one.
  ///
  /// A weaker source does not replace the name of a stronger one within a day.
  package mutating func note(
    lease address: IPAddress?, mac: MACAddress, name: String?,
    source: HostNameSource = .dhcp, at now: Timestamp
  ) {
    guard mac.value != 0, !mac.isGroup else { return }
    self.now = now
    // These cross routers: the MAC may be the last one's.
    if source == .llmnr || source == .netbios, isRouter(mac) {
      if let address { note(address, mac: mac, at: now) }
      return
    }
    if let name = name.flatMap(HostName.init) { note(name.text, of: mac, source, at: now) }
    guard let address, !address.isMulticastOrUnspecified else { return }
    let hash = index.hash(address)
    update(address, hash, at: place(of: address, hash), mac: mac, isOwnWord: true, at: now)
  }

  /// Notes that a MAC routes: it is not that of the addresses that it sends from.
  ///
  /// - Parameter seconds: how long it says it will; no more than 9,000 are believed.
  package mutating func note(router mac: MACAddress, seconds: UInt16, at now: Timestamp) {
    guard mac.value != 0, !mac.isGroup else { return }
    self.now = now
    if routers[mac] == nil, routers.count >= Self.maximumRouters {
      routers = routers.filter { isRouter($0.key) }
      guard routers.count < Self.maximumRouters else {
        refusedRouterCount &+= 1
        return
      }
    }
    let lifetime = min(Int64(seconds) * 1_000_000_000, Self.maximumRouterLifetime)
    routers[mac] = now.advanced(byNanoseconds: lifetime)
  }

  /// Whether a MAC is a router's at present; a capture may state any times.
  private func isRouter(_ mac: MACAddress) -> Bool {
    guard !routers.isEmpty, let end = routers[mac] else { return false }
    return end > now && end.since(now) <= Self.maximumRouterLifetime
  }

  private mutating func note(
    _ text: String, of mac: MACAddress, _ source: HostNameSource, at now: Timestamp
  ) {
    if let known = names[mac], known.source > source, now.since(known.since) < Self.nameLifetime {
      return
    }
    if names[mac] == nil, names.count >= capacity {
      expire(at: now)
      guard names.count < capacity else {
        refusedCount &+= 1
        return
      }
    }
    names[mac] = Name(text: text, source: source, since: now)
  }

  /// - Parameters:
  ///   - hash: that of the address.
  ///   - place: where the address stands; nil where it is new.
  private mutating func update(
    _ address: IPAddress, _ hash: UInt64, at place: Int?, mac: MACAddress, isOwnWord: Bool,
    at now: Timestamp
  ) {
    var place = place
    if place == nil {
      if hosts.count >= capacity { expire(at: now) }
      guard hosts.count < capacity else {
        refusedCount &+= 1
        return
      }
      if index.isFull { makeIndex(room: 2 * hosts.count) }
      index.append(hash)
      hosts.append((address, Host()))
      place = hosts.count - 1
    }
    guard let place else { return }
    hosts[place].host.become(mac, named: names[mac])
    if isOwnWord { hosts[place].host.spokeForItself = true }
    hosts[place].host.lastSeen = now
  }

  /// Forgets what is old, unless that was tried a moment ago.
  private mutating func expire(at now: Timestamp) {
    guard now.since(lastExpiry).magnitude > Self.expiryInterval else { return }
    lastExpiry = now
    let count = hosts.count + names.count
    hosts.removeAll { now.since($0.host.lastSeen) > Self.lifetime }
    names = names.filter { now.since($0.value.since) <= Self.nameLifetime }
    expiredCount &+= count - hosts.count - names.count
    makeIndex(room: hosts.count)
  }

  private mutating func makeIndex(room: Int) {
    index.removeAll(room: room)
    for place in hosts.indices { index.append(index.hash(hosts[place].address)) }
  }
}

extension HostTable.Host {
  /// Notes the owner; the name of another one is not his.
  fileprivate mutating func become(_ mac: MACAddress, named known: HostTable.Name?) {
    if self.mac != mac {
      (name, nameSince, nameSource) = (nil, nil, nil)
      spokeForItself = false
    }
    self.mac = mac
    if let known { (name, nameSince, nameSource) = (known.text, known.since, known.source) }
  }
}
