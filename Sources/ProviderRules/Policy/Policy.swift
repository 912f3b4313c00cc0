package import WireFormat

/// What the site says about its hosts' use of services: host groups, verdicts, exclusions.
///
/// A line of verdict speaks for one group or for all, about one provider or one of its services. The host's own group
/// comes before `*`, and within either a service before its provider. A line whose day of expiry has passed does not
/// count; where none is left, the group's default holds, then the policy's.
package struct Policy: Sendable {
  /// 12 hexadecimal digits that change with the file.
  package let version: String
  package let groups: [Group]
  package let defaultVerdict: Verdict
  /// Days for which names that look like AI and match no rule are kept; zero: they are not looked for.
  package let unknownNameDays: Int

  let path: String
  let lines: [Line]
  let lineIndex: [Target: Int]
  let addresses: AddressTable
  let groupByMAC: [MACAddress: Int]
  let groupIndex: [String: Int]

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

    enum Kind: Sendable { case provider, service }
  }

  struct Line: Sendable {
    let verdict: Verdict
    let owner: String
    let reason: String
    /// The last day on which the line holds, in days since 1970.
    let lastDay: Int?
    let expiry: String?
    let number: Int
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
  package func verdict(
    group: String?, provider: String, service: String, on time: Timestamp
  ) -> Decision {
    let own = group.flatMap { groupIndex[$0] }
    let targets = [
      own.map { Target(group: $0, kind: .service, id: service) },
      own.map { Target(group: $0, kind: .provider, id: provider) },
      Target(group: nil, kind: .service, id: service),
      Target(group: nil, kind: .provider, id: provider),
    ]
    var expired: Line?
    for case let target? in targets {
      guard let index = lineIndex[target] else { continue }
      let line = lines[index]
      if let lastDay = line.lastDay, time.daysSince1970 > lastDay {
        expired = expired ?? line
        continue
      }
      return Decision(
        verdict: line.verdict, reason: "\(line.reason) (\(line.owner))",
        line: "\(path):\(line.number)")
    }
    let verdict = own.flatMap { groups[$0].defaultVerdict } ?? defaultVerdict
    guard let expired else {
      return Decision(verdict: verdict, reason: "no line of the policy speaks of it", line: nil)
    }
    return Decision(
      verdict: verdict,
      reason:
        "\(expired.verdict.rawValue) until \(expired.expiry ?? "") (\(path):\(expired.number))",
      line: nil)
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
