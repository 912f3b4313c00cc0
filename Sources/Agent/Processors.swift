import Foundation

/// The processors that this process may run on.
package enum Processors {
  /// Threads that make a capture's analysis quicker: one reads and prepares, one judges and meters.
  package static var usefulThreads: Int { min(2, ProcessInfo.processInfo.activeProcessorCount) }
}
