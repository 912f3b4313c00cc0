import Testing
import WireFormat

@testable import TrafficModel

@Suite("IP fragments (RFC 791, section 3.2; RFC 8200, section 4.5)")
struct FragmentReassemblerTests {
  static let whole = (0..<100).map { UInt8($0) }

  /// The fragments in which `whole` is given to a reassembler: range, and whether more follow.
  static let pieces = [0..<40, 40..<64, 64..<100]

  struct Sender {
    var fragments = FragmentReassembler()
    var isIPv6 = false
    /// The next header of IPv6 fragments.
    var nextHeader: UInt8 = 17
    /// What the fragment taken last made whole.
    var last: FragmentReassembler.Whole?

    mutating func take(
      _ bytes: [UInt8], offset: Int, moreFollow: Bool, identification: Int = 1, source: UInt32 = 1,
      at seconds: Int64 = 0
    ) -> [UInt8]? {
      let frame =
        isIPv6
        ? Frames.ip(
          from: IPAddress(high: 1 << 61, low: UInt64(source)), to: IPAddress(high: 1 << 61, low: 2),
          protocol: 44,
          [nextHeader, 0] + Frames.octets16(offset | (moreFollow ? 1 : 0))
            + Frames.octets32(UInt32(identification)) + bytes)
        : Frames.fragment(
          from: source, to: 2, protocol: 17, bytes, identification: identification, offset: offset,
          moreFollow: moreFollow)
      let packet = Array(frame[14...])
      guard let header = try? IPHeader(parsing: packet.octets, originalLength: packet.count),
        let fragment = header.fragment
      else { return nil }
      last = fragments.accept(
        packet.octets.extracting(header.headerLength..<packet.count), header: header,
        fragment: fragment, at: Timestamp(seconds: seconds))
      return last?.octets
    }

    mutating func take(_ range: Range<Int>, of whole: [UInt8] = whole) -> [UInt8]? {
      take(
        Array(whole[range]), offset: range.lowerBound, moreFollow: range.upperBound < whole.count)
    }
  }

  @Test("fragments in any order make the datagram", arguments: [false, true])
  func putsTogether(isIPv6: Bool) {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      var sender = Sender(isIPv6: isIPv6)
      let results = order.map { sender.take(Self.pieces[$0]) }
      #expect(results == [nil, nil, Self.whole])
      #expect(sender.fragments.completedCount == 1)
    }
  }

  @Test("datagrams of other senders and identifications are kept apart")
  func keepsDatagramsApart() {
    var sender = Sender()
    let half = [UInt8](repeating: 1, count: 8)
    #expect(sender.take(half, offset: 0, moreFollow: true, identification: 1) == nil)
    #expect(sender.take(half, offset: 8, moreFollow: false, identification: 2) == nil)
    #expect(sender.take(half, offset: 8, moreFollow: false, source: 9) == nil)
    #expect(sender.take(half, offset: 8, moreFollow: false, identification: 1) == half + half)
  }

  @Test("a repeated fragment is harmless", arguments: [false, true])
  func passesOverRepeats(isIPv6: Bool) {
    var sender = Sender(isIPv6: isIPv6)
    _ = sender.take(Self.pieces[0])
    _ = sender.take(Self.pieces[0])
    _ = sender.take(Self.pieces[2])
    _ = sender.take(Self.pieces[2])
    #expect(sender.take(Self.pieces[1]) == Self.whole)
  }

  @Test("of an IPv4 fragment that overlaps only what is new is taken: octets that are there stay")
  func fillsGaps() {
    var sender = Sender()
    let forged = [UInt8](repeating: 0xee, count: 72)
    _ = sender.take(Self.pieces[0])
    _ = sender.take(Self.pieces[2])
    // From within the first piece to within the last.
    let whole = sender.take(forged, offset: 24, moreFollow: true)
    #expect(whole == Array(0..<40) + forged.prefix(24) + Array(64..<100))
    #expect(sender.fragments.droppedCount == 1)
  }

  @Test("an IPv4 fragment that brings nothing new is left out")
  func leavesOutCovered() {
    var sender = Sender()
    _ = sender.take(Self.pieces[0])
    #expect(sender.take([UInt8](repeating: 0xee, count: 16), offset: 8, moreFollow: true) == nil)
    #expect(sender.take(Self.pieces[1]) == nil)
    #expect(sender.take(Self.pieces[2]) == Self.whole)
  }

  @Test("an overlap ends an IPv6 datagram, also what of it comes later (RFC 5722)")
  func refusesOverlaps() {
    var sender = Sender(isIPv6: true)
    _ = sender.take(Self.pieces[0])
    #expect(sender.take([UInt8](repeating: 0xee, count: 40), offset: 24, moreFollow: true) == nil)
    let results = Self.pieces.map { sender.take($0) }
    #expect(results == [nil, nil, nil])
    #expect(sender.fragments.droppedCount == 4)
  }

  @Test("volume is that of all fragments, repeats among them", arguments: [false, true])
  func sumsUpVolume(isIPv6: Bool) {
    var sender = Sender(isIPv6: isIPv6)
    for piece in [0, 1, 0, 2] { _ = sender.take(Self.pieces[piece]) }
    let header = isIPv6 ? 48 : 20
    #expect(sender.last?.wireBytes == 100 + 40 + 4 * header)
  }

  @Test("the first fragment's next header counts, in whatever order they come (RFC 8200)")
  func believesTheFirstFragment() {
    var sender = Sender(isIPv6: true, nextHeader: 60)
    _ = sender.take(Self.pieces[1])
    sender.nextHeader = 17
    _ = sender.take(Self.pieces[0])
    sender.nextHeader = 0
    #expect(sender.take(Self.pieces[2]) == Self.whole)
    #expect(sender.last?.transportProtocol == 17)
  }

  @Test("fragments past 65,535 octets, empty ones and ones of odd size are dropped")
  func refusesBadFragments() {
    var sender = Sender()
    let octets = [UInt8](repeating: 1, count: 16)
    #expect(sender.take(octets, offset: 65_528, moreFollow: false) == nil)
    #expect(sender.take([], offset: 8, moreFollow: false) == nil)
    #expect(sender.take([1, 2, 3], offset: 0, moreFollow: true) == nil)
    #expect(sender.fragments.droppedCount == 3)
  }

  @Test(
    "a datagram with two ends, or octets past its end, is dropped",
    arguments: [
      (32, false, 16, false), (16, false, 32, false), (16, false, 32, true), (32, true, 16, false),
    ])
  func refusesTwoEnds(first: Int, firstGoesOn: Bool, second: Int, secondGoesOn: Bool) {
    var sender = Sender()
    let octets = [UInt8](repeating: 1, count: 16)
    _ = sender.take(octets, offset: first, moreFollow: firstGoesOn)
    _ = sender.take(octets, offset: second, moreFollow: secondGoesOn)
    #expect(sender.fragments.droppedCount == 1)
    #expect(sender.take(octets, offset: 0, moreFollow: true) == nil)
    #expect(sender.fragments.droppedCount == 2)
  }

  @Test("a datagram waits thirty seconds", arguments: [30, 31])
  func expires(seconds: Int64) {
    var sender = Sender()
    let half = [UInt8](repeating: 1, count: 8)
    _ = sender.take(half, offset: 0, moreFollow: true, at: 0)
    let result = sender.take(half, offset: 8, moreFollow: false, at: seconds)
    #expect((result == nil) == (seconds > 30))
  }

  @Test("256 datagrams wait, then the oldest leaves")
  func boundsDatagrams() {
    var sender = Sender()
    let half = [UInt8](repeating: 1, count: 8)
    for identification in 0..<257 {
      _ = sender.take(half, offset: 0, moreFollow: true, identification: identification)
    }
    #expect(sender.fragments.droppedCount == 1)
    #expect(sender.take(half, offset: 8, moreFollow: false, identification: 0) == nil)
    #expect(sender.take(half, offset: 8, moreFollow: false, identification: 200) == half + half)
  }

  @Test("two MiB wait, then the oldest leaves")
  func boundsOctets() {
    var sender = Sender()
    let large = [UInt8](repeating: 1, count: 48_000)
    for identification in 0..<100 {
      _ = sender.take(large, offset: 0, moreFollow: true, identification: identification)
    }
    #expect(sender.fragments.droppedCount == 100 - FragmentReassembler.maximumBytes / 48_000)
  }

  @Test("a datagram has at most 128 parts")
  func boundsParts() {
    var sender = Sender()
    let octets = [UInt8](repeating: 1, count: 8)
    for index in 0..<200 { _ = sender.take(octets, offset: 16 * index, moreFollow: true) }
    #expect(sender.fragments.droppedCount == 200 - FragmentReassembler.maximumParts)
  }

  @Test("a fragment that the capture cut is dropped")
  func dropsCutFragments() throws {
    var fragments = FragmentReassembler()
    let packet = Array(
      Frames.fragment(
        from: 1, to: 2, protocol: 17, Self.whole, identification: 3, offset: 0, moreFollow: true)[
          14...])
    let cut = Array(packet.prefix(60))
    let header = try IPHeader(parsing: cut.octets, originalLength: packet.count)
    let whole = fragments.accept(
      cut.octets.extracting(20..<60), header: header, fragment: try #require(header.fragment),
      at: Timestamp(seconds: 0))
    #expect(whole == nil && fragments.droppedCount == 1)
  }

  @Test("random fragments never make a datagram that no one sent")
  func survivesNoise() {
    var sender = Sender()
    var generator = Generator(state: 7)
    for index in 0..<20_000 {
      let offset = 8 * generator.below(12)
      let count = generator.below(4) == 0 ? 1 + generator.below(40) : 8 * (1 + generator.below(5))
      let value = UInt8(truncatingIfNeeded: offset)
      let bytes = (0..<count).map { value &+ UInt8($0) }
      let result = sender.take(
        bytes, offset: offset, moreFollow: generator.below(3) > 0,
        identification: generator.below(6), at: Int64(index / 10))
      // Each octet says where it belongs.
      if let result { #expect(result == (0..<result.count).map { UInt8($0) }) }
    }
    #expect(sender.fragments.completedCount > 5)
  }
}
