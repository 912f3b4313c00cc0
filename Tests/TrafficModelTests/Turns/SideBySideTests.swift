import Testing
import WireFormat

@testable import TrafficModel

@Suite("Requests side by side")
struct SideBySideTests {
  typealias Run = TurnBuilderTests.Run

  @Test("a request while an answer keeps coming makes one turn of both")
  func poolsRequestsSideBySide() {
    var run = Run(.tls12)
    run.up(500, at: 0)
    for time in stride(from: Int64(400), through: 1_200, by: 20) {
      if time == 600 { run.up(700, at: 595) }
      run.down(150, at: time)
    }
    run.finish()
    #expect(run.turns.map(\.requestCount) == [2])
    #expect(run.turns.map(\.upstream.byteCount) == [1_200])
    #expect(run.turns.map(\.downstream.recordCount) == [41])
    #expect(run.turns[0].downstreamSizes.count == 41)
    #expect(run.turns[0].start == Gateway.time(0) && run.turns[0].end == Gateway.time(1_200))
  }

  @Test("requests that go up one after the other before any answer are counted, uploads are one")
  func tellsRequestsFromUploads() {
    for (step, count) in [(Int64(40), 1), (300, 4)] {
      var run = Run(.tls12)
      for round in Int64(0)..<4 { run.up(500, at: round * step) }
      run.down(900, at: 4 * step + 500)
      run.finish()
      #expect(run.turns.map(\.requestCount) == [count], "\(step)")
      #expect(run.turns.map(\.upstream.byteCount) == [2_000])
    }
  }

  @Test("requests that start at one time are counted by the headers before each body")
  func tellsRequestsByHeaders() {
    var run = Run()
    run.up(64, at: 0)
    for octets in [220, 520, 180, 770, 170, 530, 170, 900] { run.up(octets, at: 1) }
    run.down(800, at: 500)
    run.finish()
    #expect(run.turns.map(\.requestCount) == [4])
    // A body in pieces is one request's.
    run = Run()
    run.up(64, at: 0)
    for octets in [220, 1_180, 2_360, 3_540, 90] { run.up(octets, at: 1) }
    run.down(800, at: 500)
    run.finish()
    #expect(run.turns.map(\.requestCount) == [1])
  }

  @Test("a client's empty DATA frame ends a request, the acknowledgement of settings does not")
  func tellsRequestsByTheirEnds() {
    var run = Run()
    run.up(64, at: 0)
    run.up(220, at: 1)
    run.up(900, at: 2)
    run.up(9, at: 2)
    run.up(180, at: 30)
    run.up(700, at: 31)
    run.up(9, at: 31)
    run.down(800, at: 600)
    run.finish()
    #expect(run.turns.map(\.requestCount) == [2])
    run = Run()
    run.up(64, at: 0)
    run.up(220, at: 1)
    run.down(51, at: 20)
    run.up(9, at: 21)
    run.up(900, at: 22)
    run.down(800, at: 600)
    run.finish()
    #expect(run.turns.map(\.requestCount) == [1])
    // What a record of 16 KiB has no room for, of a frame as long, is no end.
    run = Run()
    run.up(64, at: 0)
    for octets in [220, 16_384, 9, 3_000] { run.up(octets, at: 1) }
    run.down(800, at: 600)
    run.finish()
    #expect(run.turns.map(\.requestCount) == [1])
  }

  @Test(
    "while the end of an answer is still to come, a request is another's; when all are in, it is the next"
  )
  func countsEndsOfAnswers() {
    /// Two requests at once, the second answered from 900 ms on; then a third at 800 or 1,400 ms.
    func run(third: Int64) -> Run {
      var run = Run()
      run.up(500, at: 0)
      run.up(500, at: 260)
      for time in stride(from: Int64(400), to: 500, by: 20) { run.down(150, at: time) }
      run.down(9, at: 500)
      if third < 900 { run.up(500, at: third) }
      for time in stride(from: Int64(900), to: 1_000, by: 20) { run.down(150, at: time) }
      run.down(9, at: 1_000)
      if third > 900 { run.up(500, at: third) }
      for time in stride(from: Int64(1_800), to: 2_000, by: 20) { run.down(150, at: time) }
      run.down(9, at: 2_000)
      run.finish()
      return run
    }
    #expect(run(third: 800).turns.map(\.requestCount) == [3])
    #expect(run(third: 1_400).turns.map(\.requestCount) == [2, 1])
  }

  @Test(
    "where more answers end than requests were told apart, ends are believed after longer silence",
    arguments: [(Int64(1_000), [2]), (Int64(1_300), [1, 1])])
  func doubtsEnds(next: Int64, counts: [Int]) {
    var run = Run()
    run.up(500, at: 0)
    // Three answers to what looked like one request.
    for start in [Int64(300), 500, 700] {
      for time in stride(from: start, to: start + 100, by: 20) { run.down(150, at: time) }
      run.down(9, at: start + 100)
    }
    run.up(500, at: next)
    for time in stride(from: Int64(1_800), to: 2_000, by: 20) { run.down(150, at: time) }
    run.finish()
    #expect(run.turns.map(\.requestCount) == counts)
  }

  @Test(
    "one overlap, or a post within an answer, does not join what follows it for ever",
    arguments: [
      (false, false), (true, false), (false, true),
    ])
  func recoversFromAnOverlap(isPost: Bool, hasStrayEnd: Bool) {
    var run = Run(.tls12)
    run.up(500, at: 0)
    if !isPost, !hasStrayEnd { run.up(500, at: 300) }
    for time in stride(from: Int64(700), to: 1_000, by: 20) {
      if isPost, time == 800 { run.up(300, at: 795) }
      run.down(150, at: time)
      if hasStrayEnd, time == 800 { run.down(9, at: 805) }
    }
    for round in Int64(1)...50 {
      let start = 1_000 * round + 500
      run.up(500, at: start)
      for time in stride(from: start + 200, to: start + 500, by: 20) { run.down(150, at: time) }
      if hasStrayEnd { run.down(9, at: start + 500) }
    }
    run.finish()
    #expect(run.turns.count >= 45)
    #expect(run.turns.map(\.requestCount).max() ?? 0 <= 6)
  }

  @Test("requests that go up while an answer is awaited beside another are counted")
  func countsRequestsWhileOverlapping() {
    var run = Run()
    run.builder.roundTrip = 10_000_000
    run.up(500, at: 0)
    run.up(500, at: 100)
    for time in stride(from: Int64(400), to: 600, by: 20) { run.down(150, at: time) }
    run.down(9, at: 600)
    run.down(9, at: 700)
    // Both are in; three more, of which none is answered when the next goes up.
    for time in [Int64(720), 820, 920] { run.up(500, at: time) }
    for time in stride(from: Int64(1_300), to: 1_500, by: 20) { run.down(150, at: time) }
    run.finish()
    #expect(run.turns.map(\.requestCount).reduce(0, +) == 5)
  }

  @Test(
    "a second request on a new connection, before any answer, is counted, in QUIC unless it is resent"
  )
  func tellsRequestsOnNewConnections() {
    for (transport, second, count) in [
      (Turn.Transport.tls13, 630, 2), (.quic, 630, 2), (.quic, 390, 1),
    ] {
      var run = Run(transport)
      run.up(383, at: 0)
      run.down(51, at: 20)
      run.down(9, at: 20)
      run.up(second, at: 300)
      for time in stride(from: Int64(700), to: 900, by: 20) { run.down(330, at: time) }
      run.finish()
      #expect(run.turns.map(\.requestCount) == [count], "\(transport) \(second)")
    }
  }

  @Test("an answer whose head comes soon, and then silence, is the next turn's")
  func keepsEarlyHeads() {
    var run = Run(.tls12)
    run.up(500, at: 0)
    run.down(900, at: 600)
    run.up(500, at: 650)
    run.down(300, at: 750)
    run.down(700, at: 1_200)
    run.finish()
    #expect(run.downstream == [[900], [300, 700]])
  }

  @Test("the capture may end while it is not known whose the records are")
  func endsWithinAnOverlap() {
    var run = Run(.tls12)
    run.up(500, at: 0)
    run.down(900, at: 600)
    run.up(500, at: 650)
    run.finish(isCut: true, at: 700)
    #expect(run.downstream == [[900]])
    #expect(run.turns.map(\.endIsCut) == [false])
    run.up(500, at: 1_000)
    run.down(900, at: 1_600)
    run.up(500, at: 1_650)
    run.expire(at: 902_000)
    #expect(run.downstream == [[900], [900]])
  }
}
