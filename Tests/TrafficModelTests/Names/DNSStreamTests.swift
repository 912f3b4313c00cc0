import Testing
import WireFormat

@testable import TrafficModel

@Suite("DNS over TCP (RFC 1035, section 4.2.2)")
struct DNSStreamTests {
  static func framed(_ message: [UInt8]) -> [UInt8] { Frames.octets16(message.count) + message }

  private func begins(_ chunk: [UInt8], source: UInt16, _ destination: UInt16) -> Bool {
    DNSStream.begins(chunk.octets, source: source, destination)
  }

  /// The messages that a stream in the given pieces tells.
  private func messages(_ pieces: [[UInt8]]) -> [[UInt8]] {
    var stream = DNSStream()
    var all: [[UInt8]] = []
    for piece in pieces {
      var offset = 0
      while let place = stream.next(in: piece.octets, from: &offset) {
        switch place {
        case .inChunk(let range): all.append(Array(piece[range]))
        case .gathered: all.append(stream.gathered.copied())
        }
      }
    }
    return all
  }

  @Test("messages come whole wherever the segments are cut")
  func joinsPieces() {
    let expected: [[UInt8]] = [[1, 2, 3], [], [UInt8](repeating: 9, count: 300), [4]]
    let stream = expected.flatMap(Self.framed)
    for size in [1, 2, 3, 5, 7, 150, 301, stream.count] {
      let pieces = stride(from: 0, to: stream.count, by: size).map {
        Array(stream[$0..<min($0 + size, stream.count)])
      }
      #expect(messages(pieces) == expected)
    }
  }

  @Test("only a message that is not whole is held")
  func holdsLittle() {
    var stream = DNSStream()
    var offset = 0
    let chunk = Self.framed([1, 2, 3]) + [0, 9, 5]
    let first = stream.next(in: chunk.octets, from: &offset)
    let second = stream.next(in: chunk.octets, from: &offset)
    #expect(first == .inChunk(2..<5) && second == nil)
    #expect(stream.heldByteCount == 3)
    #expect(stream.announcedByteCount == 9)
  }

  @Test("the longest message, an octet at a time, is held once and let go")
  func boundsWhatItHolds() {
    var stream = DNSStream()
    let long = Self.framed([UInt8](repeating: 7, count: 65_535))
    var whole = 0
    for octet in long {
      var offset = 0
      let chunk = [octet]
      while stream.next(in: chunk.octets, from: &offset) != nil { whole += 1 }
      #expect(stream.heldByteCount <= 65_537)
    }
    #expect(whole == 1 && stream.heldByteCount == 0)
  }

  @Test("on other ports a stream is DNS when it begins with a whole message")
  func tellsOtherPorts() {
    let query = Self.framed(DNSSample.query("www.example.com"))
    #expect(begins(query, source: 40_000, 8_053))
    #expect(begins((query + [0]), source: 8_053, 40_000))
    #expect(!begins(Array(query.dropLast()), source: 40_000, 8_053))
    #expect(begins(Array(query.dropLast()), source: 40_000, 53))
    #expect(!begins([0, 4, 1, 2, 3, 4], source: 40_000, 8_053))
  }
}
