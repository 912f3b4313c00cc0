package import ProviderRules
import RecordStore
package import TokenEstimation
package import TrafficModel
package import WireFormat

/// Decides by the rules and the policy which flows are ours, and keeps accounts of them.
package final class Judge: TrafficObserver {
  /// What a name, path or address was found to be; a flow's tag is the place of this in a list.
  private struct Finding {
    /// The place in the list of services seen.
    var service: Int
    var evidence: UsageRecord.Evidence
  }

  private(set) var book: RuleBook
  private var ledger: Ledger
  /// Figures of flows are those of this window.
  private var openWindow: Window?
  /// Services seen so far; records name them by their place here, so that a reload does not move them.
  private(set) var services: [Service] = []
  private var serviceNumbers: [String: Int] = [:]
  private var findings: [Finding] = []
  private var findingNumbers: [UsageRecord.Evidence: Int32] = [:]
  /// Of metered flows in the clear, the finding of use that a later request made.
  private var tagsOfUse: [ObjectIdentifier: Int32] = [:]
  /// The number of the source that is being read.
  private var source = 0
  /// Of flows that were open when a source ended, that source and when it had last seen them.
  private var earlierSources: [ObjectIdentifier: (source: Int, lastSeen: Timestamp)] = [:]
  /// Findings before this place were made under rules that are no longer in force.
  private var firstCurrentFinding = 0
  /// Called with each turn and its estimate, for `gnomon turns`.
  private let onTurn: ((Turn, MeteredFlow, Service, TurnEstimate) -> Void)?

  /// Distinct names of AI services that are told apart; of further ones only the rule is told (policy
  /// *share-last*).
  static let maximumFindings = 65_536

  /// - Parameter window: the length of a record window in nanoseconds.
  package init(
    book: RuleBook, window: Int64,
    onTurn: ((Turn, MeteredFlow, Service, TurnEstimate) -> Void)? = nil
  ) {
    self.book = book
    self.onTurn = onTurn
    ledger = Ledger(window: window)
  }

  /// Puts new rules in force; flows that are being metered keep what they were judged to be.
  package func reload(_ book: RuleBook) {
    self.book = book
    services = services.map { book.rules.service(id: $0.id) ?? $0 }
    findingNumbers.removeAll()
    firstCurrentFinding = findings.count
  }

  // MARK: TrafficObserver

  package func named(_ name: RawSpan, _ sighting: NameSighting) -> FlowInterest {
    guard let match = book.rules.match(name: name) else { return .ignore }
    let source: UsageRecord.Evidence.Source = sighting.source == .quic ? .quic : .sni
    return begin(match, source, name.lowercasedText(0..<name.byteCount), sighting)
  }

  package func unnamed(_ sighting: NameSighting, inferred tag: Int32?) -> FlowInterest {
    if let tag {
      guard tag >= 0, Int(tag) < findings.count else { return .ignore }
      if Int(tag) >= firstCurrentFinding { return begin(tag, sighting) }
      let name = findings[Int(tag)].evidence.name
      guard let match = book.rules.match(name: name) else { return .ignore }
      return begin(match, .dns, name, sighting)
    }
    guard let match = book.rules.match(address: sighting.server.address) else { return .ignore }
    return begin(match, .address, sighting.server.address.description, sighting)
  }

  package func httpRequest(
    path: RawSpan, host: RawSpan, _ sighting: NameSighting
  ) -> FlowInterest {
    if let match = book.rules.match(name: host) {
      return begin(match, .http, host.lowercasedText(0..<host.byteCount), sighting)
    }
    guard let match = book.rules.matchHTTP(path: path, port: sighting.server.port) else {
      return .ignore
    }
    return begin(match, .http, sighting.server.description, sighting)
  }

  package func requested(path: RawSpan, host: RawSpan, on flow: MeteredFlow) {
    let server = flow.sighting.server
    guard let match = book.rules.matchHTTP(path: path, port: server.port),
      Self.countsWithUse(match)
    else { return }
    let tag = tag(match, .http, server.description)
    guard findings[Int(tag)].service == findings[Int(flow.tag)].service else { return }
    // A client may ask for the list of models before it uses one: from the use on, the flow is one of use.
    if match.evidence == .usage { tagsOfUse[ObjectIdentifier(flow)] = tag }
    update(flow, at: flow.lastSeen) { $0.add(findings[Int(tag)].evidence) }
  }

  package func tag(forAnswered name: RawSpan) -> Int32 {
    guard let match = book.rules.match(name: name), Self.countsWithUse(match) else { return -1 }
    return self.tag(match, .dns, name.lowercasedText(0..<name.byteCount))
  }

  package func asked(_ name: RawSpan, client: Endpoint, server: Endpoint, at time: Timestamp) {}

  package func turnEnded(_ turn: Turn, on flow: MeteredFlow) {
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
    tagsOfUse[ObjectIdentifier(flow)] = nil
    earlierSources[ObjectIdentifier(flow)] = nil
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

  /// Says which window is open.
  func open(_ window: Window) { openWindow = window }

  /// Moves a flow's figures into the open window.
  func takeFigures(of flow: MeteredFlow) {
    let figures = flow.takeFigures()
    guard !figures.isEmpty else { return }
    // One frame with a time far ahead is the last that the flow was seen, and not the time of these figures.
    let latest = openWindow.map { min(flow.lastSeen, $0.last) } ?? flow.lastSeen
    update(flow, at: latest) { $0.add(figures) }
  }

  /// Takes all accounts out, by window in order of time.
  func takeAccounts() -> [Ledger.PlaceAccounts] { ledger.takeAll() }

  /// Says which source is read from now on.
  func begin(source: Int) { self.source = source }

  /// Notes that the source that is being read ends while the flow is open.
  func noteEndOfSource(_ flow: MeteredFlow) {
    let id = ObjectIdentifier(flow)
    if let earlier = earlierSources[id], earlier.lastSeen >= flow.lastSeen { return }
    earlierSources[id] = (source, flow.lastSeen)
  }

  // MARK: Findings

  /// Whether a match opens an account. Names that a site's visitor touches without using AI do not, nor does a host
  /// that is shared with others. Content and downloads do, but make a record only beside use (design of the rules).
  private static func countsWithUse(_ match: RuleMatch) -> Bool {
    guard !match.isShared else { return false }
    return switch match.evidence {
    case .usage, .content, .mcp, .modelDownload: true
    case .auth, .cdn, .telemetry, .website: false
    }
  }

  private func begin(
    _ match: RuleMatch, _ source: UsageRecord.Evidence.Source, _ name: String,
    _ sighting: NameSighting
  ) -> FlowInterest {
    Self.countsWithUse(match) ? begin(tag(match, source, name), sighting) : .ignore
  }

  private func begin(_ tag: Int32, _ sighting: NameSighting) -> FlowInterest {
    // A host that only its MAC excludes is left out where records are made: the MAC is known there.
    guard !book.policy.isExcluded(sighting.client.address) else { return .ignore }
    let finding = findings[Int(tag)]
    ledger.update(
      source: source, host: sighting.client.address, service: finding.service, at: sighting.time
    ) {
      $0.flowCount += 1
      $0.add(finding.evidence)
    }
    return .meter(tag: tag)
  }

  /// The place of a finding, which is made if need be.
  private func tag(
    _ match: RuleMatch, _ source: UsageRecord.Evidence.Source, _ name: String
  ) -> Int32 {
    let rule = book.rules.rules[match.rule]
    var evidence = UsageRecord.Evidence(
      source: source, name: name, evidenceClass: match.evidence, rule: rule.description)
    if let number = findingNumbers[evidence] { return number }
    if findings.count >= Self.maximumFindings {
      // Someone asks for names without end; use goes on being told, by the rule's own words.
      evidence.name = rule.text
      if let number = findingNumbers[evidence] { return number }
    }
    let service = book.rules.services[match.service]
    let number = serviceNumbers[service.id] ?? services.count
    if number == services.count {
      services.append(service)
      serviceNumbers[service.id] = number
    }
    let tag = Int32(findings.count)
    findings.append(Finding(service: number, evidence: evidence))
    findingNumbers[evidence] = tag
    return tag
  }

  private func update(
    _ flow: MeteredFlow, at time: Timestamp, source: Int? = nil,
    _ change: (inout Ledger.Account) -> Void
  ) {
    let finding = findings[Int(flow.tag)]
    let use = tagsOfUse[ObjectIdentifier(flow)].map { findings[Int($0)].evidence }
    ledger.update(
      source: source ?? self.source, host: flow.sighting.client.address, service: finding.service,
      at: time
    ) {
      $0.add(finding.evidence)
      if let use { $0.add(use) }
      change(&$0)
    }
  }
}
