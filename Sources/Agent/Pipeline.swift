package import Capture
import ProviderRules
package import RecordStore
package import TrafficModel
package import WireFormat

/// Frames in, records in the store: the main job, the same for files and for a live interface.
///
/// Time is the frames' own. When a frame lies outside the open window, the window is closed: its records and its account
/// of all traffic are written in one transaction.
package struct Pipeline: ~Copyable {
  /// What a run needs to know.
  package struct Options: Sendable {
    /// Nanoseconds; windows begin at multiples of it since 1970.
    package var window: Int64 = 300_000_000_000
    package var sensor: String
    package var limits = TrafficEngine.Limits()
    package init(sensor: String) { self.sensor = sensor }
  }

  private var engine: TrafficEngine
  package let judge: Judge
  private let options: Options
  private let store: RecordStore?
  private let run: RunID?
  private var source: SourceID?
  private var coveredFrom: Timestamp?
  private var coveredTo = Timestamp(nanoseconds: 0)
  private var windowStart = Timestamp(nanoseconds: 0)
  private var windowEnd = Timestamp(nanoseconds: 0)
  private var isWindowOpen = false
  private var lastCounters = TrafficCounters()
  /// Dropped by the kernel or the interface in the open window.
  private var dropped = 0
  /// Accounts of windows without records, kept so that they are written together.
  private var waiting: [Timestamp: CaptureSummary] = [:]
  /// Records written so far.
  package private(set) var recordCount = 0

  static let maximumWaiting = 256

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
    self.source = source
    return try AgentError.storing { () throws(RecordStoreError) in
      try !store.hasFinished(run, source)
    }
  }

  /// Takes a batch of frames.
  package mutating func process(_ batch: borrowing FrameBatch) throws(AgentError) {
    var index = 0
    let count = batch.count
    while index < count {
      let header = batch.headers[index]
      let time = header.timestamp
      if time >= windowEnd || time < windowStart { try open(windowAt: time) }
      engine.process(
        batch.frame(at: index), originalLength: header.originalLength,
        linkType: header.linkType, at: time)
      if time > coveredTo { coveredTo = time }
      index += 1
    }
    engine.sweep(steps: 2 * count + 64)
  }

  /// Notes packets that the kernel or the interface has dropped in the open window.
  package mutating func note(dropped count: Int) { dropped += count }

  /// Closes the window if its time is over though no frame has come.
  package mutating func advance(to time: Timestamp) throws(AgentError) {
    if isWindowOpen, time >= windowEnd { try close() }
  }

  /// Writes what the open window has so far and ends the source.
  package mutating func finishSource() throws(AgentError) {
    try close()
    try writeWaiting()
    if let store, let run, let source, let coveredFrom {
      let coveredTo = coveredTo
      try AgentError.storing { () throws(RecordStoreError) in
        try store.finish(run, source, coveredFrom: coveredFrom, coveredTo: coveredTo)
      }
    }
  }

  /// Ends all flows, writes everything.
  package mutating func finish() throws(AgentError) {
    engine.finish()
    if !isWindowOpen, !judge.ledger.isEmpty { try open(windowAt: engine.now) }
    try finishSource()
  }

  private mutating func open(windowAt time: Timestamp) throws(AgentError) {
    try close()
    windowStart = Ledger.windowStart(of: time, window: options.window)
    windowEnd = windowStart.advanced(byNanoseconds: options.window)
    isWindowOpen = true
    if coveredFrom.map({ windowStart < $0 }) ?? true { coveredFrom = windowStart }
  }

  private mutating func close() throws(AgentError) {
    guard isWindowOpen else { return }
    isWindowOpen = false
    let judge = judge
    engine.forEachMeteredFlow { judge.takeFigures(of: $0) }
    let summary = takeSummary()
    let records = takeRecords(droppedPackets: summary.droppedPackets)
    let current = windowStart
    windowStart = windowEnd
    if records.isEmpty {
      waiting[current] = waiting[current].map { $0.merged(with: summary) } ?? summary
      if waiting.count > Self.maximumWaiting { try writeWaiting() }
      return
    }
    try writeWaiting()
    try write(records[current] ?? [], summary)
    for (start, late) in records where start != current {
      try write(
        late,
        CaptureSummary(
          windowStart: start, windowEnd: start.advanced(byNanoseconds: options.window),
          sensor: options.sensor))
    }
  }

  /// The accounts as records, by the start of their window.
  private mutating func takeRecords(droppedPackets: Int) -> [Timestamp: [UsageRecord]] {
    var records: [Timestamp: [UsageRecord]] = [:]
    for (key, account) in judge.ledger.accounts {
      let start = Timestamp(nanoseconds: key.windowStart)
      let maker = RecordMaker(
        book: judge.book, sensor: options.sensor, windowStart: start,
        windowEnd: start.advanced(byNanoseconds: options.window),
        droppedPackets: start == windowStart ? droppedPackets : 0)
      records[start, default: []].append(
        maker.record(
          key, account, service: judge.services[key.service], host: engine.hosts[key.host]))
      recordCount += 1
    }
    judge.emptyLedger()
    return records
  }

  private mutating func writeWaiting() throws(AgentError) {
    let summaries = waiting.values.sorted { $0.windowStart < $1.windowStart }
    waiting = [:]
    for summary in summaries { try write([], summary) }
  }

  private func write(
    _ records: [UsageRecord], _ summary: CaptureSummary
  ) throws(AgentError) {
    guard let store, let run, let source else { return }
    try AgentError.storing { () throws(RecordStoreError) in
      try store.write(
        WindowBatch(
          run: run, source: source, windowStart: summary.windowStart,
          windowEnd: summary.windowEnd, records: records, summary: summary))
    }
  }

  /// The window's account of all traffic: the counters less what they were when it began.
  private mutating func takeSummary() -> CaptureSummary {
    let (now, before) = (engine.counters, lastCounters)
    lastCounters = now
    var summary = CaptureSummary(
      windowStart: windowStart, windowEnd: windowEnd, sensor: options.sensor)
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
    dropped = 0
    return summary
  }
}
