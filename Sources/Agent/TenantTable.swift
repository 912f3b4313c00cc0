import ProviderRules
import WireFormat

/// Which tenants of a host are told apart in a window.
///
/// Anybody can ask for names without end, each of them another tenant. At most so many of a host and window have accounts
/// of their own, the first ones; further ones share one (policy *share-last*). Tenants that the policy names always have
/// their own, so that nobody hides one behind others.
struct TenantTable {
  /// Tenants of one host in one window.
  static let maximumCount = 32

  private struct Home: Hashable {
    var place: Ledger.Place
    var host: IPAddress
  }

  var named: Set<String>
  private(set) var otherCount = 0
  private var seen: [Home: Set<String>] = [:]
  private var seenCount = 0
  private let capacity: Int

  /// - Parameter capacity: tenants of all hosts and windows; twice as many at the worst.
  init(capacity: Int, named: Set<String>) {
    self.capacity = capacity
    self.named = named
  }

  /// The tenant itself, or ``TenantLabel/other``, which is counted.
  mutating func booked(_ tenant: String, of host: IPAddress, in place: Ledger.Place) -> String {
    if tenant == TenantLabel.other || named.contains(tenant) { return tenant }
    let home = Home(place: place, host: host)
    if seen[home]?.contains(tenant) == true { return tenant }
    guard seen[home]?.count ?? 0 < Self.maximumCount, seenCount < capacity * 2 else {
      otherCount += 1
      return TenantLabel.other
    }
    seen[home, default: []].insert(tenant)
    seenCount += 1
    return tenant
  }

  /// Windows may be opened again by frames out of order, so what was seen is kept until there is much of it.
  mutating func forgetIfFull() {
    guard seenCount >= capacity else { return }
    seen.removeAll()
    seenCount = 0
  }
}
