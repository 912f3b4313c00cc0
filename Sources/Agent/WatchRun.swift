package import Capture
import ProviderRules
import RecordStore
import Reports
import TrafficModel
import WireFormat

/// The work of `gnomon watch`: the pipeline on a live interface, until a signal ends it.
package enum WatchRun {
  /// How the interface is listened to.
  package typealias Live = LiveOptions

  package struct Options: Sendable {
    package var interface: String
    package var live = LiveOptions()
    package var database: String
    package var rules: String
    package var policy: String?
    package var sensor: String
    /// Seconds.
    package var window: Int
    /// What the program may take, in octets.
    package var memoryByteCount = TrafficEngine.Limits.defaultMemoryByteCount

    package init(
      interface: String, database: String, rules: String, policy: String?, sensor: String,
      window: Int
    ) {
      self.interface = interface
      self.database = database
      self.rules = rules
      self.policy = policy
      self.sensor = sensor
      self.window = window
    }
  }

  /// Watches until SIGTERM or SIGINT; SIGHUP reads the rules again.
  ///
  /// Records are written when a window ends, by the wall clock if no frame comes, and at the end. Rules are read on a
  /// thread of their own and put in force between two batches; those with a mistake are told of and left, and the old ones
  /// stay in force.
  ///
  /// - Parameter note: told what is worth a line on standard error.
  package static func run(_ options: Options, note: (String) -> Void) throws(AgentError) {
    let book = try RuleBook(directory: options.rules, policyPath: options.policy)
    var interface = try AgentError.capturing { () throws(CaptureError) in
      try LiveInterface(name: options.interface, options: options.live)
    }
    interface.warnings.forEach(note)
    let store = try AgentError.storing { () throws(RecordStoreError) in
      try RecordStore(path: options.database)
    }
    Signals.install()
    var settings = Pipeline.Options(sensor: options.sensor)
    settings.window = Int64(options.window) * 1_000_000_000
    settings.memoryByteCount = options.memoryByteCount
    settings.waitingWindows = 0
    let started = Timestamp.now()
    var pipeline = try Pipeline(
      judge: Judge(book: book, window: settings.window, limits: settings.agentLimits),
      options: settings, store: store,
      started: started,
      seed: .random(in: .min ... .max))
    _ = try pipeline.begin(
      identity: "live:\(options.sensor):\(options.interface):\(started.nanoseconds)",
      path: options.interface)
    note(
      "watching \(options.interface) through \(interface.means); \(Quantity.counted(book.rules.rules.count, "rule")), "
        + "version \(book.rules.version); records to \(options.database)")
    let dropped = try loop(&interface, &pipeline, options, note)
    try pipeline.finish()
    let recordCount = try pipeline.recordCount()
    try AgentError.storing { () throws(RecordStoreError) in try store.close() }
    let counters = pipeline.counters
    note(
      "stopped after \(Quantity.counted(counters.packets, "packet"))"
        + (dropped > 0 ? " (\(Quantity.grouped(dropped)) more were dropped), " : ", ")
        + "\(Quantity.counted(counters.flowsMatched, "flow")) to AI services; "
        + "\(Quantity.counted(recordCount, "record")) written")
  }

  /// Reads until a signal; returns how many packets the kernel and the interface have dropped.
  private static func loop(
    _ interface: inout LiveInterface, _ pipeline: inout Pipeline, _ options: Options,
    _ note: (String) -> Void
  ) throws(AgentError) -> Int {
    var batch = FrameBatch()
    var last = LiveStatistics()
    var nextStatistics = Timestamp.now()
    let loader = RuleLoader(directory: options.rules, policyPath: options.policy)
    var failure: AgentError?
    var notices = ExpiryNotices(policyFile(pipeline.judge, options))
    while !Signals.isStopRequested, failure == nil {
      do throws(CaptureError) {
        guard try interface.fill(&batch, timeoutMilliseconds: 200) else { break }
        let now = Timestamp.now()
        if now >= nextStatistics || Signals.isStopRequested {
          nextStatistics = now.advanced(byNanoseconds: 1_000_000_000)
          tell(drops: &last, try interface.statistics(), &pipeline)
          notices.due(at: now).forEach(note)
        }
      } catch {
        failure = AgentError(error)
      }
      try pipeline.process(batch)
      // Frames of the last second of a window may still be in the kernel's buffer, and longer where it may hold them back.
      let delay = 1_000_000_000 + Int64(options.live.timeoutMilliseconds) * 1_000_000
      try pipeline.advance(to: Timestamp.now().advanced(byNanoseconds: -delay))
      if Signals.takeReloadRequest() { loader.request() }
      if let outcome = loader.take(inForce: pipeline.judge.book) {
        try take(outcome, &pipeline, note)
        notices = ExpiryNotices(policyFile(pipeline.judge, options))
      }
    }
    if failure == nil { try drain(&interface, &pipeline, &batch, options.live) }
    if let statistics = try? interface.statistics() { tell(drops: &last, statistics, &pipeline) }
    guard let failure else { return Int(clamping: last.droppedByKernel &+ last.droppedByInterface) }
    try pipeline.finish()
    throw failure
  }

  /// Takes what waits in the kernel's buffer when a signal has ended the loop; of a stream that never ends so much that
  /// the end does not wait for it.
  private static func drain(
    _ interface: inout LiveInterface, _ pipeline: inout Pipeline, _ batch: inout FrameBatch,
    _ live: LiveOptions
  ) throws(AgentError) {
    // All that can wait, and what comes meanwhile. The kernel may hold frames back for as long as it was allowed to.
    var left = 2 * live.bufferByteCount + 16 * batch.capacity
    while left > 0 {
      let filled = try? interface.fill(&batch, timeoutMilliseconds: live.timeoutMilliseconds + 50)
      guard filled == true, !batch.isEmpty else { return }
      left -= batch.headers.reduce(64) { $0 + $1.capturedLength + 64 }
      try pipeline.process(batch)
    }
  }

  private static func tell(
    drops last: inout LiveStatistics, _ statistics: LiveStatistics, _ pipeline: inout Pipeline
  ) {
    let fresh = statistics.since(last)
    last = statistics
    pipeline.note(dropped: Int(clamping: fresh.droppedByKernel &+ fresh.droppedByInterface))
  }

  private static func policyFile(_ judge: Judge, _ options: Options) -> PolicyFile {
    PolicyFile(judge.book.policy, path: options.policy ?? options.rules + "/policy.yaml")
  }

  private static func take(
    _ outcome: RuleLoader.Outcome, _ pipeline: inout Pipeline, _ note: (String) -> Void
  ) throws(AgentError) {
    let old = pipeline.judge.book
    switch outcome {
    case .loaded(let book, let newNames):
      let start = ContinuousClock.now
      let reloaded = try pipeline.reload(book, newNames)
      note(
        "rules read again: version \(change(old.rules.version, book.rules.version)), "
          + "policy \(change(old.policy.version, book.policy.version)); "
          + "\(reloaded.description); packets waited \(milliseconds(since: start)) ms")
    case .refused(let error):
      pipeline.noteRefusedRules()
      note(
        "\(error.description)\nthe new rules have mistakes; version \(old.rules.version) "
          + "stays in force")
    }
  }

  private static func change(_ old: String, _ new: String) -> String {
    old == new ? "\(old) as before" : "\(old) → \(new)"
  }

  private static func milliseconds(since start: ContinuousClock.Instant) -> Int64 {
    let (seconds, attoseconds) = start.duration(to: .now).components
    return seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
  }
}

extension Pipeline.Reloaded: CustomStringConvertible {
  /// `of 3 open flows to AI services 1 has another service, 0 another verdict, 1 is dropped; 2 others are taken up`.
  var description: String {
    "of \(Quantity.counted(flows.meteredCount, "open flow")) to AI services "
      + "\(changes.movedCount) with another service, \(changes.verdictCount) with another verdict, "
      + "\(flows.droppedCount) dropped; of the others \(flows.recalledCount) taken up, "
      + "\(flows.askedAgainCount) without a name to be asked about again"
  }
}
