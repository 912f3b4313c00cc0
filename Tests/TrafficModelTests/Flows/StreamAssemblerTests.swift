import Testing

@testable import TrafficModel

@Suite("TCP streams put in order (RFC 9293, section 3.4)")
struct StreamAssemblerTests {
  @Test("the first segment sets the place, the next ones follow")
  func followsTheOrder() {
    var stream = StreamAssembler()
    #expect(stream.accept(sequence: 100, wireCount: 10) == .deliver(skip: 0))
    #expect(stream.accept(sequence: 110, wireCount: 5) == .deliver(skip: 0))
    #expect(stream.next == 115)
  }

  @Test("octets that were taken are not taken again")
  func skipsWhatWasTaken() {
    var stream = StreamAssembler(next: 100)
    _ = stream.accept(sequence: 100, wireCount: 50)
    #expect(stream.accept(sequence: 100, wireCount: 50) == .duplicate)
    #expect(stream.accept(sequence: 120, wireCount: 10) == .duplicate)
    #expect(stream.accept(sequence: 120, wireCount: 40) == .deliver(skip: 30))
    #expect(stream.next == 160)
  }

  @Test("what is more than 16 MiB away belongs elsewhere")
  func hasAWindow() {
    var stream = StreamAssembler(next: 0)
    let window = UInt32(StreamAssembler.window)
    #expect(stream.accept(sequence: window, wireCount: 1) == .early)
    #expect(stream.accept(sequence: window + 1, wireCount: 1) == .outOfWindow)
    #expect(stream.accept(sequence: 0 &- window, wireCount: 1) == .duplicate)
    #expect(stream.accept(sequence: 0 &- window &- 1, wireCount: 1) == .outOfWindow)
    #expect(stream.accept(sequence: 1 << 31, wireCount: 1) == .outOfWindow)
  }

  /// Octets of a stream as they come out, `nil` for each that was given up.
  struct Reader {
    var stream: StreamAssembler
    var octets: [UInt8?] = []

    mutating func take(sequence: UInt32, _ bytes: [UInt8]) {
      switch stream.accept(sequence: sequence, wireCount: bytes.count) {
      case .deliver(let skip): octets += bytes[skip...].map { $0 }
      case .early:
        _ = stream.hold(sequence: sequence, bytes: bytes, wireCount: bytes.count)
      case .duplicate, .outOfWindow, .resynchronise: return
      }
      drain()
    }

    mutating func drain() {
      while let (segment, skip) = stream.popReady() {
        octets += segment.bytes[skip...].map { $0 }
      }
    }

    mutating func skipGap() {
      octets += [UInt8?](repeating: nil, count: stream.skipGap() ?? 0)
      drain()
    }
  }

  @Test("pieces in any order, overlapping and repeated, over the end of the numbers")
  func putsPiecesInOrder() {
    var generator = Generator(state: 6)
    let whole = (0..<200).map { UInt8($0) }
    for round in 0..<500 {
      let start = UInt32.max &- UInt32(round % 200)
      var reader = Reader(stream: StreamAssembler(next: start))
      var pieces: [Range<Int>] = []
      for _ in 0..<20 {
        let from = generator.below(200)
        pieces.append(from..<min(200, from + 1 + generator.below(60)))
      }
      pieces += stride(from: 0, to: 200, by: 40).map { $0..<$0 + 40 }.shuffled(using: &generator)
      for piece in pieces {
        reader.take(sequence: start &+ UInt32(piece.lowerBound), Array(whole[piece]))
      }
      #expect(reader.octets == whole.map { $0 })
      #expect(reader.stream.pending.isEmpty && reader.stream.pendingByteCount == 0)
    }
  }

  @Test("of two segments that wait for one place the octets of the first to be taken stay")
  func keepsTheFirstOctets() {
    var reader = Reader(stream: StreamAssembler(next: 0))
    reader.take(sequence: 4, [4, 5, 6, 7])
    reader.take(sequence: 6, [90, 90, 8, 9])
    reader.take(sequence: 0, [0, 1, 2, 3, 90, 90])
    // The segment that filled the hole brought octets 4 and 5 first.
    #expect(reader.octets == [0, 1, 2, 3, 90, 90, 6, 7, 8, 9])
  }

  @Test("a gap that never fills is skipped and counted")
  func skipsGaps() {
    var reader = Reader(stream: StreamAssembler(next: .max))
    reader.take(sequence: 1, [1, 2])
    reader.take(sequence: 6, [6])
    #expect(reader.octets.isEmpty)
    reader.skipGap()
    reader.skipGap()
    #expect(reader.octets == [nil, nil, 1, 2, nil, nil, nil, 6])
    #expect(reader.stream.skipGap() == nil)
  }

  @Test("with nothing waiting it skips to where the far end says it is")
  func skipsToAcknowledgements() {
    var stream = StreamAssembler(next: 100)
    #expect(stream.skip(to: 90) == 0)
    #expect(stream.skip(to: 150) == 50)
    #expect(stream.skip(to: 150 + UInt32(StreamAssembler.window) + 1) == 0)
    _ = stream.hold(sequence: 200, bytes: [1], wireCount: 1)
    #expect(stream.skip(to: 160) == 0)
  }

  @Test("what waits is bounded in segments and in octets")
  func boundsWhatWaits() {
    var stream = StreamAssembler(next: 0)
    var held = 0
    for index in UInt32(1)..<1_000 {
      if stream.hold(sequence: 2 * index, bytes: [1], wireCount: 1) == .held { held += 1 }
    }
    #expect(held == StreamAssembler.maximumPendingSegments)

    stream = StreamAssembler(next: 0)
    let large = [UInt8](repeating: 0, count: 60_000)
    held = 0
    for index in UInt32(1)..<10 {
      if stream.hold(sequence: 100_000 * index, bytes: large, wireCount: large.count) == .held {
        held += 1
      }
    }
    #expect(held == StreamAssembler.maximumPendingBytes / 60_000)
  }

  @Test("a segment that comes early twice waits once")
  func keepsOneCopy() {
    var stream = StreamAssembler(next: 0)
    for _ in 0..<10 { _ = stream.hold(sequence: 5, bytes: [1, 2], wireCount: 2) }
    #expect(stream.pending.count == 1 && stream.pendingByteCount == 2)
  }

  @Test("cut segments count as long as they were sent")
  func countsWireOctets() {
    var stream = StreamAssembler(next: 0)
    _ = stream.hold(sequence: 10, bytes: [1], wireCount: 1_000)
    _ = stream.accept(sequence: 0, wireCount: 500)
    #expect(stream.popReady()?.skip == 490)
    #expect(stream.next == 1_010)
  }

  @Test("four segments beyond the window that follow one another are believed")
  func resynchronises() {
    var stream = StreamAssembler(next: 0)
    let start: UInt32 = 1 << 30
    for index in UInt32(0)..<3 {
      #expect(stream.accept(sequence: start + 10 * index, wireCount: 10) == .outOfWindow)
    }
    #expect(stream.accept(sequence: start + 30, wireCount: 10) == .resynchronise)
    #expect(stream.accept(sequence: start + 40, wireCount: 10) == .deliver(skip: 0))
  }

  @Test("strays that do not follow one another, or real segments between them, are not")
  func ignoresStrays() {
    var stream = StreamAssembler(next: 0)
    let start: UInt32 = 1 << 30
    for index in UInt32(0)..<20 {
      #expect(stream.accept(sequence: start + 20 * index, wireCount: 10) == .outOfWindow)
    }
    for index in UInt32(0)..<20 {
      #expect(stream.accept(sequence: start + 10 * index, wireCount: 10) == .outOfWindow)
      #expect(stream.accept(sequence: index, wireCount: 1) == .deliver(skip: 0))
    }
  }

  @Test("what waits already does not wait twice, and what differs from it is told")
  func comparesOverlaps() {
    var stream = StreamAssembler(next: 0)
    #expect(stream.hold(sequence: 10, bytes: [1, 2, 3, 4], wireCount: 4) == .held)
    #expect(stream.hold(sequence: 11, bytes: [2, 3], wireCount: 2) == .held)
    #expect(stream.hold(sequence: 11, bytes: [9], wireCount: 1) == .heldInConflict)
    #expect(stream.pending.count == 1)
    #expect(stream.hold(sequence: 12, bytes: [3, 4, 5], wireCount: 3) == .held)
    #expect(stream.hold(sequence: 8, bytes: [0, 0, 9], wireCount: 3) == .heldInConflict)
    #expect(stream.pending.map(\.sequence) == [8, 10, 12])
    // A longer copy of a segment that the snaplen cut is worth keeping.
    #expect(stream.hold(sequence: 40, bytes: [1], wireCount: 3) == .held)
    #expect(stream.hold(sequence: 40, bytes: [1, 2, 3], wireCount: 3) == .held)
    #expect(stream.pending.count == 5)
  }

  @Test("room comes back as segments go, whatever their number")
  func reusesRoom() {
    var stream = StreamAssembler(next: 0)
    var next: UInt32 = 0
    for round in UInt32(0)..<20 {
      for index in UInt32(0)..<200 {
        let sequence = next + 1 + index
        #expect(stream.hold(sequence: sequence, bytes: [7], wireCount: 1) == .held, "\(round)")
      }
      _ = stream.accept(sequence: next, wireCount: 1)
      var count = 0
      while stream.popReady() != nil { count += 1 }
      #expect(count == 200)
      next += 201
    }
    #expect(stream.heldByteCount == 0)
  }
}
