import CPcap
import Foundation
import Testing

@testable import Capture

/// Reads several hundred real captures beside libpcap. They lie in a folder `shared` next to the
/// repository.
@Suite("real captures")
struct ConformanceCapturesTests {
  static let paths = capturePaths()

  @Test(
    "are read as libpcap reads them",
    .enabled(if: !paths.isEmpty, "../shared/conformance/captures is absent"))
  func agreesWithLibpcap() {
    var compared = 0
    for path in Self.paths {
      guard let theirs = LibpcapSummary(path: path) else { continue }
      let run = CaptureRun(path: path)
      var ours = LibpcapSummary()
      ours.frameCount = run.counters.seen
      for frame in run.frames {
        ours.octetCount += frame.octets.count
        ours.nanoseconds &+= frame.nanoseconds
      }
      ours.endedEarly = run.error != nil
      #expect(ours == theirs, "\(path): \(run.error?.description ?? "no error")")
      compared += 1
    }
    #expect(compared > 300)
  }

  /// Everything under the folder, wherever above this file it is found.
  private static func capturePaths() -> [String] {
    var folder = URL(fileURLWithPath: #filePath)
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      let captures = folder.appendingPathComponent("shared/conformance/captures")
      guard let all = FileManager.default.enumerator(atPath: captures.path) else { continue }
      let files = all.compactMap { ($0 as? String).map { captures.path + "/" + $0 } }
        .filter { !isFolder($0) }
      if !files.isEmpty { return files.sorted() }
    }
    return []
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    // Safe: Foundation writes one value, and there is room for it.
    return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}

/// What libpcap's own reader finds in a file.
private struct LibpcapSummary: Equatable {
  var frameCount = 0
  var octetCount = 0
  var nanoseconds: Int64 = 0
  var endedEarly = false

  init() {}

  /// nil where libpcap cannot open the file.
  init?(path: String) {
    var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    // Safe throughout: the handle is open until the end, and each frame's header is read before the
    // next call.
    guard
      let handle = unsafe pcap_open_offline_with_tstamp_precision(
        path, UInt32(PCAP_TSTAMP_PRECISION_NANO), &message)
    else { return nil }
    defer { unsafe pcap_close(handle) }
    while true {
      var header: UnsafeMutablePointer<pcap_pkthdr>?
      var octets: UnsafePointer<UInt8>?
      let result = unsafe pcap_next_ex(handle, &header, &octets)
      guard result == 1, let frame = unsafe header?.pointee else {
        endedEarly = result == -1
        return
      }
      frameCount += 1
      octetCount += Int(frame.caplen)
      // This libpcap takes the 32 bits of a pcap file's seconds as signed, the format has them
      // unsigned.
      let seconds = Int64(frame.ts.tv_sec) &+ (frame.ts.tv_sec < 0 ? 1 << 32 : 0)
      nanoseconds &+= seconds &* 1_000_000_000 &+ Int64(frame.ts.tv_usec)
    }
  }
}
