import Testing

@testable import TokenEstimation

@Suite("Counting events on the lattice of record sizes")
struct LatticeDetectorTests {
  static let shape = LatticeShape(
    least: 235, usual: 315, most: 345, tight: 3, slack: 48, burst: 4, closing: 3)
  static let detector = LatticeDetector(shape: shape, framing: 7)

  static func detect(_ sizes: [Int]) -> LatticeDetector.Lattice? {
    detector.detect(sizes.map { UInt16(clamping: $0) }[...])
  }

  @Test("the unit is found whatever the flush", arguments: [1, 2, 3, 4, 6])
  func findsTheUnit(perRecord: Int) throws {
    let sizes = Array(repeating: 7 + 313 * perRecord, count: 20) + [7 + 313]
    let lattice = try #require(Self.detect(sizes))
    #expect(lattice.unit == 313)
    #expect(lattice.events == Double(20 * perRecord + 1))
    #expect(lattice.isTrusted)
  }

  @Test func mixedFlushesAreCountedToTheEvent() throws {
    let flushes = [1, 2, 2, 3, 2, 1, 4, 2, 2, 2, 5, 2]
    let lattice = try #require(Self.detect(flushes.map { 7 + 313 * $0 }))
    #expect(lattice.events == Double(flushes.reduce(0, +)))
  }

  @Test func aFlushCutInTwoIsPutTogether() throws {
    // 626 octets as chunks of 27 and 599, as the gpt-4o traces show.
    let lattice = try #require(Self.detect([633, 633, 33, 606, 633, 33, 606, 633, 633]))
    #expect((lattice.events - 14).magnitude < 0.01)
  }

  @Test func paddingToTheNextStepIsNotAnEvent() throws {
    let lattice = try #require(Self.detect([320, 336, 320, 352, 320, 320, 336, 320]))
    #expect(lattice.events == 8)
  }

  @Test func aForeignRecordAmidTheEventsCountsByItsOctets() throws {
    let lattice = try #require(Self.detect([320, 320, 320, 7 + 450, 320, 320]))
    #expect((lattice.events - (5 + 450.0 / 313)).magnitude < 0.01)
  }

  @Test func openingAndClosingRecordsDoNotCount() throws {
    let lattice = try #require(Self.detect([7 + 450, 320, 320, 320, 320, 320, 7 + 780, 21]))
    #expect(lattice.events == 5)
  }

  @Test func sizesWithoutALatticeAreNotTrusted() {
    let sizes = (0..<60).map { 40 + ($0 * 7919) % 1400 }
    #expect(Self.detect(sizes).map(\.isTrusted) != true)
  }

  @Test func fewRecordsAreNoLattice() {
    #expect(Self.detect([320, 320]) == nil)
    #expect(Self.detect([]) == nil)
  }
}
