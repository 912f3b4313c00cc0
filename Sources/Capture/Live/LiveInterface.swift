import CPcap
import Glibc
import WireFormat

/// A network interface that is listened to through libpcap.
///
///     while try interface.fill(&batch, timeoutMilliseconds: 100) {
///       …   // an empty batch is a quiet interval
///     }
///
/// Opening needs root or the capability `CAP_NET_RAW`.
package struct LiveInterface: ~Copyable {
  package let name: String
  /// The LINKTYPE_ value of all its frames.
  package let linkType: UInt32
  /// Whether times have nanoseconds; otherwise they are whole microseconds.
  package let hasNanoseconds: Bool
  /// What libpcap warned of while opening, such as an interface that cannot be promiscuous.
  package var warnings: [String] { handle.warnings }
  /// Ends ``fill(_:timeoutMilliseconds:)`` from elsewhere.
  package let interrupter: Interrupter

  private let handle: PcapHandle
  private let descriptor: Int32
  /// The most that one frame can take of a batch.
  private let roomPerFrame: Int
  /// The last batch was full, so more frames may be waiting.
  private var hasMore = false
  private var totals = LiveStatistics()
  private var latestCounts = pcap_stat()

  /// Opens an interface and sets its filter.
  ///
  /// - Throws: ``CaptureError`` of the kinds `noSuchInterface` (its detail lists those that exist),
  ///   `noPermission`, `interfaceDown`, `badFilter`, `liveCapture`.
  package init(name: String, options: LiveOptions = .init()) throws(CaptureError) {
    let interrupter = try Interrupter(interface: name)
    self.init(
      try PcapHandle.open(name: name, options: options), name: name, options: options,
      interrupter: interrupter)
  }

  private init(
    _ handle: consuming PcapHandle, name: String, options: LiveOptions, interrupter: Interrupter
  ) {
    self.name = name
    self.interrupter = interrupter
    roomPerFrame = options.validSnaplen
    // Safe: the handle is activated.
    linkType = unsafe LinkType.value(forDLT: UInt32(bitPattern: pcap_datalink(handle.pointer)))
    hasNanoseconds =
      unsafe pcap_get_tstamp_precision(handle.pointer) == PCAP_TSTAMP_PRECISION_NANO
    descriptor = unsafe pcap_get_selectable_fd(handle.pointer)
    self.handle = handle
  }

  /// The names of the interfaces that can be listened to.
  package static var availableNames: [String] { PcapHandle.interfaceNames() }

  /// Replaces the frames of `batch` by those that have arrived, waiting so long for the first.
  ///
  /// - Returns: false after ``Interrupter/interrupt()``; true otherwise, also without frames when
  ///   the time is over or a signal came.
  /// - Throws: `interfaceDown` when the interface is gone, `liveCapture` for anything else. One
  ///   that is merely set down brings no frames until it is up again.
  package mutating func fill(
    _ batch: inout FrameBatch, timeoutMilliseconds: Int
  ) throws(CaptureError) -> Bool {
    batch.removeAll()
    guard try wait(milliseconds: hasMore ? 0 : timeoutMilliseconds) else { return false }
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

  /// What became of the frames so far.
  ///
  /// libpcap counts in 32 bits; call it at least once in 4 billion frames.
  package mutating func statistics() throws(CaptureError) -> LiveStatistics {
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

  /// Waits for frames; false when interrupted.
  private func wait(milliseconds: Int) throws(CaptureError) -> Bool {
    var waited = [
      pollfd(fd: interrupter.descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
    ]
    // Safe: the array has two elements.
    let result = unsafe poll(&waited, 2, Int32(clamping: milliseconds))
    if result < 0, errno != EINTR {
      throw CaptureError(.liveCapture, path: name, detail: systemText(errno))
    }
    return result <= 0 || waited[0].revents == 0
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

extension LiveOptions {
  /// The snaplen within its bounds.
  var validSnaplen: Int { min(max(snaplen, 64), FrameBatch.maximumFrameLength) }
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
