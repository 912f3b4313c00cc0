import Testing

@testable import TrafficModel

@Suite("ClientHellos gathered from segments and records")
struct HelloCollectorTests {
  static let message = TLSSample.clientHello("api.example.com", padding: 400)

  /// Feeds pieces of `size` octets until the collector has made up its mind.
  static func feed(
    _ stream: [UInt8], by size: Int
  ) -> (collector: HelloCollector, status: HelloCollector.Status, octetsRead: Int) {
    var collector = HelloCollector()
    var read = 0
    var status = HelloCollector.Status.needMore
    for start in stride(from: 0, to: stream.count, by: size) {
      let piece = Array(stream[start..<min(start + size, stream.count)])
      var offset = 0
      status = collector.append(piece.octets, from: &offset)
      read += offset
      if status != .needMore { break }
    }
    return (collector, status, read)
  }

  @Test("in records and segments of any size the message is the same")
  func gathers() {
    for limit in [1, 2, 5, 100, 16_384] {
      let stream = TLSSample.records(Self.message, of: limit)
      for size in [1, 3, 50, 100_000] {
        let (collector, status, read) = Self.feed(stream, by: size)
        #expect(status == .complete)
        #expect(collector.message == Self.message)
        // Each octet is looked at once.
        #expect(read == stream.count)
      }
    }
  }

  @Test("it stops at the message's end and says how much of the record is left")
  func stopsAtTheEnd() {
    let stream = TLSSample.record(22, Self.message + [11, 0, 0, 9]) + [23, 3, 3]
    let (collector, status, read) = Self.feed(stream, by: 7)
    #expect(status == .complete)
    #expect(collector.recordRemaining == 4)
    #expect(read == 5 + Self.message.count)
  }

  @Test(
    "what is no hello is told at once",
    arguments: [
      [23, 3, 3, 0, 9], [22, 2, 0, 0, 9], [22, 3, 1, 0x48, 1], [22, 3, 1, 0, 4, 2, 0, 0, 0],
      [22, 3, 1, 0, 1, 1, 21, 3, 1, 0, 1], [22, 3, 1, 0, 4, 1, 1, 0, 0],
      // In the form of SSL 2.0: no length, too short a one, lengths that do not fit.
      [0x80, 0, 1, 3, 1], [0x80, 3, 1, 3, 1], [0x80, 31, 1, 3, 1, 0, 7, 0, 0, 0, 16],
    ])
  func refuses(stream: [UInt8]) {
    #expect(Self.feed(stream, by: 1).status == .notAHello)
  }

  @Test("a hello that never ends is given up within its limits")
  func givesUp() {
    let chunk = [UInt8](repeating: 0, count: 1_000)
    // A length past 64 KiB is refused with the header; below that the records run on.
    let endless = TLSSample.record(22, [1, 0, 0xff, 0xf0] + chunk)
    let stream = endless + (0..<40).flatMap { _ in TLSSample.record(22, chunk) }
    #expect(Self.feed(stream, by: 100).status == .needMore)
    let empty = (0..<100_000).flatMap { _ in TLSSample.record(22, []) }
    let (collector, status, read) = Self.feed(endless + empty, by: 1_000)
    #expect(status == .notAHello)
    #expect(read <= HelloCollector.maximumRaw + 1_000)
    #expect(collector.message.count < HelloCollector.maximumMessage)
  }
}
