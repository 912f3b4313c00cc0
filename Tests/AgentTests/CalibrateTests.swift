import Foundation
import Testing
import TrafficModel
import WireFormat

@testable import Agent
@testable import TokenEstimation

@Suite("gnomon calibrate")
struct CalibrateTests {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let capture = root.appendingPathComponent("captures/office-day.pcapng").path

  static func options(_ path: String = capture) -> CalibrateRun.Options {
    CalibrateRun.Options(paths: [path], rules: root.appendingPathComponent("rules").path)
  }

  @Test func readsTheTruthOfALabelledSet() throws {
    let outcome = try CalibrateRun.run(Self.options()) { Issue.record("\($0)") }
    #expect(outcome.pairing.stated > 90)
    // Turns on one HTTP/2 connection at one time, and turns that the capture cuts, are left out.
    #expect(outcome.pairedCount > 80)
    #expect(
      outcome.pairedCount + outcome.pairing.mixed + outcome.pairing.withoutTurn
        <= outcome.pairing.stated)
    #expect(outcome.pairing.withoutTurn <= 12)
    #expect(outcome.calibrations.contains { $0.prior.id == "openai-chat-stream" })
    // A set that says it was made up makes no card of real traffic.
    #expect(
      outcome.calibrations.allSatisfy { $0.profile.card.kind != .realCiphertext || !$0.isChanged })
  }

  @Test func aTableOfTheSameUsageGivesTheSamePairs() throws {
    let truth = try CalibrateTruth(
      path: Self.root.appendingPathComponent("captures/office-day.truth.json").path)
    let folder = try TemporaryFolder()
    var csv = "start,time,client,model,prompt,completion\n"
    var rowCount = 0
    for known in truth.known where known.isWhole {
      guard let ends = known.ends, let prompt = known.prompt, let completion = known.completion,
        let end = known.end
      else { continue }
      csv +=
        "\(known.start.seconds),\(end.seconds),\(ends.client.address),any,\(prompt),\(completion)\n"
      rowCount += 1
    }
    try Data(csv.utf8).write(to: URL(fileURLWithPath: folder.path("usage.csv")))
    var options = Self.options()
    options.table = folder.path("usage.csv")
    options.tolerance = 50_000_000
    let outcome = try CalibrateRun.run(options) { _ in }
    #expect(outcome.pairing.stated == rowCount && rowCount > 90)
    let byTruth = try CalibrateRun.run(Self.options()) { _ in }
    #expect(Double(outcome.pairedCount) > 0.9 * Double(byTruth.pairedCount))
    #expect(outcome.sources == [.usage])
  }

  @Test(
    "each mistake of a table is named with its place",
    arguments: [
      ("start,prompt,completion\n1,2,x\n", "t:2:5: error: expected a number of tokens, found x"),
      ("start,prompt\n\n# c\nsoon,2\n", "t:4:1: error: expected seconds since 1970 or a time"),
      ("start,prompt\n1\n", "t:2:1: error: expected 2 fields, found 1"),
      // A key log given for a table: its secret is not shown.
      (
        "CLIENT_RANDOM 0102 secret\n",
        "t:1:1: error: expected a column of"
      ),
      ("start,prompt\n1,\n", "t:2:1: error: expected tokens in `prompt` or `completion`"),
      ("start,prompt\n,1\n", "t:2:1: error: expected a time in `start` or `time`"),
      ("start,tokens\n", "t:1:7: error: expected a column of start, time"),
      ("prompt\n", "t:1:1: error: expected a column `start` or `time`"),
      ("start\n", "t:1:1: error: expected a column `prompt` or `completion`"),
      ("start,start,prompt\n", "t:1:1: error: expected each column once"),
      ("start,client,prompt\n1,here,3\n", "t:2:3: error: expected an address, found here"),
      ("start,prompt\n1,\"2\n", "t:2:1: error: expected a quotation mark at the end"),
      ("", "t:1:1: error: expected a heading such as start,prompt,completion"),
    ])
  func mistakes(text: String, message: String) {
    #expect {
      try CalibrateTable(parsing: text, path: "t")
    } throws: {
      guard let description = ($0 as? AgentError)?.description else { return false }
      return description.hasPrefix(message) && !description.contains("secret")
    }
  }

  @Test func timesOfATable() throws {
    let text = """
      start,service,prompt\r
      1795165203.25,openai-api,10\r
      2026-11-20T09:00:03.25Z,"openai-api",10\r
      "2026-11-20 09:00:03.250000+00:00", openai-api ,10\r
      """
    let table = try CalibrateTable(parsing: text, path: "t")
    #expect(
      table.known.map(\.start)
        == [Timestamp](
          repeating: Timestamp(seconds: 1_795_165_203, nanoseconds: 250_000_000), count: 3))
    #expect(table.known.allSatisfy { $0.service == "openai-api" && $0.prompt == 10 })
    for text in ["", "7d", "1e99", "nan", "-5", "2026-11-20T25:00", "2026-11-20T09:00:03.x"] {
      #expect(CalibrateTable.time(text) == nil, "\(text)")
    }
  }

  // MARK: pairing

  static let ends = CalibrateTap.Ends(
    client: Endpoint(address: IPAddress(v4: 0x0a01_0005), port: 40_000),
    server: Endpoint(address: IPAddress(v4: 0xcb00_7109), port: 443))

  static func turn(_ start: Double, _ end: Double, client: UInt32 = 0x0a01_0005) -> MeteredTurn {
    var ends = ends
    ends.client.address = IPAddress(v4: client)
    return MeteredTurn(
      ends: ends, start: Timestamp(nanoseconds: Int64(start * 1e9)),
      end: Timestamp(nanoseconds: Int64(end * 1e9)), serviceID: "acme-api", providerID: "acme",
      upstreamByteCount: 1_000,
      statistics: TurnStatistics(
        prompt: .init(profileID: "p", figure: .byBody, value: 900),
        completion: .init(profileID: "p", figure: .byEvents, value: 20)))
  }

  static func known(_ start: Double, _ end: Double?, onFlow: Bool = true) -> KnownUsage {
    var known = KnownUsage(
      ends: onFlow ? ends : nil, start: Timestamp(nanoseconds: Int64(start * 1e9)),
      end: end.map { Timestamp(nanoseconds: Int64($0 * 1e9)) })
    (known.prompt, known.completion) = (100, 20)
    return known
  }

  static func pair(
    _ turns: [MeteredTurn], _ known: [KnownUsage]
  ) -> CalibratePairing.Counts {
    var pairing = CalibratePairing()
    pairing.add(turns, known, tolerance: 2_000_000_000)
    return pairing.counts
  }

  @Test func anExchangeIsPairedWithTheTurnThatHoldsItAlone() {
    #expect(Self.pair([Self.turn(1, 3)], [Self.known(1, 2.9)]).paired == 1)
    // One after another on one connection, edge to edge.
    #expect(
      Self.pair([Self.turn(1, 3), Self.turn(3, 5)], [Self.known(1, 3), Self.known(3, 5)]).paired
        == 2)
    // Two side by side, as in HTTP/2, or a turn that holds a half: none.
    #expect(Self.pair([Self.turn(1, 5)], [Self.known(1, 4), Self.known(2, 5)]).paired == 0)
    #expect(Self.pair([Self.turn(1, 5)], [Self.known(1, 4), Self.known(2, 5)]).mixed == 2)
    #expect(Self.pair([Self.turn(1, 2)], [Self.known(1, 4)]).paired == 0)
    #expect(Self.pair([Self.turn(1, 2)], [Self.known(7, 8)]).withoutTurn == 1)
    #expect(Self.pair([Self.turn(1, 2, client: 7)], [Self.known(1, 2)]).withoutTurn == 1)
    // One that states nothing is in the way all the same.
    var silent = Self.known(1.5, 1.9)
    (silent.prompt, silent.completion) = (nil, nil)
    #expect(Self.pair([Self.turn(1, 3)], [Self.known(1, 3), silent]).paired == 0)
  }

  @Test func aRowIsPairedWhereNeitherHasAChoice() {
    let row = Self.known(10, nil, onFlow: false)
    #expect(Self.pair([Self.turn(9, 20)], [row]).paired == 1)
    #expect(Self.pair([Self.turn(9, 20), Self.turn(11, 12)], [row]).ambiguous == 1)
    #expect(Self.pair([Self.turn(9, 20)], [row, row]).ambiguous == 2)
    #expect(Self.pair([Self.turn(13, 20)], [row]).withoutTurn == 1)
    // A stated end tells turns apart that begin together, and stands alone where it is all there is.
    #expect(
      Self.pair([Self.turn(9, 20), Self.turn(11, 12)], [Self.known(10, 12.5, onFlow: false)])
        .paired == 1)
    var late = Self.known(20.5, 20.5, onFlow: false)
    late.hasStart = false
    #expect(Self.pair([Self.turn(1, 20), Self.turn(20, 30)], [late]).paired == 1)
    var other = row
    other.service = "other"
    #expect(Self.pair([Self.turn(9, 20)], [other]).withoutTurn == 1)
    other.service = "acme"
    #expect(Self.pair([Self.turn(9, 20)], [other]).paired == 1)
  }

  @Test func promptsThatAreNotOnTheWireAreLeftOut() {
    var hidden = Self.known(1, 3)
    hidden.prompt = 900
    hidden.requestBodyByteCount = 900
    let counts = Self.pair([Self.turn(1, 3)], [hidden])
    #expect(counts.promptsHidden == 1 && counts.promptPairs == 0 && counts.completionPairs == 1)
    var images = Self.known(1, 3)
    images.promptIsElsewhere = true
    #expect(Self.pair([Self.turn(1, 3)], [images]).promptsElsewhere == 1)
  }

  @Test(
    "mistakes of a truth file name their place",
    arguments: [
      (#"{"turns":[{"start":1}]}"#, "turns[0].end: expected, and not there"),
      (#"{"turns":[{"start":"x"}]}"#, "turns[0].start: expected Double"),
      (
        #"{"turns":[{"start":2,"end":1,"client":["10.0.0.1",1],"server":["10.0.0.2",2]}]}"#,
        "turns[0]: expected addresses with ports, and a start before the end"
      ),
      (#"{"turns":[{"start":1,"end":2,"client":["ten",1],"server":["10.0.0.2",2]}]}"#, "turns[0]:"),
      ("{", ":"),
    ])
  func truthMistakes(text: String, message: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("x.truth.json")
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    #expect {
      try CalibrateTruth(path: path)
    } throws: {
      guard let error = $0 as? AgentError else { return false }
      return error.description.hasPrefix("\(path): ") && error.description.contains(message)
        && error.status == .dataError
    }
  }

  @Test func aCaptureOfWhichNothingIsKnownIsRefused() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(atPath: Self.capture, toPath: folder.path("a.pcapng"))
    #expect {
      _ = try CalibrateRun.run(Self.options(folder.path("a.pcapng"))) { _ in }
    } throws: {
      ($0 as? AgentError)?.description.contains("expected a key log") == true
    }
  }
}
