import CPacket
import CPcap
import Glibc

/// A packet socket, packet(7); closed when it goes.
struct PacketSocket: ~Copyable {
  let descriptor: Int32
  let interface: String

  /// Opens a socket that receives nothing before it is bound, so that no frame slips past the filter.
  init(interface: String) throws(CaptureError) {
    self.interface = interface
    descriptor = socket(
      AF_PACKET, Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw failure("no packet socket") }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Sets an option to a structure of the kernel's, or a number.
  ///
  /// - Parameter what: what could not be had if the kernel refuses, for the message.
  func set<Value: BitwiseCopyable>(
    _ option: Int32, _ value: Value, of level: Int32 = SOL_PACKET, _ what: @autoclosure () -> String
  ) throws(CaptureError) {
    var value = value
    // Safe: the value's octets are read within their length.
    let status = unsafe withUnsafeBytes(of: &value) { octets in
      unsafe setsockopt(
        descriptor, level, option, octets.baseAddress, socklen_t(octets.count))
    }
    guard status == 0 else { throw failure(what()) }
  }

  /// Reads an option into a structure of the kernel's, or a number.
  func get<Value: BitwiseCopyable>(
    _ option: Int32, _ initial: Value, of level: Int32 = SOL_PACKET
  ) throws(CaptureError) -> Value {
    var value = initial
    var length = socklen_t(MemoryLayout<Value>.size)
    // Safe: the kernel writes at most `length` octets, and every pattern of bits is a value.
    let status = unsafe withUnsafeMutableBytes(of: &value) { octets in
      unsafe getsockopt(descriptor, level, option, octets.baseAddress, &length)
    }
    guard status == 0 else { throw failure("option \(option) cannot be read") }
    return value
  }

  /// Lets through what the program says; from now on, at once, in place of an earlier program.
  func attach(_ filter: [bpf_insn]) throws(CaptureError) {
    // Safe: libpcap's instructions have the kernel's layout (bpf(4)); the kernel copies them.
    let status = unsafe filter.withUnsafeBytes { octets in
      unsafe gnomon_attach_filter(
        descriptor, octets.baseAddress, UInt16(clamping: filter.count))
    }
    guard status == 0 else { throw failure("the kernel does not take the filter") }
  }

  /// Begins to receive what comes and goes by an interface.
  ///
  /// - Returns: the device's kind, an ARPHRD_ value.
  func bind(to interfaceIndex: UInt32) throws(CaptureError) -> UInt16 {
    var address = sockaddr_ll()
    address.sll_family = UInt16(AF_PACKET)
    address.sll_protocol = UInt16(ETH_P_ALL).bigEndian
    address.sll_ifindex = Int32(clamping: interfaceIndex)
    var length = socklen_t(MemoryLayout<sockaddr_ll>.size)
    let descriptor = descriptor
    // Safe: the structure is a socket address of that length, and the kernel writes no more than that.
    let isBound = unsafe withUnsafeMutableBytes(of: &address) { octets in
      let pointer = unsafe octets.baseAddress?.assumingMemoryBound(to: sockaddr.self)
      return unsafe Glibc.bind(descriptor, pointer, length) == 0
        && getsockname(descriptor, pointer, &length) == 0
    }
    guard isBound else { throw failure("it cannot be bound to") }
    return address.sll_hatype
  }

  private func failure(_ what: String) -> CaptureError {
    CaptureError(.liveCapture, path: interface, detail: "\(what): \(systemText(errno))")
  }
}
