import Capture
import TrafficModel
import WireFormat

/// A batch of frames and what has been prepared of them.
///
/// Made once and filled over and over. It belongs to one thread at a time: ``CaptureFeed`` hands it on under its lock.
final class Portion {
  var batch = FrameBatch()
  /// Of each frame of the batch.
  private(set) var prepared: ContiguousArray<PreparedPacket> = []
  /// What the capture held up to and with this batch.
  var counters = CaptureCounters()
  /// See ``CaptureFile/identity``.
  var identity: String?
  /// See ``CaptureFile/firstSkippedFrame``.
  var firstSkippedFrame: CaptureError?
  /// Whether ``prepare(with:)`` has been called since the batch was filled.
  private(set) var isPrepared = false

  /// Fills the batch from a file.
  ///
  /// - Returns: false at its end.
  func fill(from file: inout CaptureFile) throws(CaptureError) -> Bool {
    isPrepared = false
    guard try file.fill(&batch) else { return false }
    counters = file.counters
    identity = file.identity.value
    firstSkippedFrame = file.firstSkippedFrame
    return true
  }

  /// Prepares the frames of the batch.
  func prepare(with preparer: PacketPreparer) {
    isPrepared = true
    Self.prepare(batch, into: &prepared, with: preparer)
  }

  private static func prepare(
    _ batch: borrowing FrameBatch, into prepared: inout ContiguousArray<PreparedPacket>,
    with preparer: PacketPreparer
  ) {
    let count = batch.count
    if prepared.count > count { prepared.removeLast(prepared.count - count) }
    while prepared.count < count { prepared.append(PreparedPacket()) }
    var packets = prepared.mutableSpan
    var index = 0
    while index < count {
      batch.prepare(&packets[index], at: index, with: preparer)
      index += 1
    }
  }
}

extension FrameBatch {
  /// Prepares the frame at `index` of ``headers``.
  @inline(__always)
  func prepare(_ packet: inout PreparedPacket, at index: Int, with preparer: PacketPreparer) {
    let header = headers[index]
    preparer.prepare(
      &packet, from: frame(at: index), originalLength: header.originalLength,
      linkType: header.linkType)
  }
}
