import Capture
import Testing

/// Captures that claim more than they hold.
@Suite("hostile captures")
struct HostileCaptureTests {
  @Test("interfaces beyond the bound are left out, and their frames counted")
  func boundsInterfaces() throws {
    let one = CaptureBytes.interface(.little)
    let many = Array(repeatElement(one, count: 65_540).joined())
    let run = try CaptureRun(
      CaptureBytes.section(.little) + many
        + CaptureBytes.enhanced(interface: 65_535, [1, 2, 3], .little)
        + CaptureBytes.enhanced(interface: 65_536, [4, 5, 6], .little)
        + CaptureBytes.enhanced(interface: 0, [7], .little))
    #expect(run.error == nil)
    #expect(run.frames.map(\.octets) == [[1, 2, 3], [7]])
    #expect(run.counters.skippedFrames == 1)
  }

  @Test("an interface with 60,000 options is read to its end")
  func readsManyOptions() throws {
    let option = CaptureBytes.option(2, [], .little)
    let options = Array(repeatElement(option, count: 60_000).joined())
    let resolution = CaptureBytes.option(9, [9], .little)
    let run = try CaptureRun(
      CaptureBytes.section(.little)
        + CaptureBytes.interface(options: options + resolution, .little)
        + CaptureBytes.enhanced(ticks: 5, [1], .little))
    #expect(run.frames.map(\.nanoseconds) == [5])
  }

  @Test("100,000 sections, each with its interface, cost no more than one")
  func readsManySections() throws {
    let section =
      CaptureBytes.section(.little) + CaptureBytes.interface(.little)
      + CaptureBytes.section(.big) + CaptureBytes.interface(.big)
    let run = try CaptureRun(
      Array(repeatElement(section, count: 50_000).joined())
        + CaptureBytes.enhanced([1], .big))
    #expect(run.error == nil)
    #expect(run.frames.map(\.octets) == [[1]])
  }

  @Test("a block of 16 MiB is passed over without being held")
  func passesOverLongBlocks() throws {
    let long = CaptureBytes.block(0x0bad, [UInt8](repeating: 1, count: (16 << 20) - 16), .little)
    let run = try CaptureRun(
      CaptureBytes.section(.little) + CaptureBytes.interface(.little) + long
        + CaptureBytes.enhanced([1], .little))
    #expect(run.error == nil)
    #expect(run.frames.map(\.octets) == [[1]])
    #expect(run.counters.otherBlocks == 1)
  }

  @Test("drops that a capture states without end add up to the largest number")
  func saturatesDrops() throws {
    let statistics = CaptureBytes.block(
      5,
      CaptureBytes.octets(0 as UInt32, .little) + CaptureBytes.octets(0 as UInt64, .little)
        + CaptureBytes.option(5, [UInt8](repeating: 0xff, count: 8), .little), .little)
    let part = CaptureBytes.section(.little) + CaptureBytes.interface(.little) + statistics
    let run = try CaptureRun(part + part + CaptureBytes.enhanced([1], .little))
    #expect(run.counters.droppedByInterface == .max)
  }
}
