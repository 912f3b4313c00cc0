/// How a live interface is to be listened to.
package struct LiveOptions: Equatable, Sendable {
  /// Octets kept of each frame; 1…``FrameBatch/maximumFrameLength``.
  package var snaplen = FrameBatch.maximumFrameLength
  /// Also frames that are meant for others.
  package var isPromiscuous = true
  /// The kernel's buffer, in octets: what may wait while nobody reads.
  package var bufferByteCount = 16 << 20
  /// How long the kernel may hold frames back to hand over many at once.
  package var timeoutMilliseconds = 100
  /// A capture filter in the language of pcap-filter(7); nil for all frames.
  package var filter: String?

  package init() {}
}
