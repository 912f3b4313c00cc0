import Foundation

/// A regular file, read whole where it is not too long.
struct BoundedFile {
  let octets: [UInt8]
  /// Its permission bits.
  let mode: mode_t

  /// - Parameter most: octets that it may have.
  /// - Throws: ``AgentError`` naming the path: it cannot be read, is no regular file, or too long.
  init(_ path: String, most: Int) throws(AgentError) {
    // Safe: open reads the string during the call only. A pipe would otherwise wait for a writer.
    let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      // A socket cannot be opened at all.
      let reason = errno == ENXIO ? "is no regular file" : SystemMessage.of(errno: errno)
      throw AgentError("\(path): \(reason)", status: .noInput)
    }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var status = stat()
    // Safe: fstat fills in the structure during the call only.
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw AgentError("\(path): is no regular file", status: .noInput)
    }
    mode = status.st_mode & 0o7777
    do {
      octets = [UInt8](try file.read(upToCount: most + 1) ?? Data())
    } catch {
      throw AgentError("\(path): \(SystemMessage.of(error))", status: .noInput)
    }
    guard octets.count <= most else {
      throw AgentError("\(path): is too big: more than \(most) octets", status: .dataError)
    }
  }
}
