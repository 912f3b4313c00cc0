import Testing
import TokenEstimation
import TrafficModel
import WireFormat

@Suite("true turns paired with estimated ones")
struct EvaluationPairingTests {
  private typealias Sample = EvaluationSamples

  private func pair(
    _ truths: [TrueTurn], _ found: [EstimatedTurn], nonTurns: [NonTurn] = []
  ) -> (found: Segmentation, matches: [TurnMatch]) {
    let matches = TurnMatch.all(truths: truths, estimates: found, nonTurns: nonTurns)
    var sum = Segmentation()
    for match in matches { sum += match.segmentation }
    return (sum, matches)
  }

  private func expected(_ change: (inout Segmentation) -> Void) -> Segmentation {
    var segmentation = Segmentation()
    change(&segmentation)
    return segmentation
  }

  @Test func oneForOneIsRight() {
    let (found, matches) = pair([Sample.truth(0, 2)], [Sample.found(0.1, 2)])
    #expect(found == expected { $0.right = 1 })
    #expect(matches.map(\.isOneToOne) == [true])
  }

  @Test func oneInTwoPiecesIsSplit() {
    let (found, matches) = pair(
      [Sample.truth(0, 4)], [Sample.found(2, 4), Sample.found(0, 1.5)])
    #expect(found == expected { $0.split = 1 })
    #expect(matches.count == 1 && matches[0].estimates.count == 2 && !matches[0].isOneToOne)
  }

  @Test func twoInOnePieceAreMerged() {
    let (found, matches) = pair(
      [Sample.truth(0, 1), Sample.truth(2, 3)], [Sample.found(0, 3)])
    #expect(found == expected { $0.merged = 2 })
    #expect(matches.map(\.isOneToOne) == [false])
  }

  @Test("streams that overlap are pooled, as are pipelined requests")
  func pooling() {
    let streams = [Sample.truth(0, 3, http: .http2), Sample.truth(1, 4, http: .http2)]
    let (pooled, matches) = pair(streams, [Sample.found(0, 4)])
    #expect(pooled == expected { $0.pooled = 2 })
    #expect(matches.map(\.isOneToOne) == [true] && matches[0].truths.count == 2)
    let requests = [Sample.truth(0, 3), Sample.truth(1, 4)]
    #expect(pair(requests, [Sample.found(0, 4)]).found == expected { $0.pooled = 2 })
  }

  @Test(
    "of overlapping streams found as two turns, one lies in both, the other in one that it shares")
  func poolInPieces() {
    let (found, matches) = pair(
      [Sample.truth(0, 3, http: .http3), Sample.truth(1, 5, http: .http3)],
      [Sample.found(0, 1), Sample.found(1, 5)])
    #expect(
      found
        == expected {
          $0.split = 1
          $0.pooled = 1
        })
    // No estimate stands for exactly these two: they are in the totals, and not scored turn by turn.
    #expect(matches.map(\.isOneToOne) == [false])
  }

  @Test("a stream that overlaps nobody is no part of a pool")
  func separateStreamInAPool() {
    let (found, _) = pair(
      [
        Sample.truth(0, 2, http: .http2), Sample.truth(1, 3, http: .http2),
        Sample.truth(3.5, 5, http: .http2),
      ], [Sample.found(0, 5)])
    #expect(found == expected { $0.merged = 3 })
  }

  @Test("turns one after the other are no pool, however short the pause")
  func neighbours() {
    let (found, _) = pair(
      [Sample.truth(0, 2, http: .http2), Sample.truth(2.1, 4, http: .http2)], [Sample.found(0, 4)])
    #expect(found == expected { $0.merged = 2 })
  }

  @Test("streams that only touch are no pool")
  func touchingStreams() {
    let (found, _) = pair(
      [Sample.truth(0, 1, http: .http2), Sample.truth(0.99, 2, http: .http2)],
      [Sample.found(0, 0.99), Sample.found(0.99, 2)])
    #expect(found == expected { $0.right = 2 })
  }

  @Test("an overlap of less than a tenth of the shorter turn is none")
  func edges() {
    let (found, _) = pair(
      [Sample.truth(0, 1), Sample.truth(1, 2)], [Sample.found(0, 1.05), Sample.found(1.04, 2)])
    #expect(found == expected { $0.right = 2 })
  }

  @Test("what shares pieces is one match, each turn judged for itself")
  func chains() {
    // The middle piece lies in both turns.
    let both = pair(
      [Sample.truth(0, 2), Sample.truth(3, 5)],
      [Sample.found(0, 1), Sample.found(1.5, 4), Sample.found(4.2, 5)])
    #expect(both.found == expected { $0.split = 2 })
    #expect(both.matches.count == 1 && both.matches[0].estimates.count == 3)
    // The second turn is wholly in a piece that it shares with the first.
    let shared = pair(
      [Sample.truth(0, 4), Sample.truth(4, 6)], [Sample.found(0, 1), Sample.found(2, 4.3)])
    #expect(
      shared.found
        == expected {
          $0.split = 1
          $0.merged = 1
        })
  }

  @Test func whatHasNoCounterpartIsMissedOrInvented() {
    let otherPort = pair([Sample.truth(0, 1)], [Sample.found(0, 1, port: 40_001)])
    let otherTransport = pair([Sample.truth(0, 1)], [Sample.found(0, 1, isQUIC: true)])
    let otherTime = pair([Sample.truth(0, 1)], [Sample.found(2, 3)])
    for (found, _) in [otherPort, otherTransport, otherTime] {
      #expect(
        found
          == expected {
            $0.missed = 1
            $0.invented = 1
          })
    }
  }

  @Test("an invented turn is laid to the non-turn that it began with")
  func nonTurns() {
    let post = NonTurn(
      client: Sample.end("10.0.0.1", 40_000), server: Sample.end("203.0.113.1", 443),
      start: Sample.time(5.01))
    let from = pair([], [Sample.found(5, 6), Sample.found(7, 8)], nonTurns: [post])
    #expect(
      from.found
        == expected {
          $0.invented = 2
          $0.inventedFromNonTurns = 1
        })
  }

  @Test func aTurnWithoutLengthIsFoundWhereItLies() {
    #expect(
      pair([Sample.truth(1, 1)], [Sample.found(0, 2)]).found == expected { $0.right = 1 })
  }

  @Test("contradictory truths cost no more than their sorting", .timeLimit(.minutes(1)))
  func manyOverlaps() {
    let count = 20_000
    let truths = (0..<count).map { _ in Sample.truth(0, 1e6) }
    let pieces = (0..<count).map { Sample.found(Double($0), Double($0) + 0.5) }
    let (found, matches) = pair(truths, pieces)
    #expect(found == expected { $0.split = count })
    #expect(matches.count == 1)
  }

  @Test func theOrderOfTheInputDoesNotMatter() {
    let truths = (0..<50).map { Sample.truth(Double($0), Double($0) + 0.8) }
    let pieces = (0..<50).map { Sample.found(Double($0), Double($0) + 0.8) }
    let straight = pair(truths, pieces)
    let reversed = pair(truths.reversed(), pieces.reversed())
    #expect(straight.found == expected { $0.right = 50 } && reversed.found == straight.found)
    #expect(
      straight.matches.map(\.truths.first?.start) == reversed.matches.map(\.truths.first?.start))
  }
}
