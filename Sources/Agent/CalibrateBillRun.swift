import ProviderRules
import RecordStore
import TokenEstimation
import WireFormat

/// The work of `gnomon calibrate --billing`: what was billed over what the records say.
package enum CalibrateBillRun {
  /// Bills of less are put together by this, in nanoseconds: clocks differ, and turns end after their call.
  private static let leastStretch: Int64 = 3_600_000_000_000

  private struct Stretch: Hashable {
    var provider: String
    var start: Timestamp
    var end: Timestamp
  }

  private struct Sums {
    var prompt = 0.0
    var completion = 0.0
    var estimatedPrompt = TokenSum()
    var estimatedCompletion = TokenSum()
    var hasRecords = false
  }

  /// - Parameters:
  ///   - bills: files; see ``CalibrateBill``.
  ///   - rules: the folder of the rules, whose providers the bills may name.
  ///   - provider: of entries that name none.
  ///   - selection: the hosts, times and verdicts that the bills are about.
  ///   - note: told of bills that are not whole.
  /// - Returns: the report for a terminal.
  package static func run(
    bills: [String], database: String, rules: String, provider: String?,
    selection: RecordSelection, note: (String) -> Void
  ) throws(AgentError) -> String {
    let providers = try RuleBook(directory: rules, policyPath: nil).rules.providerIDs
    if let provider, let problem = CalibrateNames.problem(provider, "provider", in: providers) {
      throw AgentError("--provider: \(problem)", status: .usage)
    }
    var stretches: [Stretch: Sums] = [:]
    var withoutProvider = 0
    for path in bills {
      let bill = try CalibrateBill(path: path, providers: providers)
      if bill.goesOn {
        note(
          "\(path): the bill is not whole: `has_more` says that more pages follow; "
            + "the ratio is too small unless they are given too")
      }
      for entry in bill.entries {
        guard let name = entry.provider ?? provider else {
          withoutProvider += 1
          continue
        }
        var key = Stretch(provider: name, start: entry.start, end: entry.end)
        if entry.end.since(entry.start) < leastStretch {
          let hour = entry.start.nanoseconds / leastStretch
          key.start = Timestamp(nanoseconds: hour * leastStretch)
          key.end = key.start.advanced(byNanoseconds: leastStretch)
        }
        stretches[key, default: Sums()].prompt += entry.prompt
        stretches[key, default: Sums()].completion += entry.completion
      }
    }
    guard withoutProvider == 0 else {
      throw AgentError(
        "\(withoutProvider) entries name no provider: expected --provider with an id of the rules",
        status: .usage)
    }
    let outside = try add(database, selection.filter, to: &stretches)
    return text(stretches, outside: outside)
  }

  /// Adds the records to the stretches in which their windows begin.
  ///
  /// - Returns: turns of the bills' providers in no stretch.
  private static func add(
    _ database: String, _ filter: RecordFilter, to stretches: inout [Stretch: Sums]
  ) throws(AgentError) -> Int {
    let records = try AgentError.storing { () throws(RecordStoreError) in
      try RecordStore(readingFrom: database).records(matching: filter)
    }
    var places = Dictionary(grouping: stretches.keys, by: \.provider)
    for provider in places.keys { places[provider]?.sort { $0.start < $1.start } }
    var outside = 0
    for record in records {
      guard let places = places[record.provider] else { continue }
      guard
        let place = places.last(where: {
          $0.start <= record.windowStart && record.windowStart < $0.end
        })
      else {
        outside += record.turnCount
        continue
      }
      var sums = stretches[place] ?? Sums()
      sums.estimatedPrompt = sums.estimatedPrompt + record.promptTokens
      sums.estimatedCompletion = sums.estimatedCompletion + record.completionTokens
      sums.hasRecords = true
      stretches[place] = sums
    }
    return outside
  }

  private static func text(_ stretches: [Stretch: Sums], outside: Int) -> String {
    var text = "Billed over estimated, by provider; nothing is written.\n"
    for (provider, keys) in Dictionary(grouping: stretches.keys, by: \.provider)
      .sorted(by: { $0.key < $1.key })
    {
      let sums = keys.compactMap { stretches[$0] }
      let seen = sums.filter(\.hasRecords)
      text +=
        "\(ErrorLines.printable(provider)): \(sums.count) stretches billed, \(seen.count) of them with records\n"
      for (name, billed, estimated) in [
        ("prompt", \Sums.prompt, \Sums.estimatedPrompt),
        ("completion", \.completion, \.estimatedCompletion),
      ] {
        let total = seen.reduce(TokenSum()) { $0 + $1[keyPath: estimated] }
        let rows = seen.map {
          BillingRatio.Stretch(billed: $0[keyPath: billed], estimated: $0[keyPath: estimated])
        }
        guard let found = BillingRatio(rows) else {
          text += "  \(name): no stretch has both a bill and an estimate\n"
          continue
        }
        let turns = total.estimatedTurnCount + total.abstainedTurnCount
        text +=
          "  \(name): ×\(two(found.ratio)) (×\(two(found.low)) to ×\(two(found.high))), as it "
          + "stands ×\(two(found.raw)); \(found.stretchCount) stretches, \(total.estimatedTurnCount)"
          + " of \(turns) turns estimated\n"
      }
    }
    if outside > 0 { text += "\(outside) turns lie in no stretch that was billed\n" }
    return text
  }

  private static func two(_ value: Double) -> String {
    guard value.isFinite, value < 1e12 else { return "–" }
    let scaled = Int((value * 100).rounded())
    return "\(scaled / 100)." + (scaled % 100 < 10 ? "0" : "") + "\(scaled % 100)"
  }
}
