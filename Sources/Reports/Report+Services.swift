internal import RecordStore

extension Report {
  /// One service with all hosts that use it: what a security team decides about.
  package struct ServiceUse: Sendable {
    package let provider: String
    package let providerName: String
    package let service: String
    package let serviceName: String
    package let category: String
    package let dataEgress: String
    /// Names of the policy groups whose hosts use it; nil for hosts of no group.
    package let groups: [String?]
    package let totals: Totals
  }

  /// The services in use: those with the most worrying verdict first, then by provider and service.
  package var services: [ServiceUse] {
    let rows = groups.flatMap(\.rows)
    let services = Dictionary(grouping: rows) { [$0.provider, $0.service] }.values.map(Self.service)
    return services.sorted { a, b in
      let order = zip(Self.urgency(a), Self.urgency(b)).first { $0 != $1 }
      if let order { return order.0 > order.1 }
      return (a.provider, a.service) < (b.provider, b.service)
    }
  }

  /// `rows` is never empty.
  private static func service(_ rows: [UsageRecord]) -> ServiceUse {
    let first = rows[0]
    var groups: [String?] = []
    for row in rows where !groups.contains(row.host.group) { groups.append(row.host.group) }
    return ServiceUse(
      provider: first.provider, providerName: first.providerName, service: first.service,
      serviceName: first.serviceName, category: first.category, dataEgress: first.dataEgress,
      groups: groups, totals: Totals(rows))
  }

  /// Whether each verdict, the most worrying first, is among the service's: 1 or 0.
  private static func urgency(_ service: ServiceUse) -> [Int] {
    service.totals.verdicts.sorted { $0.key < $1.key }.map { $0.value > 0 ? 1 : 0 }
  }
}
