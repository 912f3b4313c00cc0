import Foundation
import Synchronization
import Testing
import WireFormat

@testable import Capture

@Suite("the queue between readers and the pipeline")
struct BatchQueueTests {
  private static func batch(_ number: UInt8) -> FrameBatch {
    var batch = FrameBatch()
    _ = batch.append([number], at: Timestamp(nanoseconds: 0))
    return batch
  }

  @Test("batches come in their order, and an empty one goes back for each")
  func keepsOrder() throws {
    let queue = try BatchQueue(capacity: 2, interface: "test")
    let stop = try Interrupter(interface: "test")
    var taken = FrameBatch()
    let isFilled = try queue.take(into: &taken)
    #expect(!isFilled)
    for number in UInt8(1)...2 {
      var batch = Self.batch(number)
      #expect(try queue.put(&batch, stop: stop, interface: "test"))
      let isEmpty = batch.isEmpty
      #expect(isEmpty)
    }
    for number in UInt8(1)...2 {
      taken.removeAll()
      #expect(try queue.take(into: &taken))
      let octets = taken.frame(at: 0).copied()
      #expect(octets == [number])
    }
  }

  @Test("who finds it full waits until there is a place, or for the end")
  func waits() throws {
    let queue = try BatchQueue(capacity: 1, interface: "test")
    let stop = try Interrupter(interface: "test")
    let results = Mutex<[Bool]>([])
    let thread = try ReaderThread(interface: "test") {
      for number in UInt8(1)...3 {
        var batch = Self.batch(number)
        let result = (try? queue.put(&batch, stop: stop, interface: "test")) ?? false
        results.withLock { $0.append(result) }
      }
    }
    func arrive(_ count: Int) -> Bool {
      for _ in 0..<200 where results.withLock({ $0.count }) < count { usleep(10_000) }
      return results.withLock { $0.count } == count
    }
    #expect(arrive(1))
    usleep(50_000)
    #expect(results.withLock { $0 } == [true])
    var taken = FrameBatch()
    #expect(try queue.take(into: &taken))
    #expect(arrive(2))
    stop.interrupt()
    #expect(arrive(3))
    #expect(results.withLock { $0 } == [true, true, false])
    withExtendedLifetime(thread) {}
  }

  @Test("a failure comes after what was put before it")
  func tellsFailuresLast() throws {
    let queue = try BatchQueue(capacity: 2, interface: "test")
    let stop = try Interrupter(interface: "test")
    var batch = Self.batch(1)
    _ = try queue.put(&batch, stop: stop, interface: "test")
    queue.fail(CaptureError(.interfaceDown, path: "test", detail: "gone"))
    var taken = FrameBatch()
    #expect(try queue.take(into: &taken))
    #expect(throws: CaptureError(.interfaceDown, path: "test", detail: "gone")) {
      try queue.take(into: &taken)
    }
  }
}
