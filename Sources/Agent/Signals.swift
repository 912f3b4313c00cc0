import Foundation
import Synchronization

/// Signals turned into flags that the main loop reads; a handler does no more than set one.
enum Signals {
  private static let stopRequested = Atomic<Bool>(false)
  private static let reloadRequested = Atomic<Bool>(false)

  /// SIGTERM and SIGINT ask to stop, SIGHUP to read the rules again. SIGPIPE is ignored: writes say what failed.
  static func install() {
    // The flags exist before a handler can run.
    stopRequested.store(false, ordering: .relaxed)
    reloadRequested.store(false, ordering: .relaxed)
    // The handlers only store to lock-free atomics.
    signal(SIGTERM) { _ in Signals.stopRequested.store(true, ordering: .relaxed) }
    signal(SIGINT) { _ in Signals.stopRequested.store(true, ordering: .relaxed) }
    signal(SIGHUP) { _ in Signals.reloadRequested.store(true, ordering: .relaxed) }
    signal(SIGPIPE, SIG_IGN)
  }

  static var isStopRequested: Bool { stopRequested.load(ordering: .relaxed) }

  /// Whether a reload was asked for since the last call.
  static func takeReloadRequest() -> Bool {
    reloadRequested.exchange(false, ordering: .relaxed)
  }
}
