/// By which a capture is known again, whatever its file is called and however it is packed.
///
/// A chain of digests, one per frame, over the first frames: each digest covers its frame's time,
/// lengths, link type and captured octets, and the digest before. So a copy with another
/// compression has the same chain, and a capture that has grown has a chain that goes on where the
/// shorter one's ended.
///
/// An identity, not a protection: SipHash-2-4 with a key that everybody can read here.
package struct CaptureIdentity: Equatable, Sendable {
  /// Frames that count.
  package static let maximumFrameCount = 16
  private static let key: (UInt64, UInt64) = (0x676e_6f6d_6f6e_2063, 0x6170_7475_7265_2031)

  /// For each of the first frames the digest up to it: 32 hexadecimal digits.
  package private(set) var chain: [String] = []

  package init() {}

  /// The digest over all frames so far; nil before the first.
  package var value: String? { chain.last }

  /// No further frame changes it.
  package var isComplete: Bool { chain.count >= Self.maximumFrameCount }

  /// This capture is the one that had `earlier` as its ``value``, or that one grown longer.
  package func continues(_ earlier: String) -> Bool { chain.contains(earlier) }

  /// Takes the frames of the next batch in.
  package mutating func add(_ batch: borrowing FrameBatch) {
    for index in batch.headers.indices {
      guard !isComplete else { return }
      add(batch.headers[index], batch.frame(at: index))
    }
  }

  /// Takes the next frame in; does nothing once complete.
  package mutating func add(_ header: FrameHeader, _ frame: RawSpan) {
    guard !isComplete else { return }
    var hash = SipHash128(key: Self.key)
    // Safe: octets have no padding.
    if let last = chain.last { unsafe hash.update(Array(last.utf8).span.bytes) }
    for value in [
      UInt64(bitPattern: header.timestamp.nanoseconds), UInt64(header.capturedLength),
      UInt64(header.originalLength), UInt64(header.linkType),
    ] {
      hash.update(value)
    }
    hash.update(frame)
    chain.append(hash.finish())
  }
}
