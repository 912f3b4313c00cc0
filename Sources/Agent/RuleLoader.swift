import Foundation
import Synchronization

/// Reads rules on a thread of its own while packets go on.
///
/// One reading at a time; a wish for another meanwhile is kept, so that what is read last is what stood there after the
/// last wish.
final class RuleLoader: Sendable {
  /// Rules that have been read, or why not.
  enum Outcome: Sendable {
    case loaded(RuleBook, RuleBook.NewNames)
    case refused(AgentError)
  }

  private struct State {
    var isReading = false
    var isWanted = false
    var outcome: Outcome?
  }

  private let directory: String
  private let policyPath: String?
  private let state = Mutex(State())

  init(directory: String, policyPath: String?) {
    (self.directory, self.policyPath) = (directory, policyPath)
  }

  /// Wishes for the rules to be read again.
  func request() { state.withLock { $0.isWanted = true } }

  /// Begins to read where that is wished for, and hands over what has been read.
  ///
  /// - Parameter book: the rules in force, with which new ones are compared.
  func take(inForce book: RuleBook) -> Outcome? {
    let (outcome, isToRead) = state.withLock { state in
      let outcome = state.outcome
      state.outcome = nil
      // What is in force changes first: the next reading is compared with that.
      let isToRead = state.isWanted && !state.isReading && outcome == nil
      if isToRead { (state.isWanted, state.isReading) = (false, true) }
      return (outcome, isToRead)
    }
    if isToRead { read(against: book) }
    return outcome
  }

  private func read(against book: RuleBook) {
    let thread = Thread { [self] in
      // On Linux this is about the calling thread alone: packets go first where there is one processor.
      _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
      let outcome: Outcome
      do throws(AgentError) {
        let fresh = try RuleBook(directory: directory, policyPath: policyPath)
        outcome = .loaded(fresh, fresh.newNames(since: book))
      } catch {
        outcome = .refused(error)
      }
      state.withLock { ($0.isReading, $0.outcome) = (false, outcome) }
    }
    thread.name = "rules"
    // As much as the main thread has: files nest.
    thread.stackSize = 8 << 20
    thread.start()
  }
}
