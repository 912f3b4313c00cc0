import Testing
import WireFormat

@Suite("The checked cursor")
struct ByteReaderTests {
  static let octets: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9]

  @Test("the first of an octet is found wherever it stands in the range")
  func findsAnOctet() {
    for length in 0...40 {
      for place in 0..<max(length, 1) {
        // Neighbours by one in value, above and below, must not be taken for it.
        var octets = (0..<length).map { UInt8($0 % 2 == 0 ? 21 : 23) }
        if place < length { octets[place] = 22 }
        for end in [0, place, place + 1, length, length + 9] {
          for start in [0, place, place + 1] where start <= end {
            let expected = start <= place && place < min(end, length) ? place : nil
            #expect(octets.octets.firstOffset(of: 22, in: start..<end) == expected)
          }
        }
      }
    }
    #expect([UInt8](repeating: 22, count: 20).octets.firstOffset(of: 22, in: 3..<20) == 3)
  }

  @Test("integers are read in network byte order")
  func readsIntegers() throws {
    var reader = ByteReader(Self.octets.wire)
    let values = [
      UInt64(try reader.readUInt8()), UInt64(try reader.readUInt16()),
      UInt64(try reader.readUInt24()),
    ]
    #expect(values == [1, 0x0203, 0x0405_06])
    var whole = ByteReader(Self.octets.wire)
    let word = try whole.readUInt32()
    #expect(word == 0x0102_0304)
    var long = ByteReader(Self.octets.wire)
    let longWord = try long.readUInt64()
    #expect(longWord == 0x0102_0304_0506_0708)
    let left = long.remaining
    #expect(left == 1)
  }

  /// One read of `width` octets, as an action on a reader.
  static func read(_ width: Int, _ reader: inout ByteReader) throws(WireError) {
    switch width {
    case 1: _ = try reader.readUInt8()
    case 2: _ = try reader.readUInt16()
    case 3: _ = try reader.readUInt24()
    case 4: _ = try reader.readUInt32()
    default: _ = try reader.readUInt64()
    }
  }

  @Test("a read past the end throws and moves nothing", arguments: [1, 2, 3, 4, 8])
  func checksReads(width: Int) throws {
    for available in 0..<width {
      let octets = [UInt8](repeating: 0, count: 2 + available)
      var reader = ByteReader(octets.wire)
      try reader.skip(2)
      var error: WireError?
      do throws(WireError) { try Self.read(width, &reader) } catch let caught { error = caught }
      let offset = reader.offset
      #expect(error == .truncated(offset: 2, needed: width, available: available))
      #expect(offset == 2)
    }
  }

  @Test("counts below zero and beyond all reason are refused", arguments: [-1, Int.min, 10, .max])
  func checksCounts(count: Int) {
    let octets = Self.octets
    func error(_ body: (inout ByteReader) throws(WireError) -> Void) -> WireError? {
      var reader = ByteReader(octets.wire)
      do throws(WireError) { try body(&reader) } catch { return error }
      return nil
    }
    let expected = WireError.truncated(offset: 0, needed: count, available: 9)
    #expect(error { reader throws(WireError) in try reader.skip(count) } == expected)
    #expect(error { reader throws(WireError) in _ = try reader.readSlice(count) } == expected)
    #expect(error { reader throws(WireError) in _ = try reader.readBytes(count) } == expected)
  }

  @Test("a slice ends where it was told, and counts from the start of the span")
  func slices() throws {
    var reader = ByteReader(Self.octets.wire)
    try reader.skip(3)
    var slice = try reader.readSlice(2)
    let start = slice.offset
    let first = try slice.readUInt8()
    var error: WireError?
    do throws(WireError) { _ = try slice.readUInt16() } catch let caught { error = caught }
    #expect(start == 3 && first == 4)
    #expect(error == .truncated(offset: 4, needed: 2, available: 1))
    let rest = reader.rest.copied()
    #expect(rest == [6, 7, 8, 9])
  }

  @Test("an octet outside the span is none")
  func looksUpOctets() {
    let found = [-1, 0, 8, 9, .max, .min].map { Self.octets.wire.octet(at: $0) }
    #expect(found == [nil, 1, 9, nil, nil, nil])
  }

  @Test("a part is cut to the span")
  func cutsParts() {
    let octets = Self.octets
    let parts: [Range<Int>?] = [nil, 0..<2, 7..<20, 30..<40]
    #expect(parts.map { octets.wire.part($0).copied() } == [[], [1, 2], [8, 9], []])
  }
}

@Suite("Points in time")
struct TimestampTests {
  @Test("seconds that do not fit saturate")
  func saturates() {
    #expect(Timestamp(seconds: 1, nanoseconds: 5).nanoseconds == 1_000_000_005)
    #expect(Timestamp(seconds: .max).nanoseconds == .max)
    #expect(Timestamp(seconds: .min).nanoseconds == .min)
    #expect(Timestamp(seconds: 9_223_372_036, nanoseconds: 999_999_999).nanoseconds == .max)
    #expect(Timestamp(seconds: -9_223_372_036, nanoseconds: -999_999_999).nanoseconds == .min)
  }

  @Test("differences and sums saturate")
  func saturatesDifferences() {
    let (first, last) = (Timestamp(nanoseconds: .min), Timestamp(nanoseconds: .max))
    #expect(last.since(first) == .max)
    #expect(first.since(last) == .min)
    #expect(Timestamp(nanoseconds: 5).since(Timestamp(nanoseconds: 8)) == -3)
    #expect(last.advanced(byNanoseconds: 1) == last)
    #expect(first.advanced(byNanoseconds: -1) == first)
    #expect(first.advanced(byNanoseconds: .max).nanoseconds == -1)
  }

  @Test func isOrdered() {
    let times = [Int64.min, -1, 0, 1, .max].map { Timestamp(nanoseconds: $0) }
    #expect(times.reversed().sorted() == times)
    #expect(Timestamp(nanoseconds: 1_500_000).milliseconds == 1)
  }
}
