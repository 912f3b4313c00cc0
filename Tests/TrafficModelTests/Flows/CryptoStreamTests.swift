import Testing
import WireFormat

@testable import TrafficModel

@Suite("QUIC CRYPTO streams (RFC 9000, section 19.6)")
struct CryptoStreamTests {
  /// A stream that takes arrays.
  final class Stream {
    private var stream = CryptoStream()

    var prefixCount: Int { stream.prefixCount }
    var bytes: [UInt8] { stream.bytes }
    var workCount: Int { stream.workCount }

    func insert(_ octets: [UInt8], at offset: Int) -> Bool {
      stream.insert(octets.octets, at: offset)
    }
  }

  @Test("pieces in any order, overlapping and repeated, agree with a model")
  func agreesWithAModel() {
    var generator = Generator(state: 8)
    for _ in 0..<400 {
      let stream = Stream()
      var model = [UInt8?](repeating: nil, count: 120)
      for _ in 0..<20 {
        let offset = generator.below(100)
        let bytes = generator.octets(1 + generator.below(20))
        #expect(stream.insert(bytes, at: offset))
        for (index, octet) in bytes.enumerated() where model[offset + index] == nil {
          model[offset + index] = octet
        }
        let prefix = model.prefix { $0 != nil }
        #expect(stream.prefixCount == prefix.count)
        #expect(stream.bytes.prefix(stream.prefixCount).map { $0 } == prefix.compactMap(\.self))
      }
      let known = zip(model, stream.bytes).allSatisfy { $0.0 == nil || $0.0 == $0.1 }
      #expect(known)
    }
  }

  @Test("the first octet for a place stays")
  func keepsTheFirst() {
    let stream = Stream()
    _ = stream.insert([1, 2, 3], at: 2)
    _ = stream.insert([9, 9, 9, 9, 9, 9, 9], at: 0)
    #expect(stream.bytes == [9, 9, 1, 2, 3, 9, 9])
    #expect(stream.prefixCount == 7)
  }

  @Test("offsets past the limit are refused, an empty piece is nothing")
  func refusesFarOffsets() {
    let stream = Stream()
    for offset in [-1, Int.min, Int.max, Int.max - 1, CryptoStream.maximumOctets] {
      #expect(!stream.insert([1], at: offset))
    }
    #expect(stream.insert([], at: 5))
    #expect(stream.insert([1], at: CryptoStream.maximumOctets - 1))
    #expect(stream.prefixCount == 0)
  }

  @Test("at most 128 stretches wait")
  func boundsStretches() {
    let stream = Stream()
    let results = (0..<200).map { stream.insert([1], at: 2 * $0 + 1) }
    #expect(results.filter { $0 }.count == CryptoStream.maximumStretches)
    // What fills the holes is still taken.
    #expect(stream.insert([UInt8](repeating: 7, count: 500), at: 0))
    #expect(stream.prefixCount == 500)
  }

  @Test("the work for a piece is bounded, however the pieces lie")
  func boundsWork() {
    var generator = Generator(state: 9)
    let stream = Stream()
    for round in 0..<3_000 {
      let count = 1 + generator.below(3)
      // Many stretches at first, then pieces that join them, then anything.
      let offset = round < 300 ? 3_000 - 10 * round : generator.below(4_000)
      let before = stream.workCount
      _ = stream.insert([UInt8](repeating: 1, count: count), at: max(0, offset))
      #expect(stream.workCount - before <= count + CryptoStream.maximumWorkPerPiece)
    }
    let before = stream.workCount
    _ = stream.insert([UInt8](repeating: 1, count: 60_000), at: 0)
    #expect(stream.workCount - before <= 60_000 + CryptoStream.maximumWorkPerPiece)
    #expect(stream.prefixCount == 60_000)
  }
}
