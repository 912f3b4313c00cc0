import Testing
import WireFormat

@testable import Capture

@Suite("batches of frames")
struct FrameBatchTests {
  @Test func keepsCopiesOfFrames() {
    var batch = FrameBatch()
    let taken = [[1, 2, 3], [4]].map { (frame: [UInt8]) in
      batch.append(
        frame, at: Timestamp(nanoseconds: 7), originalLength: 90, linkType: LinkType.raw.rawValue)
    }
    #expect(taken == [true, true])
    #expect(batch.frame(at: 0).copied() == [1, 2, 3])
    #expect(batch.frame(at: 1).copied() == [4])
    let header = batch.headers[1]
    #expect(header.timestamp == Timestamp(nanoseconds: 7))
    #expect(header.offset == 3 && header.capturedLength == 1 && header.originalLength == 90)
    #expect(header.isTruncated && header.linkType == 101)
  }

  @Test func takesNothingThatIsEmptyTooLongOrDoesNotFit() {
    var batch = FrameBatch(capacity: 1)
    #expect(batch.capacity == FrameBatch.minimumCapacity)
    let longest = [UInt8](repeating: 1, count: FrameBatch.maximumFrameLength)
    let start = Timestamp(nanoseconds: 0)
    let results = [
      batch.append([], at: start), batch.append(longest + [1], at: start),
      batch.append(longest, at: start), batch.append(longest, at: start),
      batch.append([1], at: start),
    ]
    #expect(results == [false, false, true, true, false])
    batch.removeAll()
    let count = batch.count
    #expect(count == 0)
  }
}
