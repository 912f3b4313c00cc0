import Capture
import Foundation
import TrafficModel

/// Reads a capture ahead of the one who takes its frames.
///
/// With one thread, that of the caller, a batch is read and prepared when it is asked for. With more, the others read and
/// prepare: reading is in turn, preparing side by side. Batches come in the order of the capture and are the same with any
/// number of threads, and so are all results.
final class CaptureFeed: @unchecked Sendable {
  /// Batches in flight: enough that a thread which was kept waiting finds work, few enough to stay in a core's cache.
  private static let portionsPerThread = 8

  private let preparer: PacketPreparer
  private let workerCount: Int
  /// Guards what stands below, but for ``file`` while ``isReading``.
  private let condition = NSCondition()
  private var file: CaptureFile
  private var isReading = false
  private var free: [Portion] = []
  /// Those that were read and prepared, by their place in the capture.
  private var ready: [Int: Portion] = [:]
  private var nextToRead = 0
  private var nextToTake = 0
  /// The place in the capture where reading ended.
  private var end: Int?
  private var failure: CaptureError?
  private var isStopped = false
  private var taken: Portion?
  /// What the capture held up to and with the frames that ``next()`` returned last; after its end, all of it.
  private(set) var known = Knowledge()
  /// Threads that wait for a free portion; the taker waits for a ready one.
  private var waitingWorkers = 0
  private var isTakerWaiting = false

  /// - Parameter threads: that of the caller included.
  init(_ file: consuming CaptureFile, preparer: PacketPreparer, threads: Int) {
    self.file = file
    self.preparer = preparer
    workerCount = max(0, threads - 1)
    free = (0..<max(1, workerCount * Self.portionsPerThread)).map { _ in Portion() }
    for _ in 0..<workerCount {
      let thread = Thread { [self] in work() }
      thread.name = "reader"
      thread.start()
    }
  }

  /// The next frames; what was returned before must not be used any more.
  ///
  /// - Returns: nil at the end of the capture.
  /// - Throws: what ``CaptureFile/fill(_:)`` throws, when all that came before has been returned.
  func next() throws(CaptureError) -> Portion? {
    defer { known = taken.map(Knowledge.init) ?? Knowledge(file) }
    if workerCount == 0 {
      let portion = taken ?? free[0]
      taken = nil
      if try portion.fill(from: &file) { taken = portion }
      return taken
    }
    condition.lock()
    defer { condition.unlock() }
    if let taken { giveBack(taken) }
    while ready[nextToTake] == nil {
      if let end, nextToTake >= end {
        if let failure = failure.take() { throw failure }
        return nil
      }
      isTakerWaiting = true
      condition.wait()
    }
    taken = ready.removeValue(forKey: nextToTake)
    nextToTake += 1
    return taken
  }

  /// Ends reading before the end of the capture. A thread that waits for a pipe ends when that does.
  func stop() {
    condition.lock()
    isStopped = true
    condition.broadcast()
    condition.unlock()
  }

  /// What is known of a capture up to a place in it.
  struct Knowledge {
    var counters = CaptureCounters()
    var firstSkippedFrame: CaptureError?

    init() {}
    init(_ portion: Portion) {
      (counters, firstSkippedFrame) = (portion.counters, portion.firstSkippedFrame)
    }
    init(_ file: borrowing CaptureFile) {
      (counters, firstSkippedFrame) = (file.counters, file.firstSkippedFrame)
    }
  }

  // MARK: the threads

  private func giveBack(_ portion: Portion) {
    taken = nil
    free.append(portion)
    // One by one would wake a thread for each.
    if waitingWorkers > 0, free.count >= Self.portionsPerThread / 2 { condition.broadcast() }
  }

  private func work() {
    while let (portion, place) = read() {
      portion.prepare(with: preparer)
      condition.lock()
      ready[place] = portion
      if isTakerWaiting, place == nextToTake { wakeTaker() }
      condition.unlock()
    }
  }

  private func wakeTaker() {
    isTakerWaiting = false
    condition.broadcast()
  }

  /// Reads the next batch when it is this thread's turn; nil when there is none.
  private func read() -> (Portion, Int)? {
    condition.lock()
    while !isStopped, end == nil, isReading || free.isEmpty {
      waitingWorkers += 1
      condition.wait()
      waitingWorkers -= 1
    }
    guard !isStopped, end == nil, let portion = free.popLast() else {
      condition.unlock()
      return nil
    }
    isReading = true
    let place = nextToRead
    condition.unlock()
    // No other thread touches the file while `isReading`.
    var isFilled = false
    var failure: CaptureError?
    do { isFilled = try portion.fill(from: &file) } catch { failure = error }
    condition.lock()
    defer { condition.unlock() }
    isReading = false
    if isFilled {
      nextToRead = place + 1
      if waitingWorkers > 0, !free.isEmpty { condition.broadcast() }
      return (portion, place)
    }
    (end, self.failure) = (place, failure)
    free.append(portion)
    isTakerWaiting = false
    condition.broadcast()
    return nil
  }
}
