import ProviderRules
import RecordStore
package import TrafficModel
package import WireFormat

/// New rules and a new policy while flows are open.
extension Judge {
  /// What a reload has changed for metered flows.
  package struct Changes: Sendable, Equatable {
    /// Flows that belong to another service now.
    package var movedCount = 0
    /// Of the others, flows of which the policy says something else.
    package var verdictCount = 0
  }

  /// What is in force while flows are judged again.
  struct Reloading {
    /// What was in force before.
    let book: RuleBook
    /// By earlier tag, the place of its service.
    let services: [Int]
    let tenants: [String?]
    var changes = Changes()
  }

  /// Puts new rules in force and judges by them each name that was found. Accounts have been taken out before: they stand
  /// under the rules that made them.
  ///
  /// - Returns: for each earlier tag the one that stands for it now; -1 for what is no longer ours.
  package func reload(_ book: RuleBook) -> [Int32] {
    let earlier = findings
    reloading = Reloading(
      book: self.book, services: earlier.map(\.service), tenants: earlier.map(\.tenant))
    take(book)
    services = services.map { book.rules.service(id: $0.id) ?? $0 }
    findings = []
    findingNumbers = [:]
    let tags = earlier.map { finding -> Int32 in
      guard let match = match(finding.subject), match.countsBesideAnother else { return -1 }
      guard match.isShared else { return tag(match, finding.evidence.source, finding.subject) }
      // Its second name was there when the flow began, if the rule needs the same one as then.
      let needed = book.rules.rules[match.rule].needs?.name
      guard let needed, needed == finding.secondName else { return -1 }
      return tag(match, finding.evidence.source, finding.subject, beside: needed)
    }
    tagsOfUse = tagsOfUse.compactMapValues { tags[Int($0)] >= 0 ? tags[Int($0)] : nil }
    return tags
  }

  /// Ends a reload.
  func takeChanges() -> Changes {
    defer { reloading = nil }
    return reloading?.changes ?? Changes()
  }

  private func match(_ subject: Subject) -> RuleMatch? {
    switch subject {
    case .name(let name): book.rules.match(name: name)
    case .address(let address): book.rules.match(address: address)
    case .path(let path, let server): book.rules.matchHTTP(path: path, port: server.port)
    }
  }

  package func rejudged(
    _ flow: MeteredFlow, tag: Int32, host: HostTable.Host?, at time: Timestamp
  ) -> FlowInterest {
    let client = flow.sighting.client.address
    if UnknownNames.isTag(flow.tag) { return rejudgedUnknown(flow, host: host, at: time) }
    guard findings.indices.contains(Int(tag)),
      !book.policy.isExcluded(client, mac: host?.policyMAC)
    else {
      forget(flow)
      return .ignore
    }
    let finding = findings[Int(tag)]
    guard let earlier = reloading, earlier.services.indices.contains(Int(flow.tag)) else {
      return .meter(tag: tag)
    }
    let before = earlier.services[Int(flow.tag)]
    let tenant = earlier.tenants[Int(flow.tag)]
    if before != finding.service || tenant != finding.tenant {
      reloading?.changes.movedCount += 1
      // The service that it was counted with has its record; the other one has seen a flow as well.
      tagsOfUse[ObjectIdentifier(flow)] = nil
      update(flow, tag, at: time) { $0.flowCount += 1 }
    } else if verdict(by: earlier.book, services[before], tenant, client, host, at: time)
      != verdict(by: book, services[before], tenant, client, host, at: time)
    {
      reloading?.changes.verdictCount += 1
    }
    return .meter(tag: tag)
  }

  /// A flow to a name that no rule knew: a rule may know it now.
  private func rejudgedUnknown(
    _ flow: MeteredFlow, host: HostTable.Host?, at time: Timestamp
  ) -> FlowInterest {
    guard let name = unknownNames.name(of: flow.tag),
      !book.policy.isExcluded(flow.sighting.client.address, mac: host?.policyMAC)
    else { return .ignore }
    // Of a longer name only the last labels are known, and rules may tell names below them apart: it is judged when its
    // client connects again.
    let isWhole = !name.hasPrefix(".")
    let text = isWhole ? name : String(name.dropFirst())
    guard let match = book.rules.match(name: text) else {
      let isListed = book.policy.unknownNameDays > 0 && !book.rules.isTrap(text)
      return isListed ? .meter(tag: flow.tag) : .ignore
    }
    guard match.countsWithUse, isWhole else { return .ignore }
    let source: UsageRecord.Evidence.Source =
      flow.sighting.source == .quic || flow.sighting.source == .gquic ? .quic : .sni
    let tag = tag(match, source, .name(text))
    update(flow, tag, at: time) { $0.flowCount += 1 }
    return .meter(tag: tag)
  }

  private func verdict(
    by book: RuleBook, _ service: Service, _ tenant: String?, _ client: IPAddress,
    _ host: HostTable.Host?, at time: Timestamp
  ) -> Verdict {
    book.policy.verdict(
      group: book.policy.group(of: client, mac: host?.policyMAC), provider: service.providerID,
      service: service.id, tenant: tenant, on: time
    ).verdict
  }

  package func tag(
    forRecalled name: RawSpan, isWhole: Bool, source: NameSighting.Source
  ) -> Int32 {
    let source: UsageRecord.Evidence.Source = source == .quic ? .quic : .sni
    guard let match = book.rules.match(name: name), match.countsWithUse else { return -1 }
    let text = name.lowercasedText(0..<name.byteCount)
    // Of a name below that of a rule only the rule is known.
    return tag(
      match, source, .name(text), shownAs: isWhole ? nil : book.rules.rules[match.rule].text)
  }

  package func recalled(_ tag: Int32, _ sighting: NameSighting) -> FlowInterest {
    findings.indices.contains(Int(tag)) ? begin(tag, sighting) : .ignore
  }
}
