import Foundation
import Testing
import TokenEstimation
import TrafficModel

/// The whole chain on recorded calls: `scripts/fit-profiles --replayed` replays them as records, with assumed headers
/// and in flushes that no fit has seen. The calls themselves it has; `scripts/fit-profiles --unseen` shows how fits do
/// on others.
@Suite("Recorded turns, replayed (../shared/turns)")
struct ReplayedTurnsTests {
  struct Line: Decodable {
    var dialect: String
    var profile: String
    var http: Int
    var tools: Bool
    /// Zero where TLS hides the client's choice.
    var upHTTP: Int
    /// Of the first records.
    var up: [Int]
    var upOctets: Int
    var first: Bool
    var followsSmall: Bool
    var down: [Int]
    var completion: Int?
    var prompt: Int?
  }

  /// Turns within their interval, turns estimated, turns abstained.
  struct Tally {
    var held = 0
    var estimated = 0
    var abstained = 0
    /// High over low of every interval, and of those around 100 tokens or more.
    var widths: [Double] = []
    var largeWidths: [Double] = []

    mutating func add(_ figure: TurnEstimate.Figure, _ truth: Int) {
      guard let estimate = figure.estimate else {
        abstained += 1
        return
      }
      estimated += 1
      held += estimate.low <= Double(truth) && Double(truth) <= estimate.high ? 1 : 0
      let width = estimate.high / max(estimate.low, 1)
      widths.append(width)
      if truth >= 100 { largeWidths.append(width) }
    }

    var coverage: Double { Double(held) / Double(max(1, estimated)) }
    static func median(_ widths: [Double]) -> Double {
      widths.isEmpty ? .infinity : widths.sorted()[widths.count / 2]
    }
  }

  static let isPossible =
    Samples.exists(Samples.recordedTurns) && Samples.exists(URL(fileURLWithPath: "/usr/bin/env"))

  static func lines() throws -> [Line] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", Samples.root.appendingPathComponent("scripts/fit-profiles").path, "--replayed",
    ]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return try data.split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(Line.self, from: $0)
    }
  }

  @Test(
    "90 % intervals hold for 85 % or more of the estimated turns, and say something",
    .enabled(if: isPossible, "../shared/turns is not here"))
  func coverage() throws {
    let profiles = try Samples.shippedProfiles()
    var prompts = Tally()
    var completions = Tally()
    var streams = Tally()
    var openAI = Tally()
    for line in try Self.lines() {
      var turn = Samples.turn(
        line.down, upstream: line.up, http: line.http == 1 ? .http11 : .http2)
      turn.upstream.byteCount = line.upOctets
      turn.isFirstOnConnection = line.first
      turn.followsSmallRecord = line.followsSmall
      let estimate = profiles.estimate(turn: turn, profileID: line.profile)
      if let truth = line.completion {
        completions.add(estimate.completion, truth)
        if !line.dialect.hasSuffix("unary") {
          streams.add(estimate.completion, truth)
          if line.dialect.hasPrefix("openai") { openAI.add(estimate.completion, truth) }
        }
      }
      if let truth = line.prompt { prompts.add(estimate.prompt, truth) }
    }
    #expect(completions.estimated > 500 && prompts.estimated > 500)
    #expect(completions.coverage >= 0.85)
    #expect(prompts.coverage >= 0.85)
    #expect(streams.coverage >= 0.88 && openAI.coverage >= 0.88)
    // Most of these turns have fewer than 30 tokens, and one event more or less is much of that. Of unary replies it is not
    // known whether they are compressed.
    #expect(Tally.median(completions.widths) <= 25)
    #expect(Tally.median(streams.widths) <= 3)
    #expect(Tally.median(openAI.widths) <= 2)
    // Prompts' intervals also hold what the wire does not show: images, prompts that providers add to, other repositories.
    #expect(Tally.median(prompts.widths) <= 8)
    #expect(Tally.median(streams.largeWidths) <= 3)
    #expect(Tally.median(openAI.largeWidths) <= 1.2)
    #expect(Tally.median(prompts.largeWidths) <= 8.5)
    #expect(Double(streams.abstained) <= 0.1 * Double(streams.estimated))
    #expect(Double(completions.abstained) <= 0.2 * Double(completions.estimated))
  }
}
