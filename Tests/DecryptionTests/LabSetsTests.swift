import Capture
import Foundation
import Testing

@testable import Agent
@testable import Decryption

/// Where the sets of `captures/lab` are.
enum LabSets {
  static let captures: [String] = {
    let folder = CalibrateWithKeysTests.root.appendingPathComponent(".build/lab")
      .resolvingSymlinksInPath().path
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".keys") }.map { folder + "/" + $0.dropLast(5) }.sorted()
  }()
}

/// The sets that `captures/lab` makes: real clients and servers, captured, with key logs and the truth. They are made, not
/// kept: without them this suite is skipped.
@Suite(
  "Decryption of the lab's captures",
  .enabled(if: !LabSets.captures.isEmpty, "captures/lab has made no sets in .build/lab"))
struct LabSetsTests {
  @Test("gives the usage and the sizes of the truth", arguments: LabSets.captures)
  func agrees(stem: String) throws {
    var log = KeyLog()
    try log.add(Array(try Data(contentsOf: URL(fileURLWithPath: stem + ".keys"))), path: stem)
    let tap = CalibrateTap(log: log, box: try #require(CipherBox()))
    var file = try CaptureFile(path: stem + ".pcapng")
    var batch = FrameBatch()
    while try file.fill(&batch) { tap.process(batch) }
    tap.finish()
    let known = try EvaluateSets.truth(at: stem + ".truth.json").turns.map { KnownUsage($0) }
    // Where the capture lost octets a flow ends early; QUIC is not decrypted.
    let isLossy = (tap.outcomes[.broken] ?? 0) > 0
    let onTCP = Set(tap.exchanges.map(\.ends))
    // Messages over WebSocket are not read, and that is said of each connection.
    guard tap.outcomes[.webSocket] == nil else {
      #expect(tap.outcomes.count == 1 && tap.exchanges.isEmpty)
      return
    }
    var compared = 0
    for known in known where known.isWhole {
      guard let ends = known.ends, onTCP.contains(ends) else { continue }
      let near = tap.exchanges.filter {
        $0.ends == ends && $0.exchange.start.since(known.start).magnitude < 100_000_000
      }
      guard !near.isEmpty else {
        let others = tap.exchanges.filter { $0.ends == ends }
          .map { $0.exchange.start.since(known.start) / 1_000 }
        #expect(isLossy, "no exchange at \(known.start.seconds), but \(others) µs later")
        continue
      }
      compared += 1
      // Streams of one connection may begin at one moment.
      let agrees = near.contains { _, exchange in
        let usage = exchange.usage
        // The truth leaves out what tools of the provider's own added.
        let prompts = [usage?.promptTotal, usage.map { $0.promptTotal - $0.promptFromTools }]
        return exchange.requestBodyByteCount == known.requestBodyByteCount
          && prompts.contains(known.prompt) && usage?.completionVisible == known.completion
      }
      #expect(agrees || isLossy, "at \(known.start.seconds): \(known), found \(near)")
    }
    #expect(
      compared > 0 || known.allSatisfy { !onTCP.contains($0.ends ?? CalibrateTap.none) })
  }
}

extension CalibrateTap {
  fileprivate static var none: Ends {
    Ends(
      client: .init(address: .init(v4: 0), port: 0), server: .init(address: .init(v4: 0), port: 0))
  }
}
