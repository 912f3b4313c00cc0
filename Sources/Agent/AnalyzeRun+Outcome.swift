import Capture
import Reports
package import TrafficModel

extension AnalyzeRun {
  /// What was done, for the closing line and `--stats`.
  package struct Outcome: Sendable {
    package internal(set) var captureCount = 0
    package internal(set) var recordCount = 0
    package internal(set) var counters = TrafficCounters()
    var files = CaptureCounters()
    var refusals: [(name: String, value: Int)] = []

    /// The closing line.
    package func summary(database: String) -> String {
      "\(Quantity.counted(captureCount, "capture")), "
        + "\(Quantity.counted(counters.packets, "packet")), "
        + "\(Quantity.counted(counters.flows, "flow")), \(counters.flowsMatched) to AI services; "
        + "\(Quantity.counted(recordCount, "record")) in \(database)"
    }

    /// Every counter, one a line: name, tab, value.
    package var statistics: String {
      let fileRows = [
        ("capture_frames", files.frames), ("capture_empty_frames", files.emptyFrames),
        ("capture_skipped_frames", files.skippedFrames),
        ("capture_dropped_by_kernel", Int(clamping: files.droppedByKernel)),
        ("capture_dropped_by_interface", Int(clamping: files.droppedByInterface)),
      ]
      return (fileRows + (counters.rows + refusals).map { ($0.name, $0.value) })
        .map { "\($0.0)\t\($0.1)\n" }.joined()
    }
  }
}
