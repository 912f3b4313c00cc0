import Glibc

/// What the system counts of an interface, under /sys/class/net.
enum InterfaceCounters {
  /// Frames that the card or its driver had no room for, as libpcap counts them; 0 where nobody counts.
  static func missed(by interface: String) -> UInt64 {
    counter("rx_missed_errors", of: interface) &+ counter("rx_fifo_errors", of: interface)
  }

  private static func counter(_ name: String, of interface: String) -> UInt64 {
    guard !interface.contains("/") else { return 0 }
    // Safe: the path is a C string through the call.
    let descriptor = unsafe open(
      "/sys/class/net/\(interface)/statistics/\(name)", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return 0 }
    defer { close(descriptor) }
    var text = [UInt8](repeating: 0, count: 32)
    // Safe: at most the array's octets are written.
    let count = unsafe read(descriptor, &text, text.count)
    let digits = text.prefix(max(count, 0)).prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    return UInt64(String(decoding: digits, as: UTF8.self)) ?? 0
  }
}
