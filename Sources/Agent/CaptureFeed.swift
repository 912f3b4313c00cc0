import Capture
import Foundation
import TrafficModel

/// Reads a capture ahead of the one who takes its frames.
///
/// With one thread, that of the caller, a batch is read when it is asked for. With more, the first batches are too, and then the
/// others read and prepare: reading is in turn, preparing side by side. Batches come in the order of the capture and are the
/// same with any number of threads, and so are all results.
final class CaptureFeed: @unchecked Sendable {
  /// Batches that the caller reads itself before there are other threads: a small capture is not worth one.
  static let batchesAlone = 8

  private let preparer: PacketPreparer
  /// Threads that there may be beside the caller's.
  private var mostWorkers: Int
  private let batchesAlone: Int
  /// Threads that there are beside the caller's.
  private var workerCount = 0
  private var batchesRead = 0
  /// Guards what stands below, but for ``file`` while ``isReading``.
  private let condition = NSCondition()
  private var file: CaptureFile
  private var isReading = false
  private var free = [Portion()]
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

  /// - Parameters:
  ///   - threads: that of the caller included.
  ///   - batchesAlone: those that the caller reads itself.
  init(
    _ file: consuming CaptureFile, preparer: PacketPreparer, threads: Int,
    batchesAlone: Int = CaptureFeed.batchesAlone
  ) {
    self.file = file
    self.preparer = preparer
    self.batchesAlone = batchesAlone
    mostWorkers = max(0, threads - 1)
  }

  /// The next frames; what was returned before must not be used any more.
  ///
  /// - Returns: nil at the end of the capture.
  /// - Throws: what ``CaptureFile/fill(_:)`` throws, when all that came before has been returned.
  func next() throws(CaptureError) -> Portion? {
    defer { known = taken.map(Knowledge.init) ?? Knowledge(file) }
    if workerCount == 0, batchesRead >= batchesAlone, mostWorkers > 0 { startWorkers() }
    if workerCount == 0 {
      let portion = taken ?? free.popLast() ?? Portion()
      taken = nil
      guard try portion.fill(from: &file) else { return nil }
      batchesRead += 1
      taken = portion
      return portion
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

  /// Has others read from now on; where the system has no thread, the caller goes on alone.
  private func startWorkers() {
    condition.lock()
    defer { condition.unlock() }
    while workerCount < mostWorkers, ReaderThread.detached({ [self] in work() }) {
      workerCount += 1
    }
    mostWorkers = workerCount
    // Enough that a thread which was kept waiting finds work, few enough to stay in the processors' caches.
    for _ in 0..<(workerCount > 0 ? 6 + 2 * workerCount : 0) { free.append(Portion()) }
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
    if waitingWorkers > 0, free.count >= 4 { condition.broadcast() }
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
