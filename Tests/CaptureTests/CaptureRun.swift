import Capture
import Foundation
import WireFormat

/// One frame, copied out of its batch.
struct SeenFrame: Equatable {
  var nanoseconds: Int64
  var linkType: UInt32
  var original: Int
  var octets: [UInt8]
}

/// A whole capture, read to its end or its fault.
struct CaptureRun {
  var frames: [SeenFrame] = []
  var error: CaptureError?
  var counters = CaptureCounters()
  var firstSkippedFrame: CaptureError?
  var identity = CaptureIdentity()

  /// Reads `octets` as a capture file of that name.
  init(_ octets: [UInt8], name: String = "test.pcap") throws {
    let folder = try TemporaryFolder()
    self.init(path: try folder.write(octets, to: name))
  }

  init(path: String) {
    do throws(CaptureError) {
      var file = try CaptureFile(path: path)
      var batch = FrameBatch()
      defer {
        counters = file.counters
        firstSkippedFrame = file.firstSkippedFrame
        identity = file.identity
      }
      while try file.fill(&batch) {
        for index in batch.headers.indices {
          let header = batch.headers[index]
          frames.append(
            SeenFrame(
              nanoseconds: header.timestamp.nanoseconds, linkType: header.linkType,
              original: header.originalLength, octets: batch.frame(at: index).copied()))
        }
      }
    } catch {
      self.error = error
    }
  }
}

/// A folder that goes when its last user does.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "gnomon-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns its path.
  func write(_ octets: [UInt8], to name: String) throws -> String {
    let file = path + "/" + name
    try Data(octets).write(to: URL(fileURLWithPath: file))
    return file
  }
}
