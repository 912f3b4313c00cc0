import CPacket
import CPcap
import Glibc
import Synchronization

/// Frames from a ring that the kernel fills block by block: `TPACKET_V3`, packet(7).
///
/// Safe to share: one thread fills batches, and another may ask for the statistics, which touch only the socket and what
/// is counted under a lock.
final class RingReader: LiveSource, @unchecked Sendable {
  let linkType: UInt32
  let hasNanoseconds = true
  var warnings: [String]
  let means: String

  private let socket: PacketSocket
  private let memory: RingMemory
  private let name: String
  private let interfaceIndex: UInt32
  private let kind: RingBlock.Kind
  private let interrupter: Interrupter
  private let busyPoll: Duration
  /// The block that the kernel hands over next, or that is being read.
  private var blockIndex = 0
  /// What is left of the block that is being read.
  private var reading: RingBlock?
  private let totals: Mutex<LiveStatistics>
  private let missedBefore: UInt64

  /// Opens the ring, which from now on is filled.
  init(
    _ plan: RingPlan, interrupter: Interrupter
  ) throws(CaptureError) {
    name = plan.name
    linkType = plan.kind.linkType
    warnings = plan.warnings
    self.interrupter = interrupter
    let options = plan.options
    busyPoll = .microseconds(options.busyPollMicroseconds)
    means = "a ring of \(options.ringByteCount >> 20) MiB"
    // Safe: the name is a C string through the call.
    interfaceIndex = unsafe if_nametoindex(plan.name)
    // Number 0 would stand for all interfaces.
    guard interfaceIndex > 0 else {
      throw CaptureError(.interfaceDown, path: plan.name, detail: "the interface disappeared")
    }
    let socket = try PacketSocket(interface: plan.name)
    try socket.set(PACKET_VERSION, Int32(TPACKET_V3.rawValue), "no ring of version 3")
    let request = tpacket_req3(
      tp_block_size: UInt32(clamping: options.validBlockByteCount),
      tp_block_nr: UInt32(clamping: options.blockCount),
      // Frames lie close together whatever their length; this only has to fit a block.
      tp_frame_size: UInt32(clamping: options.validBlockByteCount),
      tp_frame_nr: UInt32(clamping: options.blockCount),
      tp_retire_blk_tov: UInt32(clamping: max(options.timeoutMilliseconds, 1)), tp_sizeof_priv: 0,
      tp_feature_req_word: 0)
    try socket.set(
      PACKET_RX_RING, request,
      "no ring of \(options.blockCount) blocks of \(options.validBlockByteCount >> 10) KiB")
    memory = try RingMemory(
      of: socket, blockByteCount: options.validBlockByteCount, blockCount: options.blockCount)
    try socket.attach(plan.isHeldBack ? [Self.nothing] : plan.filter)
    if options.isPromiscuous {
      try socket.set(
        PACKET_ADD_MEMBERSHIP,
        packet_mreq(
          mr_ifindex: Int32(clamping: interfaceIndex), mr_type: UInt16(PACKET_MR_PROMISC),
          mr_alen: 0, mr_address: (0, 0, 0, 0, 0, 0, 0, 0)),
        "it cannot be promiscuous")
    }
    missedBefore = InterfaceCounters.missed(by: plan.name)
    let hardwareType = try socket.bind(to: interfaceIndex)
    var kind = plan.kind
    kind.isLoopback = hardwareType == Self.loopback
    self.kind = kind
    self.socket = socket
    totals = Mutex(LiveStatistics())
  }

  /// A program of one instruction: of no frame any octet.
  private static let nothing = bpf_insn(code: UInt16(BPF_RET | BPF_K), jt: 0, jf: 0, k: 0)
  /// ARPHRD_LOOPBACK of net/if_arp.h.
  private static let loopback: UInt16 = 772

  func fill(
    _ batch: inout FrameBatch, timeoutMilliseconds: Int
  ) throws(CaptureError) -> Bool {
    let isReady = memory.isOurs(blockIndex) || spin()
    let waited = try interrupter.wait(
      for: isReady ? nil : socket.descriptor, milliseconds: isReady ? 0 : timeoutMilliseconds,
      interface: name)
    switch waited {
    case .interrupted: return false
    case .failed: try checkInterface()
    case .ready, .quiet: break
    }
    while memory.isOurs(blockIndex) {
      guard take(into: &batch) else { break }
      memory.release(blockIndex)
      blockIndex = (blockIndex + 1) % memory.blockCount
    }
    return true
  }

  func statistics() throws(CaptureError) -> LiveStatistics {
    // The kernel starts over with each question.
    let fresh = try socket.get(PACKET_STATISTICS, tpacket_stats_v3())
    let missed = InterfaceCounters.missed(by: name) &- missedBefore
    return totals.withLock { totals in
      totals.received &+= UInt64(fresh.tp_packets)
      totals.droppedByKernel &+= UInt64(fresh.tp_drops)
      // The counters are gone when the interface is.
      totals.droppedByInterface = max(
        totals.droppedByInterface, missed > UInt64(Int64.max) ? 0 : missed)
      return totals
    }
  }

  /// Joins others in sharing the interface's frames.
  ///
  /// - Parameter group: the kernel's number of the group; nil for a new one.
  /// - Returns: its number.
  func join(_ group: UInt32?) throws(CaptureError) -> UInt32 {
    let flags = group == nil ? UInt32(PACKET_FANOUT_FLAG_UNIQUEID) : 0
    try socket.set(
      PACKET_FANOUT, (group ?? 0) | (UInt32(PACKET_FANOUT_HASH) | flags) << 16,
      "several readers cannot share it")
    return try socket.get(PACKET_FANOUT, UInt32(0)) & 0xffff
  }

  /// From now on only what the program lets through.
  func attach(_ filter: [bpf_insn]) throws(CaptureError) { try socket.attach(filter) }

  /// Looks for a block without sleeping, for as long as was asked for.
  private func spin() -> Bool {
    guard busyPoll > .zero else { return false }
    let end = ContinuousClock.now + busyPoll
    while ContinuousClock.now < end {
      for _ in 0..<64 where memory.isOurs(blockIndex) { return true }
    }
    return false
  }

  /// Copies what is left of the block; false where the batch is full before its end.
  private func take(into batch: inout FrameBatch) -> Bool {
    switch memory.take(&reading, of: blockIndex, kind, into: &batch) {
    case .finished: break
    case .batchIsFull: return false
    case .damaged(let count): totals.withLock { $0.droppedByKernel &+= UInt64(count) }
    }
    return true
  }

  /// The socket told of an error: where the interface is gone there is nothing more to come; where it is only down, it may
  /// come up again.
  private func checkInterface() throws(CaptureError) {
    let error = try socket.get(SO_ERROR, Int32(0), of: SOL_SOCKET)
    var text = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
    // Safe: the buffer has the size that is asked for.
    let exists = unsafe if_indextoname(interfaceIndex, &text) != nil
    guard exists else {
      throw CaptureError(.interfaceDown, path: name, detail: "the interface disappeared")
    }
    guard error == 0 || error == ENETDOWN else {
      throw CaptureError(.liveCapture, path: name, detail: systemText(error))
    }
  }
}
