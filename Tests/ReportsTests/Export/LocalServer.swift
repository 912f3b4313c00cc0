import Foundation
import Glibc
import Synchronization

/// A server on loopback that behaves as a test wants, and keeps what it was sent.
final class LocalServer: Sendable {
  enum Behaviour: Sendable {
    /// Reads to the end, then closes.
    case collect
    /// The same, four kilobytes at a time with pauses and a small window, so that the sender has to wait.
    case collectSlowly
    /// Accepts, and says nothing for as long as the test runs.
    case silent
    /// Accepts, and hangs up at once.
    case hangUp
  }

  let port: UInt16
  private let descriptor: Int32
  private let received = Mutex<[[UInt8]]>([])
  private let isDone = Mutex(false)

  /// What came: datagrams, or the octets of each connection.
  var messages: [[UInt8]] {
    while !isDone.withLock({ $0 }) { usleep(1_000) }
    return received.withLock { $0 }
  }

  /// - Parameter datagrams: How many to wait for, over UDP; nil for a TCP server of one connection.
  init(_ behaviour: Behaviour = .collect, datagrams: Int? = nil) throws {
    let kind = datagrams == nil ? SOCK_STREAM : SOCK_DGRAM
    let descriptor = socket(AF_INET, Int32(kind.rawValue | SOCK_CLOEXEC.rawValue), 0)
    self.descriptor = descriptor
    if behaviour == .collectSlowly {
      var size: Int32 = 4_096
      // Safe: four octets, as the length says.
      _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4)
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    // Safe: the structure is a socket address of the given length and outlives the calls.
    let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        unsafe bind(descriptor, generic, length) | getsockname(descriptor, generic, &length)
      }
    }
    guard status == 0, datagrams != nil || listen(descriptor, 4) == 0 else {
      throw POSIXError(.EADDRNOTAVAIL)
    }
    port = UInt16(bigEndian: address.sin_port)
    let thread = Thread { [self] in
      if let datagrams { receive(datagrams) } else { serve(behaviour) }
      isDone.withLock { $0 = true }
    }
    thread.start()
  }

  deinit { _ = close(descriptor) }

  private func serve(_ behaviour: Behaviour) {
    let connection = accept(descriptor, nil, nil)
    defer { _ = close(connection) }
    switch behaviour {
    case .hangUp: return
    case .silent: usleep(3_000_000)
    case .collect, .collectSlowly:
      var all: [UInt8] = []
      while let bytes = read(connection), !bytes.isEmpty {
        all += bytes
        if behaviour == .collectSlowly { usleep(2_000) }
      }
      received.withLock { $0.append(all) }
    }
  }

  private func receive(_ count: Int) {
    for _ in 0..<count {
      guard let bytes = read(descriptor) else { return }
      received.withLock { $0.append(bytes) }
    }
  }

  private func read(_ descriptor: Int32) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 4_096)
    // Safe: the pointer and the count are those of the live array.
    let count = unsafe bytes.withUnsafeMutableBytes { room in
      unsafe recv(descriptor, room.baseAddress, room.count, 0)
    }
    return count < 0 ? nil : Array(bytes.prefix(count))
  }
}
