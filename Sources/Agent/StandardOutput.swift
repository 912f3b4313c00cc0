import Foundation

/// Standard output with a buffer; what cannot be written (a closed pipe) is dropped.
package final class StandardOutput {
  private var buffer: [UInt8] = []
  private var isClosed = false

  package init() {}

  package func write(_ text: String) {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= 65_536 { flush() }
  }

  package func flush() {
    guard !buffer.isEmpty, !isClosed else { return }
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(buffer))
    } catch {
      isClosed = true
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
