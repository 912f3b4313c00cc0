import Foundation
import Testing
import WireFormat

@testable import Capture

/// Real frames between two interfaces made for the test; needs root.
@Suite("frames from the kernel's ring, and the same from libpcap", .serialized)
struct LiveRingTests {
  static let mayCapture = LiveInterfaceTests.mayCapture
  static let condition = LiveInterfaceTests.condition
  static let methods = LiveInterfaceTests.methods

  @Test(
    "a VLAN tag that the kernel took out stands in its place again",
    .enabled(if: mayCapture, condition), arguments: methods,
    [
      [0x81, 0x00, 0x20, 0x64], [0x88, 0xa8, 0x00, 0x07],
      [0x88, 0xa8, 0x00, 0x07, 0x81, 0x00, 0x20, 0x64],
    ] as [[UInt8]])
  func putsTagsBack(method: LiveOptions.Method, tags: [UInt8]) throws {
    let pair = try VethPair(1)
    var interface = try pair.open(method) { $0.filter = nil }
    let sent = VethPair.frame([UInt8](repeating: 9, count: 80), tags: tags)
    #expect(pair.send(sent))
    let end = Date(timeIntervalSinceNow: 3)
    var seen: SeenFrame?
    while seen == nil, Date() < end {
      seen = try collectFrames(1, from: &interface).first {
        $0.octets.starts(with: VethPair.addresses)
      }
    }
    #expect(seen?.octets == sent)
    #expect(seen?.original == sent.count)
  }

  @Test("filters know of tags", .enabled(if: mayCapture, condition), arguments: methods)
  func filtersTags(method: LiveOptions.Method) throws {
    let pair = try VethPair(2)
    var interface = try pair.open(method) { $0.filter = "vlan 100 and ether proto 0x88b5" }
    // The kernel drops frames that end behind their tag.
    let payload = [UInt8](repeating: 1, count: 60)
    let tagged = VethPair.frame(payload, tags: [0x81, 0, 0, 100])
    pair.send(tagged)
    pair.send(VethPair.frame(payload))
    pair.send(VethPair.frame(payload, tags: [0x81, 0, 0, 101]))
    pair.send(tagged)
    #expect(try collectFrames(2, from: &interface).map(\.octets) == [tagged, tagged])
  }

  @Test(
    "the snaplen cuts frames with a tag", .enabled(if: mayCapture, condition), arguments: methods)
  func cutsTaggedFrames(method: LiveOptions.Method) throws {
    let pair = try VethPair(3)
    var interface = try pair.open(method) { $0.snaplen = 64 }
    let sent = VethPair.frame(Array(0..<200), tags: [0x81, 0, 0, 100])
    pair.send(sent)
    let seen = try collectFrames(1, from: &interface)
    #expect(seen.map(\.octets) == [Array(sent.prefix(64))])
    #expect(seen.map(\.original) == [sent.count])
  }

  @Test("frames of 64 KiB", .enabled(if: mayCapture, condition), arguments: methods, [128, 1024])
  func takesLargeFrames(method: LiveOptions.Method, blockKiB: Int) throws {
    let pair = try VethPair(4)
    var interface = try pair.open(method) { $0.blockByteCount = blockKiB << 10 }
    let sent = (0..<40).map {
      VethPair.frame([UInt8](repeating: UInt8($0), count: 65_535))
    }
    for frame in sent { #expect(pair.send(frame)) }
    let seen = try collectFrames(40, from: &interface, batch: FrameBatch(capacity: 0))
    #expect(seen.map(\.octets) == sent)
  }

  @Test(
    "what finds the ring full is counted, and what was taken comes whole",
    .enabled(if: mayCapture, condition),
    arguments: [(LiveOptions.Method.ring, 1), (.ring, 2), (.libpcap, 1)])
  func countsDrops(method: LiveOptions.Method, readerCount: Int) throws {
    let pair = try VethPair(5)
    var interface = try pair.open(method) {
      $0.bufferByteCount = 1 << 20
      $0.readerCount = readerCount
    }
    // Twelve times what the ring, and with several readers their queue, can hold.
    let count = 12_000
    for number in 0..<count {
      #expect(pair.send(VethPair.frame([UInt8](repeating: UInt8(number % 251), count: 3_000))))
    }
    let statistics = try interface.statistics()
    let kept = try collectFrames(count - Int(statistics.droppedByKernel), from: &interface).count
    #expect(statistics.received == UInt64(count))
    #expect(statistics.droppedByKernel > 0)
    #expect(UInt64(kept) + statistics.droppedByKernel == UInt64(count))
    // The ring has room again.
    pair.send(VethPair.frame([1]))
    #expect(try collectFrames(1, from: &interface).count == 1)
    let later = try interface.statistics().since(statistics)
    #expect(later.received == 1 && later.droppedByKernel == 0)
  }

  @Test(
    "two readers see each frame once, and a flow's in order",
    .enabled(if: mayCapture, condition))
  func sharesFrames() throws {
    let pair = try VethPair(6)
    var interface = try pair.open(.ring) {
      $0.readerCount = 2
      $0.filter = "udp dst port 7"
      $0.timeoutMilliseconds = 10
    }
    #expect(interface.means == "2 rings of 8 MiB")
    for number in 0..<6_000 {
      #expect(pair.send(Self.datagram(flow: number % 60, number: number / 60)))
    }
    let frames = try collectFrames(6_000, from: &interface)
    var numbers: [Int: [Int]] = [:]
    for frame in frames {
      let flow = Int(frame.octets[34]) << 8 | Int(frame.octets[35])
      numbers[flow, default: []].append(Int(frame.octets[42]))
    }
    #expect(numbers.count == 60)
    #expect(numbers.values.allSatisfy { $0 == Array(0..<100) })
    let statistics = try interface.statistics()
    #expect(statistics.received == 6_000 && statistics.droppedByKernel == 0)
  }

  @Test("raw IP has a ring too", .enabled(if: mayCapture, condition), arguments: methods)
  func takesRawIP(method: LiveOptions.Method) throws {
    let tun = try Tun()
    var options = LiveOptions()
    options.method = method
    options.filter = "udp dst port 7"
    var interface = try LiveInterface(name: tun.name, options: options)
    #expect(interface.linkType == LinkType.raw.rawValue)
    let packets = (0..<20).map { Array(Self.datagram(flow: $0, number: $0).dropFirst(14)) }
    for packet in packets { #expect(tun.send(packet)) }
    #expect(try collectFrames(20, from: &interface).map(\.octets) == packets)
  }

  @Test("a group can be interrupted", .enabled(if: mayCapture, condition))
  func interruptsGroup() throws {
    let pair = try VethPair(7)
    var interface = try pair.open(.ring) { $0.readerCount = 3 }
    var batch = FrameBatch()
    let ticked = try interface.fill(&batch, timeoutMilliseconds: 10)
    interface.interrupter.interrupt()
    let goesOn = try interface.fill(&batch, timeoutMilliseconds: 10_000)
    #expect(ticked && !goesOn)
  }

  @Test(
    "a block is handed over after its time, or at once when looked for",
    .enabled(if: mayCapture, condition))
  func keepsTime() throws {
    let pair = try VethPair(8)
    for (milliseconds, busyPoll) in [(5, 0), (5, 2_000), (400, 0)] {
      var interface = try pair.open(.ring) {
        $0.timeoutMilliseconds = milliseconds
        $0.busyPollMicroseconds = busyPoll
      }
      pair.send(VethPair.frame([1]))
      let began = Date()
      let count = try collectFrames(1, from: &interface).count
      #expect(count == 1)
      // A block may have been open for some of its time when the frame came.
      #expect(milliseconds == 5 ? Date().timeIntervalSince(began) < 0.35 : true)
    }
  }

  @Test(
    "an interface of another kind is left to libpcap, which is said",
    .enabled(if: mayCapture, condition))
  func fallsBack() throws {
    let interface = try LiveInterface(name: "any")
    #expect(interface.means == "libpcap")
    #expect(interface.warnings.contains { $0.hasSuffix("libpcap reads it instead") })
    var options = LiveOptions()
    options.method = .ring
    var error: CaptureError?
    do throws(CaptureError) { _ = try LiveInterface(name: "any", options: options) } catch let found
    { error = found }
    #expect(error?.kind == .liveCapture && error?.detail.contains("link type is 113") == true)
  }

  @Test("a ring that the kernel refuses is left to libpcap", .enabled(if: mayCapture, condition))
  func fallsBackWithoutMemory() throws {
    var options = LiveOptions()
    options.blockByteCount = (1 << 20) + 1
    let interface = try LiveInterface(name: "lo", options: options)
    #expect(interface.means == "libpcap")
    #expect(
      interface.warnings.contains {
        $0.contains("no ring of 15 blocks of 1024 KiB: Invalid argument")
      })
  }

  @Test("an interface of which the system counts nothing has lost nothing")
  func countsNothing() {
    #expect(InterfaceCounters.missed(by: "no/such") == 0)
    #expect(InterfaceCounters.missed(by: "nosuch0") == 0)
  }

  /// An IPv4 datagram of UDP to port 7, from a port of its own for each flow; its payload is one number.
  private static func datagram(flow: Int, number: Int) -> [UInt8] {
    let port = 2_000 + flow
    return VethPair.addresses + [0x08, 0x00]
      + [0x45, 0, 0, 29, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
      + [UInt8(port >> 8), UInt8(port & 0xff), 0, 7, 0, 9, 0, 0, UInt8(number)]
  }
}
