import Testing
import WireFormat

/// A header, what stands behind it, and what is to be read of it.
struct WrappingSample: Sendable, CustomTestStringConvertible {
  let layer: Layer
  let header: [UInt8]
  let rest: [UInt8]
  /// `NEXT at OCTETS[ of PAYLOAD OCTETS][ from MAC]`
  let expected: String

  init(_ layer: Layer, _ header: String, _ rest: String = "", _ expected: String) {
    self.layer = layer
    self.header = ParserSamples.octets(header)
    self.rest = ParserSamples.octets(rest)
    self.expected = expected
  }

  var testDescription: String { "\(layer): \(expected)" }

  /// A UDP packet of 28 octets.
  static let packet = "4500001c 0007 0000 40 11 0000 0a000005 c000020a 1234 0035 0008 0000"
  /// The head of a frame with that packet in it.
  static let frame = "020000000001 020000000005 0800 " + packet

  static func read(_ octets: [UInt8], as layer: Layer) throws(WireError) -> String {
    let wrapping = try Wrapping(parsing: octets.wire, as: layer)
    let length = wrapping.payloadLength.map { " of \($0)" } ?? ""
    let sender = wrapping.sourceMAC.map { " from \($0)" } ?? ""
    return "\(wrapping.next) at \(wrapping.headerLength)\(length)\(sender)"
  }

  func isReadAsExpected() throws {
    #expect(try Self.read(header + rest, as: layer) == expected)
  }

  /// Every proper prefix of the header is truncated.
  func isTruncatedEverywhere() {
    for length in 0..<header.count {
      #expect("\(length) octets") {
        try Self.read(Array(header.prefix(length)), as: layer)
      } throws: { error in
        (error as? WireError)?.isTruncated ?? false
      }
    }
  }

  func isRefused(with error: WireError) {
    #expect(throws: error) { try Self.read(header + rest, as: layer) }
  }

  /// Bits turned over and noise: a header never reaches past the octets.
  func survivesMutations() {
    ParserSamples.sweep(header + rest, rounds: 300) { octets in
      guard let wrapping = try? Wrapping(parsing: octets.wire, as: layer) else { return }
      #expect(wrapping.headerLength <= octets.count && wrapping.payloadLength ?? 0 >= 0)
      _ = wrapping.next.isPlausible(
        octets.wire.extracting(wrapping.headerLength..<octets.count), originalLength: octets.count)
    }
  }
}
