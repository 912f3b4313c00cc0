import Testing
import WireFormat

@testable import TrafficModel

@Suite("Turns cut from records")
struct TurnBuilderTests {
  /// A builder and the turns that it has ended; times in milliseconds.
  struct Run {
    var builder: TurnBuilder
    var turns: [Turn] = []

    init(
      _ transport: Turn.Transport = .tls13, http: Turn.HTTPVersion = .http2, isCut: Bool = false
    ) {
      builder = TurnBuilder(transport: transport, http: http, startIsCut: isCut)
    }

    mutating func up(_ octets: Int, at milliseconds: Int64) {
      turns += builder.upstream(octets, at: Gateway.time(milliseconds))
    }

    mutating func down(_ octets: Int, at milliseconds: Int64) {
      turns += builder.downstream(octets, at: Gateway.time(milliseconds))
    }

    /// At the time of the last record, unless told otherwise.
    mutating func finish(isCut: Bool = false, at milliseconds: Int64 = 0) {
      turns += builder.finish(isCut: isCut, at: Gateway.time(milliseconds))
    }

    mutating func expire(at milliseconds: Int64) {
      turns += builder.expire(at: Gateway.time(milliseconds))
    }

    var downstream: [[UInt16]] { turns.map(\.downstreamSizes) }
  }

  @Test("a conversation grows in small steps, and what comes at once is not counted with them")
  func tellsGrowthFromJumps() {
    func grown(_ requests: [Int]) -> [Int] {
      var run = Run()
      for (round, octets) in requests.enumerated() {
        run.up(octets, at: Int64(round) * 10_000)
        run.down(150, at: Int64(round) * 10_000 + 600)
        run.down(160, at: Int64(round) * 10_000 + 700)
      }
      run.finish()
      return run.turns.map(\.grownOctets)
    }
    #expect(grown([900, 2_100, 5_000, 5_000]) == [0, 1_200, 4_100, 4_100])
    // Headers that are in HPACK's table by then.
    #expect(grown([2_000, 1_700, 2_400]) == [0, 0, 700])
    // A file, and the talk about it; then another conversation.
    #expect(grown([900, 20_900, 21_500, 700, 1_000]) == [0, 0, 600, 0, 300])
  }

  @Test("each request ends the turn before it")
  func cutsKeepAlive() {
    var run = Run()
    for round in Int64(0)..<3 {
      run.up(500, at: round * 10_000)
      run.down(150, at: round * 10_000 + 600)
      run.down(160, at: round * 10_000 + 700)
    }
    run.finish()
    #expect(run.downstream == [[150, 160], [150, 160], [150, 160]])
    #expect(run.turns.map(\.upstream.byteCount) == [500, 500, 500])
  }

  @Test("control frames begin no turn and end none")
  func passesOverControlFrames() {
    var run = Run()
    run.up(30, at: 0)
    run.up(500, at: 100)
    run.down(9, at: 110)
    run.down(800, at: 600)
    run.up(17, at: 650)
    run.down(700, at: 900)
    run.finish()
    #expect(run.downstream == [[800, 700]])
    #expect(run.turns[0].firstResponse == Gateway.time(600))
  }

  @Test("headers that are as small as control frames are noted, control frames are not")
  func notesSmallHeaders() {
    for (before, pause, isNoted) in [
      (23, 0, true), (60, 4, true), (9, 0, false), (17, 0, false), (26, 0, false), (60, 20, false),
    ] as [(Int, Int64, Bool)] {
      var run = Run()
      run.up(60, at: 0)
      run.up(200, at: 0)
      run.down(800, at: 600)
      run.up(before, at: 5_000)
      run.up(700, at: 5_000 + pause)
      run.down(800, at: 5_600)
      run.finish()
      #expect(run.turns.map(\.followsSmallRecord) == [false, isNoted], "\(before) \(pause)")
      #expect(run.turns.map(\.isFirstOnConnection) == [true, false])
      #expect(run.turns.last?.upstream.byteCount == 700)
    }
  }

  @Test("nobody knows what went up before the capture began")
  func knowsNoFirstTurnMidstream() {
    var run = Run(isCut: true)
    run.up(500, at: 0)
    run.down(800, at: 600)
    run.finish()
    #expect(run.turns.map(\.isFirstOnConnection) == [false])
  }

  @Test("HTTP/1.1 has none: small records count")
  func countsSmallRecordsOfHTTP11() {
    var run = Run(http: .http11)
    run.up(500, at: 0)
    run.down(30, at: 300)
    run.up(60, at: 1_000)
    run.finish()
    #expect(run.downstream == [[30]])
  }

  @Test("two session tickets of one size before the first answer are left out, in TLS 1.3 only")
  func leavesOutTickets() {
    for (transport, expected) in [
      (Turn.Transport.tls13, [UInt16(900)]), (.tls12, [230, 230, 900]), (.quic, [230, 230, 900]),
    ] {
      var run = Run(transport)
      run.up(500, at: 0)
      run.down(230, at: 20)
      run.down(230, at: 21)
      run.down(900, at: 600)
      run.finish()
      #expect(run.downstream == [expected])
    }
  }

  @Test("what looks like one ticket is an answer after all")
  func keepsSingleRecords() {
    var run = Run()
    run.up(500, at: 0)
    run.down(230, at: 400)
    run.down(900, at: 600)
    run.up(500, at: 5_000)
    run.down(230, at: 5_400)
    run.finish()
    #expect(run.downstream == [[230, 900], [230]])
    #expect(run.turns[0].firstResponse == Gateway.time(400))

    var alone = Run()
    alone.up(500, at: 0)
    alone.down(230, at: 400)
    alone.finish()
    #expect(alone.downstream == [[230]])
  }

  @Test("one ticket or four, soon after the handshake, are left out as well")
  func leavesOutAnyNumberOfTickets() {
    for count in [1, 2, 4] {
      var run = Run()
      run.up(500, at: 0)
      for _ in 0..<count { run.down(230, at: 20) }
      run.down(900, at: 600)
      run.down(230, at: 700)
      run.finish()
      #expect(run.downstream == [[900, 230]], "\(count)")
      #expect(run.turns[0].firstResponse == Gateway.time(600))
    }
  }

  @Test("two tickets of about one size that come before any answer can are left out too")
  func leavesOutUnequalTickets() {
    var run = Run()
    run.builder.roundTrip = 17_000_000
    run.up(82, at: 0)
    for octets in [249, 270, 9] { run.up(octets, at: 5) }
    for octets in [249, 265, 51, 9] { run.down(octets, at: 23) }
    run.up(9, at: 24)
    for octets in [51, 26, 9] { run.down(octets, at: 38) }
    // Each of these follows a post with a small answer, or a turn.
    for start in [Int64(494), 1_900] {
      for octets in [186, 1_536, 9] { run.up(octets, at: start) }
      for time in stride(from: start + 500, to: start + 700, by: 20) { run.down(520, at: time) }
      run.down(9, at: start + 700)
    }
    run.finish()
    #expect(run.turns.map(\.requestCount) == [1, 1])
    #expect(run.turns.map(\.upstream.byteCount) == [1_731, 1_731])
  }

  @Test("a first post whose answer is all small records is no part of the turn that follows")
  func dropsPostWithSmallAnswer() {
    var run = Run()
    run.up(64, at: 0)
    run.up(230, at: 1)
    run.up(180, at: 2)
    for octets in [51, 9, 51, 26, 9] { run.down(octets, at: 60) }
    run.up(190, at: 400)
    run.up(860, at: 401)
    for time in stride(from: Int64(1_100), to: 1_400, by: 20) { run.down(330, at: time) }
    run.finish()
    #expect(run.turns.map(\.upstream.byteCount) == [1_050])
    #expect(run.turns.map(\.requestCount) == [1])
  }

  @Test("a request right after an answer is the next turn's, in HTTP/1.1 whatever comes")
  func cutsQuickLoops() {
    for http in [Turn.HTTPVersion.http2, .unknown, .http11] {
      var run = Run(.tls12, http: http)
      for round in Int64(0)..<3 {
        run.up(500, at: round * 1_000)
        for time in stride(from: Int64(600), through: 995, by: 20) {
          run.down(150, at: round * 1_000 + time)
        }
      }
      run.finish()
      #expect(run.turns.map(\.downstream.recordCount) == [20, 20, 20], "\(http)")
    }
    var clear = Run(.tls12, http: .http11)
    clear.up(500, at: 0)
    clear.down(150, at: 400)
    clear.up(500, at: 410)
    clear.down(150, at: 420)
    clear.down(150, at: 900)
    clear.finish()
    #expect(clear.downstream == [[150], [150, 150]])
  }

  @Test("a post that is answered at once, just after an answer, is part of no turn")
  func leavesOutPostsBetween() {
    for gap in [Int64(20), 100, 400] {
      var run = Run(.tls12)
      run.up(500, at: 0)
      run.down(900, at: 600)
      run.up(300, at: 600 + gap)
      run.down(70, at: 630 + gap)
      run.down(70, at: 632 + gap)
      run.up(550, at: 2_000)
      run.down(800, at: 2_600)
      run.finish()
      #expect(run.downstream == [[900], [800]], "\(gap)")
      #expect(run.turns.map(\.upstream.byteCount) == [500, 550])
    }
  }

  @Test("a post whose answer is as small as a control frame is no part of the next turn")
  func leavesOutPostsWithSmallAnswers() {
    var run = Run(.tls12)
    run.up(400, at: 0)
    run.down(900, at: 600)
    run.up(300, at: 2_000)
    run.down(55, at: 2_030)
    run.up(500, at: 2_400)
    run.down(900, at: 3_000)
    run.finish()
    #expect(run.turns.map(\.upstream.byteCount) == [400, 500])
    #expect(run.turns.map(\.start) == [Gateway.time(0), Gateway.time(2_400)])
  }

  @Test(
    "what comes down small after the first request, or a large one, may be settings and window updates"
  )
  func keepsRequestsThatServersAcknowledge() {
    for first in [500, 20_000] {
      var run = Run(.tls12)
      run.up(first, at: 0)
      run.down(55, at: 30)
      run.up(500, at: 400)
      run.down(900, at: 1_000)
      run.finish()
      #expect(run.turns.map(\.upstream.byteCount) == [first + 500])
    }
  }

  @Test("an answer that is over in 150 ms is no model's, but in the clear it is")
  func leavesOutQuickAnswers() {
    for (transport, count) in [(Turn.Transport.tls13, 0), (.quic, 0), (.http, 1)] {
      var run = Run(transport)
      run.up(500, at: 0)
      run.down(900, at: 149)
      run.finish()
      #expect(run.turns.count == count)
    }
    var slow = Run()
    slow.up(500, at: 0)
    slow.down(900, at: 150)
    slow.finish()
    #expect(slow.turns.count == 1)
  }

  @Test("too small a request is none, nor is one without an answer")
  func leavesOutWhatIsNoExchange() {
    var run = Run()
    run.up(TurnBuilder.minimumRequestOctets - 1, at: 0)
    run.down(900, at: 600)
    run.finish()
    run.up(500, at: 1_000)
    run.finish()
    run.down(900, at: 2_000)
    run.finish()
    #expect(run.turns.isEmpty)
  }

  @Test("cut turns say so, at the start only the first")
  func marksCuts() {
    var run = Run(isCut: true)
    for start in [Int64(0), 1_000] {
      run.up(500, at: start)
      run.down(900, at: start + 500)
    }
    run.finish(isCut: true, at: 1_500)
    #expect(run.turns.map(\.startIsCut) == [true, false])
    #expect(run.turns.map(\.endIsCut) == [false, true])
  }

  @Test("octets that are missing belong to the turn in which they are")
  func countsGaps() {
    var run = Run()
    run.up(500, at: 0)
    run.builder.gap(70)
    run.down(900, at: 500)
    run.up(500, at: 1_000)
    run.down(900, at: 1_500)
    run.finish()
    #expect(run.turns.map(\.missedByteCount) == [70, 0])
  }

  @Test("a turn that was silent before we stopped looking is whole")
  func isWholeAfterSilence() {
    var run = Run()
    run.up(500, at: 0)
    run.down(900, at: 500)
    run.finish(isCut: true, at: 500 + 5_000)
    #expect(run.turns.map(\.endIsCut) == [false])
  }

  @Test("silence ends an answer after five minutes, a request after a quarter of an hour")
  func expires() {
    var run = Run()
    run.up(500, at: 0)
    run.down(900, at: 500)
    run.expire(at: 300_500)
    #expect(run.turns.isEmpty)
    run.expire(at: 300_501)
    #expect(run.turns.count == 1)
    run.up(500, at: 400_000)
    run.expire(at: 1_300_000)
    run.down(900, at: 1_300_000)
    run.expire(at: 1_600_001)
    #expect(run.turns.count == 2)
  }

  @Test("whether anybody swept or not, a record after too long a silence belongs to no turn")
  func silenceIsJudgedByTheRecordsThemselves() {
    var (swept, left) = (Run(), Run())
    for sweeps in [true, false] {
      var run = Run()
      run.up(500, at: 0)
      run.down(900, at: 500)
      if sweeps { run.expire(at: 300_600) }
      run.down(900, at: 300_700)
      run.finish(at: 300_700)
      if sweeps { swept = run } else { left = run }
    }
    #expect(swept.downstream == [[900]])
    #expect(left.downstream == swept.downstream)
  }

  @Test("a hundred thousand records are counted, and 16,384 sizes kept")
  func boundsSizes() {
    var run = Run(.tls12)
    for _ in 0..<100 { run.up(500, at: 0) }
    for _ in 0..<100_000 { run.down(150, at: 500) }
    run.finish()
    #expect(run.turns[0].upstream.recordCount == 100)
    #expect(run.turns[0].upstreamSizes.count == Turn.maximumUpstreamSizes)
    #expect(run.turns[0].downstream.byteCount == 15_000_000)
    #expect(run.turns[0].downstreamSizes.count == Turn.maximumRecordSizes)
  }

  @Test("a clock that runs backwards shortens no turn")
  func survivesBackwardTime() {
    var run = Run()
    run.up(500, at: 10_000)
    run.down(900, at: 10_500)
    run.down(900, at: 400)
    run.expire(at: 0)
    run.finish()
    #expect(run.turns.map(\.end) == [Gateway.time(10_500)])
  }
}
