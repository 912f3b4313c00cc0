import StrictYAML
import WireFormat

extension Policy {
  /// Compiles a policy file.
  ///
  /// - Parameter rules: Where given, lines about providers and services that it does not know are errors.
  /// - Throws: Everything that is wrong with the file.
  package init(compiling source: RuleSource, against rules: RuleSet? = nil) throws(RuleErrors) {
    self = try source.decode("a policy") { m in
      PolicyCompiler(source: source, rules: rules, decoder: m.decoder).policy(m)
    }
  }
}

/// Reads the file from top to bottom: groups first, then the lines that name them.
private final class PolicyCompiler {
  /// What a line may say: `unknown` is what stands where no line speaks.
  private static let verdicts = [Verdict.approved, .tolerated, .unapproved].map(\.rawValue)

  private let source: RuleSource
  private let decoder: StrictDecoder
  private let providerIDs: Set<String>?
  private let serviceIDs: Set<String>?
  private let tenantIDs: (services: Set<String>, providers: Set<String>)?

  private var groups: [Policy.Group] = []
  private var groupIndex: [String: Int] = [:]
  private var blocks: [(prefix: IPPrefix, rule: Int32)] = []
  private var blockLines: [IPPrefix: Int] = [:]
  private var groupByMAC: [MACAddress: Int] = [:]
  private var lines: [Policy.Line] = []
  private var lineIndex: [Policy.Target: Int] = [:]
  private var budgets: [Budget] = []
  private var budgetLines: [BudgetKey: Int] = [:]
  /// Groups that are one address: what is said of them is said of a person.
  private var singleGroups: Set<String> = []

  /// What no two budgets have in common.
  private struct BudgetKey: Hashable {
    var subject: PolicySubject
    var span: Budget.Span
    var measure: String
  }

  init(source: RuleSource, rules: RuleSet?, decoder: StrictDecoder) {
    self.source = source
    self.decoder = decoder
    providerIDs = rules.map { Set($0.providerIDs) }
    serviceIDs = rules.map { Set($0.services.map(\.id)) }
    tenantIDs = rules?.idsWithTenants
  }

  func policy(_ m: MappingReader) -> Policy? {
    _ = m.int("schema", in: 1...1)
    let defaultVerdict = m.choice("default", as: Verdict.self)
    let noticeDays = m.optionalInt("expiry_notice_days", in: 0...366)
    _ = m.optionalList("groups") { node in
      decoder.mapping(node, "a group") { self.addGroup($0) }
    }
    _ = m.optionalList("verdicts") { node in
      decoder.mapping(node, "a line of verdict") { self.addLine($0) }
    }
    _ = m.optionalList("budgets") { node in
      decoder.mapping(node, "a budget") { self.addBudget($0) }
    }
    let unknownNameDays = m.optionalInt("unknown_names_days", in: 0...366)
    guard let defaultVerdict else { return nil }
    let named = lineIndex.keys.compactMap(\.tenant) + budgets.compactMap(\.subject.tenant)
    return Policy(
      version: RuleSource.version(of: [source]), groups: groups, defaultVerdict: defaultVerdict,
      unknownNameDays: unknownNameDays ?? 30, budgets: budgets,
      noticeDays: noticeDays ?? Policy.defaultNoticeDays, path: source.path, lines: lines,
      lineIndex: lineIndex, addresses: AddressTable(blocks), groupByMAC: groupByMAC,
      groupIndex: groupIndex, namedTenants: Set(named))
  }

  private func addGroup(_ m: MappingReader) -> Bool? {
    let id = m.identifier("id")
    let name = m.optionalString("name")
    let isExcluded = m.optionalBool("excluded") ?? false
    let defaultVerdict = m.optionalChoice("default", as: Verdict.self)
    let index = groups.count
    let prefixes = m.optionalList("cidrs") { self.prefix($0) }
    let macs = m.optionalList("macs") { self.mac($0) }
    if prefixes.isEmpty, macs.isEmpty {
      decoder.report(m.location, "expected cidrs or macs that make the group")
    }
    guard let id else { return nil }
    if groupIndex.updateValue(index, forKey: id) != nil {
      m.report("id", "expected a new group id, found `\(id)` again", id: .duplicate)
    }
    let isSingle = prefixes.allSatisfy { $0.bitCount == 128 } && prefixes.count + macs.count == 1
    if isSingle { singleGroups.insert(id) }
    blocks += prefixes.map { ($0, Int32(index)) }
    for mac in macs { groupByMAC[mac] = index }
    groups.append(
      Policy.Group(
        id: id, name: name ?? id, isExcluded: isExcluded, defaultVerdict: defaultVerdict))
    return true
  }

  private func prefix(_ node: YAMLNode) -> IPPrefix? {
    guard let text = decoder.string(node) else { return nil }
    guard let prefix = IPPrefix(text) else {
      decoder.report(
        node.location, "expected a block such as 10.20.1.0/24, found \(YAMLNode.quoted(text))")
      return nil
    }
    if let line = blockLines.updateValue(node.location.line, forKey: prefix) {
      decoder.report(node.location, "expected each block once, found \(prefix) as in line \(line)")
    }
    return prefix
  }

  private func mac(_ node: YAMLNode) -> MACAddress? {
    guard let text = decoder.string(node) else { return nil }
    guard let mac = MACAddress(text) else {
      decoder.report(
        node.location,
        "expected an address such as 02:00:5e:10:00:01, found \(YAMLNode.quoted(text))")
      return nil
    }
    if groupByMAC[mac] != nil {
      decoder.report(node.location, "expected each address in one group, found \(mac) again")
    }
    return mac
  }

  private func addLine(_ m: MappingReader) -> Bool? {
    let group = m.string("group")
    let provider = m.optionalIdentifier("provider")
    let service = m.optionalIdentifier("service")
    let tenant = m.optionalString("tenant")
    let verdict = m.node("verdict").flatMap { decoder.choice($0, among: Self.verdicts) }
      .flatMap(Verdict.init(rawValue:))
    let owner = m.string("owner")
    let reason = m.string("reason")
    let expires = m.optionalDate("expires")
    guard (provider == nil) != (service == nil) else {
      decoder.report(m.location, "expected either provider or service")
      return nil
    }
    guard let group, let verdict, let owner, let reason,
      isKnown(group, among: ["*"] + groups.map(\.id), "group", m),
      let target = target(m, groupIndex[group], provider, service, tenant)
    else { return nil }
    if let first = lineIndex[target] {
      decoder.report(
        m.location,
        "expected one line for each group and target, found another in line \(lines[first].location.line)"
      )
    }
    lineIndex[target] = lines.count
    lines.append(
      Policy.Line(
        target: target, verdict: verdict, owner: owner, reason: reason, expires: expires,
        location: m.location))
    return true
  }

  private func addBudget(_ m: MappingReader) -> Bool? {
    let group = m.string("group")
    let provider = m.optionalIdentifier("provider")
    let service = m.optionalIdentifier("service")
    let tenant = m.optionalString("tenant")
    let span = m.choice("per", as: Budget.Span.self)
    let limit = limit(m)
    let isOfOne = m.optionalBool("single_host") ?? false
    let owner = m.string("owner")
    let reason = m.string("reason")
    guard provider == nil || service == nil else {
      decoder.report(m.location, "expected provider or service, not both")
      return nil
    }
    guard let group, isKnown(group, among: ["*"] + groups.map(\.id), "group", m) else { return nil }
    let index = groupIndex[group]
    if let index, groups[index].isExcluded {
      m.report("group", "expected a group that leaves records, found `\(group)`, which is excluded")
      return nil
    }
    if singleGroups.contains(group), !isOfOne {
      m.report(
        "group",
        "expected a group of more than one address: a budget of `\(group)` would be a person's (`single_host: true` where it is none's)"
      )
      return nil
    }
    var use = PolicySubject.Use.everything
    if provider != nil || service != nil {
      guard let target = target(m, index, provider, service, tenant) else { return nil }
      use = target.kind == .service ? .service(target.id) : .provider(target.id)
    } else if tenant != nil {
      m.report("tenant", "expected provider or service beside tenant")
      return nil
    }
    guard let span, let limit, let owner, let reason else { return nil }
    let subject = PolicySubject(group: index.map { groups[$0].id }, use: use, tenant: tenant)
    let key = BudgetKey(subject: subject, span: span, measure: limit.measure)
    if let line = budgetLines.updateValue(m.location.line, forKey: key) {
      decoder.report(
        m.location,
        "expected one budget of \(limit.measure) a \(span.rawValue), found another in line \(line)",
        id: .duplicate)
    }
    budgets.append(
      Budget(
        subject: subject, span: span, limit: limit, owner: owner, reason: reason,
        line: m.location.line))
    return true
  }

  /// One of `tokens`, `octets` and `cost`, the last with its `currency`.
  private func limit(_ m: MappingReader) -> Budget.Limit? {
    let tokens = m.optionalInt("tokens", in: 1...1_000_000_000_000_000)
    let octets = m.optionalInt("octets", in: 1...1_000_000_000_000_000_000)
    let cost = m.optionalDouble("cost", in: 0.01...1_000_000_000_000)
    let currency = m.optionalString("currency")
    let given = ["tokens", "octets", "cost"].filter { m.keys.contains($0) }
    guard given.count == 1 else {
      decoder.report(m.location, "expected one of tokens, octets or cost")
      return nil
    }
    if given != ["cost"], currency != nil {
      m.report("currency", "expected currency only beside cost")
      return nil
    }
    if let tokens { return .tokens(tokens) }
    if let octets { return .octets(octets) }
    guard let cost else { return nil }
    guard let currency, currency.utf8.count == 3,
      currency.utf8.allSatisfy({ (65...90).contains($0) })
    else {
      m.report("currency", "expected a currency code of three capitals (ISO 4217) beside cost")
      return nil
    }
    return .cost(cost, currency: currency)
  }

  private func target(
    _ m: MappingReader, _ group: Int?, _ provider: String?, _ service: String?, _ tenant: String?
  ) -> Policy.Target? {
    if let service {
      guard isKnown(service, among: serviceIDs?.sorted(), "service", m),
        isTenant(tenant, of: service, among: tenantIDs?.services, m)
      else { return nil }
      return Policy.Target(group: group, kind: .service, id: service, tenant: tenant)
    }
    guard let provider, isKnown(provider, among: providerIDs?.sorted(), "provider", m),
      isTenant(tenant, of: provider, among: tenantIDs?.providers, m)
    else { return nil }
    return Policy.Target(group: group, kind: .provider, id: provider, tenant: tenant)
  }

  /// Whether `tenant`, where there is one, can be one and can be seen in names of `id`.
  private func isTenant(
    _ tenant: String?, of id: String, among known: Set<String>?, _ m: MappingReader
  ) -> Bool {
    guard let tenant else { return true }
    guard TenantLabel.isTenant(tenant) else {
      m.report(
        "tenant",
        "expected one label of a host name (a-z, 0-9, `-`), no pattern, found \(YAMLNode.quoted(tenant))"
      )
      return false
    }
    guard let known, !known.contains(id) else { return true }
    let others = known.isEmpty ? "" : " (those of \(known.sorted().joined(separator: ", ")) do)"
    m.report("tenant", "expected no tenant: names of `\(id)` tell none\(others)", id: .reference)
    return false
  }

  /// Whether `id` is one of `known`, where that is known.
  private func isKnown(
    _ id: String, among known: [String]?, _ key: String, _ m: MappingReader
  ) -> Bool {
    guard let known, !known.contains(id) else { return true }
    var message = "expected the id of a \(key), found \(YAMLNode.quoted(id))"
    if let near = NearMiss.suggestion(for: id, among: known) {
      message += "; did you mean `\(near)`?"
    }
    m.report(key, message, id: .reference)
    return false
  }
}
