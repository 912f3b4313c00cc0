internal import Glibc
package import RecordStore

/// A file that is appended to, or standard output: a line a record.
///
/// Lines gather to about 64 KiB and go out together. When a file cannot take all of them (a full disk), it is cut back
/// to where it was before, so that it never ends in half a line.
package struct FileSink: RecordSink {
  private let name: String
  private let descriptor: Int32
  private let isFile: Bool
  private var buffer: [UInt8] = []

  private static let bufferSize = 65_536

  package var maximumLineLength: Int? { nil }

  /// Makes the file where there is none, readable for owner and group only: it names hosts.
  package init(appendingTo path: String) throws(ExportError) {
    // Safe: open reads the string during the call only.
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else {
      throw ExportError(.file, path, "cannot be opened for writing: \(ExportError.words(errno))")
    }
    self.init(name: path, descriptor: descriptor, isFile: true)
  }

  package static func standardOutput() -> FileSink {
    FileSink(name: "standard output", descriptor: STDOUT_FILENO, isFile: false)
  }

  private init(name: String, descriptor: Int32, isFile: Bool) {
    self.name = name
    self.descriptor = descriptor
    self.isFile = isFile
  }

  package mutating func write(_ line: String, about record: UsageRecord) throws(ExportError) {
    buffer += Array(line.utf8) + [UInt8(ascii: "\n")]
    if buffer.count >= Self.bufferSize { try flush() }
  }

  package mutating func close() throws(ExportError) {
    do throws(ExportError) {
      try flush()
    } catch {
      if isFile { _ = Glibc.close(descriptor) }
      throw error
    }
    // On a network file system a full disk may show only now.
    if isFile, Glibc.close(descriptor) != 0 { throw failure(errno) }
  }

  private mutating func flush() throws(ExportError) {
    let lines = buffer
    buffer.removeAll(keepingCapacity: true)
    let before = isFile ? lseek(descriptor, 0, SEEK_END) : -1
    var written = 0
    while written < lines.count {
      // Safe: the pointer and the count are those of the live slice.
      let count = unsafe lines[written...].withUnsafeBytes { bytes in
        unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
      }
      if count >= 0 {
        written += count
      } else if errno == EAGAIN {
        // Standard output may be a pipe that somebody made non-blocking.
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // Safe: poll writes to the one structure that the count says, during the call.
        _ = unsafe poll(&waiting, 1, -1)
      } else if errno != EINTR {
        let number = errno
        if before >= 0, written > 0 { _ = ftruncate(descriptor, before) }
        throw failure(number)
      }
    }
  }

  private func failure(_ number: Int32) -> ExportError {
    ExportError(.file, name, "cannot be written: \(ExportError.words(number))")
  }
}
