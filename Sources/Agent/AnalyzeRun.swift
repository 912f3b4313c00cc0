import Capture
import Foundation
import RecordStore
import Reports
import TrafficModel
package import WireFormat

/// The work of `gnomon analyze`: captures in, records in the database.
package enum AnalyzeRun {
  package struct Options: Sendable {
    package var paths: [String]
    /// Nil to count only.
    package var database: String?
    package var rules: String
    package var policy: String?
    package var sensor: String
    /// Seconds.
    package var window: Int
    /// What the program may take, in octets.
    package var memoryByteCount = TrafficEngine.Limits.defaultMemoryByteCount
    /// Threads that work on a capture; the results are the same with any number.
    package var threads = 1
    /// Batches of a capture that are read before there are others; for tests, whose captures are small.
    var batchesAlone = CaptureFeed.batchesAlone
    /// Of the hashes of tables; unpredictable to senders of packets.
    package var seed = UInt64.random(in: .min ... .max)

    package init(
      paths: [String], database: String?, rules: String, policy: String?, sensor: String,
      window: Int
    ) {
      self.paths = paths
      self.database = database
      self.rules = rules
      self.policy = policy
      self.sensor = sensor
      self.window = window
    }
  }

  /// Analyses the captures in order.
  ///
  /// - Parameter note: told of what is worth a line on standard error while the work goes on.
  /// - Throws: ``AgentError``; a damaged capture ends the run after what came before the damage was recorded.
  package static func run(
    _ options: Options, note: (String) -> Void
  ) throws(AgentError) -> Outcome {
    let book = try RuleBook(
      directory: options.rules, policyPath: options.policy, threads: options.threads)
    let set = try AgentError.capturing { () throws(CaptureError) in
      try CaptureSet.expand(paths: options.paths)
    }
    set.notes.forEach(note)
    let store = try options.database.map { path throws(AgentError) in
      try AgentError.storing { () throws(RecordStoreError) in try RecordStore(path: path) }
    }
    var settings = Pipeline.Options(sensor: options.sensor)
    settings.window = Int64(options.window) * 1_000_000_000
    settings.memoryByteCount = options.memoryByteCount
    var pipeline = try Pipeline(
      judge: Judge(book: book, window: settings.window, limits: settings.agentLimits),
      options: settings, store: store,
      started: .now(),
      seed: options.seed)
    var outcome = Outcome()
    var notices = ExpiryNotices(
      PolicyFile(book.policy, path: options.policy ?? options.rules + "/policy.yaml"))
    var failure: AgentError?
    for (index, path) in set.paths.enumerated() {
      do throws(AgentError) {
        try read(
          path, isLast: index == set.paths.count - 1, options, &pipeline, &outcome, &notices, note)
      } catch {
        failure = error
        break
      }
    }
    // What was recorded before a failure is kept, unless it is the store that has failed.
    if failure == nil || failure?.status != .ioError {
      try pipeline.finish()
      outcome.recordCount = try pipeline.recordCount()
    }
    try store.map { store throws(AgentError) in
      try AgentError.storing { () throws(RecordStoreError) in try store.close() }
    }
    outcome.counters = pipeline.counters
    outcome.refusals = pipeline.refusals
    if let failure { throw failure }
    return outcome
  }

  /// Reads one capture to its end. Flows go on from one file to the next.
  private static func read(
    _ path: String, isLast: Bool, _ options: Options, _ pipeline: inout Pipeline,
    _ outcome: inout Outcome, _ notices: inout ExpiryNotices, _ note: (String) -> Void
  ) throws(AgentError) {
    let feed = try AgentError.capturing { () throws(CaptureError) in
      CaptureFeed(
        try CaptureFile(path: path), preparer: pipeline.preparer, threads: options.threads,
        batchesAlone: options.batchesAlone)
    }
    var isFirst = true
    var drops = 0
    let truncatedBefore = pipeline.counters.truncatedPackets
    defer {
      feed.stop()
      outcome.files.add(feed.known.counters)
      if let skipped = feed.known.firstSkippedFrame { note(skipped.description) }
    }
    while let portion = try next(of: feed) {
      if isFirst {
        isFirst = false
        guard try pipeline.begin(identity: portion.identity ?? path, path: path) else {
          note("\(path): the same capture as an earlier one, left out")
          return
        }
      }
      if let time = portion.batch.headers.first?.timestamp { notices.due(at: time).forEach(note) }
      try pipeline.process(portion)
      noteDrops(of: portion.counters, &pipeline, &drops)
    }
    noteDrops(of: feed.known.counters, &pipeline, &drops)
    outcome.captureCount += 1
    let cut = pipeline.counters.truncatedPackets - truncatedBefore
    if cut > 0 {
      note(
        "\(path): the snaplen has cut \(Quantity.counted(cut, "packet")) of "
          + "\(Quantity.grouped(feed.known.counters.frames)); names and tokens may be missing")
    }
    if !isLast { try pipeline.finishSource() }
  }

  /// A pcapng file states its drops as totals, in blocks of their own, often after the last frame.
  private static func noteDrops(
    of counters: CaptureCounters, _ pipeline: inout Pipeline, _ noted: inout Int
  ) {
    let stated = Int(clamping: counters.droppedByKernel &+ counters.droppedByInterface)
    pipeline.note(dropped: max(0, stated - noted))
    noted = max(noted, stated)
  }

  private static func next(of feed: CaptureFeed) throws(AgentError) -> Portion? {
    do { return try feed.next() } catch { throw AgentError(error) }
  }
}

extension CaptureCounters {
  mutating func add(_ more: CaptureCounters) {
    frames += more.frames
    emptyFrames += more.emptyFrames
    skippedFrames += more.skippedFrames
    otherBlocks += more.otherBlocks
    droppedByInterface &+= more.droppedByInterface
    droppedByKernel &+= more.droppedByKernel
  }
}

extension Timestamp {
  /// The wall clock; nowhere else but in the outermost room is it read.
  package static func now() -> Timestamp {
    let (seconds, nanoseconds) = Date.now.timeIntervalSince1970.splitSeconds
    return Timestamp(seconds: seconds, nanoseconds: nanoseconds)
  }
}

extension Double {
  fileprivate var splitSeconds: (Int64, Int64) {
    (Int64(self.rounded(.down)), Int64((self - self.rounded(.down)) * 1e9))
  }
}
