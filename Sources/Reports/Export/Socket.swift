internal import Glibc

/// A connected UDP or TCP socket, non-blocking inside and with a time limit on everything it waits for.
final class Socket: ByteConnection {
  private let destination: String
  private let isDatagram: Bool
  private let patience: Duration
  private var descriptor: Int32

  /// Tries the addresses that the name has, in the resolver's order.
  ///
  /// - Throws: ``ExportError`` of kind `nameResolution`, or what the last address failed with.
  init(connectingTo address: SyslogAddress, patience: Duration) throws(ExportError) {
    destination = address.description
    isDatagram = address.transport == .udp
    self.patience = patience
    descriptor = -1
    var failure = ExportError(.nameResolution, destination, "the name has no address")
    for candidate in try Self.addresses(of: address, named: destination) {
      do throws(ExportError) {
        descriptor = try Self.connect(
          candidate, isDatagram: isDatagram, named: destination, patience: patience)
        return
      } catch {
        failure = error
      }
    }
    throw failure
  }

  deinit { if descriptor >= 0 { _ = Glibc.close(descriptor) } }

  func send(_ bytes: [UInt8]) throws(ExportError) {
    if !isDatagram { try checkThatThePeerIsThere() }
    let deadline = ContinuousClock.now + patience
    var sent = 0
    while sent < bytes.count {
      // Safe: the pointer and the count are those of the live slice. MSG_NOSIGNAL: an error, no SIGPIPE.
      let count = unsafe bytes[sent...].withUnsafeBytes { rest in
        unsafe Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        sent += count
      } else if errno == EAGAIN || errno == ENOBUFS {
        try wait(for: Int16(POLLOUT), until: deadline)
      } else if errno != EINTR {
        throw ExportError(.connection, destination, "cannot send: \(ExportError.words(errno))")
      }
    }
  }

  /// What has come, nil at the end of the stream, empty when nothing comes before the deadline.
  func receive(until deadline: ContinuousClock.Instant) throws(ExportError) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 4_096)
    while true {
      // Safe: the pointer and the count are those of the live array.
      let count = unsafe bytes.withUnsafeMutableBytes { room in
        unsafe recv(descriptor, room.baseAddress, room.count, 0)
      }
      if count == 0 { return nil }
      if count > 0 { return Array(bytes.prefix(count)) }
      if errno == EAGAIN {
        guard try isReady(Int16(POLLIN), until: deadline) else { return [] }
      } else if errno != EINTR {
        throw ExportError(.connection, destination, "connection lost: \(ExportError.words(errno))")
      }
    }
  }

  /// Ends our side, then reads what the other side still says until it ends its own. Closing with unread octets in
  /// the socket would make the kernel reset the connection, and the server lose what is on its way.
  func close() throws(ExportError) { try close { _ in } }

  /// - Parameter reading: Gets what comes until then.
  func close(reading: ([UInt8]) -> Void) throws(ExportError) {
    defer {
      _ = Glibc.close(descriptor)
      descriptor = -1
    }
    guard !isDatagram, descriptor >= 0 else { return }
    _ = shutdown(descriptor, Int32(SHUT_WR))
    let deadline = ContinuousClock.now + patience
    while let bytes = try receive(until: deadline) {
      if bytes.isEmpty {
        throw ExportError(
          .timeout, destination, "the server did not end the connection; the last may be lost")
      }
      reading(bytes)
    }
  }

  // MARK: Waiting

  /// Waits until the socket is ready.
  private func wait(for events: Int16, until deadline: ContinuousClock.Instant) throws(ExportError)
  {
    guard try isReady(events, until: deadline) else {
      throw ExportError(.timeout, destination, "no answer within \(patience)")
    }
  }

  private func isReady(
    _ events: Int16, until deadline: ContinuousClock.Instant
  ) throws(ExportError) -> Bool {
    try Self.isReady(descriptor, events, until: deadline, named: destination)
  }

  private static func isReady(
    _ descriptor: Int32, _ events: Int16, until deadline: ContinuousClock.Instant,
    named destination: String
  ) throws(ExportError) -> Bool {
    while true {
      let left = ContinuousClock.now.duration(to: deadline)
      guard left > .zero else { return false }
      let milliseconds =
        left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000
      var waiting = pollfd(fd: descriptor, events: events, revents: 0)
      // Safe: poll writes to the one structure that the count says, during the call.
      let count = unsafe poll(&waiting, 1, Int32(clamping: milliseconds + 1))
      if count > 0 { return true }
      if count < 0, errno != EINTR {
        throw ExportError(.connection, destination, ExportError.words(errno))
      }
    }
  }

  /// A first write to a connection that the server has closed succeeds and is lost; the end of the stream tells before.
  private func checkThatThePeerIsThere() throws(ExportError) {
    var octet: UInt8 = 0
    // Safe: one octet of room, as the count says.
    let count = unsafe recv(descriptor, &octet, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
    if count == 0 {
      throw ExportError(.connection, destination, "the server closed the connection")
    }
    if count < 0, errno != EAGAIN, errno != EINTR {
      throw ExportError(.connection, destination, "connection lost: \(ExportError.words(errno))")
    }
  }

  // MARK: Connecting

  private struct Candidate {
    var family, type, transport: Int32
    /// The octets of the `sockaddr`.
    var address: [UInt8]
  }

  private static func addresses(
    of address: SyslogAddress, named destination: String
  ) throws(ExportError) -> [Candidate] {
    // Safe: a structure of zeros asks for anything; only the kind of socket is narrowed.
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype =
      Int32(address.transport == .udp ? SOCK_DGRAM.rawValue : SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    // Safe: the strings and hints live through the call; the list is freed below.
    let status = unsafe getaddrinfo(address.host, String(address.port), &hints, &list)
    guard status == 0 else {
      // Safe: gai_strerror returns a terminated string, copied here.
      let words = unsafe String(cString: gai_strerror(status))
      throw ExportError(.nameResolution, destination, "\(address.host): \(words)")
    }
    defer { unsafe freeaddrinfo(list) }
    var candidates: [Candidate] = []
    var next = unsafe list
    while let entry = unsafe next {
      // Safe: the list is whole until it is freed, and each address has the length it says.
      let info = unsafe entry.pointee
      if let bytes = unsafe info.ai_addr {
        let copy = unsafe UnsafeRawBufferPointer(start: bytes, count: Int(info.ai_addrlen))
        candidates.append(
          unsafe Candidate(
            family: info.ai_family, type: info.ai_socktype, transport: info.ai_protocol,
            address: Array(copy)))
      }
      unsafe next = info.ai_next
    }
    return candidates
  }

  private static func connect(
    _ candidate: Candidate, isDatagram: Bool, named destination: String, patience: Duration
  ) throws(ExportError) -> Int32 {
    let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(candidate.family, candidate.type | flags, candidate.transport)
    func failure(_ number: Int32) -> ExportError {
      ExportError(.connection, destination, "cannot connect: \(ExportError.words(number))")
    }
    guard descriptor >= 0 else { throw failure(errno) }
    do throws(ExportError) {
      // Safe: getaddrinfo made these octets as a socket address of this length.
      let status = unsafe candidate.address.withUnsafeBytes { bytes in
        unsafe bytes.withMemoryRebound(to: sockaddr.self) { address in
          unsafe Glibc.connect(descriptor, address.baseAddress, socklen_t(bytes.count))
        }
      }
      if status != 0 {
        guard errno == EINPROGRESS else { throw failure(errno) }
        let deadline = ContinuousClock.now + patience
        guard try isReady(descriptor, Int16(POLLOUT), until: deadline, named: destination) else {
          throw ExportError(.timeout, destination, "cannot connect: no answer within \(patience)")
        }
        var number: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        // Safe: getsockopt fills in four octets, as the length says.
        _ = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length)
        guard number == 0 else { throw failure(number) }
      }
      return descriptor
    } catch {
      _ = Glibc.close(descriptor)
      throw error
    }
  }
}
