import Testing

@testable import TrafficModel

@Suite("TLS records metered (RFC 8446, section 5.1)")
struct TLSRecordMeterTests {
  /// A meter and the records that it has told.
  struct Reader {
    var meter = TLSRecordMeter(wantsHandshake: false)
    var records: [TLSRecordMeter.Record] = []

    mutating func take(_ octets: [UInt8]) {
      var offset = 0
      while let record = meter.next(in: octets.octets, from: &offset) { records.append(record) }
      #expect(offset == octets.count)
    }

    mutating func gap(_ count: Int) {
      if let record = meter.gap(count) { records.append(record) }
    }

    var lengths: [Int] { records.map(\.length) }
  }

  static func data(_ length: Int) -> [UInt8] {
    TLSSample.record(23, [UInt8](repeating: 0xa5, count: length))
  }

  @Test("records over segments of any size are told once each", arguments: [1, 2, 4, 5, 6, 1_000])
  func readsOverSegments(size: Int) {
    let stream =
      TLSSample.record(22, [1, 2, 3]) + TLSSample.record(20, [1]) + Self.data(300) + Self.data(0)
      + Self.data(18_432)
    var reader = Reader()
    for start in stride(from: 0, to: stream.count, by: size) {
      reader.take(Array(stream[start..<min(start + size, stream.count)]))
    }
    #expect(reader.lengths == [3, 1, 300, 0, 18_432])
    #expect(reader.records.map(\.contentType) == [22, 20, 23, 23, 23])
    #expect(reader.meter.takePassedOver() == 0)
  }

  @Test("a gap within a record leaves its length, which its header told")
  func metersOverGaps() {
    var reader = Reader()
    reader.take(Array(Self.data(300).prefix(100)))
    reader.gap(150)
    reader.take(Array(Self.data(300).suffix(55)) + Self.data(40))
    #expect(reader.lengths == [300, 40])
    // The gap's own octets are its caller's to count.
    #expect(reader.meter.takePassedOver() == 0)
  }

  @Test("a gap that ends a record tells it")
  func metersGapsAtTheEnd() {
    var reader = Reader()
    reader.take(Array(Self.data(300).prefix(100)))
    reader.gap(205)
    reader.take(Self.data(40))
    #expect(reader.lengths == [300, 40])
  }

  @Test("after a gap over a header the next one is found within a segment")
  func findsItsPlaceAgain() {
    var reader = Reader()
    reader.take(Array(Self.data(300).prefix(100)))
    reader.gap(400)
    // The end of a lost record, then two whole ones.
    reader.take([UInt8](repeating: 7, count: 60) + Self.data(200) + Self.data(80))
    reader.take(Self.data(90))
    #expect(reader.lengths == [200, 80, 90])
    #expect(reader.meter.takePassedOver() == 60)
    #expect(reader.meter.takePassedOver() == 0)
  }

  @Test("a header that is none makes it search, not stop")
  func searchesAfterABadHeader() {
    var reader = Reader()
    reader.take(Self.data(20) + [0xff, 0xff, 0xff, 0xff, 0xff] + Self.data(30) + Self.data(40))
    #expect(reader.lengths == [20, 30, 40])
    #expect(reader.meter.takePassedOver() == 5)
  }

  @Test("in the middle of a stream it waits for a header at a segment's start")
  func beginsMidstream() {
    var reader = Reader(meter: .midstream())
    reader.take([UInt8](repeating: 9, count: 500))
    reader.take(Array(Self.data(300).prefix(200)))
    reader.take(Array(Self.data(300).dropFirst(200)))
    #expect(reader.lengths == [300])
  }

  @Test("it goes on within a record that has begun")
  func continuesWithinARecord() {
    var reader = Reader(meter: TLSRecordMeter(withinRecord: 22, remaining: 10))
    reader.take([UInt8](repeating: 1, count: 10) + Self.data(30))
    #expect(reader.lengths == [10, 30])
  }

  @Test("of the handshake at most 2,048 octets are kept")
  func boundsTheHandshake() {
    var reader = Reader(meter: TLSRecordMeter(wantsHandshake: true))
    for _ in 0..<3 { reader.take(TLSSample.record(22, [UInt8](repeating: 2, count: 1_500))) }
    #expect(reader.meter.handshakeOctets.count == TLSRecordMeter.helloLimit)
  }

  @Test("noise and gaps: every octet is accounted for, none is looked at twice")
  func survivesNoise() {
    var generator = Generator(state: 9)
    for _ in 0..<300 {
      var reader = Reader()
      for _ in 0..<20 {
        switch generator.below(4) {
        case 0: reader.take(generator.octets(generator.below(100)))
        case 1: reader.take(Self.data(generator.below(200)))
        case 2: reader.gap(generator.below(400))
        default:
          reader.take(Array(repeating: [23, 3, 3, 0, 1] as [UInt8], count: 20).flatMap(\.self))
        }
      }
      #expect(reader.lengths.allSatisfy { $0 <= 18_432 })
    }
  }
}
