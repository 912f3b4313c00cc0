import Glibc

/// A file, pipe or standard input, read with `read(2)` straight into the caller's buffer.
final class FileSource: ByteSource {
  let path: String
  private let descriptor: Int32
  /// Octets that were peeked at, and are still to be delivered.
  private var head: [UInt8] = []
  private var headStart = 0

  /// - Throws: ``CaptureError/Kind/unreadable`` with the system's text.
  init(path: String) throws(CaptureError) {
    self.path = path
    guard path != "-" else {
      descriptor = STDIN_FILENO
      return
    }
    // Safe: the path is passed as a C string that lives through the call.
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CaptureError(.unreadable, path: path, detail: systemText(errno))
    }
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
  }

  deinit {
    if descriptor > STDIN_FILENO { close(descriptor) }
  }

  /// The first `count` octets, or fewer where the file is shorter, without taking them; before any
  /// read.
  func peek(_ count: Int) throws(CaptureError) -> [UInt8] {
    var octets = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      var result = 0
      var code: Int32 = 0
      unsafe octets.withUnsafeMutableBytes { space in
        // Safe: the buffer is that of `octets`, from its first free octet on.
        (result, code) = unsafe receive(into: .init(rebasing: space[filled...]))
      }
      guard result >= 0 else {
        throw CaptureError(.unreadable, path: path, detail: systemText(code))
      }
      guard result > 0 else { break }
      filled += result
    }
    octets.removeLast(count - filled)
    head = octets
    return octets
  }

  func read(into space: UnsafeMutableRawBufferPointer) throws(CaptureError) -> Int {
    if headStart < head.count {
      let count = min(space.count, head.count - headStart)
      // Safe: `count` octets are in both.
      unsafe head[headStart..<headStart + count].withUnsafeBytes { octets in
        unsafe space.copyMemory(from: octets)
      }
      headStart += count
      return count
    }
    let (result, code) = unsafe receive(into: space)
    guard result >= 0 else {
      throw CaptureError(.unreadable, path: path, detail: systemText(code))
    }
    return result
  }

  /// `read(2)`, again after a signal.
  private func receive(into space: UnsafeMutableRawBufferPointer) -> (count: Int, code: Int32) {
    while true {
      // Safe: the kernel writes at most `space.count` octets.
      let result = unsafe Glibc.read(descriptor, space.baseAddress, space.count)
      guard result < 0 else { return (result, 0) }
      let code = errno
      guard code == EINTR else { return (-1, code) }
    }
  }
}
