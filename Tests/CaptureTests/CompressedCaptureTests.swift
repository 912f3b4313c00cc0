import Foundation
import Testing

@testable import Capture

@Suite("compressed captures and streams")
struct CompressedCaptureTests {
  typealias Compressor = @Sendable ([UInt8]) -> [UInt8]
  static let compressors: [Compressor] = [Compression.gzip, Compression.zstd]

  /// Larger than every buffer on the way.
  static let plain = CaptureBytes.classic(frameCount: 2000)

  @Test("by their first octets, whatever they are called", arguments: compressors)
  func readsCompressedCaptures(compress: Compressor) throws {
    let expected = try CaptureRun(Self.plain)
    let run = try CaptureRun(compress(Self.plain), name: "plain.pcap")
    #expect(run.error == nil)
    #expect(run.frames == expected.frames)
    #expect(run.identity == expected.identity)
  }

  @Test("several members or frames are one capture", arguments: compressors)
  func readsSeveralMembers(compress: Compressor) throws {
    let octets = CaptureBytes.classic(frameCount: 30)
    let run = try CaptureRun(
      compress(Array(octets[..<100])) + compress([]) + compress(Array(octets[100...])))
    #expect(run.error == nil)
    #expect(run.frames.count == 30)
  }

  @Test func ignoresPaddingAfterTheLastGzipMember() throws {
    let run = try CaptureRun(
      Compression.gzip(CaptureBytes.classic(frameCount: 3)) + [0, 0, 0, 0])
    #expect(run.error == nil)
    #expect(run.frames.count == 3)
  }

  @Test("every proper prefix is cut short", arguments: compressors)
  func reportsWhereItIsCut(compress: Compressor) throws {
    let octets = compress(CaptureBytes.classic(frameCount: 10))
    for length in 4..<octets.count {
      let run = try CaptureRun(Array(octets[..<length]))
      #expect(run.error?.kind == .cutShort, "at \(length)")
    }
  }

  @Test("what was decompressed before the damage is delivered", arguments: compressors)
  func reportsDamage(compress: Compressor) throws {
    var octets = compress(Self.plain)
    for index in octets.count - 40..<octets.count - 10 { octets[index] ^= 0x55 }
    let run = try CaptureRun(octets)
    #expect(!run.frames.isEmpty)
    #expect(run.error?.kind == .damaged)
    #expect(run.error?.packetNumber == run.frames.count + 1)
  }

  @Test func aWrongChecksumIsReportedAfterAllFrames() throws {
    var octets = Compression.gzip(Self.plain)
    octets[octets.count - 8] ^= 1
    let run = try CaptureRun(octets)
    #expect(run.frames.count == 2000)
    #expect(run.error?.offset == Self.plain.count)
    #expect(
      run.error?.detail
        == "gzip data near compressed byte \(octets.count - 4): incorrect data check"
    )
  }

  @Test func aFrameThatAsksForTooMuchMemoryIsRefused() throws {
    // Magic, then a frame header with a window of 2^31 octets and no content size; a block is
    // announced.
    let octets: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00]
    let error = try CaptureRun(octets).error
    #expect(error?.kind == .damaged)
    #expect(error?.detail.hasSuffix("Frame requires too much memory for decoding") == true)
  }

  @Test("a bomb ends the reading after a fixed amount of work", arguments: compressors)
  func boundsTheWork(compress: Compressor) throws {
    let zeros = compress([UInt8](repeating: 0, count: CaptureFile.maximumBarrenByteCount / 4))
    let bomb = compress(CaptureBytes.classic(frameCount: 2)) + zeros + zeros + zeros + zeros + zeros
    let run = try CaptureRun(bomb)
    #expect(run.frames.count == 2)
    #expect(run.error?.kind == .damaged)
    #expect(run.error?.detail == "no frame in 256 MiB of data")
  }

  @Test func aPipeIsReadAsItFills() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/pipe"
    // Safe: the path is a C string that lives through the call.
    let result = unsafe mkfifo(path, 0o600)
    #expect(result == 0)
    let octets = CaptureBytes.classic(frameCount: 20)
    let writer = Thread {
      guard let pipe = FileHandle(forWritingAtPath: path) else { return }
      // In pieces that cut headers and frames in two.
      for start in stride(from: 0, to: octets.count, by: 7) {
        pipe.write(Data(octets[start..<min(start + 7, octets.count)]))
      }
      try? pipe.close()
    }
    writer.start()
    let run = CaptureRun(path: path)
    #expect(run.error == nil)
    #expect(run.frames == (try CaptureRun(octets)).frames)
  }

  @Test func aDashIsStandardInput() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Compression.zstd(CaptureBytes.classic(frameCount: 3)), to: "x")
    let saved = dup(STDIN_FILENO)
    // Safe: the path is a C string that lives through the call.
    let file = unsafe open(path, O_RDONLY)
    #expect(dup2(file, STDIN_FILENO) == STDIN_FILENO)
    defer {
      dup2(saved, STDIN_FILENO)
      close(saved)
      close(file)
    }
    #expect(CaptureRun(path: "-").frames.count == 3)
  }
}
