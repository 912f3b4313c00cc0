import StrictYAML
package import WireFormat

/// What the site says about its hosts' use of services: host groups, verdicts, exclusions.
///
/// A line of verdict speaks for one group or for all, about one provider or one of its services, or one tenant of either.
/// The host's own group comes before `*`, and within either a tenant before none, and then a service before its provider.
/// A line whose day of expiry has passed does not count; where none is left, the group's default holds, then the
/// policy's.
package struct Policy: Sendable {
  /// 12 hexadecimal digits that change with the file.
  package let version: String
  package let groups: [Group]
  package let defaultVerdict: Verdict
  /// Days for which names that look like AI and match no rule are kept; zero: they are not looked for.
  package let unknownNameDays: Int
  /// In the order of the file.
  package let budgets: [Budget]
  /// Days before a line's expiry on which it is told.
  package let noticeDays: Int

  let path: String
  let lines: [Line]
  let lineIndex: [Target: Int]
  let addresses: AddressTable
  let groupByMAC: [MACAddress: Int]
  let groupIndex: [String: Int]
  /// Tenants that some line or budget names: however many others a host asks for, these are told apart.
  package let namedTenants: Set<String>

  package struct Group: Sendable {
    package let id: String
    package let name: String
    /// Traffic of its hosts leaves no record.
    package let isExcluded: Bool
    /// Instead of the policy's default.
    package let defaultVerdict: Verdict?
  }

  /// A verdict and why.
  package struct Decision: Sendable, Equatable {
    package let verdict: Verdict
    /// `enterprise agreement (platform-team@example.com)`, or what stood in for a line.
    package let reason: String
    /// `policy.yaml:21`; nil when no line of verdict said so.
    package let line: String?
  }

  /// What a line of verdict speaks of.
  struct Target: Hashable, Sendable {
    /// Index of the group; nil: all.
    let group: Int?
    let kind: Kind
    let id: String
    /// Nil: whatever the tenant.
    var tenant: String?

    enum Kind: Sendable { case provider, service }
  }

  struct Line: Sendable {
    let target: Target
    let verdict: Verdict
    let owner: String
    let reason: String
    /// The last UTC day on which the line holds.
    let expires: CalendarDate?
    let location: YAMLLocation
  }

  /// The group of a host: by its MAC address, else by the longest block that holds its address.
  package func group(of address: IPAddress, mac: MACAddress? = nil) -> String? {
    index(of: address, mac: mac).map { groups[$0].id }
  }

  /// Whether traffic of this host must leave no record.
  package func isExcluded(_ address: IPAddress, mac: MACAddress? = nil) -> Bool {
    index(of: address, mac: mac).map { groups[$0].isExcluded } ?? false
  }

  /// What the policy says on the UTC day of `time`.
  ///
  /// - Parameter tenant: the one that a name told, in lower case; lines about others do not speak then.
  package func verdict(
    group: String?, provider: String, service: String, tenant: String?, on time: Timestamp
  ) -> Decision {
    let own = group.flatMap { groupIndex[$0] }
    var expired: Line?
    for target in Self.targets(own, provider, service, tenant) {
      guard let index = lineIndex[target] else { continue }
      let line = lines[index]
      if let expires = line.expires, time.daysSince1970 > expires.daysSince1970 {
        expired = expired ?? line
        continue
      }
      return Decision(
        verdict: line.verdict, reason: "\(line.reason) (\(line.owner))",
        line: "\(path):\(line.location.line)")
    }
    let verdict = own.flatMap { groups[$0].defaultVerdict } ?? defaultVerdict
    guard let expired else {
      return Decision(verdict: verdict, reason: "no line of the policy speaks of it", line: nil)
    }
    return Decision(
      verdict: verdict,
      reason:
        "\(expired.verdict.rawValue) until \(expired.expires?.description ?? "") (\(path):\(expired.location.line))",
      line: nil)
  }

  /// What lines may speak of, the most specific first.
  private static func targets(
    _ own: Int?, _ provider: String, _ service: String, _ tenant: String?
  ) -> [Target] {
    let groups: [Int?] = own == nil ? [nil] : [own, nil]
    let tenants: [String?] = tenant == nil ? [nil] : [tenant, nil]
    return groups.flatMap { group in
      tenants.flatMap { tenant in
        [
          Target(group: group, kind: .service, id: service, tenant: tenant),
          Target(group: group, kind: .provider, id: provider, tenant: tenant),
        ]
      }
    }
  }

  private func index(of address: IPAddress, mac: MACAddress?) -> Int? {
    if let mac, let index = groupByMAC[mac] { return index }
    return addresses.rule(for: address).map { Int($0) }
  }
}

extension Timestamp {
  /// Whole days since 1970-01-01 UTC, rounded down.
  package var daysSince1970: Int {
    let day: Int64 = 86_400_000_000_000
    let whole = Int(nanoseconds / day)
    return nanoseconds % day < 0 ? whole - 1 : whole
  }
}
