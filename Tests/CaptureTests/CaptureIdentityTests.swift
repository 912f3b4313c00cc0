import Testing

@testable import Capture

@Suite("the identity of a capture")
struct CaptureIdentityTests {
  /// The first lines of `vectors_sip128` in the authors' reference code: the key is 00 … 0f, the
  /// n-th input 00 … n-1.
  @Test(
    "SipHash-2-4-128 gives the reference digests",
    arguments: [
      (0, "a3817f04ba25a8e66df67214c7550293"),
      (1, "da87c1d86b99af44347659119b22fc45"),
      (8, "3b62a9ba6258f5610f83e264f31497b4"),
      (63, "5150d1772f50834a503e069a973fbd7c"),
    ])
  func hashes(length: Int, digest: String) {
    var hash = SipHash128(key: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908))
    let input = (0..<length).map { UInt8($0) }
    // Safe: octets have no padding.
    unsafe hash.update(input.span.bytes)
    #expect(hash.finish() == digest)
  }

  @Test func isThatOfTheFirstSixteenFrames() throws {
    let shorter = try CaptureRun(CaptureBytes.classic(frameCount: 16)).identity
    let longer = try CaptureRun(CaptureBytes.classic(frameCount: 400)).identity
    #expect(shorter.isComplete)
    #expect(shorter == longer)
    #expect(shorter.value?.count == 32)
  }

  @Test func aCaptureThatHasGrownContinuesTheEarlierOne() throws {
    let earlier = try CaptureRun(CaptureBytes.classic(frameCount: 5)).identity
    let later = try CaptureRun(CaptureBytes.classic(frameCount: 9)).identity
    let value = try #require(earlier.value)
    #expect(later.continues(value))
    #expect(later.value != value)
    #expect(!earlier.continues(try #require(later.value)))
  }

  @Test func doesNotDependOnTheFileFormat() throws {
    let classic = CaptureBytes.fileHeader(.little) + CaptureBytes.record([1, 2], .little)
    let blocks =
      CaptureBytes.section(.big) + CaptureBytes.interface(.big)
      + CaptureBytes.enhanced(ticks: 1_000_000, [1, 2], .big)
    #expect(try CaptureRun(classic).identity == CaptureRun(blocks).identity)
  }

  @Test func everyFieldOfAFrameCounts() throws {
    func identity(
      seconds: UInt32 = 1, original: UInt32 = 60, network: UInt32 = 1, frame: [UInt8] = [1, 2]
    ) throws -> String? {
      try CaptureRun(
        CaptureBytes.fileHeader(network: network, .little)
          + CaptureBytes.record(seconds: seconds, original: original, frame, .little)
      ).identity.value
    }
    let values = try [
      identity(), identity(seconds: 2), identity(original: 61), identity(network: 101),
      identity(frame: [1, 3]), identity(frame: [1, 2, 3]),
    ]
    #expect(Set(values).count == values.count)
  }

  @Test func aCaptureWithoutFramesHasNone() throws {
    #expect(try CaptureRun(CaptureBytes.fileHeader(.little)).identity.value == nil)
  }
}
