import Foundation

/// Standard output with a buffer.
package final class StandardOutput {
  private var buffer: [UInt8] = []
  /// Why nothing more can be written.
  private var failure: (any Error)?

  package init() {}

  package func write(_ text: String) {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= 65_536 { flush() }
  }

  /// Writes what is in the buffer; after a failure it is dropped.
  package func flush() {
    defer { buffer.removeAll(keepingCapacity: true) }
    guard !buffer.isEmpty, failure == nil else { return }
    do { try FileHandle.standardOutput.write(contentsOf: Data(buffer)) } catch { failure = error }
  }

  /// Writes what is left.
  ///
  /// - Throws: ``AgentError`` when something could not be written. A closed pipe is no error: its reader has enough.
  package func finish() throws(AgentError) {
    flush()
    guard let failure, !SystemMessage.isBrokenPipe(failure) else { return }
    throw AgentError("standard output: \(SystemMessage.of(failure))", status: .ioError)
  }
}
