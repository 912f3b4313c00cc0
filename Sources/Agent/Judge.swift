package import ProviderRules
import RecordStore
package import TokenEstimation
package import TrafficModel
package import WireFormat

/// Decides by the rules and the policy which flows are ours, and keeps accounts of them.
package final class Judge: TrafficObserver {
  /// What a name, path or address was found to be; a flow's tag is the place of this in a list.
  struct Finding {
    /// The place in the list of services seen.
    var service: Int
    var key: FindingKey
    /// What it was found by, so that other rules can be asked about it.
    var subject: Subject
    /// The name that its rule needed beside it; nil where it counts by itself.
    var secondName: String?
    var evidence: UsageRecord.Evidence { key.evidence }
    var tenant: String? { key.tenant }
  }

  struct FindingKey: Hashable {
    var evidence: UsageRecord.Evidence
    var tenant: String?
  }

  /// What rules are asked about.
  enum Subject {
    case name(String)
    case address(IPAddress)
    /// The path of the rule, not that of a request.
    case path(String, Endpoint)

    /// As evidence names it.
    var description: String {
      switch self {
      case .name(let name): name
      case .address(let address): address.description
      case .path(_, let server): server.description
      }
    }
  }

  private(set) var book: RuleBook
  /// Whether the policy excludes any host: to be asked about each answer.
  private var excludesHosts: Bool
  private var ledger: Ledger
  /// Figures of flows are those of this window.
  private var openWindow: Window?
  /// Services seen so far; records name them by their place here, so that a reload does not move them.
  var services: [Service] = []
  private var serviceNumbers: [String: Int] = [:]
  var findings: [Finding] = []
  var findingNumbers: [FindingKey: Int32] = [:]
  /// Of metered flows in the clear, the finding of use that a later request made.
  var tagsOfUse: [ObjectIdentifier: Int32] = [:]
  private var secondSignals = SecondSignals()
  /// Names that look like AI and that no rule knows.
  var unknownNames = UnknownNames()
  /// Names that neither a rule nor a sign knows.
  private var plainNames = PlainNames()
  private let seed = UInt64.random(in: .min ... .max)
  /// While the rules are being changed.
  var reloading: Reloading?
  /// The number of the source that is being read.
  private var source = 0
  /// Of flows that were open when a source ended, that source and when it had last seen them.
  private var earlierSources: [ObjectIdentifier: (source: Int, lastSeen: Timestamp)] = [:]
  /// Of metered flows in tunnels, those whose server has answered.
  private var answeredInTunnels: Set<ObjectIdentifier> = []
  /// Called with each turn and its estimate, for `gnomon turns`.
  private let onTurn: ((Turn, MeteredFlow, Service, TurnEstimate) -> Void)?

  /// Distinct names of AI services that are told apart; of further ones only the rule is told (policy
  /// *share-last*).
  private let maximumFindings: Int
  /// How often a name was not told apart for that.
  private(set) var sharedNameCount = 0

  /// - Parameter window: the length of a record window in nanoseconds.
  package init(
    book: RuleBook, window: Int64, limits: AgentLimits = AgentLimits(),
    onTurn: ((Turn, MeteredFlow, Service, TurnEstimate) -> Void)? = nil
  ) {
    self.book = book
    excludesHosts = book.policy.groups.contains(where: \.isExcluded)
    self.onTurn = onTurn
    maximumFindings = limits.findings
    ledger = Ledger(
      window: window, capacity: limits.accounts, named: book.policy.namedTenants)
    secondSignals.look(for: book.rules.secondNames)
  }

  // MARK: TrafficObserver

  package func named(_ name: RawSpan, _ sighting: NameSighting) -> FlowInterest {
    guard sighting.ech != .real else { return .ignore }
    let source: UsageRecord.Evidence.Source =
      switch sighting.source {
      case .quic, .gquic: .quic
      case .certificate: .certificate
      // Asked of a proxy in the clear.
      case .http, .socks: .http
      case .tls, .dtls, .dns, .address: .sni
      }
    let name = source == .certificate ? Self.host(ofCertified: name) : name
    if source != .certificate { note(name, sighting) }
    let hash = name.hash(seed: seed)
    if plainNames.contains(hash) { return .ignore }
    guard let match = book.rules.match(name: name) else {
      guard let sign = book.signs.sign(of: name) else {
        plainNames.add(hash)
        return .ignore
      }
      return unknown(name, sign, source, sighting)
    }
    return begin(match, source, .name(name.lowercasedText(0..<name.byteCount)), sighting)
  }

  package func service(ofCertified name: RawSpan) -> Int32 {
    guard let match = book.rules.match(name: Self.host(ofCertified: name)), match.countsWithUse
    else { return -1 }
    return Int32(clamping: match.service)
  }

  /// `*.api.example.com` is good for what lies below `api.example.com`; rules name hosts, and what lies below them.
  @_lifetime(copy name)
  private static func host(ofCertified name: RawSpan) -> RawSpan {
    name.octet(at: 0) == UInt8(ascii: "*") && name.octet(at: 1) == UInt8(ascii: ".")
      ? name.extracting(droppingFirst: 2) : name
  }

  package func unnamed(
    _ sighting: inout NameSighting, candidates: [NameCandidate]
  ) -> FlowInterest {
    guard !candidates.isEmpty else {
      guard let match = book.rules.match(address: sighting.server.address) else { return .ignore }
      return begin(match, .address, .address(sighting.server.address), sighting)
    }
    guard let best = likeliest(candidates), best.probability >= NameCandidate.threshold else {
      return .ignore
    }
    sighting.probability = best.probability
    return begin(settled(best.tag, among: candidates), sighting)
  }

  /// A finding of the same service with the tenant that is likely enough by itself; without one where none is: an address
  /// serves many tenants, and what one asked for must not be said of another.
  private func settled(_ tag: Int32, among candidates: [NameCandidate]) -> Int32 {
    let finding = findings[Int(tag)]
    guard finding.tenant != nil else { return tag }
    var shares: [String?: Double] = [:]
    for candidate in candidates where candidate.tag >= 0 && Int(candidate.tag) < findings.count {
      let other = findings[Int(candidate.tag)]
      guard other.service == finding.service else { continue }
      shares[other.tenant, default: 0] += candidate.probability
    }
    if shares[finding.tenant] ?? 0 >= NameCandidate.threshold { return tag }
    return number(
      of: FindingKey(evidence: finding.evidence, tenant: nil), service: finding.service,
      subject: finding.subject)
  }

  /// The service that is likeliest, all its names together, by the likeliest of them.
  private func likeliest(_ candidates: [NameCandidate]) -> NameCandidate? {
    var best: NameCandidate?
    for candidate in candidates where candidate.tag >= 0 && Int(candidate.tag) < findings.count {
      let service = findings[Int(candidate.tag)].service
      var sum = 0.0
      for other in candidates where other.tag >= 0 && Int(other.tag) < findings.count {
        if findings[Int(other.tag)].service == service { sum += other.probability }
      }
      if best.map({ sum > $0.probability }) ?? true {
        best = NameCandidate(tag: candidate.tag, probability: sum)
      }
    }
    return best
  }

  package func proxied(to host: RawSpan, _ sighting: NameSighting) {}

  package func httpRequest(
    path: RawSpan, host: RawSpan, _ sighting: NameSighting
  ) -> FlowInterest {
    note(host, sighting)
    if let match = book.rules.match(name: host) {
      return begin(match, .http, .name(host.lowercasedText(0..<host.byteCount)), sighting)
    }
    guard let match = book.rules.matchHTTP(path: path, port: sighting.server.port) else {
      return .ignore
    }
    return begin(match, .http, pathSubject(of: match, sighting.server), sighting)
  }

  package func requested(path: RawSpan, host: RawSpan, on flow: MeteredFlow) {
    let server = flow.sighting.server
    guard let match = book.rules.matchHTTP(path: path, port: server.port), match.countsWithUse
    else { return }
    let tag = tag(match, .http, pathSubject(of: match, server))
    guard findings[Int(tag)].service == findings[Int(flow.tag)].service else { return }
    // A client may ask for the list of models before it uses one: from the use on, the flow is one of use.
    if match.evidence == .usage { tagsOfUse[ObjectIdentifier(flow)] = tag }
    update(flow, at: flow.lastSeen) { $0.add(findings[Int(tag)].evidence) }
  }

  package func tag(forAnswered name: RawSpan) -> Int32 {
    guard let match = book.rules.match(name: name), match.countsWithUse else { return -1 }
    return self.tag(match, .dns, .name(name.lowercasedText(0..<name.byteCount)))
  }

  package func mayTellOthers(_ client: IPAddress, mac: MACAddress?) -> Bool {
    !excludesHosts || !book.policy.isExcluded(client, mac: mac)
  }

  package func hidesNames(_ name: RawSpan, _ sighting: NameSighting, how: HiddenNames) {}

  package func asked(
    _ name: RawSpan, client: Endpoint, server: Endpoint, at time: Timestamp, in tunnel: Tunnel?
  ) {
    // What comes in a tunnel may be anybody's making.
    if tunnel == nil { secondSignals.note(name, by: client.address, at: time) }
  }

  private func note(_ name: RawSpan, _ sighting: NameSighting) {
    guard sighting.tunnel == nil else { return }
    secondSignals.note(name, by: sighting.client.address, at: sighting.time)
  }

  package func turnEnded(_ turn: Turn, on flow: MeteredFlow) {
    guard !UnknownNames.isTag(flow.tag) else { return unknownNames.add(turn, tag: flow.tag) }
    let service = services[findings[Int(flow.tag)].service]
    guard Self.isExchangeWithModel(turn, service) else { return }
    let estimate = Estimator(profiles: book.profiles).estimate(
      turn: turn, profileID: service.profile)
    // A turn that a source has seen the end of is that source's, though it is known to be over only later.
    let earlier = earlierSources[ObjectIdentifier(flow)]
    let source = earlier.map { turn.end <= $0.lastSeen ? $0.source : self.source } ?? self.source
    update(flow, at: turn.end, source: source) { account in
      account.add(estimate)
      account.addActive(nanoseconds: turn.end.since(turn.start))
    }
    onTurn?(turn, flow, service, estimate)
  }

  package func flowEnded(_ flow: MeteredFlow) {
    takeFigures(of: flow)
    forget(flow)
  }

  func forget(_ flow: MeteredFlow) {
    tagsOfUse[ObjectIdentifier(flow)] = nil
    earlierSources[ObjectIdentifier(flow)] = nil
    answeredInTunnels.remove(ObjectIdentifier(flow))
  }

  /// On hosts that serve people, pages and scripts cross beside answers; there only what is streamed is a turn. An API's
  /// hosts serve nothing else.
  private static func isExchangeWithModel(_ turn: Turn, _ service: Service) -> Bool {
    switch service.category {
    case .chatWeb, .search, .aiApp, .writing, .meeting, .agent: turn.isStreamed
    case .api, .codingAssistant, .image, .video, .audio, .translation, .embedding, .gateway,
      .modelHub, .selfHosted, .embeddedAI:
      true
    }
  }

  // MARK: The window

  /// Whether nothing waits to become a record.
  var hasEmptyLedger: Bool { ledger.isEmpty }

  /// New accounts that found no place.
  var refusedAccountCount: Int { ledger.refusedCount }

  /// How often a tenant was booked together with others.
  var otherTenantCount: Int { ledger.otherTenantCount }

  /// Accounts of use that make no record: seen in tunnels alone, and no server has answered.
  private(set) var unansweredAccountCount = 0

  /// Says which window is open.
  func open(_ window: Window) { openWindow = window }

  /// Moves a flow's figures into the open window.
  func takeFigures(of flow: MeteredFlow) {
    let figures = flow.takeFigures()
    guard !figures.isEmpty else { return }
    guard !UnknownNames.isTag(flow.tag) else {
      return unknownNames.add(figures, tag: flow.tag, at: flow.lastSeen)
    }
    if flow.sighting.tunnel != nil, figures.applicationBytesDown > 0 {
      answeredInTunnels.insert(ObjectIdentifier(flow))
    }
    // One frame with a time far ahead is the last that the flow was seen, and not the time of these figures.
    let latest = openWindow.map { min(flow.lastSeen, $0.last) } ?? flow.lastSeen
    update(flow, at: latest) { $0.add(figures) }
  }

  /// Takes all accounts out, by window in order of time.
  func takeAccounts() -> [Ledger.PlaceAccounts] {
    let all = ledger.takeAll()
    for (_, accounts) in all {
      for (_, account) in accounts where account.isUse && !account.isEstablished {
        unansweredAccountCount += 1
      }
    }
    return all
  }

  /// Says which source is read from now on.
  func begin(source: Int) { self.source = source }

  /// Notes that the source that is being read ends while the flow is open.
  func noteEndOfSource(_ flow: MeteredFlow) {
    if UnknownNames.isTag(flow.tag) { return }
    let id = ObjectIdentifier(flow)
    if let earlier = earlierSources[id], earlier.lastSeen >= flow.lastSeen { return }
    earlierSources[id] = (source, flow.lastSeen)
  }

  /// Puts rules and a policy in force, of which some tenants are always told apart.
  func take(_ book: RuleBook) {
    self.book = book
    plainNames.removeAll()
    excludesHosts = book.policy.groups.contains(where: \.isExcluded)
    ledger.name(book.policy.namedTenants)
    secondSignals.look(for: book.rules.secondNames)
  }

  // MARK: Findings

  private func begin(
    _ match: RuleMatch, _ source: UsageRecord.Evidence.Source, _ subject: Subject,
    _ sighting: NameSighting
  ) -> FlowInterest {
    if match.countsWithUse { return begin(tag(match, source, subject), sighting) }
    guard match.isShared, match.countsBesideAnother, let needs = book.rules.rules[match.rule].needs,
      secondSignals.wasNoted(
        needs.name, by: sighting.client.address, withinSeconds: needs.withinSeconds,
        before: sighting.time)
    else { return .ignore }
    return begin(tag(match, source, subject, beside: needs.name), sighting)
  }

  private func pathSubject(of match: RuleMatch, _ server: Endpoint) -> Subject {
    .path(book.rules.rules[match.rule].matched, server)
  }

  func begin(_ tag: Int32, _ sighting: NameSighting) -> FlowInterest {
    // A host that only its MAC excludes is left out where records are made: the MAC is known there.
    guard !book.policy.isExcluded(sighting.client.address) else { return .ignore }
    let finding = findings[Int(tag)]
    ledger.update(
      source: source, host: sighting.client.address, service: finding.service,
      tenant: finding.tenant, at: sighting.time
    ) {
      $0.flowCount += 1
      // What comes in a tunnel may be anybody's making: it counts when the server has answered.
      if sighting.tunnel == nil { $0.isEstablished = true }
      $0.add(finding.evidence, probability: sighting.probability)
    }
    return .meter(tag: tag)
  }

  /// The place of a finding, which is made if need be.
  ///
  /// - Parameters:
  ///   - shownAs: the name that evidence has instead of the subject's own.
  ///   - beside: the name that the rule of a shared host needed, and that evidence tells too.
  func tag(
    _ match: RuleMatch, _ source: UsageRecord.Evidence.Source, _ found: Subject,
    shownAs: String? = nil, beside: String? = nil
  ) -> Int32 {
    let rule = book.rules.rules[match.rule]
    var subject = found
    let name = shownAs ?? found.description
    var key = FindingKey(
      evidence: UsageRecord.Evidence(
        source: source, name: beside.map { EvidenceName.text(name, beside: $0) } ?? name,
        evidenceClass: match.evidence, rule: rule.description),
      tenant: shownAs == nil ? tenant(of: rule, found, source) : nil)
    if let number = findingNumbers[key] { return number }
    if findings.count >= maximumFindings {
      sharedNameCount += 1
      // Someone asks for names without end; use goes on being told, by the rule's own words.
      key.evidence.name = rule.text
      if case .name = found { subject = .name(rule.matched) }
      if let tenant = key.tenant, !book.policy.namedTenants.contains(tenant) {
        key.tenant = TenantLabel.other
      }
    }
    let service = book.rules.services[match.service]
    let number = serviceNumbers[service.id] ?? services.count
    if number == services.count {
      services.append(service)
      serviceNumbers[service.id] = number
    }
    return self.number(of: key, service: number, subject: subject, beside: beside)
  }

  /// The tenant that a name tells. A certificate says for whom the server is good, and not who was asked for.
  private func tenant(
    of rule: RuleOrigin, _ found: Subject, _ source: UsageRecord.Evidence.Source
  ) -> String? {
    guard source != .certificate, case .name(let name) = found else { return nil }
    return rule.tenant(in: name)
  }

  /// The place of a finding, which is made if need be.
  private func number(
    of key: FindingKey, service: Int, subject: Subject, beside: String? = nil
  ) -> Int32 {
    if let number = findingNumbers[key] { return number }
    let tag = Int32(findings.count)
    findings.append(Finding(service: service, key: key, subject: subject, secondName: beside))
    findingNumbers[key] = tag
    return tag
  }

  private func update(
    _ flow: MeteredFlow, at time: Timestamp, source: Int? = nil,
    _ change: (inout Ledger.Account) -> Void
  ) {
    update(flow, flow.tag, at: time, source: source, change)
  }

  /// - Parameter tag: of the flow, or what it will be.
  func update(
    _ flow: MeteredFlow, _ tag: Int32, at time: Timestamp, source: Int? = nil,
    _ change: (inout Ledger.Account) -> Void
  ) {
    let finding = findings[Int(tag)]
    let isEstablished =
      flow.sighting.tunnel == nil || answeredInTunnels.contains(ObjectIdentifier(flow))
    let use = tagsOfUse[ObjectIdentifier(flow)].map { findings[Int($0)].evidence }
    ledger.update(
      source: source ?? self.source, host: flow.sighting.client.address, service: finding.service,
      tenant: finding.tenant, at: time
    ) {
      $0.add(finding.evidence, probability: flow.sighting.probability)
      if let use { $0.add(use) }
      if isEstablished { $0.isEstablished = true }
      change(&$0)
    }
  }
}
