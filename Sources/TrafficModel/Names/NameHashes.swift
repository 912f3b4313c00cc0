import WireFormat

/// Hashes of the names of one DNS message, that of a name behind a compression pointer made once.
///
/// A pointer of two octets may stand for a name of 255 (RFC 1035, section 4.1.4), so a message could ask for far more
/// hashing than it has octets. Sixteen pointers are remembered, the first of the message; real ones have few.
struct NameHashes {
  private var targets = InlineArray<16, Int>(repeating: 0)
  private var hashes = InlineArray<16, UInt64>(repeating: 0)
  private var count = 1
  private let seed: UInt64
  /// Octets of text that were hashed.
  private(set) var octetCount = 0

  /// Octets that are hashed for one message; real answers have some hundreds.
  static let maximumOctets = 8_192

  /// - Parameters:
  ///   - hash: of a name that is known already, as it stands at `offset`.
  init(seed: UInt64, of hash: UInt64, at offset: Int) {
    self.seed = seed
    (targets[0], hashes[0]) = (offset, hash)
  }

  /// No more names are to be hashed.
  var isExhausted: Bool { octetCount >= Self.maximumOctets }

  /// The hash of a name.
  ///
  /// - Parameters:
  ///   - name: its text.
  ///   - written: the octets that it was read from, as they stand in the message; none when they are not known.
  mutating func hash(_ name: RawSpan, written: RawSpan) -> UInt64 {
    let target = Self.target(of: written)
    if let target {
      for index in 0..<count where targets[index] == target { return hashes[index] }
    }
    octetCount += name.byteCount
    let hash = name.hash(seed: seed)
    if let target, count < targets.count {
      (targets[count], hashes[count]) = (target, hash)
      count += 1
    }
    return hash
  }

  /// Where the name stands when nothing but a pointer to it is written.
  private static func target(of written: RawSpan) -> Int? {
    guard written.byteCount == 2, let high = written.octet(at: 0), high >= 0xc0,
      let low = written.octet(at: 1)
    else { return nil }
    return Int(high & 0x3f) << 8 | Int(low)
  }
}
