import CPacket
import Foundation
import Testing

@testable import Capture

/// Fills until so many frames have come, or some seconds have passed.
func collectFrames(
  _ count: Int, from interface: inout LiveInterface, batch: consuming FrameBatch = FrameBatch()
) throws -> [SeenFrame] {
  var frames: [SeenFrame] = []
  let end = Date(timeIntervalSinceNow: 3)
  while frames.count < count, Date() < end {
    guard try interface.fill(&batch, timeoutMilliseconds: 100) else { break }
    for index in batch.headers.indices {
      let header = batch.headers[index]
      frames.append(
        SeenFrame(
          nanoseconds: header.timestamp.nanoseconds, linkType: header.linkType,
          original: header.originalLength, octets: batch.frame(at: index).copied()))
    }
  }
  return frames
}

/// Runs `ip` with fixed words; false where it fails.
func runIP(_ arguments: String...) -> Bool {
  let command = (["ip"] + arguments).joined(separator: " ") + " 2>/dev/null"
  // Safe: the command is a C string that lives through the call.
  return unsafe system(command) == 0
}

/// A pair of interfaces; what is sent at one end comes in at the other. Both go with it.
final class VethPair {
  /// The end that is listened to.
  let name: String
  private let far: String
  private let descriptor: Int32
  private var address = sockaddr_ll()

  /// The EtherType of local experiments (IEEE 802), of which the kernel sends nothing.
  static let etherType: [UInt8] = [0x88, 0xb5]
  static let filter = "ether proto 0x88b5"
  static let addresses: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]

  /// - Parameter number: one for each pair that lives at the same time.
  init(_ number: Int) throws {
    name = "gnr\(number)p\(getpid() % 100_000)"
    far = "gns\(number)p\(getpid() % 100_000)"
    try Self.make(name, far)
    descriptor = socket(AF_PACKET, Int32(SOCK_RAW.rawValue), 0)
    #expect(runIP("link set", name, "up") && runIP("link set", far, "up"))
    address.sll_family = UInt16(AF_PACKET)
    // Safe: the name is a C string through the call.
    address.sll_ifindex = Int32(clamping: unsafe if_nametoindex(far))
    #expect(descriptor >= 0 && address.sll_ifindex > 0)
  }

  deinit {
    close(descriptor)
    _ = runIP("link delete", name)
  }

  private static func make(_ name: String, _ far: String) throws {
    guard runIP("link", "add", name, "mtu 65535 type veth peer name", far, "mtu 65535") else {
      try Test.cancel("this machine makes no veth interfaces")
    }
  }

  /// Sends a frame from the far end; false where the kernel did not take it.
  @discardableResult
  func send(_ frame: [UInt8]) -> Bool {
    // Safe: the structure is a socket address of that length; the frame's octets are read within its length.
    unsafe withUnsafeBytes(of: &address) { octets in
      unsafe sendto(
        descriptor, frame, frame.count, 0,
        octets.baseAddress?.assumingMemoryBound(to: sockaddr.self),
        socklen_t(MemoryLayout<sockaddr_ll>.size)) == frame.count
    }
  }

  /// A frame of our EtherType.
  static func frame(_ payload: [UInt8], tags: [UInt8] = []) -> [UInt8] {
    addresses + tags + etherType + payload
  }

  func open(_ method: LiveOptions.Method, _ change: (inout LiveOptions) -> Void = { _ in }) throws
    -> LiveInterface
  {
    var options = LiveOptions()
    options.method = method
    options.filter = Self.filter
    change(&options)
    return try LiveInterface(name: name, options: options)
  }
}

/// An interface of raw IP, tun(4); what is sent into it comes in. It goes with its descriptor.
final class Tun {
  let name = "gnt\(getpid() % 100_000)"
  // Safe: the path is a C string through the call.
  private let descriptor = unsafe open("/dev/net/tun", O_RDWR | O_CLOEXEC)

  init() throws {
    // A struct ifreq: the name in 16 octets, then IFF_TUN and IFF_NO_PI, 1 and 0x1000.
    var request = Array(name.utf8) + [UInt8](repeating: 0, count: 40 - name.utf8.count)
    (request[16], request[17]) = (1, 0x10)
    // Safe: TUNSETIFF reads and writes the 40 octets that there are.
    let status = unsafe request.withUnsafeMutableBytes { octets in
      unsafe octets.baseAddress.map { unsafe ioctl(descriptor, 0x4004_54ca, $0) } ?? -1
    }
    try Self.check(status == 0 && runIP("link set", name, "up"))
  }

  deinit { close(descriptor) }

  private static func check(_ isMade: Bool) throws {
    if !isMade { try Test.cancel("this machine makes no tun interfaces") }
  }

  @discardableResult
  func send(_ packet: [UInt8]) -> Bool {
    // Safe: the packet's octets are read within its length.
    unsafe write(descriptor, packet, packet.count) == packet.count
  }
}
