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
  private(set) var ledger: Ledger
  /// Services seen so far; records name them by their place here, so that a reload does not move them.
  private(set) var services: [Service] = []
  private var serviceNumbers: [String: Int] = [:]
  private var findings: [Finding] = []
  private var findingNumbers: [UsageRecord.Evidence: Int32] = [:]
  /// Findings before this place were made under rules that are no longer in force.
  private var firstCurrentFinding = 0
  /// Called with each turn and its estimate, for `gnomon turns`.
  private let onTurn: ((Turn, MeteredFlow, Service, TurnEstimate) -> Void)?

  /// Distinct names of AI services that are told apart; further ones are judged but share one place (policy
  /// *refuse-new*).
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
      let tag = finding(match, .http, server.description),
      findings[Int(tag)].service == findings[Int(flow.tag)].service
    else { return }
    update(flow, at: flow.lastSeen) {
      $0.evidence.insert(findings[Int(tag)].evidence)
    }
  }

  package func tag(forAnswered name: RawSpan) -> Int32 {
    guard let match = book.rules.match(name: name), Self.leavesRecord(match.evidence) else {
      return -1
    }
    return finding(match, .dns, name.lowercasedText(0..<name.byteCount)) ?? -1
  }

  package func asked(_ name: RawSpan, client: Endpoint, server: Endpoint, at time: Timestamp) {}

  package func turnEnded(_ turn: Turn, on flow: MeteredFlow) {
    let service = services[findings[Int(flow.tag)].service]
    guard Self.isExchangeWithModel(turn, service) else { return }
    let estimate = Estimator(profiles: book.profiles).estimate(
      turn: turn, profileID: service.profile)
    update(flow, at: turn.end) { $0.add(estimate) }
    onTurn?(turn, flow, service, estimate)
  }

  package func flowEnded(_ flow: MeteredFlow) { takeFigures(of: flow) }

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

  /// Moves a flow's figures into the open window.
  func takeFigures(of flow: MeteredFlow) {
    let figures = flow.takeFigures()
    guard !figures.isEmpty else { return }
    update(flow, at: flow.lastSeen) { account in
      account.add(figures)
      account.evidence.insert(findings[Int(flow.tag)].evidence)
    }
  }

  func emptyLedger() { ledger.removeAll() }

  // MARK: Findings

  /// Names that a visitor of other sites touches without using AI leave no record. What is metered is still no use unless
  /// its evidence says `usage`: reports keep the two apart.
  private static func leavesRecord(_ evidence: EvidenceClass) -> Bool {
    switch evidence {
    case .usage, .content, .mcp, .modelDownload: true
    case .auth, .cdn, .telemetry, .website: false
    }
  }

  private func begin(
    _ match: RuleMatch, _ source: UsageRecord.Evidence.Source, _ name: String,
    _ sighting: NameSighting
  ) -> FlowInterest {
    guard Self.leavesRecord(match.evidence), !match.isShared,
      let tag = finding(match, source, name)
    else { return .ignore }
    return begin(tag, sighting)
  }

  private func begin(_ tag: Int32, _ sighting: NameSighting) -> FlowInterest {
    let host = sighting.client.address
    guard !book.policy.isExcluded(host, mac: nil) else { return .ignore }
    let finding = findings[Int(tag)]
    ledger.update(host: host, service: finding.service, at: sighting.time) {
      $0.flowCount += 1
      $0.evidence.insert(finding.evidence)
    }
    return .meter(tag: tag)
  }

  private func finding(
    _ match: RuleMatch, _ source: UsageRecord.Evidence.Source, _ name: String
  ) -> Int32? {
    let evidence = UsageRecord.Evidence(
      source: source, name: name, evidenceClass: match.evidence,
      rule: book.rules.rules[match.rule].description)
    if let number = findingNumbers[evidence] { return number }
    guard findings.count < Self.maximumFindings else { return nil }
    let service = book.rules.services[match.service]
    let number = serviceNumbers[service.id] ?? services.count
    if number == services.count {
      services.append(service)
      serviceNumbers[service.id] = number
    }
    findings.append(Finding(service: number, evidence: evidence))
    findingNumbers[evidence] = Int32(findings.count - 1)
    return Int32(findings.count - 1)
  }

  private func update(
    _ flow: MeteredFlow, at time: Timestamp, _ change: (inout Ledger.Account) -> Void
  ) {
    ledger.update(
      host: flow.sighting.client.address, service: findings[Int(flow.tag)].service, at: time,
      change)
  }
}
