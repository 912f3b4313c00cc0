import ProviderRules
import RecordStore
import TokenEstimation
import TrafficModel
import WireFormat

/// The accounts that are not written yet: per window, host and service what has been seen.
///
/// Mostly they are of the open window. A turn on a connection that falls silent is known to be over only later; it goes
/// into the window in which it ended. At most 100,000 accounts; beyond that new pairs are counted as refused (policy *refuse-new*), and the window's
/// records still say all of the others.
struct Ledger {
  struct Key: Hashable {
    /// Nanoseconds since 1970, a multiple of the window's length.
    var windowStart: Int64
    var host: IPAddress
    /// The judge's service number.
    var service: Int
  }

  /// One host's use of one service.
  struct Account {
    var firstSeen: Timestamp
    var lastSeen: Timestamp
    var flowCount = 0
    var turnCount = 0
    var figures = MeteredFlow.Figures()
    var prompt = TokenSum()
    var completion = TokenSum()
    var evidence: Set<UsageRecord.Evidence> = []
    var profiles: Set<String> = []
    var abstentions: [String: Int] = [:]
    var hidden: Set<String> = []

    mutating func add(_ more: MeteredFlow.Figures) {
      figures.wireBytesUp += more.wireBytesUp
      figures.wireBytesDown += more.wireBytesDown
      figures.applicationBytesUp += more.applicationBytesUp
      figures.applicationBytesDown += more.applicationBytesDown
      figures.missedBytes += more.missedBytes
      figures.truncatedPackets += more.truncatedPackets
      figures.activeNanoseconds += more.activeNanoseconds
    }

    mutating func add(_ estimate: TurnEstimate) {
      turnCount += 1
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
  private let window: Int64
  private(set) var refusedCount = 0

  static let maximumAccounts = 100_000

  /// - Parameter window: the window's length in nanoseconds.
  init(window: Int64) { self.window = window }

  var isEmpty: Bool { accounts.isEmpty }

  /// The start of the window that holds `time`.
  static func windowStart(of time: Timestamp, window: Int64) -> Timestamp {
    let remainder = time.nanoseconds % window
    return time.advanced(byNanoseconds: remainder < 0 ? -(remainder + window) : -remainder)
  }

  /// Changes the account of a host and service in the window that holds `time`; it is opened if need be.
  mutating func update(
    host: IPAddress, service: Int, at time: Timestamp, _ change: (inout Account) -> Void
  ) {
    let key = Key(
      windowStart: Self.windowStart(of: time, window: window).nanoseconds, host: host,
      service: service)
    if accounts[key] == nil {
      guard accounts.count < Self.maximumAccounts else {
        refusedCount += 1
        return
      }
      accounts[key] = Account(firstSeen: time, lastSeen: time)
    }
    accounts[key]?.note(time)
    if var account = accounts.removeValue(forKey: key) {
      change(&account)
      accounts[key] = account
    }
  }

  mutating func removeAll() { accounts.removeAll(keepingCapacity: true) }
}

extension Ledger.Account {
  fileprivate mutating func note(_ time: Timestamp) {
    firstSeen = min(firstSeen, time)
    lastSeen = max(lastSeen, time)
  }
}
