public import WireFormat

/// What a capture says about one frame, and where its octets lie in the batch.
///
/// 24 octets, flat, so that a batch's headers are one run of memory.
@frozen
@usableFromInline
package struct FrameHeader: Equatable, Sendable {
  /// When the first octet was seen.
  ///
  /// A frame of a pcapng Simple Packet Block has no time of its own and bears that of the frame
  /// before it.
  @usableFromInline package let timestamp: Timestamp
  @usableFromInline let storedOffset: UInt32
  @usableFromInline let storedCapturedLength: UInt32
  @usableFromInline let storedOriginalLength: UInt32
  /// A LINKTYPE_ value of the tcpdump.org registry: 1 is Ethernet (see ``LinkType``).
  @usableFromInline package let linkType: UInt32

  @inlinable
  package init(
    timestamp: Timestamp, offset: UInt32, capturedLength: UInt32, originalLength: UInt32,
    linkType: UInt32
  ) {
    self.timestamp = timestamp
    self.storedOffset = offset
    self.storedCapturedLength = capturedLength
    // Some writers leave the original length at zero; a frame was never shorter than what is there.
    self.storedOriginalLength = max(originalLength, capturedLength)
    self.linkType = linkType
  }

  /// Where the frame begins, in octets from the start of the batch's buffer.
  @inlinable package var offset: Int { Int(storedOffset) }
  /// Octets in the capture: 1…``FrameBatch/maximumFrameLength``.
  @inlinable package var capturedLength: Int { Int(storedCapturedLength) }
  /// Octets on the wire; never less than ``capturedLength``.
  @inlinable package var originalLength: Int { Int(storedOriginalLength) }
  /// The snaplen cut this frame.
  @inlinable package var isTruncated: Bool { storedCapturedLength < storedOriginalLength }
}
