/// How a live interface is to be listened to.
package struct LiveOptions: Equatable, Sendable {
  /// Who takes the frames from the kernel.
  package enum Method: String, CaseIterable, Sendable {
    /// A ring where the interface can have one, else libpcap.
    case auto
    /// A ring of the kernel's own, `TPACKET_V3` of packet(7).
    case ring
    case libpcap
  }

  package var method = Method.auto
  /// Octets kept of each frame; 1…``FrameBatch/maximumFrameLength``.
  package var snaplen = FrameBatch.maximumFrameLength
  /// Also frames that are meant for others.
  package var isPromiscuous = true
  /// The kernel's buffer, in octets: what may wait while nobody reads. Several readers share it.
  package var bufferByteCount = 16 << 20
  /// Octets of a ring that are handed over together, a multiple of 4096; no frame can be longer. Nil for 1 MiB, or less
  /// where the buffer holds few of that.
  package var blockByteCount: Int?
  /// How long the kernel may hold frames back to hand over many at once.
  package var timeoutMilliseconds = 100
  /// How long to look for frames without sleeping before sleeping.
  package var busyPollMicroseconds = 0
  /// Rings that are filled and read side by side, 1 or more.
  package var readerCount = 1
  /// A capture filter in the language of pcap-filter(7); nil for all frames.
  package var filter: String?

  package init() {}

  /// The least that ``blockByteCount`` may be: it holds the 64 KiB that a driver joins from many frames, and the headers.
  package static let minimumBlockByteCount = 128 << 10
  /// While one block is read the kernel needs others to fill.
  package static let minimumBlockCount = 4

  /// Whether every reader's part of the buffer has blocks enough.
  package var hasBlocksEnough: Bool { blockCount >= Self.minimumBlockCount }

  /// Octets of one block.
  var validBlockByteCount: Int {
    if let blockByteCount { return max(blockByteCount, Self.minimumBlockByteCount) }
    var size = 1 << 20
    while size > Self.minimumBlockByteCount, size * Self.minimumBlockCount > perReader {
      size /= 2
    }
    return size
  }
  /// Blocks of each reader's ring.
  var blockCount: Int { perReader / validBlockByteCount }
  /// Octets of each reader's ring.
  var ringByteCount: Int { blockCount * validBlockByteCount }
  private var perReader: Int { bufferByteCount / max(readerCount, 1) }

  /// The snaplen within its bounds.
  var validSnaplen: Int { min(max(snaplen, 64), FrameBatch.maximumFrameLength) }
}
