package import Capture
import ProviderRules
package import RecordStore
package import TrafficModel
package import WireFormat

/// Frames in, records in the store: the main job, the same for files and for a live interface.
///
/// Time is the frames' own. When a frame lies outside the open window, the window is closed: its records and its account
/// of all traffic are written in one transaction. A window may be opened again, by frames out of order or by what is
/// told late, such as a turn that a long silence ended; the store adds up what one run says of it.
package struct Pipeline: ~Copyable {
  /// What a run needs to know.
  package struct Options: Sendable {
    /// Nanoseconds; windows begin at multiples of it since 1970.
    package var window: Int64 = 300_000_000_000
    package var sensor: String
    /// Closed windows that wait to be written, so that what is told late is added to them before. A live interface has
    /// none: what is known is on disk.
    package var waitingWindows = 16
    /// Capacities of the tables; see ``memoryByteCount``.
    package var limits = TrafficEngine.Limits(
      memoryByteCount: TrafficEngine.Limits.defaultMemoryByteCount)
    package var agentLimits = AgentLimits()
    /// What the program may take in all: says how large the tables are.
    package var memoryByteCount = TrafficEngine.Limits.defaultMemoryByteCount {
      didSet {
        limits = TrafficEngine.Limits(memoryByteCount: memoryByteCount)
        agentLimits = AgentLimits(memoryByteCount: memoryByteCount)
      }
    }
    package init(sensor: String) { self.sensor = sensor }
  }

  /// Where ``process(_:)`` prepares, made once.
  private var stretch: ContiguousArray<PreparedPacket>?
  private static var emptyStretch: ContiguousArray<PreparedPacket> {
    ContiguousArray(repeating: PreparedPacket(), count: stride)
  }
  private var engine: TrafficEngine
  package let judge: Judge
  private let options: Options
  private let store: RecordStore?
  private let run: RunID?
  /// The captures begun so far; accounts name them by their place here.
  private var sources: [SourceID] = []
  private var sourceNumber = 0
  private var coveredFrom: Timestamp?
  private var coveredTo = Timestamp(nanoseconds: 0)
  private var window: Window?
  private var lastCounters = TrafficCounters()
  /// What ``ownCounters`` were when the window began.
  private var lastOwnCounters: [String: Int] = [:]
  private var reloads = (done: 0, refused: 0)
  /// Days up to which names that look like AI are kept no longer.
  private struct Expiry: Equatable {
    var source: Int
    var ownDay: Int
    var othersDay: Int
  }
  private var lastExpiry: Expiry?
  /// Names that look like AI that the database had no place for.
  private var unknownNamesLost = 0
  /// Dropped by the kernel or the interface in the open window.
  private var dropped = 0
  /// Closed windows that are not written yet.
  private var waiting: [Ledger.Place: Findings] = [:]

  /// What is known of one window.
  private struct Findings {
    var summary: CaptureSummary
    var records: [UsageRecord.Subject: UsageRecord] = [:]
  }

  /// - Parameter store: nil to judge and count without keeping records.
  package init(
    judge: Judge, options: Options, store: RecordStore?, started: Timestamp, seed: UInt64
  ) throws(AgentError) {
    self.judge = judge
    self.options = options
    self.store = store
    run = try AgentError.storing { () throws(RecordStoreError) in
      try store?.beginRun(
        started: started, ruleVersion: judge.book.rules.version,
        policyVersion: judge.book.policy.version)
    }
    engine = TrafficEngine(observer: judge, limits: options.limits, seed: seed)
  }

  package var counters: TrafficCounters { engine.counters }
  /// What the agent's own tables had to leave out, as `--stats` names it.
  package var refusals: [(name: String, value: Int)] {
    [
      ("accounts_refused", judge.refusedAccountCount), ("hosts_refused", engine.hosts.refusedCount),
      ("hosts_expired", engine.hosts.expiredCount), ("names_shared", judge.sharedNameCount),
      ("tenants_other", judge.otherTenantCount),
      ("accounts_unanswered", judge.unansweredAccountCount),
      ("rules_reloaded", reloads.done), ("rules_refused", reloads.refused),
      ("unknown_names_evicted", judge.unknownNames.evictedCount),
      (RecordStore.lostUnknownNames, unknownNamesLost + judge.unknownNames.lostCount),
      ("memory_cap_bytes", options.memoryByteCount),
    ]
  }
  package var lastTimestamp: Timestamp { engine.now }

  /// Begins to attribute records to a capture.
  ///
  /// - Returns: false when this run has already read it, under whatever name; it must not be read again.
  package mutating func begin(identity: String, path: String) throws(AgentError) -> Bool {
    coveredFrom = nil
    coveredTo = Timestamp(nanoseconds: .min)
    guard let store, let run else { return true }
    let source = try AgentError.storing { () throws(RecordStoreError) in
      try store.source(identity: identity, path: path)
    }
    sourceNumber = sources.firstIndex(of: source) ?? sources.count
    if sourceNumber == sources.count { sources.append(source) }
    judge.begin(source: sourceNumber)
    return try AgentError.storing { () throws(RecordStoreError) in
      try !store.hasFinished(run, source)
    }
  }

  /// Takes a batch of frames.
  package mutating func process(_ batch: borrowing FrameBatch) throws(AgentError) {
    let count = batch.count
    let preparer = engine.preparer
    var stretch = self.stretch.take() ?? Self.emptyStretch
    defer { self.stretch = stretch }
    var start = 0
    while start < count {
      let length = min(Self.stride, count - start)
      var packets = stretch.mutableSpan
      var index = 0
      while index < length {
        batch.prepare(&packets[index], at: start + index, with: preparer)
        index += 1
      }
      try take(batch, from: start, stretch.span.extracting(0..<length))
      start += length
    }
    sweep(after: batch)
  }

  /// Takes frames that may have been prepared by ``preparer``.
  mutating func process(_ portion: Portion) throws(AgentError) {
    guard portion.isPrepared else { return try process(portion.batch) }
    let prepared = portion.prepared
    try take(portion.batch, from: 0, prepared.span)
    sweep(after: portion.batch)
  }

  /// What prepares frames for this pipeline.
  var preparer: PacketPreparer { engine.preparer }

  /// Takes the frames from `start` on for which there are packets.
  private mutating func take(
    _ batch: borrowing FrameBatch, from start: Int, _ packets: Span<PreparedPacket>
  ) throws(AgentError) {
    let count = packets.count
    var index = 0
    while index < min(Self.stride, count) {
      engine.anticipate(packets, at: index)
      index += 1
    }
    index = 0
    while index < count {
      if index + Self.stride < count { engine.anticipate(packets, at: index + Self.stride) }
      let header = batch.headers[start + index]
      let time = header.timestamp
      if window?.contains(time) != true { try open(windowAt: time) }
      engine.process(
        batch.frame(at: start + index), packets, at: index, originalLength: header.originalLength,
        linkType: header.linkType, time: time)
      if time > coveredTo { coveredTo = time }
      index += 1
    }
  }

  /// Packets between asking the processor for what one needs and taking it: longer than memory takes to answer, and few
  /// enough to stay in its nearest cache.
  private static let stride = 32

  private mutating func sweep(after batch: borrowing FrameBatch) {
    if let time = Self.settledTime(of: batch) {
      engine.sweep(steps: batch.count / 2 + 64, at: time)
    }
  }

  /// Records of this run in the store.
  package func recordCount() throws(AgentError) -> Int {
    guard let store, let run else { return 0 }
    return try AgentError.storing { () throws(RecordStoreError) in try store.recordCount(of: run) }
  }

  /// Puts new rules in force, between batches.
  ///
  /// What was found until now is recorded under the rules that found it; flows that are open are judged again.
  ///
  /// - Parameter newNames: what is ours now and was not.
  mutating func reload(
    _ book: RuleBook, _ newNames: RuleBook.NewNames
  ) throws(AgentError) -> Reloaded {
    let open = window
    try close()
    if let open {
      window = open
      judge.open(open)
    }
    reloads.done += 1
    let tags = judge.reload(book)
    let flows = engine.rejudge(
      RuleChange(tags: tags, newNames: newNames.names, exceptions: newNames.exceptions))
    if let store, let run {
      let now = Timestamp.now()
      try AgentError.storing { () throws(RecordStoreError) in
        try store.note(
          run, judgesSince: now, ruleVersion: book.rules.version,
          policyVersion: book.policy.version)
      }
    }
    return Reloaded(flows: flows, changes: judge.takeChanges())
  }

  /// What new rules have changed for flows that were open.
  struct Reloaded {
    var flows: RuleChange.Outcome
    var changes: Judge.Changes
  }

  /// Notes that rules with a mistake were left.
  mutating func noteRefusedRules() { reloads.refused += 1 }

  /// Notes packets that the kernel or the interface has dropped in the open window.
  package mutating func note(dropped count: Int) { dropped += count }

  /// Ends what has been silent for long, and the window if its time is over, though no frame has come.
  package mutating func advance(to time: Timestamp) throws(AgentError) {
    engine.sweep(steps: 1024, at: time)
    if window.map({ time > $0.last }) ?? true { try close() }
  }

  /// Writes what the open window has so far and ends the source.
  package mutating func finishSource() throws(AgentError) {
    try close()
    try writeWaiting()
    let judge = judge
    engine.forEachMeteredFlow { judge.noteEndOfSource($0) }
    if let store, let run, let coveredFrom, sources.indices.contains(sourceNumber) {
      let (source, coveredTo) = (sources[sourceNumber], coveredTo)
      try AgentError.storing { () throws(RecordStoreError) in
        try store.finish(run, source, coveredFrom: coveredFrom, coveredTo: coveredTo)
      }
    }
  }

  /// Ends all flows, writes everything.
  package mutating func finish() throws(AgentError) {
    engine.finish()
    if window == nil, engine.counters.packets > 0, dropped > 0 || engine.counters != lastCounters {
      try open(windowAt: engine.now)
    }
    try finishSource()
  }

  /// The time by which flows are ended for being silent: of the last frames the earliest, so that one frame with a
  /// time far ahead does not end every flow.
  private static func settledTime(of batch: borrowing FrameBatch) -> Timestamp? {
    batch.headers.suffix(16).lazy.map(\.timestamp).min()
  }

  private mutating func open(windowAt time: Timestamp) throws(AgentError) {
    try close()
    let opened = Window(holding: time, length: options.window)
    window = opened
    judge.open(opened)
    coveredFrom = min(coveredFrom ?? opened.start, opened.start)
  }

  private mutating func close() throws(AgentError) {
    guard window != nil || !judge.hasEmptyLedger || judge.unknownNames.hasFresh else { return }
    let judge = judge
    engine.forEachMeteredFlow { judge.takeFigures(of: $0) }
    // First, so that the window's account tells of names that found no place.
    try writeUnknownNames()
    let current = window.map { takeSummary($0) }
    let open = window.map { Ledger.Place(source: sourceNumber, window: $0) }
    if let open, let current { keep(Findings(summary: current), of: open) }
    for (place, accounts) in judge.takeAccounts() {
      let window = place.window
      let dropped = place == open ? current?.droppedPackets ?? 0 : 0
      let maker = RecordMaker(
        book: judge.book, sensor: options.sensor, window: window, droppedPackets: dropped)
      var findings = Findings(summary: emptySummary(window))
      for (key, account) in accounts {
        let service = judge.services[key.service]
        guard
          let record = maker.record(
            key, account, service: service, host: engine.hosts[key.host])
        else { continue }
        findings.records[record.subject] = record
      }
      keep(findings, of: place)
    }
    window = nil
    let records = waiting.values.reduce(0) { $0 + $1.records.count }
    if waiting.count > options.waitingWindows || records >= options.agentLimits.accounts {
      try writeWaiting()
    }
  }

  /// Adds to what is known of a closed window.
  private mutating func keep(_ more: Findings, of place: Ledger.Place) {
    guard var findings = waiting.removeValue(forKey: place) else {
      waiting[place] = more
      return
    }
    findings.summary = findings.summary.merged(with: more.summary)
    findings.records.merge(more.records) { $0.merged(with: $1) }
    waiting[place] = findings
  }

  private mutating func writeUnknownNames() throws(AgentError) {
    let names = judge.unknownNames.take()
    guard let store, let run, sources.indices.contains(sourceNumber) else { return }
    let source = sources[sourceNumber]
    if !names.isEmpty {
      unknownNamesLost += try AgentError.storing { () throws(RecordStoreError) in
        try store.write(names, of: source, by: run)
      }
    }
    // Also where no further name comes, or none may any more.
    guard let last = window?.last ?? names.map(\.lastSeen).max() else { return }
    let days = judge.book.policy.unknownNameDays
    let expiry = Expiry(
      source: sourceNumber, ownDay: UnknownName.day(of: last) - days,
      othersDay: UnknownName.day(of: .now()) - days)
    guard expiry != lastExpiry else { return }
    lastExpiry = expiry
    try AgentError.storing { () throws(RecordStoreError) in
      try store.deleteUnknownNames(
        of: source, by: run, upTo: expiry.ownDay, ofOthersUpTo: expiry.othersDay)
    }
  }

  private mutating func writeWaiting() throws(AgentError) {
    let findings = waiting.sorted { $0.key.window.start < $1.key.window.start }
    waiting = [:]
    for (place, item) in findings {
      try write(Array(item.records.values), item.summary, of: place.source)
    }
  }

  private func write(
    _ records: [UsageRecord], _ summary: CaptureSummary, of source: Int
  ) throws(AgentError) {
    guard let store, let run, sources.indices.contains(source) else { return }
    let source = sources[source]
    try AgentError.storing { () throws(RecordStoreError) in
      try store.write(
        WindowBatch(
          run: run, source: source, windowStart: summary.windowStart,
          windowEnd: summary.windowEnd, records: records, summary: summary))
    }
  }

  /// The window's account of all traffic: the counters less what they were when it began.
  private mutating func takeSummary(_ window: Window) -> CaptureSummary {
    let (now, before) = (engine.counters, lastCounters)
    lastCounters = now
    var summary = emptySummary(window)
    summary.packets = now.packets - before.packets
    summary.bytes = now.bytes - before.bytes
    summary.droppedPackets = dropped
    summary.truncatedPackets = now.truncatedPackets - before.truncatedPackets
    summary.malformedPackets = now.malformedPackets - before.malformedPackets
    summary.flowsBySNI = now.flowsBySNI - before.flowsBySNI
    summary.flowsByQUIC = now.flowsByQUIC - before.flowsByQUIC
    summary.flowsByHTTP = now.flowsByHTTP - before.flowsByHTTP
    summary.flowsByDNS = now.flowsByDNS - before.flowsByDNS
    summary.flowsByAddress = now.flowsByAddress - before.flowsByAddress
    summary.flowsUnnamed = now.flowsUnnamed - before.flowsUnnamed
    summary.flowsMatched = now.flowsMatched - before.flowsMatched
    summary.flowsWithECH = now.flowsWithECH - before.flowsWithECH
    summary.encryptedDNSFlows = now.encryptedDNSFlows - before.encryptedDNSFlows
    for (row, earlier) in zip(now.rows, before.rows) where row.value != earlier.value {
      summary.counters[row.name] = row.value - earlier.value
    }
    for (name, value) in takeOwnCounters() where value != 0 { summary.counters[name] = value }
    dropped = 0
    return summary
  }

  /// What the tables of hosts and accounts had to leave out since the last window, and how often rules were changed.
  private mutating func takeOwnCounters() -> [(String, Int)] {
    let now = [
      "accounts_refused": judge.refusedAccountCount, "hosts_refused": engine.hosts.refusedCount,
      "tenants_other": judge.otherTenantCount,
      "rules_reloaded": reloads.done, "rules_refused": reloads.refused,
      "unknown_names_evicted": judge.unknownNames.evictedCount,
      RecordStore.lostUnknownNames: unknownNamesLost + judge.unknownNames.lostCount,
    ]
    defer { lastOwnCounters = now }
    return now.map { ($0.key, $0.value - (lastOwnCounters[$0.key] ?? 0)) }
  }

  private func emptySummary(_ window: Window) -> CaptureSummary {
    CaptureSummary(windowStart: window.start, windowEnd: window.end, sensor: options.sensor)
  }
}
