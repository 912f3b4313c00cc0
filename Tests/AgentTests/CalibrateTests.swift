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
    // Each has one fate.
    #expect(
      outcome.pairedCount + outcome.pairing.mixed + outcome.pairing.withoutTurn
        == outcome.pairing.stated)
    #expect(outcome.pairing.withoutTurn <= 12)
    #expect(outcome.calibrations.contains { $0.prior.id == "openai-chat-stream" })
    // A set that says it was made up makes no card of real traffic.
    #expect(
      outcome.calibrations.allSatisfy { $0.profile.card.kind != .realCiphertext || !$0.isChanged })
  }

  @Test func aTableOfTheSameUsageGivesTheSamePairs() throws {
    let truth = try EvaluateSets.truth(
      at: Self.root.appendingPathComponent("captures/office-day.truth.json").path
    ).turns.map { KnownUsage($0) }
    let folder = try TemporaryFolder()
    var csv = "start,time,client,model,prompt,completion\n"
    var rowCount = 0
    for known in truth where known.isWhole {
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
      (
        "start,prompt,completion\n1,2,x\n",
        "t:2:5: error: expected a number of tokens from 0 to 100000000, found x"
      ),
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
      (
        "start,service,prompt\n1,opnai-api,3\n",
        "t:2:3: error: expected the id of a service or provider in the rules, found opnai-api; did you mean openai-api?"
      ),
      ("start,prompt\n1,-3\n", "t:2:3: error: expected a number of tokens from 0 to 100000000"),
      ("start,prompt\n1,1e13\n", "t:2:3: error: expected a number of tokens from 0 to"),
      ("start,prompt\n1,9223372036854775808\n", "t:2:3: error: expected a number of tokens"),
      ("start,prompt\n1,inf\n", "t:2:3: error: expected a number of tokens"),
      ("start,prompt\n1,\"2\n", "t:2:1: error: expected a quotation mark at the end"),
      ("", "t:1:1: error: expected a heading such as start,prompt,completion"),
    ])
  func mistakes(text: String, message: String) {
    #expect {
      try CalibrateTable(parsing: text, path: "t", names: ["openai", "openai-api"])
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
    let table = try CalibrateTable(parsing: text, path: "t", names: ["openai", "openai-api"])
    #expect(
      table.known.map(\.start)
        == [Timestamp](
          repeating: Timestamp(seconds: 1_795_165_203, nanoseconds: 250_000_000), count: 3))
    #expect(table.known.allSatisfy { $0.service == "openai-api" && $0.prompt == 10 })
    for (text, seconds) in [
      ("2026-11-20T11:00:03+02:00", 1_795_165_203), ("2026-11-20t04:30:03-04:30", 1_795_165_203),
      ("2026-11-21 00:00:03.0+15:00", 1_795_165_203), ("2026-11-20T09:00:03z", 1_795_165_203),
      ("1970-01-01T01:00+01:00", 0),
    ] as [(String, Int64)] {
      #expect(CalibrateTable.time(text) == Timestamp(seconds: seconds), "\(text)")
    }
    for text in [
      "1795165203+02:00", "2026-11-20T09:00:03+24:00", "2026-11-20T09:00:03+02:60",
      "2026-11-20T09:00:03+0200", "1970-01-01T00:00+01:00", "2026-11-20T09:00:03+01:00Z",
    ] {
      #expect(CalibrateTable.time(text) == nil, "\(text)")
    }
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

  @Test func everyExchangeIsCountedOnce() {
    for (turns, exchanges) in [
      // One that is found as two turns, or that a turn of nothing follows at once.
      ([Self.turn(1, 3), Self.turn(3, 5)], [Self.known(1, 5)]),
      ([Self.turn(1, 3), Self.turn(3.01, 3.02)], [Self.known(1, 3)]),
      // Two that share three turns.
      (
        [Self.turn(1, 3), Self.turn(3.1, 5), Self.turn(5.1, 7)],
        [Self.known(1, 6), Self.known(2, 7)]
      ),
      // One that meets two turns at their edges only.
      (
        [Self.turn(1, 3), Self.turn(3.03, 5)],
        [Self.known(3.01, 3.02), Self.known(1, 3), Self.known(3.03, 5)]
      ),
    ] {
      let counts = Self.pair(turns, exchanges)
      #expect(
        counts.paired + counts.mixed + counts.withoutTurn == exchanges.count, "\(counts)")
    }
    #expect(Self.pair([Self.turn(1, 3), Self.turn(3.01, 3.02)], [Self.known(1, 3)]).paired == 1)
  }

  @Test func aCallThatIsSentAgainIsOneTurnOfTheCard() {
    var pairing = CalibratePairing()
    var one = Self.known(1, 3)
    one.requestBodyByteCount = 900
    var other = Self.known(4, 6)
    other.requestBodyByteCount = 901
    // In three captures, one after the other.
    for _ in 0..<3 {
      pairing.add([Self.turn(1, 3), Self.turn(4, 6)], [one, other], tolerance: 0)
    }
    #expect(pairing.counts.paired == 6)
    let completions = pairing.pairs["p"]?[.byEvents] ?? []
    #expect(completions.count == 6 && completions.callCount == 2)
    // Where the body is not known nothing says that two are one.
    for _ in 0..<3 { pairing.add([Self.turn(1, 3)], [Self.known(1, 3)], tolerance: 0) }
    #expect((pairing.pairs["p"]?[.byEvents] ?? []).callCount == 5)
    let figure = FigureCalibration(
      .byEvents, completions + completions + completions + completions + completions + completions,
      prior: Calibration(
        offset: 0, perToken: 1, meanFactor: 1, sharedVariance: 0.1, mostTokens: 1_000,
        bands: [.init(upTo: .infinity, low: -1, high: 1)]))
    #expect(figure.decision == .keptTooFew)
    #expect(figure.fittedTurns + figure.bandTurns <= 2 && (figure.before?.turnCount ?? 0) <= 2)
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

  /// A truth whose one turn begins on the second line.
  static func turn(_ members: String) -> String {
    #"{"schema":2,"kind":"real","capture":"a.pcap","turns":["# + "\n{\(members)}]}"
  }

  static let addresses = #""client":["10.0.0.1",1],"server":["10.0.0.2",443]"#

  static func whole(_ prompt: String) -> String {
    turn(
      "\(addresses),\"start\":1,\"end\":2,\"transport\":\"tls\",\"http\":\"1.1\",\"service\":\"s\","
        + "\"usage\":{\"prompt_total\":\(prompt),\"completion_visible\":1}")
  }

  @Test(
    "mistakes of a truth file name their place",
    arguments: [
      ("{}", ":1:1: error: expected `schema`"),
      (turn("\"start\":1"), ":2:1: error: expected `client`"),
      (turn("\"client\":[\"ten\",1]"), ":2:12: error: `client`: expected an IP address"),
      (turn("\(addresses),\"start\":2,\"end\":1"), "expected a time not before `start`"),
      (whole("-1"), "`prompt_total`: expected a whole number from 0 to 1000000000, found -1"),
      (whole("1000000000001"), "`prompt_total`: expected a whole number from 0 to 1000000000"),
      (whole("1e400"), "expected a number that a double holds"),
      (whole("1.5"), "`prompt_total`: expected a whole number"),
      ("{", ":1:2: error: "),
    ])
  func truthMistakes(text: String, message: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("x.truth.json")
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    #expect {
      try EvaluateSets.truth(at: path)
    } throws: {
      guard let error = $0 as? AgentError else { return false }
      return error.description.hasPrefix("\(path):") && error.description.contains(message)
        && error.status == .dataError
    }
  }

  /// A folder with the shipped capture, and before and after it one that is cut short.
  static func folderWithDamage() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let octets = try Data(contentsOf: URL(fileURLWithPath: capture))
    let truth = try Data(
      contentsOf: root.appendingPathComponent("captures/office-day.truth.json"))
    for (name, length) in [("a", octets.count / 3), ("b", octets.count), ("c", octets.count / 2)] {
      try octets.prefix(length).write(to: URL(fileURLWithPath: folder.path("\(name).pcapng")))
      let text = String(decoding: truth, as: UTF8.self)
        .replacing("office-day.pcapng", with: "\(name).pcapng")
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path("\(name).truth.json")))
    }
    return folder
  }

  @Test func aDamagedCaptureEndsNothing() throws {
    let folder = try Self.folderWithDamage()
    var notes: [String] = []
    let evaluation = try EvaluateRun.evaluate(
      EvaluateRun.Options(
        paths: [folder.url.path], rules: Self.root.appendingPathComponent("rules").path, policy: nil
      ),
      damaged: { notes.append($0.description) }, note: { _ in })
    #expect(notes.count == 2)
    #expect(
      notes.first?.contains("/a.pcapng: ") == true && notes.last?.contains("/c.pcapng: ") == true)
    #expect(notes.allSatisfy { $0.contains(" at byte ") })
    #expect(evaluation.groups.first?.segmentation.right == 108)

    try FileManager.default.removeItem(atPath: folder.path("b.pcapng"))
    notes = []
    let outcome = try CalibrateRun.run(Self.options(folder.url.path)) { notes.append($0) }
    // The second begins with the frames of the first and is the same capture.
    #expect(outcome.damagedCount == 1 && outcome.captureCount == 1 && outcome.pairedCount > 10)
    #expect(notes.contains { $0.contains("pcapng: ") && $0.contains(" at byte ") })
    #expect(notes.contains { $0.hasSuffix("the same capture as an earlier one, left out") })
    #expect(outcome.text.contains("1 capture damaged: read up to the damage"))
  }

  @Test func absurdCountsMakeNoProfileThatCannotBeReadBack() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(atPath: Self.capture, toPath: folder.path("a.pcapng"))
    let truth = try String(
      contentsOf: Self.root.appendingPathComponent("captures/office-day.truth.json"),
      encoding: .utf8)
    for count in ["1", "\(TrueTurn.mostTokens)"] {
      let text = truth.replacing(/"(completion_visible|prompt_total)": [0-9]+/) {
        "\"\($0.output.1)\": \(count)"
      }
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path("a.truth.json")))
      var options = Self.options(folder.path("a.pcapng"))
      options.output = folder.path("out\(count.count)")
      let outcome = try CalibrateRun.run(options) { Issue.record("\($0)") }
      #expect(outcome.pairedCount > 10)
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
