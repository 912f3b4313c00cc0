import Glibc
import WireFormat

@testable import Capture

extension FuzzTargets {
  static var captures: [any FuzzTarget.Type] {
    [CaptureInput.self]
  }
}

/// A capture file, read to its end: plain, gzip or zstd by its first octets.
final class CaptureInput: FuzzTarget {
  static let name = "capture"
  static let maximumByteCount = 8_192

  private let file = ScratchFile()
  private var batch = FrameBatch()

  init() {}

  func take(_ input: RawSpan) throws(Broken) {
    try hold(file.replace(with: input), "the scratch file is written")
    do throws(CaptureError) {
      var capture = try CaptureFile(path: file.path)
      var frames = 0
      while try capture.fill(&batch) {
        guard !batch.isEmpty else { throw failure("a fill brings frames") }
        frames += batch.count
        for index in batch.headers.indices {
          let header = batch.headers[index]
          guard header.capturedLength > 0, header.capturedLength <= header.originalLength,
            header.capturedLength <= FrameBatch.maximumFrameLength,
            batch.frame(at: index).byteCount == header.capturedLength
          else { throw failure("a frame lies in its batch") }
        }
        guard capture.counters.frames == frames else { throw failure("frames are counted") }
      }
    } catch {
      if error.path == "broken" { throw Broken(property: "frames are whole, counted and bounded") }
      try hold(!error.description.contains("\n"), "an error is one line")
    }
  }

  private func failure(_ detail: String) -> CaptureError {
    CaptureError(.damaged, path: "broken", detail: detail)
  }
}

/// A file without a name, in memory where the system has a place for that.
final class ScratchFile {
  private let descriptor: Int32
  var path: String { "/proc/self/fd/\(descriptor)" }

  init() {
    // Safe: mkstemp writes the name into the buffer, which has its zero at the end.
    var template = "/dev/shm/gnomon-fuzz-XXXXXX".utf8CString
    descriptor = unsafe template.withUnsafeMutableBufferPointer { name in
      guard let base = name.baseAddress else { return -1 }
      let descriptor = unsafe mkstemp(base)
      if descriptor >= 0 { unsafe _ = unlink(base) }
      return descriptor
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func replace(with octets: RawSpan) -> Bool {
    guard descriptor >= 0, ftruncate(descriptor, 0) == 0 else { return false }
    return unsafe octets.withUnsafeBytes { buffer in
      // Safe: the buffer has as many octets as are written.
      unsafe buffer.isEmpty
        || pwrite(descriptor, buffer.baseAddress, buffer.count, 0) == buffer.count
    }
  }
}
