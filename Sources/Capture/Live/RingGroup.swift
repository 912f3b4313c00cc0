import CPacket
import CPcap

/// Several rings that share an interface's frames, each read by a thread of its own: `PACKET_FANOUT_HASH`, packet(7).
///
/// The kernel chooses the ring by a hash of addresses, ports and protocol that is the same for both directions (Linux
/// commit eb70db875671, "packet: Use symmetric hash for PACKET_FANOUT_HASH", since 4.7), so that a flow's frames stay in
/// order. Between rings, batches are taken as they come. Fragments are not put together by the kernel
/// (`PACKET_FANOUT_FLAG_DEFRAG`): they meet behind the queue, and are counted as they were on the wire.
final class RingGroup: LiveSource {
  let linkType: UInt32
  let hasNanoseconds = true
  var warnings: [String]
  let means: String

  private let name: String
  private let interrupter: Interrupter
  private let rings: [RingReader]
  private let queue: BatchQueue
  private let stop: Interrupter
  private let threads: [ReaderThread]

  init(_ plan: RingPlan, interrupter: Interrupter) throws(CaptureError) {
    name = plan.name
    linkType = plan.kind.linkType
    warnings = plan.warnings
    self.interrupter = interrupter
    let stop = try Interrupter(interface: plan.name)
    let count = plan.options.readerCount
    let queue = try BatchQueue(capacity: 2 * count, interface: plan.name)
    var rings: [RingReader] = []
    var group: UInt32?
    for _ in 0..<count {
      // A ring alone would get every frame: none gets any before all have joined.
      let ring = try RingReader(plan.holdingBack, interrupter: stop)
      group = try ring.join(group)
      rings.append(ring)
    }
    for ring in rings { try ring.attach(plan.filter) }
    means = "\(count) rings of \(plan.options.ringByteCount >> 20) MiB"
    threads = try Self.start(rings, queue, stop, plan.name)
    (self.rings, self.queue, self.stop) = (rings, queue, stop)
  }

  deinit { stop.interrupt() }

  func fill(
    _ batch: inout FrameBatch, timeoutMilliseconds: Int
  ) throws(CaptureError) -> Bool {
    let waited = try interrupter.wait(
      for: queue.descriptor, milliseconds: timeoutMilliseconds, interface: name)
    guard waited != .interrupted else { return false }
    _ = try queue.take(into: &batch)
    return true
  }

  func statistics() throws(CaptureError) -> LiveStatistics {
    var sum = LiveStatistics()
    for ring in rings {
      let part = try ring.statistics()
      sum.received &+= part.received
      sum.droppedByKernel &+= part.droppedByKernel
      // The interface's own, which each ring reads.
      sum.droppedByInterface = max(sum.droppedByInterface, part.droppedByInterface)
    }
    return sum
  }

  private static func start(
    _ rings: [RingReader], _ queue: BatchQueue, _ stop: Interrupter, _ name: String
  ) throws(CaptureError) -> [ReaderThread] {
    var threads: [ReaderThread] = []
    do throws(CaptureError) {
      for ring in rings {
        let thread = try ReaderThread(interface: name) {
          do throws(CaptureError) {
            try read(ring, into: queue, until: stop, name)
          } catch {
            queue.fail(error)
          }
        }
        threads.append(thread)
      }
    } catch {
      stop.interrupt()
      throw error
    }
    return threads
  }

  private static func read(
    _ ring: RingReader, into queue: BatchQueue, until stop: Interrupter, _ name: String
  ) throws(CaptureError) {
    var batch = FrameBatch()
    while true {
      batch.removeAll()
      guard try ring.fill(&batch, timeoutMilliseconds: 1_000) else { return }
      if batch.isEmpty { continue }
      guard try queue.put(&batch, stop: stop, interface: name) else { return }
    }
  }
}
