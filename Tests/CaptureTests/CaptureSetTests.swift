import Foundation
import Testing

@testable import Capture

@Suite("sets of captures")
struct CaptureSetTests {
  /// A capture whose only frame came at that second.
  private func capture(at seconds: UInt32) -> [UInt8] {
    CaptureBytes.fileHeader(.big) + CaptureBytes.record(seconds: seconds, [1], .big)
  }

  @Test func aFolderBecomesItsCapturesInTimeOrder() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(capture(at: 30), to: "a.pcap")
    _ = try folder.write(Compression.gzip(capture(at: 10)), to: "b.pcap.gz")
    _ = try folder.write(capture(at: 20), to: "c")
    _ = try folder.write(capture(at: 20), to: "d")
    _ = try folder.write(CaptureBytes.fileHeader(.little), to: "0-without-frames.pcap")
    _ = try folder.write(Array(capture(at: 5).dropLast()), to: "1-cut-short.pcap")
    _ = try folder.write(Array("Read me".utf8), to: "README")
    _ = try folder.write([], to: "empty.pcap")
    _ = try folder.write(capture(at: 1), to: ".hidden")
    try FileManager.default.createDirectory(
      atPath: folder.path + "/inner", withIntermediateDirectories: false)
    let set = try CaptureSet.expand(paths: [folder.path])
    #expect(
      set.paths.map { $0.dropFirst(folder.path.count + 1) } == [
        "b.pcap.gz", "c", "d", "a.pcap", "0-without-frames.pcap", "1-cut-short.pcap",
      ])
    #expect(
      set.notes.sorted() == [
        "\(folder.path)/inner: left out: a folder within a folder is not searched",
        "left out: \(folder.path)/README: not a capture at byte 0: the first octets of a pcap "
          + "or pcapng file were expected, found 52 65 61 64",
        "left out: \(folder.path)/empty.pcap: not a capture: the file is empty",
      ])
  }

  @Test func filesStayInTheOrderGiven() throws {
    let folder = try TemporaryFolder()
    let late = try folder.write(capture(at: 9), to: "late.pcap")
    let early = try folder.write(capture(at: 1), to: "early.pcap")
    let set = try CaptureSet.expand(paths: [late, "-", early, late])
    #expect(set.paths == [late, "-", early, late])
    #expect(set.notes.isEmpty)
  }

  @Test func whatIsNotThereIsSaidBeforeAnythingIsRead() throws {
    #expect {
      try CaptureSet.expand(paths: ["/no/such/file"])
    } throws: {
      ($0 as? CaptureError)?.kind == .unreadable
    }
  }

  @Test func aFolderWithoutCapturesIsAnError() throws {
    let folder = try TemporaryFolder()
    #expect {
      try CaptureSet.expand(paths: [folder.path])
    } throws: {
      ($0 as? CaptureError)?.detail == "the folder holds no capture"
    }
  }
}
