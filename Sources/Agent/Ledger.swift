import ProviderRules
import RecordStore
import TokenEstimation
import TrafficModel
import WireFormat

/// The accounts that are not written yet: per window, host, service and tenant what has been seen.
///
/// Mostly they are of the open window. A turn on a connection that falls silent is known to be over only later; it goes
/// into the window in which it ended. At most so many accounts as its capacity says; beyond that new ones are counted as refused (policy
/// *refuse-new*), and the records still say all of the others.
struct Ledger {
  struct Key: Hashable {
    var place: Place
    var host: IPAddress
    /// The judge's service number.
    var service: Int
    /// Whose account at the service the name told, if any.
    var tenant: String?
  }

  /// What is written, and on another analysis replaced, together.
  struct Place: Hashable {
    /// The pipeline's number of the capture.
    var source = 0
    var window: Window
  }

  /// One host's use of one service.
  struct Account {
    var firstSeen: Timestamp
    var lastSeen: Timestamp
    var flowCount = 0
    var turnCount = 0
    var figures = MeteredFlow.Figures()
    /// Time in which turns were open, in nanoseconds.
    private(set) var activeNanoseconds: Int64 = 0
    /// Turns whose events were of another size than their profile knows.
    private(set) var driftedTurnCount = 0
    var prompt = TokenSum()
    var completion = TokenSum()
    private(set) var evidence: Set<UsageRecord.Evidence> = []
    /// Something of it is use, and not only what goes with use.
    private(set) var isUse = false
    /// A flow of it was seen outside of tunnels, or its server has answered inside one.
    var isEstablished = false
    /// Names left out of ``evidence`` because it was full; one left out twice counts twice.
    private(set) var unlistedEvidenceCount = 0
    var profiles: Set<String> = []
    var abstentions: [String: Int] = [:]
    var hidden: Set<String> = []

    /// How likely the likeliest name is that DNS answers gave; 1 where an address has one name.
    private(set) var inferredProbability = 0.0
    /// The largest share that the service has of the names of a server's certificate.
    private(set) var certifiedProbability = 0.0

    /// Notes how the use is known; a record lists so many names and counts the rest.
    ///
    /// - Parameter probability: of a name that was inferred from DNS answers, or from a certificate.
    mutating func add(_ more: UsageRecord.Evidence, probability: Double = 1) {
      switch more.source {
      case .dns: inferredProbability = max(inferredProbability, probability)
      case .certificate: certifiedProbability = max(certifiedProbability, probability)
      case .sni, .quic, .http, .address: break
      }
      if more.evidenceClass == .usage { isUse = true }
      if evidence.count < UsageRecord.maximumEvidenceCount {
        evidence.insert(more)
      } else if !evidence.contains(more) {
        unlistedEvidenceCount += 1
      }
    }

    mutating func add(_ more: MeteredFlow.Figures) {
      figures.wireBytesUp += more.wireBytesUp
      figures.wireBytesDown += more.wireBytesDown
      figures.applicationBytesUp += more.applicationBytesUp
      figures.applicationBytesDown += more.applicationBytesDown
      figures.missedBytes += more.missedBytes
      figures.truncatedPackets += more.truncatedPackets
    }

    /// A capture may state any times: the sum saturates.
    mutating func addActive(nanoseconds: Int64) {
      let (sum, overflow) = activeNanoseconds.addingReportingOverflow(max(0, nanoseconds))
      activeNanoseconds = overflow ? .max : sum
    }

    mutating func add(_ estimate: TurnEstimate) {
      turnCount += 1
      if estimate.isDrifting { driftedTurnCount += 1 }
      if !estimate.profile.isEmpty { profiles.insert(estimate.profile) }
      hidden.formUnion(estimate.hidden)
      Self.add(estimate.prompt, of: "prompt", to: &prompt, &abstentions)
      Self.add(estimate.completion, of: "completion", to: &completion, &abstentions)
    }

    private static func add(
      _ figure: TurnEstimate.Figure, of what: String, to sum: inout TokenSum,
      _ abstentions: inout [String: Int]
    ) {
      switch figure {
      case .stated(let count): sum.add(TokenEstimate(exactly: count))
      case .estimated(let estimate): sum.add(estimate)
      case .abstained(let reason):
        sum.addAbstention()
        abstentions["\(what): \(reason.rawValue)", default: 0] += 1
      }
    }
  }

  private(set) var accounts: [Key: Account] = [:]
  private let windowLength: Int64
  private(set) var refusedCount = 0

  /// What has been seen in one window of one source.
  typealias PlaceAccounts = (place: Place, accounts: [(key: Key, account: Account)])

  private let capacity: Int
  private var tenants: TenantTable
  /// How often a tenant was not told apart from others.
  var otherTenantCount: Int { tenants.otherCount }

  /// - Parameter window: the window's length in nanoseconds.
  /// - Parameter capacity: accounts.
  /// - Parameter named: tenants that are always told apart.
  init(window: Int64, capacity: Int = AgentLimits().accounts, named: Set<String> = []) {
    windowLength = window
    self.capacity = capacity
    tenants = TenantTable(capacity: capacity, named: named)
  }

  /// Says which tenants are told apart always.
  mutating func name(_ named: Set<String>) { tenants.named = named }

  var isEmpty: Bool { accounts.isEmpty }

  /// Changes the account of a host and service in the window of `time`; it is opened if need be.
  ///
  /// - Parameters:
  ///   - source: the pipeline's number of the capture that told it.
  ///   - service: the judge's number of it.
  ///   - tenant: what the name told; beyond so many of a host and window it is booked as ``TenantLabel/other``.
  mutating func update(
    source: Int = 0, host: IPAddress, service: Int, tenant: String? = nil, at time: Timestamp,
    _ change: (inout Account) -> Void
  ) {
    let place = Place(source: source, window: Window(holding: time, length: windowLength))
    let tenant = tenant.map { tenants.booked($0, of: host, in: place) }
    let key = Key(place: place, host: host, service: service, tenant: tenant)
    guard accounts.count < capacity || accounts[key] != nil else {
      refusedCount += 1
      return
    }
    change(&accounts[key, default: Account(firstSeen: time, lastSeen: time)])
    accounts[key]?.note(time)
  }

  /// Takes all accounts out, by window in order of time.
  mutating func takeAll() -> [PlaceAccounts] {
    var byPlace: [Place: [(key: Key, account: Account)]] = [:]
    for (key, account) in accounts { byPlace[key.place, default: []].append((key, account)) }
    accounts.removeAll(keepingCapacity: true)
    tenants.forgetIfFull()
    return byPlace.sorted { $0.key.window.start < $1.key.window.start }.map {
      (place: $0.key, accounts: $0.value)
    }
  }
}

extension Ledger.Account {
  fileprivate mutating func note(_ time: Timestamp) {
    firstSeen = min(firstSeen, time)
    lastSeen = max(lastSeen, time)
  }
}
