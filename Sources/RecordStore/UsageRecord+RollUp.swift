extension UsageRecord {
  /// One record per ``subject`` over all windows, ordered by group, host address, provider, service and tenant.
  ///
  /// Hosts of no group come last. The order says nothing about volume, on purpose (no ranking of people).
  package static func rolledUp(_ records: some Sequence<UsageRecord>) -> [UsageRecord] {
    var merged: [Subject: UsageRecord] = [:]
    var currencies: [Subject: Set<String>] = [:]
    for record in records {
      let subject = record.subject
      if let cost = record.cost { currencies[subject, default: []].insert(cost.currency) }
      merged[subject] = merged[subject]?.merged(with: record) ?? record
    }
    // Three records in two currencies would otherwise end with the cost of the last.
    for (subject, seen) in currencies where seen.count > 1 { merged[subject]?.cost = nil }
    return merged.values.sorted { $0.isListed(before: $1) }
  }

  private func isListed(before other: UsageRecord) -> Bool {
    if host.group != other.host.group {
      guard let mine = host.group else { return false }
      guard let theirs = other.host.group else { return true }
      return mine < theirs
    }
    if host.address != other.host.address { return host.address < other.host.address }
    return (sensor, provider, service, tenant ?? "")
      < (other.sensor, other.provider, other.service, other.tenant ?? "")
  }
}
