package import ProviderRules
package import RecordStore
internal import StrictYAML
package import WireFormat

/// How a policy stands on one day: the lines that soon lapse or have lapsed, and what is used of each budget.
package struct PolicyReport: Sendable {
  /// The policy's file.
  package let path: String
  package let version: String
  /// UTC, since 1970-01-01.
  package let day: Int
  package let noticeDays: Int
  /// Lines that have lapsed or soon will, in the order of the file.
  package let expiring: [Policy.ListedLine]
  package var budgets: [BudgetUse]

  package init(_ policy: Policy, path: String, on day: Int) {
    (self.path, self.day) = (path, day)
    (version, noticeDays) = (policy.version, policy.noticeDays)
    expiring = policy.listedLines.filter {
      $0.standing(on: day, noticeDays: policy.noticeDays) != .inForce
    }
    budgets = policy.budgets.map { BudgetUse(of: $0, on: day) }
  }

  /// The time that the periods of all budgets cover; nil where there is none.
  package var period: Range<Timestamp>? {
    guard let start = budgets.map(\.period.lowerBound).min(),
      let end = budgets.map(\.period.upperBound).max()
    else { return nil }
    return Self.time(start)..<max(Self.time(start), Self.time(end))
  }

  /// Adds a record to all budgets that speak of it.
  package mutating func add(_ record: UsageRecord) {
    for index in budgets.indices { budgets[index].add(record) }
  }

  package func standing(_ line: Policy.ListedLine) -> Policy.Standing {
    line.standing(on: day, noticeDays: noticeDays)
  }

  private static func time(_ day: Int) -> Timestamp {
    Timestamp(seconds: Int64(clamping: day.multipliedReportingOverflow(by: 86_400).partialValue))
  }
}

extension PolicyReport {
  /// `approved for finance, service openai-api: lapsed 3 days ago, after 2026-11-20 (rules/policy.yaml:31)`
  package func text(_ line: Policy.ListedLine) -> String {
    "\(line.text): \(standing(line).text)"
      + (line.expires.map { ", last day \($0)" } ?? "") + " (\(path):\(line.location.line))"
  }

  /// `may be over: 1.9M (1.6M–2.2M) of 2.0M tokens this month …`
  package func text(_ use: BudgetUse) -> String {
    let used = use.used
    let figure: String
    switch use.budget.limit {
    case .tokens(let limit):
      figure =
        "\(Quantity.compact(used.likely)) (\(Quantity.compact(used.low))–\(Quantity.compact(used.high))) of \(Quantity.compact(limit)) tokens"
    case .octets(let limit):
      let missed =
        used.high > used.low
        ? " (up to \(Quantity.bytes(Int(clamping: Int64(min(used.high, 9e18))))))" : ""
      figure =
        "\(Quantity.bytes(Int(clamping: Int64(min(used.low, 9e18)))))\(missed) of \(Quantity.bytes(limit))"
    case .cost(let limit, let currency):
      figure =
        "\(currency) \(Quantity.money(used.likely)) (\(Quantity.money(used.low))–\(Quantity.money(used.high))) of \(Quantity.money(limit))"
    }
    let unknown =
      use.unknownTurnCount > 0
      ? "; \(Quantity.share(use.unknownTurnCount, of: use.turnCount)) of \(Quantity.counted(use.turnCount, "turn")) unknown"
      : ""
    return
      "\(use.state.rawValue): \(use.budget.subject.groupText), \(use.budget.subject.useText): \(figure), \(Self.period(use))\(unknown) (\(path):\(use.budget.line))"
  }

  /// `day 2026-11-21`, `week 2026-11-16 to 2026-11-22`
  package static func period(_ use: BudgetUse) -> String {
    let first = date(use.period.lowerBound)
    guard use.budget.span != .day else { return "day \(first)" }
    return "\(use.budget.span.rawValue) \(first) to \(date(use.period.upperBound - 1))"
  }

  package static func date(_ day: Int) -> String {
    CalendarDate(daysSince1970: day)?.description ?? "day \(day)"
  }
}

extension PolicyReport {
  /// The members of the report's `policy` and of `gnomon policy budgets --format json`.
  package var json: JSONValue {
    .object([
      ("path", .string(path)), ("version", .string(version)), ("day", .string(Self.date(day))),
      ("expiry_notice_days", .integer(noticeDays)),
      ("expiring", .array(expiring.map { Self.json($0, standing($0)) })),
      ("budgets", .array(budgets.map(Self.json))),
    ])
  }

  /// A line of verdict with its state.
  package static func json(_ line: Policy.ListedLine, _ standing: Policy.Standing) -> JSONValue {
    let (state, days): (String, Int?) =
      switch standing {
      case .inForce: ("in force", nil)
      case .expires(let days): ("expires", days)
      case .lapsed(let days): ("lapsed", -days)
      }
    return .object(
      subject(line.subject) + [
        ("verdict", .string(line.verdict.rawValue)), ("owner", .string(line.owner)),
        ("reason", .string(line.reason)), ("expires", .optional(line.expires?.description)),
        ("state", .string(state)), ("days_left", days.map { .integer($0) } ?? .null),
        ("excluded", .bool(line.isExcluded)), ("line", .integer(line.location.line)),
      ])
  }

  private static func json(_ use: BudgetUse) -> JSONValue {
    let places =
      switch use.budget.limit {
      case .tokens: 1
      case .octets: 0
      case .cost: 6
      }
    var currency: String?
    if case .cost(_, let code) = use.budget.limit { currency = code }
    return .object(
      subject(use.budget.subject) + [
        ("per", .string(use.budget.span.rawValue)),
        ("first_day", .string(date(use.period.lowerBound))),
        ("last_day", .string(date(use.period.upperBound - 1))),
        ("measure", .string(use.budget.limit.measure)), ("currency", .optional(currency)),
        ("limit", .decimal(use.limit, places: places)),
        ("low", .decimal(use.used.low, places: places)),
        ("likely", .decimal(use.used.likely, places: places)),
        ("high", .decimal(use.used.high, places: places)),
        ("state", .string(use.state.rawValue)), ("turns", .integer(use.turnCount)),
        ("unknown_turns", .integer(use.unknownTurnCount)),
        ("unknown_share", .decimal(use.unknownShare, places: 4)),
        ("owner", .string(use.budget.owner)), ("reason", .string(use.budget.reason)),
        ("line", .integer(use.budget.line)),
      ])
  }

  private static func subject(_ subject: PolicySubject) -> [(String, JSONValue)] {
    var (provider, service): (String?, String?)
    switch subject.use {
    case .everything: break
    case .provider(let id): provider = id
    case .service(let id): service = id
    }
    return [
      ("group", .optional(subject.group)), ("provider", .optional(provider)),
      ("service", .optional(service)), ("tenant", .optional(subject.tenant)),
    ]
  }
}
