import ProviderRules
import RecordStore
import Reports
import WireFormat

/// The work of `gnomon rules diff`: what two rules folders say differently, and what that means for records.
package enum RulesDiffRun {
  package struct Outcome: Sendable {
    package var lines: [String] = []
    package var differs = false
  }

  /// - Throws: ``AgentError`` when either folder has a mistake, or the database cannot be read.
  package static func diff(
    _ old: String, _ new: String, policy: String?, database: String?, since: String?
  ) throws(AgentError) -> Outcome {
    let (before, after, notCompared) = try books(old, new, policy)
    let diff = RuleDiff(from: before.rules, to: after.rules)
    var outcome = Outcome()
    outcome.differs =
      !diff.changes.isEmpty || before.policy.version != after.policy.version
      || before.fileVersions != after.fileVersions
    outcome.lines = lines(diff, before, after)
    if before.policy.version != after.policy.version {
      outcome.lines.append("policy \(before.policy.version) → \(after.policy.version)")
    }
    if let notCompared { outcome.lines.append(notCompared) }
    if let database {
      guard policy != nil || !RulesFolder(old).isBareSet || !RulesFolder(new).isBareSet else {
        throw AgentError("--database needs --policy here: neither folder has one", status: .usage)
      }
      let selection = try RecordSelection(since: since, until: nil, verdicts: [], groups: [])
      outcome.lines += try effects(database, selection, after)
    }
    return outcome
  }

  /// The rules of both folders. A set by itself (`sets/N`) has no policy and no local files: those of the other folder stand
  /// beside it as they would if it were in force.
  ///
  /// - Returns: also what is not compared for that reason.
  private static func books(
    _ old: String, _ new: String, _ policy: String?
  ) throws(AgentError) -> (RuleBook, RuleBook, notCompared: String?) {
    func book(_ set: String, in directory: String) throws(AgentError) -> RuleBook {
      try RuleBook(
        try RuleFiles(try ShippedFiles(in: set), directory: directory, policyPath: policy))
    }
    func note(_ set: String, _ other: String) -> String {
      (policy == nil ? "policy and local/ are" : "local/ is")
        + " not compared: \(set) is a set, which has none; what \(other) has stands on both sides"
    }
    switch (RulesFolder(old).isBareSet, RulesFolder(new).isBareSet) {
    case (true, true) where policy == nil:
      return (
        try RuleBook(RuleFiles(alone: try ShippedFiles(in: old))),
        try RuleBook(RuleFiles(alone: try ShippedFiles(in: new))),
        "policy is not compared: neither folder has one"
      )
    case (true, false):
      return (
        try book(old, in: new), try RuleBook(directory: new, policyPath: policy), note(old, new)
      )
    case (false, true):
      return (
        try RuleBook(directory: old, policyPath: policy), try book(new, in: old), note(new, old)
      )
    default:
      return (
        try RuleBook(directory: old, policyPath: policy),
        try RuleBook(directory: new, policyPath: policy), nil
      )
    }
  }

  private static func lines(_ diff: RuleDiff, _ before: RuleBook, _ after: RuleBook) -> [String] {
    var lines = [
      "rules \(before.rules.version) → \(after.rules.version): \(diff.count(.added)) added, "
        + "\(diff.count(.removed)) removed, \(diff.count(.changed)) changed"
    ]
    for change in diff.changes {
      let place = change.place.isEmpty ? "" : " at \(change.place)"
      lines.append("  \(change.kind.rawValue) \(change.subject): \(change.detail)\(place)")
    }
    // What stands in them is no rule: a person compares the files.
    let paths = Set(before.fileVersions.keys).union(after.fileVersions.keys)
    for path in paths.sorted() where before.fileVersions[path] != after.fileVersions[path] {
      let kind =
        before.fileVersions[path] == nil
        ? "added" : after.fileVersions[path] == nil ? "removed" : "changed"
      lines.append("  \(kind) file \(path)")
    }
    return lines
  }

  /// What another set says differently than the rules in force, as far as those can be read.
  static func change(fromRulesIn directory: String, policy: String?, to after: RuleBook) -> [String]
  {
    do throws(AgentError) {
      let before = try RuleBook(directory: directory, policyPath: policy)
      return lines(RuleDiff(from: before.rules, to: after.rules), before, after)
    } catch {
      return ["rules \(after.rules.version); there are none in force that can be read"]
    }
  }

  /// One way in which records of one host would read otherwise.
  private struct Effect: Hashable {
    var host: IPAddress
    var was: String
    var willBe: String
  }

  private struct Tally {
    var records = 0
    var name: String
  }

  /// Judges the names of records again.
  private static func effects(
    _ database: String, _ selection: RecordSelection, _ book: RuleBook
  ) throws(AgentError) -> [String] {
    var effects: [Effect: Tally] = [:]
    var count = 0
    let store = try AgentError.storing { () throws(RecordStoreError) in
      try RecordStore(readingFrom: database)
    }
    do {
      try store.forEachRecord(matching: selection.filter) { (record: UsageRecord) throws(Never) in
        count += 1
        for (change, name) in changes(of: record, by: book) {
          effects[change, default: Tally(name: name)].records += 1
        }
      }
    } catch let error as RecordStoreError {
      throw AgentError(error)
    } catch {
      throw AgentError("\(database): \(SystemMessage.of(error))", status: .dataError)
    }
    let hosts = Set(effects.keys.map(\.host)).count
    var lines = [
      "of \(Quantity.counted(count, "record")), those of \(Quantity.counted(hosts, "host")) would read otherwise; names that the old rules did not know left no record"
    ]
    let order = effects.sorted {
      ($0.key.host, $0.key.was, $0.key.willBe) < ($1.key.host, $1.key.was, $1.key.willBe)
    }
    lines += order.map {
      "  \($0.key.host): \($0.key.was) → \($0.key.willBe) in \(Quantity.counted($0.value.records, "record")), by \($0.value.name)"
    }
    return lines
  }

  /// What a record says of each service that its names lead to now, against what it said; with the first such name.
  private static func changes(
    of record: UsageRecord, by book: RuleBook
  ) -> [(Effect, String)] {
    var said: [(service: String, evidence: EvidenceClass, name: String, tenant: String?)?] = []
    for one in record.evidence {
      guard let name = EvidenceName(one.name) else { continue }
      // Paths are held with the server's port, which a name is not.
      guard one.source != .http || book.rules.match(name: name.subject) != nil else { continue }
      guard let match = book.rules.match(example: name.subject),
        !match.isShared
          || name.secondName.map({ $0 == book.rules.rules[match.rule].needs?.name }) ?? false
      else {
        said.append(nil)
        continue
      }
      // Names of one record may tell of many tenants under other rules than those it was made by.
      let told =
        one.source == .certificate || !name.isSeen
        ? nil : book.rules.rules[match.rule].tenant(in: name.subject)
      said.append(
        (
          book.rules.services[match.service].id, match.evidence, one.name,
          record.tenant == TenantLabel.other && told != nil ? TenantLabel.other : told
        ))
    }
    guard !said.isEmpty else { return [] }
    let isUse = record.evidence.contains { $0.evidenceClass == .usage }
    let was = words(record.service, isUse, record.verdict)
    var found: [(Effect, String)] = []
    let services = Set(said.compactMap { $0?.service }).sorted()
    for service in services {
      let own = said.compactMap { $0 }.filter { $0.service == service }
      let uses = own.filter { $0.evidence == .usage }
      var judged: Set<String?> = []
      for one in uses.isEmpty ? own : uses where judged.insert(one.tenant).inserted {
        let verdict = book.policy.verdict(
          group: book.policy.group(of: record.host.address, mac: record.host.mac),
          provider: book.rules.service(id: service)?.providerID ?? "", service: service,
          tenant: one.tenant, on: record.windowStart
        ).verdict
        let willBe = words(service, !uses.isEmpty, verdict)
        if willBe != was {
          found.append((Effect(host: record.host.address, was: was, willBe: willBe), one.name))
        }
      }
    }
    if services.isEmpty {
      found.append(
        (
          Effect(host: record.host.address, was: was, willBe: "no record"),
          record.evidence.first?.name ?? ""
        ))
    }
    return found
  }

  private static func words(_ service: String, _ isUse: Bool, _ verdict: Verdict) -> String {
    isUse ? "\(service) (\(verdict.rawValue))" : "\(service) (no use)"
  }
}
