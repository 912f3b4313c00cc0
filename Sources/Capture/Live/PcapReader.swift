import CPcap
import WireFormat

/// Frames by way of libpcap, which knows every kind of interface.
final class PcapReader: LiveSource {
  let linkType: UInt32
  let hasNanoseconds: Bool
  var warnings: [String]
  let means = "libpcap"

  private let name: String
  private let interrupter: Interrupter
  private let handle: PcapHandle
  private let descriptor: Int32
  /// The most that one frame can take of a batch.
  private let roomPerFrame: Int
  /// The last batch was full, so more frames may be waiting.
  private var hasMore = false
  private var totals = LiveStatistics()
  private var latestCounts = pcap_stat()

  init(name: String, options: LiveOptions, interrupter: Interrupter) throws(CaptureError) {
    let handle = try PcapHandle.open(name: name, options: options)
    self.name = name
    self.interrupter = interrupter
    roomPerFrame = options.validSnaplen
    linkType = handle.linkType
    warnings = handle.warnings
    // Safe: the handle is activated.
    hasNanoseconds =
      unsafe pcap_get_tstamp_precision(handle.pointer) == PCAP_TSTAMP_PRECISION_NANO
    descriptor = unsafe pcap_get_selectable_fd(handle.pointer)
    self.handle = handle
  }

  func fill(
    _ batch: inout FrameBatch, timeoutMilliseconds: Int
  ) throws(CaptureError) -> Bool {
    let waited = try interrupter.wait(
      for: descriptor, milliseconds: hasMore ? 0 : timeoutMilliseconds, interface: name)
    guard waited != .interrupted else { return false }
    hasMore = false
    while true {
      let frameCount = batch.freeByteCount / roomPerFrame
      guard frameCount > 0 else {
        hasMore = true
        return true
      }
      guard try dispatch(Int32(clamping: frameCount), into: &batch) > 0 else { return true }
    }
  }

  func statistics() throws(CaptureError) -> LiveStatistics {
    var counts = pcap_stat()
    // Safe: the handle is open, and the structure outlives the call.
    guard unsafe pcap_stats(handle.pointer, &counts) == 0 else {
      throw CaptureError(.liveCapture, path: name, detail: handle.latestError)
    }
    totals.received &+= UInt64(counts.ps_recv &- latestCounts.ps_recv)
    totals.droppedByKernel &+= UInt64(counts.ps_drop &- latestCounts.ps_drop)
    totals.droppedByInterface &+= UInt64(counts.ps_ifdrop &- latestCounts.ps_ifdrop)
    latestCounts = counts
    return totals
  }

  /// Takes up to `count` frames that have arrived; returns how many.
  private func dispatch(
    _ count: Int32, into batch: inout FrameBatch
  ) throws(CaptureError) -> Int32 {
    let (linkType, tick) = (linkType, hasNanoseconds ? 1 : 1000 as Int64)
    let result = unsafe withUnsafeMutablePointer(to: &batch) { batch in
      var receiver = unsafe Receiver(batch: batch, linkType: linkType, nanosecondsPerTick: tick)
      // Safe: the receiver outlives the call, and libpcap hands it to the callback and nowhere
      // else.
      return unsafe withUnsafeMutableBytes(of: &receiver) { receiver in
        unsafe pcap_dispatch(
          handle.pointer, count, Receiver.take,
          receiver.baseAddress?.assumingMemoryBound(to: UInt8.self))
      }
    }
    if result >= 0 { return result }
    let message = handle.latestError
    let isDown = message.hasSuffix("down") || message.hasSuffix("disappeared")
    throw CaptureError(isDown ? .interfaceDown : .liveCapture, path: name, detail: message)
  }
}

/// Where libpcap's callback puts the frames.
@unsafe
private struct Receiver {
  let batch: UnsafeMutablePointer<FrameBatch>
  let linkType: UInt32
  let nanosecondsPerTick: Int64

  /// A `pcap_handler`. There is room: no more frames are asked for than the batch can hold.
  static let take: pcap_handler = { user, header, octets in
    guard let user = unsafe user, let header = unsafe header?.pointee, let octets = unsafe octets
    else { return }
    // Safe: `user` is the receiver that `dispatch` passed, alive through the call; libpcap's frame
    // has `caplen` octets.
    let receiver = unsafe UnsafeRawPointer(user).assumingMemoryBound(to: Receiver.self).pointee
    let frame = unsafe RawSpan(_unsafeStart: octets, byteCount: Int(header.caplen))
    let nanoseconds = unsafe receiver.nanosecondsPerTick &* Int64(header.ts.tv_usec)
    unsafe _ = receiver.batch.pointee.append(
      frame, at: Timestamp(seconds: Int64(header.ts.tv_sec), nanoseconds: nanoseconds),
      originalLength: header.len, linkType: receiver.linkType)
  }
}
