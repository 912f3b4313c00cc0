import Foundation
import Testing
import WireFormat

@testable import Capture

/// Real frames on the loopback interface and on one made for the test; both need root.
@Suite("live interfaces", .serialized)
struct LiveInterfaceTests {
  static let mayCapture = geteuid() == 0 && LiveInterface.availableNames.contains("lo")
  static let methods = [LiveOptions.Method.ring, .libpcap]
  static let condition: Comment = "needs root and an interface lo"

  @Test(
    "frames come with their octets, time and link type", .enabled(if: mayCapture, condition),
    arguments: methods)
  func readsFrames(method: LiveOptions.Method) throws {
    let socket = try UDPSocket()
    var options = LiveOptions()
    options.method = method
    options.filter = "udp and dst port \(socket.port)"
    var interface = try LiveInterface(name: "lo", options: options)
    let began = Int64(Date().timeIntervalSince1970 * 1e9)
    for number in 0..<50 { socket.send([UInt8](repeating: UInt8(number), count: 20 + number)) }

    let frames = try collectFrames(50, from: &interface)
    #expect(interface.linkType == LinkType.ethernet.rawValue)
    // Ethernet 14, IPv4 20, UDP 8 octets before the payload.
    #expect(
      frames.map { Array($0.octets.dropFirst(42)) }
        == (0..<50).map {
          [UInt8](repeating: UInt8($0), count: 20 + $0)
        })
    #expect(frames.allSatisfy { $0.original == $0.octets.count && $0.linkType == 1 })
    #expect(frames.allSatisfy { abs($0.nanoseconds - began) < 10_000_000_000 })
    #expect(frames.map(\.nanoseconds) == frames.map(\.nanoseconds).sorted())
    let statistics = try interface.statistics()
    #expect(statistics.received >= 50)
    #expect(statistics.since(statistics) == LiveStatistics())
  }

  @Test("the snaplen cuts frames", .enabled(if: mayCapture, condition), arguments: methods)
  func cutsFrames(method: LiveOptions.Method) throws {
    let socket = try UDPSocket()
    var options = LiveOptions()
    options.method = method
    options.snaplen = 96
    options.filter = "udp and dst port \(socket.port)"
    var interface = try LiveInterface(name: "lo", options: options)
    socket.send([UInt8](repeating: 7, count: 1000))
    let frames = try collectFrames(1, from: &interface)
    #expect(frames.map(\.octets.count) == [96])
    #expect(frames.map(\.original) == [1042])
  }

  @Test(
    "what does not fit the batch comes with the next", .enabled(if: mayCapture, condition),
    arguments: methods)
  func fillsBatchAfterBatch(method: LiveOptions.Method) throws {
    let socket = try UDPSocket()
    var options = LiveOptions()
    options.method = method
    options.filter = "udp and dst port \(socket.port)"
    var interface = try LiveInterface(name: "lo", options: options)
    // 200 frames of 10 kB are several batches of the smallest size, whose last 256 kB are kept for
    // one frame.
    for number in 0..<200 { socket.send([UInt8](repeating: UInt8(number), count: 10_000)) }
    let frames = try collectFrames(200, from: &interface, batch: FrameBatch(capacity: 0))
    #expect(frames.map { $0.octets.last } == (0..<200).map { UInt8($0) })
  }

  @Test(
    "a quiet interface is a tick, an interruption the end", .enabled(if: mayCapture, condition),
    arguments: methods)
  func canBeInterrupted(method: LiveOptions.Method) throws {
    var options = LiveOptions()
    options.method = method
    options.filter = "udp and dst port 1 and src port 2"
    var interface = try LiveInterface(name: "lo", options: options)
    var batch = FrameBatch()
    let ticked = try interface.fill(&batch, timeoutMilliseconds: 20)
    let count = batch.count
    #expect(ticked && count == 0)

    let interrupter = interface.interrupter
    Thread {
      usleep(50_000)
      interrupter.interrupt()
    }.start()
    let began = Date()
    let goesOn = try interface.fill(&batch, timeoutMilliseconds: 10_000)
    #expect(!goesOn)
    #expect(Date().timeIntervalSince(began) < 5)
    let stillEnds = try !interface.fill(&batch, timeoutMilliseconds: 10_000)
    #expect(stillEnds)
  }

  @Test(
    "an unknown interface is answered with those there are", .enabled(if: mayCapture, condition),
    arguments: methods)
  func listsInterfaces(method: LiveOptions.Method) {
    var options = LiveOptions()
    options.method = method
    let error = failure(of: "gnomon-none", options)
    #expect(error?.kind == .noSuchInterface)
    #expect(error?.description.hasPrefix("gnomon-none: no such interface: there are ") == true)
    #expect(error?.detail.contains("lo") == true)
  }

  @Test(
    "a bad filter is quoted with libpcap's reason", .enabled(if: mayCapture, condition),
    arguments: methods)
  func quotesBadFilters(method: LiveOptions.Method) {
    var options = LiveOptions()
    options.method = method
    options.filter = "port and and"
    let error = failure(of: "lo", options)
    #expect(error?.kind == .badFilter)
    #expect(error?.detail.hasPrefix("\"port and and\": ") == true)
    #expect(error?.detail.contains("syntax error") == true)
  }

  @Test(
    "an interface that goes away is an error, one that goes down is only quiet",
    .enabled(if: mayCapture, condition),
    arguments: [("delete", .interfaceDown), ("set down", nil)]
      as [(String, CaptureError.Kind?)],
    [(.ring, 1), (.ring, 3), (.libpcap, 1)]
      as [(LiveOptions.Method, Int)])
  func noticesThatAnInterfaceGoes(
    change: (String, CaptureError.Kind?), by: (LiveOptions.Method, Int)
  ) throws {
    let (change, kind) = change
    let name = "gnomon\(getpid() % 100_000)"
    guard runIP("link", "add", name, "type", "veth", "peer", "name", name + "p") else {
      try Test.cancel("this machine makes no veth interfaces")
    }
    defer { _ = runIP("link", "delete", name) }
    #expect(runIP("link", "set", name, "up"))
    #expect(runIP("link", "set", name + "p", "up"))
    var options = LiveOptions()
    (options.method, options.readerCount) = by
    var interface = try LiveInterface(name: name, options: options)
    var batch = FrameBatch()
    _ = try interface.fill(&batch, timeoutMilliseconds: 10)
    #expect(runIP("link", change, "dev", name))
    var error: CaptureError?
    do throws(CaptureError) {
      for _ in 0..<10 where try !interface.fill(&batch, timeoutMilliseconds: 50) { break }
    } catch let failure {
      error = failure
    }
    #expect(error?.kind == kind)
  }

  // MARK: helpers

  private func failure(of name: String, _ options: LiveOptions) -> CaptureError? {
    do throws(CaptureError) {
      _ = try LiveInterface(name: name, options: options)
      return nil
    } catch {
      return error
    }
  }
}

/// A UDP socket on 127.0.0.1 that sends to itself.
private final class UDPSocket {
  private let descriptor: Int32
  private var address = sockaddr_in()

  var port: UInt16 { UInt16(bigEndian: address.sin_port) }

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    // Safe: the structure is a socket address of that length.
    let bound = unsafe withUnsafeMutableBytes(of: &address) { octets in
      let pointer = unsafe octets.baseAddress?.assumingMemoryBound(to: sockaddr.self)
      return unsafe bind(descriptor, pointer, length) == 0
        && getsockname(descriptor, pointer, &length) == 0
    }
    try #require(bound)
  }

  deinit { close(descriptor) }

  func send(_ payload: [UInt8]) {
    // Safe: as above; the payload's octets are read within its length.
    unsafe withUnsafeBytes(of: &address) { octets in
      unsafe _ = sendto(
        descriptor, payload, payload.count, 0,
        octets.baseAddress?.assumingMemoryBound(to: sockaddr.self),
        socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
}
