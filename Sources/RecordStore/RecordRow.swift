internal import GRDB
internal import ProviderRules
internal import TokenEstimation
internal import WireFormat

/// A ``UsageRecord`` as the `record` table holds it.
struct RecordRow: Codable, FetchableRecord, PersistableRecord {
  static let databaseTableName = "record"

  /// A text in the row is none of the values it may be.
  struct Malformed: Error, CustomStringConvertible {
    var column: String
    var description: String { "column \(column) holds an impossible value" }
  }

  var windowStart, windowEnd: Int64
  var sensor, host, provider, service: String
  /// Empty where there is none: a key holds no NULL.
  var tenant: String
  var source, run: Int64
  var mac, hostName, hostNameSource, hostGroup: String?
  var providerName, serviceName, category, dataEgress: String
  var verdict, ruleVersion, policyVersion: String
  var evidence: [EvidenceColumn]
  var unlistedEvidenceCount: Int
  var flowCount, turnCount: Int
  var wireBytesUp, wireBytesDown, applicationBytesUp, applicationBytesDown: Int
  var firstSeen, lastSeen: Int64
  var activeSeconds: Double
  var promptTokens, completionTokens: TokenColumn
  var profiles: [String]
  var abstentions: [String: Int]
  var driftedTurnCount: Int
  var hidden: [String]
  var cost: CostColumn?
  var droppedPackets, missedBytes, truncatedPackets: Int
  var confidence: Double

  struct EvidenceColumn: Codable {
    var source, name, evidenceClass, rule: String
  }

  struct TokenColumn: Codable {
    var likely, sharedBelow, sharedAbove, squaresBelow, squaresAbove: Double
    var estimatedTurnCount, abstainedTurnCount: Int
  }

  struct CostColumn: Codable {
    var low, likely, high: Double
    var currency, priceDate: String
  }

  init(_ record: UsageRecord, source: SourceID, run: RunID) {
    windowStart = record.windowStart.nanoseconds
    windowEnd = record.windowEnd.nanoseconds
    sensor = record.sensor
    host = record.host.address.description
    provider = record.provider
    service = record.service
    tenant = record.tenant ?? ""
    self.source = source.value
    self.run = run.value
    mac = record.host.mac?.description
    hostName = record.host.name
    hostNameSource = record.host.nameSource
    hostGroup = record.host.group
    providerName = record.providerName
    serviceName = record.serviceName
    category = record.category
    dataEgress = record.dataEgress
    verdict = record.verdict.rawValue
    ruleVersion = record.ruleVersion
    policyVersion = record.policyVersion
    evidence = record.evidence.map(EvidenceColumn.init)
    unlistedEvidenceCount = record.unlistedEvidenceCount
    flowCount = record.flowCount
    turnCount = record.turnCount
    wireBytesUp = record.wireBytesUp
    wireBytesDown = record.wireBytesDown
    applicationBytesUp = record.applicationBytesUp
    applicationBytesDown = record.applicationBytesDown
    firstSeen = record.firstSeen.nanoseconds
    lastSeen = record.lastSeen.nanoseconds
    activeSeconds = record.activeSeconds
    promptTokens = TokenColumn(record.promptTokens)
    completionTokens = TokenColumn(record.completionTokens)
    profiles = record.profiles
    abstentions = record.abstentions
    driftedTurnCount = record.driftedTurnCount
    hidden = record.hidden
    cost = record.cost.map(CostColumn.init)
    droppedPackets = record.captureLoss.droppedPackets
    missedBytes = record.captureLoss.missedBytes
    truncatedPackets = record.captureLoss.truncatedPackets
    confidence = record.confidence
  }

  /// - Throws: ``Malformed`` when a text in the row is none of the values it may be.
  func record() throws -> UsageRecord {
    guard let address = IPAddress(host) else { throw Malformed(column: "host") }
    guard let verdict = Verdict(rawValue: verdict) else { throw Malformed(column: "verdict") }
    var record = UsageRecord(
      windowStart: Timestamp(nanoseconds: windowStart),
      windowEnd: Timestamp(nanoseconds: windowEnd), sensor: sensor,
      host: UsageRecord.Host(
        address: address, mac: mac.flatMap { MACAddress($0) }, name: hostName,
        nameSource: hostNameSource, group: hostGroup),
      provider: provider, providerName: providerName, service: service, serviceName: serviceName,
      category: category, dataEgress: dataEgress, verdict: verdict, ruleVersion: ruleVersion,
      policyVersion: policyVersion, evidence: try evidence.map { try $0.value() },
      firstSeen: Timestamp(nanoseconds: firstSeen), lastSeen: Timestamp(nanoseconds: lastSeen),
      confidence: confidence)
    record.tenant = tenant.isEmpty ? nil : tenant
    record.unlistedEvidenceCount = unlistedEvidenceCount
    record.flowCount = flowCount
    record.turnCount = turnCount
    record.wireBytesUp = wireBytesUp
    record.wireBytesDown = wireBytesDown
    record.applicationBytesUp = applicationBytesUp
    record.applicationBytesDown = applicationBytesDown
    record.activeSeconds = activeSeconds
    record.promptTokens = promptTokens.value
    record.completionTokens = completionTokens.value
    record.profiles = profiles
    record.abstentions = abstentions
    record.driftedTurnCount = driftedTurnCount
    record.hidden = hidden
    record.cost = cost?.value
    record.captureLoss = UsageRecord.CaptureLoss(
      droppedPackets: droppedPackets, missedBytes: missedBytes, truncatedPackets: truncatedPackets)
    return record
  }
}

extension RecordRow.EvidenceColumn {
  init(_ evidence: UsageRecord.Evidence) {
    self.init(
      source: evidence.source.rawValue, name: evidence.name,
      evidenceClass: evidence.evidenceClass.rawValue, rule: evidence.rule)
  }

  func value() throws -> UsageRecord.Evidence {
    guard let source = UsageRecord.Evidence.Source(rawValue: source),
      let evidenceClass = EvidenceClass(rawValue: evidenceClass)
    else { throw RecordRow.Malformed(column: "evidence") }
    return UsageRecord.Evidence(
      source: source, name: name, evidenceClass: evidenceClass, rule: rule)
  }
}

extension RecordRow.TokenColumn {
  init(_ sum: TokenSum) {
    self.init(
      likely: sum.likely, sharedBelow: sum.sharedBelow, sharedAbove: sum.sharedAbove,
      squaresBelow: sum.squaresBelow, squaresAbove: sum.squaresAbove,
      estimatedTurnCount: sum.estimatedTurnCount, abstainedTurnCount: sum.abstainedTurnCount)
  }

  var value: TokenSum {
    var sum = TokenSum()
    sum.likely = likely
    sum.sharedBelow = sharedBelow
    sum.sharedAbove = sharedAbove
    sum.squaresBelow = squaresBelow
    sum.squaresAbove = squaresAbove
    sum.estimatedTurnCount = estimatedTurnCount
    sum.abstainedTurnCount = abstainedTurnCount
    return sum
  }
}

extension RecordRow.CostColumn {
  init(_ cost: UsageRecord.Cost) {
    self.init(
      low: cost.low, likely: cost.likely, high: cost.high, currency: cost.currency,
      priceDate: cost.priceDate)
  }

  var value: UsageRecord.Cost {
    UsageRecord.Cost(
      low: low, likely: likely, high: high, currency: currency, priceDate: priceDate)
  }
}
